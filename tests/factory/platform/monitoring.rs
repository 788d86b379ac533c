//! Rules of Prometheus that load and fire rightly, a dashboard whose expressions are some, and where their metrics come from.

mod dashboard;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{copy, gate, list, said};
use crate::files::{iac, text};
use crate::tool::{Ran, run, tool};
use crate::yaml::yaml;

const RULES: [&str; 2] = ["application", "gate"];
const TESTS: [&str; 3] = [
    "tests/application.yml",
    "tests/gate.yml",
    "tests/silence.yml",
];

fn rules(name: &str) -> Vec<Value> {
    let file = yaml(&text(&iac(&format!("monitoring/rules/{name}.yml"))));
    list(&file, "/groups")
        .iter()
        .flat_map(|group| list(group, "/rules").to_vec())
        .collect()
}

fn promtool(folder: &Path, arguments: &[&str]) -> Option<Ran> {
    let promtool = tool("promtool")?;
    Some(run(Command::new(promtool)
        .args(arguments)
        .current_dir(folder)))
}

#[test]
fn the_configuration_and_its_rules_load() {
    let Some(ran) = promtool(&iac("monitoring"), &["check", "config", "prometheus.yml"]) else {
        return;
    };
    let said = ran.success();
    let number = RULES.map(|name| rules(name).len());
    for number in number {
        assert!(
            said.contains(&format!("SUCCESS: {number} rules found")),
            "{said}"
        );
    }
}

#[test]
fn every_alert_fires_when_it_has_to_and_only_then() {
    let Some(ran) = promtool(
        &iac("monitoring"),
        &[&["test", "rules"][..], &TESTS].concat(),
    ) else {
        return;
    };
    ran.success();
    for name in RULES {
        let tests: Vec<Value> = TESTS
            .iter()
            .map(|file| yaml(&text(&iac(&format!("monitoring/{file}")))))
            .collect();
        let cases = || {
            tests
                .iter()
                .flat_map(|file| list(file, "/tests"))
                .flat_map(|one| list(one, "/alert_rule_test"))
        };
        for rule in rules(name) {
            let Some(alert) = rule.get("alert").and_then(Value::as_str) else {
                continue;
            };
            let of_alert = || cases().filter(|case| said(case, "/alertname") == alert);
            assert!(
                of_alert().any(|case| !list(case, "/exp_alerts").is_empty()),
                "{alert} never fires"
            );
            let exact = ["GateSlow", "GatePassNotSigned", "GateOnlyMonitors"].contains(&alert);
            let quiet = of_alert().any(|case| list(case, "/exp_alerts").is_empty());
            // Those have, in one case, a gate that fires and one that must not.
            assert!(quiet || exact, "{alert} always fires");
        }
    }
}

/// A threshold that is moved, a sum or a guard that is left out: the tests of the rules see it.
#[test]
fn a_rule_that_is_changed_fails_its_tests() {
    let rows: &[(&str, &str, &str)] = &[
        ("application", "ratio_rate5m > 0.05", "ratio_rate5m > 0.07"),
        ("application", "ratio_rate5m > 0.05", "ratio_rate5m > 0.03"),
        (
            "application",
            "sum by (job) (rate(http_requests_total{status=~\"5..\"}[5m]))",
            "sum by (job, instance) (rate(http_requests_total{status=~\"5..\"}[5m]))",
        ),
        ("application", "status=~\"5..\"", "status=~\"[45]..\""),
        ("application", ":p95_5m > 1", ":p95_5m > 2"),
        (
            "application",
            "histogram_quantile(0.95",
            "histogram_quantile(0.99",
        ),
        ("application", "up == 0", "up == 2"),
        ("application", "for: 2m", "for: 9m"),
        (
            "application",
            "absent(up{job=\"application\"})",
            "absent(up)",
        ),
        ("gate", "> 0.1\n", "> 0.25\n"),
        ("gate", "> 0.1\n", "> 0.01\n"),
        ("gate", ">= 5)", ">= 1)"),
        ("gate", "> 0.5\n", "> 0.7\n"),
        (
            "gate",
            "unless sum by (gate, scope)",
            "unless on () sum by (gate, scope)",
        ),
        (
            "gate",
            "absent_over_time(gate_evaluations_sum[3d])",
            "absent(gate_evaluations_sum)",
        ),
        ("gate", "> 60000", "> 61000"),
        ("gate", "> 60000", "> 59999"),
        (
            "gate",
            " + sum by (gate, scope) (sum_over_time(gate_warn_sum[1h]))\n            > sum",
            "\n            > sum",
        ),
        (
            "gate",
            "gate_pass_sum[1h])) + sum by (gate, scope) (sum_over_time(gate_warn_sum[1h]))\n        labels",
            "gate_pass_sum[1h]))\n        labels",
        ),
        ("gate", "              or vector(0)\n", ""),
        ("gate", "scrape_error > 0", "scrape_error > 1"),
    ];
    for (name, from, to) in rows {
        let folder = tempfile::tempdir().unwrap();
        copy(&iac("monitoring"), folder.path());
        let file = folder.path().join(format!("rules/{name}.yml"));
        let before = text(&file);
        assert!(before.contains(from), "{name}: {from}");
        fs::write(&file, before.replacen(from, to, 1)).unwrap();
        let of = TESTS
            .iter()
            .filter(|test| (*name == "gate") != test.contains("application"));
        let arguments: Vec<&str> = ["test", "rules"].iter().chain(of).copied().collect();
        let Some(ran) = promtool(folder.path(), &arguments) else {
            return;
        };
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, Some(1), "{name}: {from} as {to}: {said}");
        assert!(said.contains("FAILED"), "{said}");
    }
}

/// One error among ten thousand requests, and a rule without sums: it fires, because a series is divided by itself.
#[test]
fn a_ratio_without_sums_fires_at_any_error() {
    let folder = tempfile::tempdir().unwrap();
    let naive =
        "rate(http_requests_total{status=~\"5..\"}[5m]) / rate(http_requests_total[5m]) > 0.05";
    assert!(!is_aggregated(naive));
    let rule = json!({"groups": [{"name": "naive", "rules": [{"alert": "HighErrorRate", "expr": naive, "for": "5m"}]}]});
    fs::write(folder.path().join("naive.yml"), rule.to_string()).unwrap();
    let series = |status: &str, values: &str| json!({"series": format!("http_requests_total{{job=\"a\", status=\"{status}\"}}"), "values": values});
    let test = json!({"rule_files": ["naive.yml"], "evaluation_interval": "1m", "tests": [{
        "interval": "1m",
        "input_series": [series("200", "0+9999x30"), series("500", "0+1x30")],
        "alert_rule_test": [{"alertname": "HighErrorRate", "eval_time": "20m", "exp_alerts": [{"exp_labels": {"job": "a", "status": "500"}}]}],
    }]});
    fs::write(folder.path().join("test.yml"), test.to_string()).unwrap();
    if let Some(ran) = promtool(folder.path(), &["test", "rules", "test.yml"]) {
        ran.success();
    }
}

/// Whether both sides of every division begin with an aggregation, or name a rule that is one.
fn is_aggregated(expr: &str) -> bool {
    let flat = expr.split_whitespace().collect::<Vec<_>>().join(" ");
    let sides: Vec<&str> = flat.split(" / ").collect();
    sides.len() == 1
        || sides.iter().all(|side| {
            let side = side.trim_start_matches('(');
            ["sum by", "sum(", "max by", "job:"]
                .iter()
                .any(|begin| side.starts_with(begin))
        })
}

#[test]
fn every_ratio_is_one_of_sums() {
    let mut ratios = 0;
    let exprs = RULES.iter().flat_map(|name| rules(name));
    let exprs = exprs.map(|rule| said(&rule, "/expr").to_owned());
    for expr in exprs.chain(dashboard::expressions()) {
        assert!(is_aggregated(&expr), "{expr}");
        ratios += expr.matches("/ (").count();
        // Divided only by what is more than nothing.
        assert_eq!(
            expr.matches("/ (").count(),
            expr.split_whitespace().filter(|word| *word == "/").count(),
            "{expr}"
        );
    }
    assert!(ratios >= 4, "{ratios}");
    for (expr, expected) in [
        ("a / b", false),
        ("sum by (job) (a) / b", false),
        ("a / sum by (job) (b)", false),
        ("sum by (job) (a) / (sum by (job) (b) > 0)", true),
        ("sum by (job) (a)", true),
    ] {
        assert_eq!(is_aggregated(expr), expected, "{expr}");
    }
}

#[test]
fn alerts_say_how_bad_it_is_and_what_is_wrong() {
    for rule in RULES.iter().flat_map(|name| rules(name)) {
        if rule.get("alert").is_none() {
            continue;
        }
        assert!(
            ["critical", "warning"].contains(&said(&rule, "/labels/severity")),
            "{rule}"
        );
        for word in ["summary", "description"] {
            assert!(
                !said(&rule, &format!("/annotations/{word}")).is_empty(),
                "{rule}"
            );
        }
    }
}

/// What the exporter is asked for is what gate writes, with the dimensions that it has.
#[test]
fn the_exporter_reads_what_gate_writes() {
    let Some(gate) = gate() else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = json!({"result": [{"expressions": [{"value": [], "text": "data.main.deny"}]}]});
    fs::write(folder.path().join("opa.json"), report.to_string()).unwrap();
    let mut command = Command::new(gate);
    command.args([
        "evaluate",
        "workload",
        "--report",
        "opa=opa.json",
        "--metrics",
        "metrics",
    ]);
    run(command.current_dir(folder.path()).env_clear()).success();
    let line: Value = serde_json::from_str(&text(&folder.path().join("metrics"))).unwrap();
    let written = &line["_aws"]["CloudWatchMetrics"][0];
    let names: BTreeSet<&str> = list(written, "/Metrics")
        .iter()
        .map(|one| said(one, "/Name"))
        .collect();

    let exporter = yaml(&text(&iac("monitoring/cloudwatch-exporter.yml")));
    let mut asked = 0;
    for metric in list(&exporter, "/metrics") {
        if said(metric, "/aws_namespace") != said(written, "/Namespace") {
            continue;
        }
        assert!(names.contains(said(metric, "/aws_metric_name")), "{metric}");
        assert!(
            list(written, "/Dimensions").contains(&metric["aws_dimensions"]),
            "{metric}"
        );
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
}

/// Names of metrics as the exporter makes them: namespace, metric and statistic, in small letters with underscores.
fn exported() -> BTreeSet<String> {
    let exporter = yaml(&text(&iac("monitoring/cloudwatch-exporter.yml")));
    let mut names = BTreeSet::new();
    for metric in list(&exporter, "/metrics") {
        let namespace = said(metric, "/aws_namespace")
            .to_lowercase()
            .replace('/', "_");
        let mut name = String::new();
        for letter in said(metric, "/aws_metric_name").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        for statistic in list(metric, "/aws_statistics") {
            names.insert(format!(
                "{namespace}_{name}_{}",
                statistic.as_str().unwrap().to_lowercase()
            ));
        }
    }
    names
}

/// A rule or panel about a metric that nobody gives is always silent.
#[test]
fn every_metric_comes_from_somewhere() {
    let mut known = exported();
    known.extend(
        [
            "http_requests_total",
            "http_request_duration_seconds_bucket",
            "up",
            "cloudwatch_exporter_scrape_error",
        ]
        .map(str::to_owned),
    );
    let all: Vec<Value> = RULES.iter().flat_map(|name| rules(name)).collect();
    known.extend(
        all.iter()
            .filter_map(|rule| Some(rule.get("record")?.as_str()?.to_owned())),
    );
    let mut used = BTreeSet::new();
    let exprs = all.iter().map(|rule| said(rule, "/expr").to_owned());
    for expr in exprs.chain(dashboard::expressions()) {
        used.extend(metrics(&expr));
    }
    assert!(used.is_subset(&known), "{:?}", used.difference(&known));
    let unused: Vec<&String> = known.difference(&used).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// Words of an expression that are metrics: no labels, functions, numbers or durations.
fn metrics(expr: &str) -> BTreeSet<String> {
    let mut plain = String::new();
    let mut depth = 0;
    for letter in expr.chars() {
        match letter {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    let mut rest = plain.as_str();
    let mut grouping = false;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        let between = &rest[..start];
        grouping = grouping && !between.contains(')');
        rest = &rest[start..];
        let end =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_:".contains(letter));
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        match word {
            "by" | "on" => grouping = true,
            "and" | "or" | "unless" => {}
            _ if grouping || after.starts_with('(') || after.starts_with(" by (") => {}
            _ => drop(found.insert(word.to_owned())),
        }
    }
    found
}

#[test]
fn words_that_are_metrics() {
    let expr = "sum by (job, le) (rate(a_total{status=~\"5..\"}[5m])) / (sum(b) > 0) and on (job) c:d or vector(0)";
    let expected = ["a_total", "b", "c:d"].map(str::to_owned);
    assert_eq!(metrics(expr), expected.into());
}

#[test]
fn alerts_go_to_a_topic_and_no_secret_stands_here() {
    let file = text(&iac("monitoring/alertmanager.yml"));
    let config = yaml(&file);
    let receivers: BTreeSet<&str> = list(&config, "/receivers")
        .iter()
        .map(|one| said(one, "/name"))
        .collect();
    let routes = list(&config, "/route/routes")
        .iter()
        .chain([&config["route"]]);
    for route in routes {
        assert!(receivers.contains(said(route, "/receiver")), "{route}");
    }
    let to = &config["receivers"][0]["sns_configs"][0];
    assert_eq!(said(to, "/topic_arn"), "${ALERT_TOPIC_ARN}");
    assert_eq!(
        to["sigv4"],
        json!({}),
        "credentials are those of the machine"
    );
    for word in ["secret", "password", "access_key", "arn:aws"] {
        assert!(!file.contains(word), "{word}");
    }
    let alerts: BTreeSet<String> = RULES
        .iter()
        .flat_map(|name| rules(name))
        .filter_map(|rule| Some(rule.get("alert")?.as_str()?.to_owned()))
        .collect();
    let inhibited = list(&config, "/inhibit_rules");
    assert!(!inhibited.is_empty(), "nothing is inhibited");
    for rule in inhibited {
        for side in ["source_matchers", "target_matchers"] {
            let matchers = list(rule, &format!("/{side}"));
            assert!(!matchers.is_empty(), "{side} of {rule}");
            for matcher in matchers {
                let names = matcher.as_str().unwrap().split('"').nth(1).unwrap();
                for name in names.split('|') {
                    assert!(alerts.contains(name), "{name}");
                }
            }
        }
    }
}
