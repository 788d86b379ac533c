//! What the reports under `tests/reports/asff` do not show.

use gate_core::finding::{Class, Status};
use gate_core::severity::Level;
use serde_json::json;

use super::*;
use crate::read::{ReadReport, testing::read_text};

fn read(finding: &Value) -> ReadReport {
    let mut whole = json!({ "Id": "1", "GeneratorId": "rule", "Title": "title" });
    for (key, value) in finding.as_object().unwrap() {
        whole[key] = value.clone();
    }
    read_text(&ADAPTER, &json!([whole]).to_string()).0
}

#[test]
fn the_provider_s_severity_comes_first() {
    for (finding, level, original) in [
        (
            json!({ "Severity": { "Label": "LOW" }, "FindingProviderFields": { "Severity": { "Label": "HIGH" } } }),
            Level::High,
            Some("HIGH"),
        ),
        (
            json!({ "Severity": { "Label": "LOW" }, "FindingProviderFields": {} }),
            Level::Low,
            Some("LOW"),
        ),
        (
            json!({ "Severity": { "Normalized": 70 } }),
            Level::High,
            Some("70"),
        ),
        (
            json!({ "Severity": { "Normalized": 101 } }),
            Level::Unknown,
            Some("101"),
        ),
        (
            json!({ "Severity": { "Label": "SEVERE" } }),
            Level::Unknown,
            Some("SEVERE"),
        ),
        (json!({}), Level::Unknown, None),
    ] {
        let severity = &read(&finding).findings[0].severity;
        assert_eq!(
            (severity.level, severity.original.as_deref()),
            (level, original),
            "{finding}"
        );
    }
}

#[test]
fn what_passed_is_no_finding_and_what_is_open_is_one() {
    for (finding, status) in [
        (json!({ "RecordState": "ARCHIVED" }), None),
        (json!({ "Compliance": { "Status": "PASSED" } }), None),
        (
            json!({ "Compliance": { "Status": "FAILED" } }),
            Some(Status::Fail),
        ),
        (
            json!({ "Compliance": { "Status": "WARNING" } }),
            Some(Status::Open),
        ),
        (
            json!({ "Compliance": { "Status": "NOT_AVAILABLE" } }),
            Some(Status::Open),
        ),
        (
            json!({ "Workflow": { "Status": "RESOLVED" } }),
            Some(Status::Fail),
        ),
        (json!({ "RecordState": "A_NEW_WORD" }), Some(Status::Fail)),
    ] {
        let read = read(&finding);
        let found = read.findings.first();
        assert_eq!(found.map(|finding| finding.status), status, "{finding}");
        assert_eq!(
            read.report.counts.passed,
            u32::from(status.is_none()),
            "{finding}"
        );
    }
}

#[test]
fn types_tell_the_class() {
    for (types, class) in [
        (
            "Software and Configuration Checks/Vulnerabilities/CVE",
            Class::Vulnerability,
        ),
        (
            "Software and Configuration Checks/Industry and Regulatory Standards/CIS",
            Class::Compliance,
        ),
        (
            "Software and Configuration Checks/AWS Security Best Practices/Network Reachability",
            Class::Misconfiguration,
        ),
        ("Sensitive Data Identifications/Passwords", Class::Secret),
        ("TTPs/Discovery/Recon:EC2-Portscan", Class::RuntimeEvent),
    ] {
        assert_eq!(
            read(&json!({ "Types": [types] })).findings[0].class,
            class,
            "{types}"
        );
    }
    assert_eq!(
        read(&json!({ "Compliance": {} })).findings[0].class,
        Class::Compliance
    );
}

#[test]
fn only_findings_are_a_report() {
    let event = r#""detail-type":"Security Hub Findings - Imported""#;
    for (text, completeness) in [
        ("[]".to_owned(), Completeness::Complete),
        (r#"{"Findings":[]}"#.to_owned(), Completeness::Complete),
        (
            r#"{"Findings":[],"NextToken":"t"}"#.to_owned(),
            Completeness::Partial,
        ),
        (
            format!(r#"{{{event},"detail":{{"findings":[]}}}}"#),
            Completeness::Complete,
        ),
        (
            format!(r#"{{{event},"detail":{{}}}}"#),
            Completeness::Failed,
        ),
        (
            r#"{"detail-type":"GuardDuty Finding","detail":{"findings":[]}}"#.to_owned(),
            Completeness::Failed,
        ),
        (r#"{"Findings":{}}"#.to_owned(), Completeness::Failed),
        (r#"[]{"Findings":[]}"#.to_owned(), Completeness::Failed),
        (
            r#"{"Findings":[],"findings":[]}"#.to_owned(),
            Completeness::Failed,
        ),
        (
            r#"{"Findings":[]}{"Findings":[]}"#.to_owned(),
            Completeness::Complete,
        ),
        (r#"{"Findings":null}"#.to_owned(), Completeness::Failed),
        ("{}".to_owned(), Completeness::Failed),
        (
            r#"[{"Id":"1","GeneratorId":"g","Title":" "}]"#.to_owned(),
            Completeness::Partial,
        ),
    ] {
        let read = read_text(&ADAPTER, &text).0.report;
        assert_eq!(read.completeness, completeness, "{text}");
    }
}
