//! What the reports under `tests/reports/snyk` don't show.

use gate_core::fingerprint::assemble;

use super::*;
use crate::read::ReadReport;
use crate::read::testing::read_text;

fn merged(read: ReadReport) -> Vec<Finding> {
    let findings = read.findings;
    assemble("s", vec![findings]).findings
}

#[test]
fn many_paths_are_one_finding_with_a_few_of_them() {
    let row = |at: usize| {
        format!(
            r#"{{"id":"SNYK-1","name":"a","version":"1","severity":"low","isUpgradable":{},
                "from":["shop@1","way{at}@1","a@1"],"upgradePath":[false,"way{at}@2"]}}"#,
            at.is_multiple_of(2)
        )
    };
    let rows: Vec<String> = (0..300).map(row).collect();
    let text = format!(
        r#"{{"vulnerabilities":[{}],"ok":false,"dependencyCount":9}}"#,
        rows.join(",")
    );
    let findings = merged(read_text(&ADAPTER, &text).0);
    assert_eq!((findings.len(), findings[0].count), (1, 300));
    assert_eq!(findings[0].locations.len(), MAX_PATHS);
    let remediation = findings[0].remediation.as_deref().unwrap();
    assert_eq!(remediation.matches('@').count(), MAX_PATHS, "{remediation}");
}

#[test]
fn the_way_to_a_package_is_no_identity() {
    let ids = |from: &str| {
        let row = format!(r#"{{"id":"SNYK-1","name":"a","version":"1","from":[{from}]}}"#);
        let text = format!(r#"{{"vulnerabilities":[{row}],"ok":false,"dependencyCount":9}}"#);
        merged(read_text(&ADAPTER, &text).0)[0].id
    };
    assert_eq!(ids(r#""shop@1","a@1""#), ids(r#""shop@2","b@1","a@1""#));
    assert_eq!(ids(""), ids("false"));
}

#[test]
fn what_is_no_report_is_refused() {
    for (text, completeness) in [
        ("{}", Completeness::Failed),
        ("[{}]", Completeness::Failed),
        ("[]", Completeness::Empty),
        ("null", Completeness::Failed),
        (r#"{"ok":true}"#, Completeness::Failed),
        (
            r#"{"version":"15.0","vulnerabilities":[]}"#,
            Completeness::Failed,
        ),
        (
            r#"{"vulnerabilities":{},"ok":true,"dependencyCount":1}"#,
            Completeness::Failed,
        ),
        (
            r#"{"vulnerabilities":null,"ok":true,"dependencyCount":1}"#,
            Completeness::Failed,
        ),
        (
            r#"{"vulnerabilities":[],"ok":true,"dependencyCount":1}"#,
            Completeness::Complete,
        ),
        (
            r#"{"vulnerabilities":[],"ok":true,"dependencyCount":1,"filtered":{"ignore":{}}}"#,
            Completeness::Failed,
        ),
        (
            r#"{"vulnerabilities":[],"ok":true,"dependencyCount":1,"applications":[{}]}"#,
            Completeness::Failed,
        ),
        (
            r#"{"vulnerabilities":[],"ok":true,"dependencyCount":1,"uniqueCount":1}"#,
            Completeness::Partial,
        ),
        (
            r#"{"vulnerabilities":[],"error":"e","ok":true,"dependencyCount":1}"#,
            Completeness::Failed,
        ),
    ] {
        let report = read_text(&ADAPTER, text).0.report;
        assert_eq!(report.completeness, completeness, "{text}");
    }
}

#[test]
fn sarif_is_sent_to_its_own_adapter() {
    let text = r#"{"$schema":"s","version":"2.1.0","runs":[]}"#;
    let report = read_text(&ADAPTER, text).0.report;
    assert!(report.problems[0].message.contains("sarif="), "{report:?}");
}
