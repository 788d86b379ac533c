//! A verdict in short: as metrics, and as a notification.

use std::time::Duration;

use gate_core::digest::Digest;
use gate_core::time::Moment;
use gate_core::verdict::Outcome;
use gate_report::metrics;
use gate_report::notification::Notification;
use serde_json::{Value, json};

use crate::HOSTILE;
use crate::verdict::{Judged, verdict};

fn line(judged: &Judged) -> Value {
    let ended: Moment = "2026-01-31T12:00:00Z".parse().unwrap();
    let line = metrics::line(judged.answer(), Duration::from_millis(1234), ended);
    assert_eq!(line.lines().count(), 1, "{line}");
    serde_json::from_str(&line).unwrap()
}

#[test]
fn a_line_of_metrics_describes_each_number_that_it_holds() {
    for outcome in [Outcome::Pass, Outcome::Warn, Outcome::Fail, Outcome::Error] {
        let line = line(&verdict(outcome, "plain"));
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        let described = directive["Metrics"].as_array().unwrap();
        assert!(described.len() <= 100);
        for metric in described {
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
        }
        for dimension in directive["Dimensions"].as_array().unwrap() {
            for name in dimension.as_array().unwrap() {
                assert!(line[name.as_str().unwrap()].is_string(), "{name}");
            }
        }
        let numbers = line.as_object().unwrap().values().filter(|v| v.is_u64());
        assert_eq!(numbers.count(), described.len());
        assert_eq!(line["_aws"]["Timestamp"], 1_769_860_800_000_i64);
        assert_eq!(line["Duration"], 1234);
    }
}

/// Alarms on one environment don't ring for another, and who asks without one gets no dimension without a value.
#[test]
fn metrics_of_an_environment_are_told_apart() {
    let mut judged = verdict(Outcome::Pass, "plain");
    let sets = |judged: &Judged| {
        let line = line(judged);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        (directive["Dimensions"].clone(), line["Environment"].clone())
    };
    judged.request.question.environment = None;
    assert_eq!(
        sets(&judged),
        (json!([["Gate"], ["Gate", "Scope"]]), Value::Null)
    );
    judged.request.question.environment = Some("staging".to_owned());
    let with = json!([
        ["Gate"],
        ["Gate", "Scope"],
        ["Gate", "Scope", "Environment"]
    ]);
    assert_eq!(sets(&judged), (with, json!("staging")));
}

#[test]
fn metrics_count_the_outcome_and_whether_the_gate_opened() {
    for (outcome, name, open) in [
        (Outcome::Pass, "Pass", 1),
        (Outcome::Warn, "Warn", 1),
        (Outcome::Fail, "Fail", 0),
        (Outcome::Error, "Error", 0),
    ] {
        let line = line(&verdict(outcome, "plain"));
        let sum: u64 = ["Pass", "Warn", "Fail", "Error"]
            .iter()
            .map(|n| line[n].as_u64().unwrap())
            .sum();
        assert_eq!((line[name].as_u64(), sum), (Some(1), 1));
        assert_eq!(line["Open"], open, "{outcome}");
    }
}

#[test]
fn a_notification_is_within_the_limits_and_safe_whatever_a_report_says() {
    for text in HOSTILE
        .iter()
        .map(|text| (*text).to_owned())
        .chain(["é\u{1f600}".repeat(20_000)])
    {
        let judged = verdict(Outcome::Fail, &text);
        let record = Digest::of(b"record");
        let short = Notification::new(&judged.verdict, &judged.request.question, record);
        let subject = short.subject_line();
        assert!(subject.is_ascii() && subject.len() <= 100, "{subject}");
        assert!(
            !subject.contains(|c: char| c.is_ascii_control()),
            "{subject:?}"
        );
        assert!(subject.starts_with("gate "), "{subject}");
        let message = serde_json::to_string(&short).unwrap();
        assert!(message.len() <= 256 << 10, "{}", message.len());
        let message: Value = serde_json::from_str(&message).unwrap();
        assert_eq!(message["outcome"], "fail");
        assert_eq!(message["record"], record.to_string());
        for reason in message["reasons"].as_array().unwrap() {
            let text = reason["message"].as_str().unwrap();
            assert!(
                !text.contains(|c: char| c.is_control() || c == '\u{202e}'),
                "{text:?}"
            );
        }
        let listed = message["reasons"].as_array().unwrap().len();
        let more = usize::try_from(message["moreReasons"].as_u64().unwrap()).unwrap();
        assert_eq!(listed + more, judged.verdict.reasons.len());
    }
}
