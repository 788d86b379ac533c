//! Pieces of Falco's log, as CloudWatch Logs hands them over.

use std::fs;
use std::io::Write as _;

use base64::Engine as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::lambda::Ended;
use crate::package::{ACCOUNT, GROUP, Package};

fn packed(bytes: &[u8]) -> Value {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).unwrap();
    let data = base64::prelude::BASE64_STANDARD.encode(gzip.finish().unwrap());
    json!({"awslogs": {"data": data}})
}

fn piece(changes: &Value, lines: &[&str]) -> Value {
    let line =
        |(n, line): (usize, &&str)| json!({"id": format!("l{n}"), "timestamp": 1, "message": line});
    let lines: Vec<_> = lines.iter().enumerate().map(line).collect();
    let mut piece = json!({"messageType": "DATA_MESSAGE", "owner": ACCOUNT, "logGroup": GROUP,
        "logStream": "s", "subscriptionFilters": ["f"], "logEvents": lines});
    for (name, value) in changes.as_object().unwrap() {
        piece[name] = value.clone();
    }
    packed(piece.to_string().as_bytes())
}

fn alert(rule: &str, image: &str) -> String {
    json!({"rule": rule, "priority": "Error", "time": "2026-11-20T09:00:00Z", "hostname": "node",
        "output_fields": {"container.image.repository": image, "proc.name": "sh"}})
    .to_string()
}

#[test]
fn alerts_are_judged_by_kind_each_once() {
    let package = Package::new();
    let function = package.events();
    let (shell, other) = (alert("Shell", "shop"), alert("Shell", "falco/other"));
    let event = piece(&json!({}), &[&shell, &other, &shell]);
    assert_eq!(
        function.invoke(&event),
        Ended::Answer(json!({"alerts": 3, "judged": 2}))
    );
    let calls = package.calls();
    assert_eq!(calls.len(), 2);
    for (call, subject) in calls
        .iter()
        .zip(["falco/Shell/falco%2Fother/sh", "falco/Shell/shop/sh"])
    {
        assert!(call.starts_with("evaluate runtime "), "{call}");
        assert!(call.contains(&format!("--subject={subject} ")), "{call}");
        assert!(call.contains("--report=falco="), "{call}");
    }
    let report = fs::read_to_string(package.path("report")).unwrap();
    assert_eq!(report.lines().count(), 3, "one alert a line");
    assert_eq!(
        function.invoke(&event),
        Ended::Answer(json!({"alerts": 3, "judged": 2}))
    );
    assert_eq!(
        package.calls().len(),
        2,
        "delivered again, nothing is done again"
    );
}

#[test]
fn what_is_no_piece_of_our_log_is_an_error() {
    let good = alert("Shell", "shop");
    let bomb = vec![b' '; 64 << 20];
    let mut cut = packed(b"{}");
    cut["awslogs"]["data"] = json!(&cut["awslogs"]["data"].as_str().unwrap()[..12]);
    for event in [
        piece(&json!({"logGroup": "another"}), &[&good]),
        piece(&json!({"owner": "999988887777"}), &[&good]),
        piece(&json!({"messageType": "SOMETHING"}), &[&good]),
        piece(&json!({}), &[]),
        piece(&json!({"logEvents": "none"}), &[]),
        packed(&bomb),
        packed(b"{\"messageType\":"),
        cut,
        json!({"awslogs": {"data": "***"}}),
        json!({"awslogs": {"data": ""}}),
    ] {
        let package = Package::new();
        let ended = package.events().invoke(&event);
        assert!(matches!(ended, Ended::Error(_)), "{ended:?}");
        assert!(package.calls().is_empty());
    }
    let package = Package::new();
    let mut command = package.command();
    let function = crate::lambda::Lambda::start(command.env_remove("FALCO_LOG_GROUP"));
    let ended = function.invoke(&piece(&json!({}), &[&good]));
    assert!(
        matches!(ended, Ended::Error(_)),
        "who was told of no log group takes none"
    );
}

#[test]
fn the_question_whether_somebody_is_there_is_answered() {
    let package = Package::new();
    let event = piece(
        &json!({"messageType": "CONTROL_MESSAGE"}),
        &["CWL CONTROL MESSAGE"],
    );
    assert_eq!(
        package.events().invoke(&event),
        Ended::Answer(json!({"alerts": 0, "judged": 0}))
    );
    assert!(package.calls().is_empty());
}

#[test]
fn a_line_that_is_no_alert_fails_the_piece_and_stops_no_other() {
    let package = Package::new();
    let function = package.events();
    let event = piece(&json!({}), &["Falco initialized", &alert("Shell", "shop")]);
    for _ in 0..2 {
        assert!(matches!(function.invoke(&event), Ended::Error(_)));
        assert_eq!(package.calls().len(), 1, "the alert is judged, and once");
    }
}
