//! The dashboard: what it shows, with which limits, and that every expression is one.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::promtool;
use crate::files::{iac, json};
use crate::platform::{list, said};

fn dashboard() -> Value {
    json(&iac("monitoring/dashboard.json"))
}

fn panels(dashboard: &Value) -> Vec<&Value> {
    let panels = list(dashboard, "/panels").iter();
    panels
        .filter(|panel| said(panel, "/type") != "row")
        .collect()
}

/// All expressions, with a value in the place of each variable.
pub(super) fn expressions() -> Vec<String> {
    let dashboard = dashboard();
    let targets = panels(&dashboard)
        .into_iter()
        .flat_map(|panel| list(panel, "/targets"));
    let expr = |target: &Value| {
        said(target, "/expr")
            .replace("$gate", "image")
            .replace("$scope", "shop")
    };
    targets.map(expr).collect()
}

#[test]
fn every_expression_is_one() {
    let rules: Vec<Value> = expressions()
        .iter()
        .enumerate()
        .map(|(at, expr)| json!({"record": format!("panel:{at}"), "expr": expr}))
        .collect();
    assert!(rules.len() > 20);
    let file =
        |rules: &[Value]| json!({"groups": [{"name": "dashboard", "rules": rules}]}).to_string();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yml"), file(&rules)).unwrap();
    let Some(ran) = promtool(folder.path(), &["check", "rules", "rules.yml"]) else {
        return;
    };
    assert!(
        ran.success()
            .contains(&format!("{} rules found", rules.len()))
    );
    // That it would be seen.
    let broken = [json!({"record": "panel:0", "expr": "sum by (gate) (rate(a[5m])"})];
    fs::write(folder.path().join("rules.yml"), file(&broken)).unwrap();
    let ran = promtool(folder.path(), &["check", "rules", "rules.yml"]).unwrap();
    assert_ne!(ran.code, Some(0));
}

#[test]
fn it_is_whole() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_i64().unwrap() >= 36);
    assert!(dashboard.get("id").is_none(), "Grafana gives it one");
    let mut ids = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in list(&dashboard, "/panels") {
        assert!(ids.insert(panel["id"].as_i64().unwrap()), "{}", panel["id"]);
        assert!(!said(panel, "/title").is_empty());
        let at = |side: &str| panel["gridPos"][side].as_i64().unwrap();
        assert!(at("x") + at("w") <= 24, "{}", panel["title"]);
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "{} lies over another", panel["title"]);
            }
        }
    }
    let allowed = ["timeseries", "gauge", "stat", "heatmap"];
    for panel in panels(&dashboard) {
        assert!(
            allowed.contains(&said(panel, "/type")),
            "{}",
            panel["title"]
        );
        assert!(!said(panel, "/description").is_empty());
        let mut letters = BTreeSet::new();
        for target in list(panel, "/targets") {
            assert!(letters.insert(said(target, "/refId")), "{}", panel["title"]);
            assert_eq!(said(target, "/datasource/uid"), "${datasource}");
        }
        assert!(!letters.is_empty());
        assert_eq!(said(panel, "/datasource/uid"), "${datasource}");
    }
    let variables = list(&dashboard, "/templating/list").iter();
    let variables: Vec<(&str, &str)> = variables
        .map(|one| (said(one, "/name"), said(one, "/type")))
        .collect();
    assert_eq!(
        variables,
        [
            ("datasource", "datasource"),
            ("scope", "query"),
            ("gate", "query")
        ]
    );
}

/// Where a colour changes is where an alert fires, or before.
#[test]
fn limits_are_those_of_the_alerts() {
    let dashboard = dashboard();
    let rows: &[(&str, &str, &[Option<f64>])] = &[
        ("Requests", "timeseries", &[None]),
        ("Errors", "gauge", &[None, Some(0.01), Some(0.05)]),
        ("Latency (p95)", "timeseries", &[None, Some(0.5), Some(1.0)]),
        ("Requests by endpoint", "timeseries", &[None]),
        ("Instances", "stat", &[None, Some(1.0), Some(2.0)]),
        ("Durations", "heatmap", &[None]),
        ("Verdicts", "timeseries", &[None]),
        ("Undecided", "stat", &[None, Some(0.01), Some(0.1)]),
        (
            "Passed and not signed, failed and open",
            "stat",
            &[None, Some(0.0), Some(1.0)],
        ),
        ("Findings", "timeseries", &[None]),
        ("Waived", "timeseries", &[None]),
        (
            "Duration",
            "timeseries",
            &[None, Some(30_000.0), Some(60_000.0)],
        ),
        ("Failed builds", "timeseries", &[None]),
        ("Evaluations of three days", "stat", &[None, Some(1.0)]),
    ];
    let found: Vec<_> = panels(&dashboard)
        .into_iter()
        .map(|panel| {
            let steps = list(panel, "/fieldConfig/defaults/thresholds/steps").iter();
            let steps: Vec<Option<f64>> = steps.map(|step| step["value"].as_f64()).collect();
            (said(panel, "/title"), said(panel, "/type"), steps)
        })
        .collect();
    let expected: Vec<_> = rows
        .iter()
        .map(|(title, kind, steps)| (*title, *kind, steps.to_vec()))
        .collect();
    assert_eq!(found, expected);
}
