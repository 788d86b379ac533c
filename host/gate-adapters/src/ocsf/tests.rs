//! What the reports under `tests/reports/ocsf` do not show.

use gate_core::finding::{Class, Status};
use gate_core::severity::Level;
use serde_json::{Value, json};

use super::*;
use crate::read::{ReadReport, testing::read_text};

fn read(finding: &Value) -> ReadReport {
    let mut whole = json!({
        "class_uid": 2004, "metadata": {}, "finding_info": { "title": "title" }, "severity_id": 3,
    });
    for (key, value) in finding.as_object().unwrap() {
        whole[key] = value.clone();
    }
    read_text(&ADAPTER, &whole.to_string()).0
}

#[test]
fn a_severity_is_its_number() {
    for (finding, level, original) in [
        (
            json!({ "severity_id": 6, "severity": "Fatal" }),
            Level::Critical,
            Some("Fatal"),
        ),
        (json!({ "severity_id": 4 }), Level::High, Some("4")),
        (
            json!({ "severity_id": 99, "severity": "High" }),
            Level::Unknown,
            Some("High"),
        ),
        (
            json!({ "severity_id": null, "severity": "high" }),
            Level::High,
            Some("high"),
        ),
        (
            json!({ "severity_id": null, "severity": "severe" }),
            Level::Unknown,
            Some("severe"),
        ),
        (json!({ "severity_id": null }), Level::Unknown, None),
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
        (json!({ "status_code": "PASS" }), None),
        (json!({ "status_code": "FAIL" }), Some(Status::Fail)),
        (json!({ "status_code": "MANUAL" }), Some(Status::Open)),
        (json!({ "status_code": "A_NEW_WORD" }), Some(Status::Fail)),
        (json!({ "compliance": { "status_id": 1 } }), None),
        (json!({ "compliance": { "status": "Pass" } }), None),
        (
            json!({ "compliance": { "status_id": 2 } }),
            Some(Status::Open),
        ),
        (
            json!({ "compliance": { "status_id": 99, "status": "Pass" } }),
            Some(Status::Fail),
        ),
        (json!({ "activity_id": 3 }), None),
        (
            json!({ "status_id": 4, "status": "Resolved" }),
            Some(Status::Fail),
        ),
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
fn what_is_no_finding_is_not_taken_as_clean() {
    for finding in [
        json!({ "class_uid": 6003 }),
        json!({ "class_uid": null }),
        json!({ "finding_info": { "title": "" } }),
        json!({ "finding_info": null }),
        json!({ "metadata": [] }),
        json!({ "vulnerabilities": [{ "title": "t" }] }),
    ] {
        let report = read(&finding).report;
        assert_eq!(report.completeness, Completeness::Partial, "{finding}");
        assert_eq!(report.counts.quarantined, 1, "{finding}");
    }
    for text in ["0", "[1]", "null", "[[]]"] {
        let report = read_text(&ADAPTER, text).0.report;
        assert_ne!(report.completeness, Completeness::Complete, "{text}");
    }
}

#[test]
fn the_class_is_the_schema_s_but_for_a_check() {
    for (finding, class) in [
        (json!({ "class_uid": 2003 }), Class::Compliance),
        (json!({ "class_uid": 2004 }), Class::RuntimeEvent),
        (
            json!({ "class_uid": 2004, "status_code": "FAIL" }),
            Class::Compliance,
        ),
        (json!({ "class_uid": 2006 }), Class::Secret),
        (json!({ "class_uid": 2007 }), Class::Misconfiguration),
    ] {
        assert_eq!(read(&finding).findings[0].class, class, "{finding}");
    }
}
