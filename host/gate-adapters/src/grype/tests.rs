//! What the reports under `tests/reports/grype` do not show.

use gate_core::scan_report::Completeness;
use gate_core::severity::Level;
use serde_json::{Value, json};

use super::ADAPTER;
use crate::read::{Options, ReadReport, read, testing};

fn read_text(text: &str) -> (ReadReport, String) {
    testing::read_text(&ADAPTER, text)
}

fn read_value(report: &Value) -> ReadReport {
    read_text(&report.to_string()).0
}

fn with(severity: &str) -> Value {
    json!({
        "matches": [{ "vulnerability": { "id": "CVE-2026-1", "severity": severity }, "artifact": { "name": "p" } }],
        "source": { "type": "file", "target": "p.tar" },
        "descriptor": { "name": "grype" },
    })
}

#[test]
fn a_severity_means_the_same_in_any_case() {
    for (word, level) in [
        ("critical", Level::Critical),
        ("Critical", Level::Critical),
        ("CRITICAL", Level::Critical),
        ("negligible", Level::Low),
        ("unknown", Level::Unknown),
        ("Moderate", Level::Unknown),
    ] {
        let severity = &read_value(&with(word)).findings[0].severity;
        assert_eq!(
            (severity.level, severity.original.as_deref()),
            (level, Some(word))
        );
    }
}

#[test]
fn an_envelope_that_says_too_little_is_not_complete() {
    for (key, completeness) in [
        ("matches", Completeness::Partial),
        ("source", Completeness::Partial),
        ("descriptor", Completeness::Failed),
    ] {
        for missing in [true, false] {
            let mut report = with("High");
            let envelope = report.as_object_mut().unwrap();
            envelope.remove(key);
            if !missing {
                envelope.insert(key.to_owned(), Value::Null);
            }
            assert_eq!(
                read_value(&report).report.completeness,
                completeness,
                "{key}"
            );
        }
    }
    assert_eq!(
        read_value(&with("High")).report.completeness,
        Completeness::Complete
    );
}

#[test]
fn another_tool_is_refused() {
    let mut report = with("High");
    report["descriptor"]["name"] = json!("syft");
    assert_eq!(
        read_value(&report).report.problems[0].code,
        "report-wrong-tool"
    );
}

#[test]
fn a_database_that_is_not_valid_makes_it_partial() {
    for database in [
        json!({ "status": { "valid": false } }),
        json!({ "error": "no database" }),
    ] {
        let mut report = with("High");
        report["descriptor"]["db"] = database;
        assert_eq!(
            read_value(&report).report.completeness,
            Completeness::Partial
        );
    }
}

#[test]
fn an_unknown_alert_leaves_something_out() {
    let mut report = with("High");
    report["alertsByPackage"] = json!([{ "package": {}, "alerts": [{ "type": "something-new" }] }]);
    assert_eq!(
        read_value(&report).report.completeness,
        Completeness::Partial
    );
    report["alertsByPackage"] = json!([{ "package": {}, "alerts": [{ "type": "distro-eol" }] }]);
    assert_eq!(
        read_value(&report).report.completeness,
        Completeness::Complete
    );
}

#[test]
fn the_order_of_keys_does_not_matter() {
    let records = r#""matches":[{"artifact":{"name":"p"},"vulnerability":{"severity":"Low","id":"GHSA-1"},
        "relatedVulnerabilities":[{"id":"CVE-2026-1"}]}]"#;
    let rest =
        r#""source":{"target":"d","type":"directory"},"descriptor":{"version":"1","name":"grype"}"#;
    let findings = |text: String| {
        let mut findings = read_text(&text).0.findings;
        findings[0].evidence.report = gate_core::digest::Digest::of(b"");
        findings
    };
    let first = findings(format!("{{{records},{rest}}}"));
    assert_eq!(first, findings(format!("{{{rest},{records}}}")));
    assert_eq!(
        (&*first[0].rule.id, &*first[0].evidence.pointer),
        ("CVE-2026-1", "/matches/0")
    );
}

#[test]
fn a_long_report_is_recognized_before_its_descriptor_comes() {
    let record = r#"{"vulnerability":{"id":"CVE-2026-1"},"artifact":{"name":"p"}},"#.repeat(4000);
    let text = format!(
        r#"{{"matches":[{}],"source":{{"target":"d"}},"descriptor":{{}}}}"#,
        record.trim_end_matches(',')
    );
    let read = read(
        "r.json",
        crate::read::Among::Any(crate::registry::ADAPTERS),
        &mut text.as_bytes(),
        &mut Vec::new(),
        &Options::default(),
    );
    assert_eq!((&*read.report.tool, read.findings.len()), ("grype", 4000));
}

#[test]
fn credentials_stay_out_of_the_twin() {
    let (_, twin) = read_text(
        r#"{"matches":[],"source":{"target":{"config":"aHVudGVyMg==","manifest":"aHVudGVyMg=="}},
        "descriptor":{"configuration":{"registry":{"auth":[{"password":"hunter2"}]}}}}"#,
    );
    assert!(
        !twin.contains("hunter2") && !twin.contains("aHVudGVyMg"),
        "{twin}"
    );
}
