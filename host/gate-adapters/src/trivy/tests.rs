//! What the reports under `tests/reports/trivy` do not show.

use gate_core::finding::FixState;
use gate_core::scan_report::Completeness;
use gate_core::severity::Level;
use serde_json::{Value, json};

use super::ADAPTER;
use crate::read::{ReadReport, testing};

fn read_text(text: &str) -> (ReadReport, String) {
    testing::read_text(&ADAPTER, text)
}

fn read_value(report: &Value) -> ReadReport {
    read_text(&report.to_string()).0
}

fn with(vulnerability: &Value) -> Value {
    json!({ "SchemaVersion": 2, "ArtifactName": "a", "Results": [
        { "Target": "a (debian 12)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [vulnerability] },
    ]})
}

#[test]
fn a_severity_means_the_same_in_any_case() {
    for (word, level) in [
        ("critical", Level::Critical),
        ("Critical", Level::Critical),
        ("CRITICAL", Level::Critical),
        ("unknown", Level::Unknown),
        ("NEGLIGIBLE", Level::Unknown),
        (" HIGH", Level::Unknown),
    ] {
        let report =
            with(&json!({ "VulnerabilityID": "CVE-2026-1", "PkgName": "p", "Severity": word }));
        let severity = &read_value(&report).findings[0].severity;
        assert_eq!(
            (severity.level, severity.original.as_deref()),
            (level, Some(word))
        );
    }
}

#[test]
fn a_record_with_nothing_but_its_names_is_a_finding() {
    let read = read_value(&with(
        &json!({ "VulnerabilityID": "CVE-2026-1", "PkgName": "p" }),
    ));
    let finding = &read.findings[0];
    assert_eq!(finding.severity.level, Level::Unknown);
    assert_eq!(&*finding.title, "CVE-2026-1 in p");
    let known = finding.vulnerability.as_ref().unwrap();
    assert_eq!(known.fix_state, FixState::Unknown);
    assert_eq!(known.software.ecosystem.as_deref(), Some("deb"));
    assert_eq!(read.report.completeness, Completeness::Complete);
}

#[test]
fn a_fix_is_what_the_status_and_the_version_say() {
    for (status, version, state) in [
        ("affected", "", FixState::None),
        ("affected", "1", FixState::Fixed),
        ("will_not_fix", "1", FixState::WontFix),
        ("fixed", "", FixState::Fixed),
        ("under_investigation", "", FixState::Unknown),
        ("a new word", "", FixState::Unknown),
        ("", "1", FixState::Fixed),
    ] {
        let report = with(&json!({
            "VulnerabilityID": "CVE-2026-1", "PkgName": "p", "Status": status, "FixedVersion": version,
        }));
        let finding = &read_value(&report).findings[0];
        assert_eq!(
            finding.vulnerability.as_ref().unwrap().fix_state,
            state,
            "{status} {version}"
        );
    }
}

#[test]
fn the_order_of_keys_does_not_matter() {
    let result = r#""Vulnerabilities":[{"PkgName":"p","VulnerabilityID":"CVE-2026-1"}]"#;
    let head = r#""Type":"npm","Class":"lang-pkgs","Target":"package-lock.json""#;
    let version = r#""SchemaVersion":2,"ArtifactName":"a""#;
    let findings = |text: String| {
        let mut findings = read_text(&text).0.findings;
        findings[0].evidence.report = gate_core::digest::Digest::of(b"");
        findings
    };
    let first = findings(format!(r#"{{{version},"Results":[{{{head},{result}}}]}}"#));
    let last = findings(format!(r#"{{"Results":[{{{result},{head}}}],{version}}}"#));
    assert_eq!(first, last);
    assert_eq!(
        first[0].locations[0].path.as_deref(),
        Some("package-lock.json")
    );
    assert_eq!(&*first[0].evidence.pointer, "/Results/0/Vulnerabilities/0");
}

#[test]
fn what_is_not_version_2_is_refused() {
    for (report, code, what) in [
        (
            json!({ "SchemaVersion": 3, "Results": {} }),
            "report-unsupported",
            "schema version 3",
        ),
        (
            json!({ "SchemaVersion": 1, "ClusterName": "c" }),
            "report-unsupported",
            "schema version 1",
        ),
        (
            json!({ "ClusterName": "c", "Resources": [{ "Kind": "Pod", "Name": "p", "Results": {} }] }),
            "report-wrong-tool",
            "",
        ),
        (
            json!({ "Results": [] }),
            "report-wrong-tool",
            "`SchemaVersion` is missing",
        ),
        (
            json!({ "SchemaVersion": 2, "Results": {} }),
            "report-wrong-tool",
            "expected a sequence",
        ),
        (
            json!({ "SchemaVersion": "2" }),
            "report-wrong-tool",
            "a text",
        ),
        (
            json!({ "SchemaVersion": 2, "Results": [{ "Vulnerabilities": {} }] }),
            "report-wrong-tool",
            "",
        ),
        (json!(null), "report-wrong-tool", "root"),
    ] {
        let read = read_value(&report);
        let problem = &read.report.problems[0];
        assert_eq!(
            (read.report.completeness, &*problem.code),
            (Completeness::Failed, code),
            "{report}"
        );
        assert!(problem.message.contains(what), "{problem:?}");
    }
}

#[test]
fn nothing_scanned_is_not_clean() {
    for report in [
        json!({ "SchemaVersion": 2, "ArtifactName": "a" }),
        json!({ "SchemaVersion": 2, "ArtifactName": "a", "Results": null }),
        json!({ "SchemaVersion": 2, "ArtifactName": "a", "Results": [] }),
        json!([]),
        json!({ "ClusterName": "c" }),
        json!({ "ClusterName": "c", "Resources": [{ "Kind": "Pod", "Name": "p" }] }),
    ] {
        assert_eq!(
            read_value(&report).report.completeness,
            Completeness::Empty,
            "{report}"
        );
    }
}

#[test]
fn a_check_with_an_unknown_status_is_not_taken_as_passed() {
    let read = read_value(
        &json!({ "SchemaVersion": 2, "ArtifactName": "a", "Results": [
            { "Target": "main.tf", "Class": "config", "Misconfigurations": [{ "ID": "AWS-1", "Status": "SKIPPED" }] },
        ]}),
    );
    assert_eq!(
        (read.report.counts.quarantined, read.report.completeness),
        (1, Completeness::Partial)
    );
}

#[test]
fn secrets_and_source_stay_out_of_the_twin() {
    let (_, twin) = read_text(
        r#"{"SchemaVersion":2,"ArtifactName":"a","Metadata":{"ImageConfig":{"config":{
        "Env":["A=hunter2"],"Cmd":["x","--password=hunter2"],"Healthcheck":{"Test":["hunter2"]}},
        "history":[{"created_by":"ARG P=hunter2"}]}},"Results":[{"Target":"t",
        "Secrets":[{"RuleID":"r","Match":"hunter2","Code":{"Lines":[{"Content":"hunter2","Highlighted":"hunter2"}]}}],
        "Misconfigurations":[{"ID":"i","Traces":["hunter2"],"CauseMetadata":{"RenderedCause":{"Raw":"p = hunter2"}}}],
        "CustomResources":[{"Type":"t","Data":{"deep":["hunter2"]}}]}]}"#,
    );
    assert!(!twin.contains("hunter2"), "{twin}");
}

#[test]
fn a_list_under_another_name_is_not_taken_as_clean() {
    let report = read_value(&json!({
        "SchemaVersion": 2,
        "ArtifactName": "shop",
        "ArtifactType": "container_image",
        "Results": [{"Target": "shop", "Class": "os-pkgs", "vulnerabilities": [{"VulnerabilityID": "CVE-2026-1"}]}],
    }));
    assert_eq!(report.report.completeness, Completeness::Partial);
    assert_eq!(
        report.report.problems[0].place.as_deref(),
        Some("/Results/0/vulnerabilities")
    );
}

#[test]
fn a_check_is_the_same_under_its_old_names() {
    let rule = |ids: Value| {
        let mut check = json!({ "Status": "FAIL" });
        for (key, id) in ids.as_object().unwrap() {
            check[key] = id.clone();
        }
        let report = json!({ "SchemaVersion": 2, "ArtifactName": "a", "Results": [
            { "Target": "d.yaml", "Class": "config", "Misconfigurations": [check] },
        ]});
        read_value(&report).findings[0].rule.id.clone()
    };
    for ids in [
        json!({ "ID": "KSV-0014" }),
        json!({ "ID": "KSV014", "AVDID": "AVD-KSV-0014" }),
        json!({ "ID": "AVD-KSV-0014", "AVDID": "AVD-KSV-0014" }),
        json!({ "ID": "KSV-0014", "AVDID": "" }),
    ] {
        assert_eq!(&*rule(ids), "KSV-0014");
    }
    assert_eq!(
        &*rule(json!({ "ID": "USER-1", "AVDID": "USER-1" })),
        "USER-1"
    );
}
