//! What the reports under `tests/reports/clair` do not show.

use gate_core::severity::Level;
use serde_json::{Value, json};

use super::*;
use crate::read::{ReadReport, testing::read_text};

fn read(report: &Value) -> ReadReport {
    read_text(&ADAPTER, &report.to_string()).0
}

fn with(vulnerabilities: &Value, pairs: &Value) -> Value {
    json!({
        "package_vulnerabilities": pairs,
        "packages": { "1": { "id": "1", "name": "expat" } },
        "vulnerabilities": vulnerabilities,
        "manifest_hash": "sha256:1",
    })
}

#[test]
fn what_is_named_and_not_there_is_not_lost() {
    let good = json!({ "name": "CVE-2026-1", "normalized_severity": "High" });
    for (vulnerabilities, pairs) in [
        (json!({ "7": good }), json!({ "1": ["7", "8"] })),
        (
            json!({ "7": good, "8": { "name": 1 } }),
            json!({ "1": ["7", "8"] }),
        ),
        (json!({ "7": good, "8": [] }), json!({ "1": [7, 8] })),
        (json!({ "7": good }), json!({ "1": ["7"], "2": ["7"] })),
    ] {
        let read = read(&with(&vulnerabilities, &pairs));
        let levels: Vec<Level> = read.findings.iter().map(|f| f.severity.level).collect();
        assert_eq!(levels, [Level::High, Level::Unknown], "{pairs}");
        assert_eq!(read.report.completeness, Completeness::Partial, "{pairs}");
    }
}

#[test]
fn the_order_of_the_maps_does_not_matter() {
    let report = with(
        &json!({ "7": { "name": "CVE-2026-1" } }),
        &json!({ "1": ["7"] }),
    );
    let keys = [
        "manifest_hash",
        "packages",
        "vulnerabilities",
        "package_vulnerabilities",
    ];
    let written = |keys: &mut dyn Iterator<Item = &&str>| {
        let members: Vec<String> = keys
            .map(|key| format!("\"{key}\":{}", report[*key]))
            .collect();
        let text = format!("{{{}}}", members.join(","));
        let mut findings = read_text(&ADAPTER, &text).0.findings;
        findings[0].evidence.report = Digest::of(b"");
        findings
    };
    assert_eq!(written(&mut keys.iter()), written(&mut keys.iter().rev()));
}

#[test]
fn only_a_report_of_clair_s_is_one() {
    for text in [
        "{}",
        "[]",
        r#"{"manifest_hash":"sha256:1","packages":{},"state":"IndexFinished"}"#,
        r#"{"manifest_hash":"sha256:1","packages":{},"vulnerabilities":{},"package_vulnerabilities":{"1":"7"}}"#,
        r#"{"manifest_hash":"sha256:1","packages":{},"vulnerabilities":{},"package_vulnerabilities":[]}"#,
        r#"{"LayerCount":3}"#,
        r#"{"LayerCount":3,"Vulnerabilities":[]}"#,
        r#"{"image":"a","vulnerabilities":[]}"#,
        r#"{"image":"a","unapproved":[],"vulnerabilities":{}}"#,
    ] {
        let read = read_text(&ADAPTER, text).0.report;
        assert_eq!(read.completeness, Completeness::Failed, "{text}");
    }
}
