//! What the reports under `tests/reports/kubescape` don't show.

use super::*;
use crate::read::testing::read_text;

fn report(controls: &str, summary: &str) -> String {
    format!(
        r#"{{"generationTime":"0001-01-01T00:00:00Z","resources":[{{"resourceID":"path=17/api=v1//Pod/a",
            "object":{{"env":"hunter2"}},"source":{{"relativePath":"pods/a.yaml"}}}}],
            "results":[{{"resourceID":"path=17/api=v1//Pod/a","controls":[{controls}]}}],
            "summaryDetails":{{"controls":{{"C-1":{{"scoreFactor":7,"ResourceCounters":{{"failedResources":1}}{summary}}}}}}}}}"#
    )
}

fn control(more: &str) -> String {
    format!(r#"{{"controlID":"C-1","name":"n",{more}}}"#)
}

#[test]
fn a_control_is_as_bad_as_its_worst_rule() {
    let exception = r#""exception":[{"name":"e"}]"#;
    for (more, findings, passed, suppressed, quarantined) in [
        (r#""rules":[{"status":"failed"}]"#.to_owned(), 1, 0, 0, 0),
        (
            r#""rules":[{"status":"passed"},{"status":"failed"}]"#.to_owned(),
            1,
            0,
            0,
            0,
        ),
        (
            format!(r#""rules":[{{"status":"failed",{exception}}}]"#),
            1,
            0,
            1,
            0,
        ),
        (
            format!(r#""rules":[{{"status":"failed",{exception}}},{{"status":"failed"}}]"#),
            1,
            0,
            0,
            0,
        ),
        (r#""rules":[{"status":"excluded"}]"#.to_owned(), 1, 0, 1, 0),
        (
            r#""status":{"status":"passed","subStatus":"w/exceptions"}"#.to_owned(),
            1,
            0,
            1,
            0,
        ),
        (
            r#""status":{"status":"failed"},"rules":null"#.to_owned(),
            1,
            0,
            0,
            0,
        ),
        (
            r#""status":{"status":"skipped","subStatus":"manual review"}"#.to_owned(),
            1,
            0,
            0,
            0,
        ),
        (
            r#""status":{"status":"passed"},"rules":[{"status":"irrelevant"}]"#.to_owned(),
            0,
            1,
            0,
            0,
        ),
        (r#""rules":[{"status":"maybe"}]"#.to_owned(), 0, 0, 0, 1),
        (r#""rules":[{}]"#.to_owned(), 0, 0, 0, 1),
    ] {
        let counts = read_text(&ADAPTER, &report(&control(&more), ""))
            .0
            .report
            .counts;
        assert_eq!(
            (
                counts.findings,
                counts.passed,
                counts.suppressed,
                counts.quarantined
            ),
            (findings, passed, suppressed, quarantined),
            "{more}"
        );
    }
}

#[test]
fn a_resource_is_known_wherever_it_was_checked_out() {
    let text = report(&control(r#""rules":[{"status":"failed"}]"#), "");
    let (read, twin) = read_text(&ADAPTER, &text);
    assert!(!twin.contains("hunter2"), "{twin}");
    let finding = &read.findings[0];
    let place = &finding.locations[0];
    assert_eq!(
        (
            place.path.as_deref(),
            place.logical.as_deref(),
            finding.severity.level
        ),
        (Some("pods/a.yaml"), Some("v1//Pod/a"), Level::High)
    );
    assert_eq!(&*finding.resource.as_ref().unwrap().kind, "Pod");
}

#[test]
fn the_summary_must_be_reached() {
    use Completeness::{Complete, Empty, Failed, Partial};
    let text = report(&control(r#""rules":[{"status":"failed"}]"#), "");
    for (from, to, completeness) in [
        ("", "", Complete),
        (r#""failedResources":1"#, r#""failedResources":2"#, Partial),
        (
            r#""scoreFactor":7"#,
            r#""statusInfo":{"status":"skipped","subStatus":"integration"}"#,
            Partial,
        ),
        (r#""status":"failed""#, r#""status":"passed""#, Partial),
        (r#""generationTime""#, r#""time""#, Failed),
        (r#""summaryDetails""#, r#""details""#, Failed),
        (r#""results":["#, r#""results":null,"other":["#, Empty),
    ] {
        let mut text = text.replacen(from, to, 1);
        if completeness == Empty {
            text = text.replace(r#""failedResources":1"#, r#""failedResources":0"#);
        }
        let report = read_text(&ADAPTER, &text).0.report;
        assert_eq!(report.completeness, completeness, "{text}");
    }
}

#[test]
fn a_factor_is_a_level() {
    for (factor, level) in [
        (10.0, Level::Critical),
        (9.0, Level::Critical),
        (8.0, Level::High),
        (4.0, Level::Medium),
        (1.0, Level::Low),
        (0.0, Level::Info),
        (-1.0, Level::Unknown),
        (f64::NAN, Level::Unknown),
    ] {
        assert_eq!(severity(factor).level, level, "{factor}");
    }
}
