//! The page and the alarms on gates and on the application.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::stack::{ACCOUNT, REGION, stack};
use crate::files::{root, text};

/// The metrics that gates write, as the page about them has them.
fn written() -> BTreeSet<String> {
    let page = text(&root().join("docs/publishing.md"));
    let (_, metrics) = page.split_once("## Metrics").unwrap();
    let cells = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| line.split('|').next().unwrap());
    let names = cells
        .flat_map(|cell| cell.split(['`', ',', ' ', '…']))
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    let mut names: BTreeSet<_> = names.collect();
    // `FindingsCritical`, … `FindingsUnknown`
    names.extend(
        [
            "FindingsHigh",
            "FindingsMedium",
            "FindingsLow",
            "FindingsInfo",
        ]
        .map(str::to_owned),
    );
    names
}

/// Namespace, name and dimensions of every metric of an alarm.
fn metrics(alarm: &Value) -> Vec<(String, String, BTreeMap<String, String>)> {
    let dimensions = |of: &Value| {
        let list = of["Dimensions"].as_array().into_iter().flatten();
        list.map(|d| {
            (
                d["Name"].as_str().unwrap().to_owned(),
                d["Value"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
    };
    let one = |of: &Value| {
        (
            of["Namespace"].as_str().unwrap().to_owned(),
            of["MetricName"].as_str().unwrap().to_owned(),
            dimensions(of),
        )
    };
    match alarm["Metrics"].as_array() {
        Some(list) => list
            .iter()
            .map(|metric| &metric["MetricStat"]["Metric"])
            .filter(|metric| !metric.is_null())
            .map(one)
            .collect(),
        None => vec![one(alarm)],
    }
}

#[test]
fn alarms_are_on_metrics_that_there_are() {
    let written = written();
    assert!(
        written.contains("Evaluations") && written.contains("FindingsCritical"),
        "{written:?}"
    );
    let gates = [
        "dast",
        "image",
        "integrity",
        "registry",
        "runtime",
        "sast",
        "sbom",
        "sca",
        "secrets",
    ];
    let mut watched = BTreeSet::new();
    for (name, alarm) in stack("observability").all("AWS::CloudWatch::Alarm") {
        for (namespace, metric, dimensions) in metrics(alarm) {
            let balancer = (
                "LoadBalancer".to_owned(),
                "app/shop/0123456789abcdef".to_owned(),
            );
            let cluster = ("ClusterName".to_owned(), "shop-production".to_owned());
            let service = ("ServiceName".to_owned(), "web".to_owned());
            let expected = match &*namespace {
                "gate" => {
                    assert!(written.contains(&metric), "{name}: {metric}");
                    let gate = dimensions["Gate"].clone();
                    watched.insert(gate.clone());
                    BTreeMap::from([
                        ("Environment".to_owned(), "production".to_owned()),
                        ("Gate".to_owned(), gate),
                        ("Scope".to_owned(), "shop".to_owned()),
                    ])
                }
                "AWS/ApplicationELB" => BTreeMap::from([balancer]),
                "AWS/ECS" | "ECS/ContainerInsights" => BTreeMap::from([cluster, service]),
                other => panic!("{name}: {other}"),
            };
            assert_eq!(dimensions, expected, "{name}: {metric}");
        }
        let alerts = format!("arn:aws:sns:{REGION}:{ACCOUNT}:shop-production-alerts");
        assert_eq!(alarm["AlarmActions"], json!([alerts]), "{name}");
        assert!(
            alarm["AlarmName"]
                .as_str()
                .unwrap()
                .starts_with("shop-production-"),
            "{name}: the topic lets no other publish"
        );
        assert!(
            !alarm["TreatMissingData"].is_null(),
            "{name}: what no data means is said"
        );
    }
    assert_eq!(watched, gates.map(str::to_owned).into());
}

/// A share of errors is one of all requests: the same sum below as above the line, or it is always one.
#[test]
fn errors_are_a_share_of_all_requests() {
    let alarm = stack("observability").properties("ErrorsAlarm");
    let list = alarm["Metrics"].as_array().unwrap();
    let of = |id: &str| list.iter().find(|metric| metric["Id"] == id).unwrap();
    let expression = of("share")["Expression"].as_str().unwrap();
    assert!(expression.ends_with("/ requests, 0)"), "{expression}");
    for id in ["requests", "target", "balancer"] {
        let stat = &of(id)["MetricStat"];
        assert_eq!(
            (&stat["Stat"], &stat["Period"]),
            (&json!("Sum"), &json!(60)),
            "{id}"
        );
        assert!(expression.contains(id), "{id}");
    }
    // Seconds without an error have no data of errors, and are none: without this they would have no share either.
    assert!(expression.contains("FILL(target, 0)") && expression.contains("FILL(balancer, 0)"));
    assert_eq!(
        (&alarm["Threshold"], &alarm["EvaluationPeriods"]),
        (&json!(5), &json!(5))
    );
}

#[test]
fn the_latency_that_rings_is_that_of_the_slowest() {
    let alarm = stack("observability").properties("LatencyAlarm");
    assert_eq!(alarm["ExtendedStatistic"], "p95");
    assert!(alarm["Statistic"].is_null(), "a mean hides one of twenty");
    assert_eq!(
        (
            &alarm["Threshold"],
            &alarm["Period"],
            &alarm["EvaluationPeriods"]
        ),
        (&json!(1), &json!(60), &json!(5))
    );
}

#[test]
fn production_that_nobody_counts_is_not_well() {
    assert_eq!(
        stack("observability").properties("TasksAlarm")["TreatMissingData"],
        "breaching"
    );
}

#[test]
fn the_page_has_every_alarm_and_only_metrics_that_there_are() {
    let dashboard = stack("observability").properties("Dashboard");
    let body: Value = serde_json::from_str(dashboard["DashboardBody"].as_str().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let listed = widgets.iter().flat_map(|widget| {
        widget["properties"]["alarms"]
            .as_array()
            .into_iter()
            .flatten()
    });
    let listed: BTreeSet<_> = listed.map(|arn| arn.as_str().unwrap().to_owned()).collect();
    let alarms = stack("observability")
        .all("AWS::CloudWatch::Alarm")
        .into_iter();
    let alarms = alarms.map(|(_, alarm)| {
        format!(
            "arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{}",
            alarm["AlarmName"].as_str().unwrap()
        )
    });
    assert_eq!(listed, alarms.collect());
    let written = written();
    let mut searched = 0;
    for text in widgets.iter().map(ToString::to_string) {
        for part in text.split("{gate,").skip(1) {
            let ours = r#"Gate,Scope,Environment} Scope=\"shop\" Environment=\"production\" "#;
            assert!(part.starts_with(ours), "{part}");
        }
        for part in text.split("MetricName=\\\"").skip(1) {
            let (metric, _) = part.split_once('\\').unwrap();
            assert!(written.contains(metric), "{metric}");
            searched += 1;
        }
        assert!(!text.contains("${"), "{text}");
    }
    assert!(searched >= 9, "{searched}");
    // Nothing lies over something else.
    let mut places = BTreeSet::new();
    for widget in widgets {
        let number = |key: &str| widget[key].as_u64().unwrap();
        for x in number("x")..number("x") + number("width") {
            for y in number("y")..number("y") + number("height") {
                assert!(x < 24 && places.insert((x, y)), "{widget}");
            }
        }
    }
}
