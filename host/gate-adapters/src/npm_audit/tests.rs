//! What the reports under `tests/reports/npm-audit` don't show.

use gate_core::fingerprint::assemble;

use super::*;
use crate::read::testing::read_text;

fn version_2(entries: &str, total: i64, dependencies: i64) -> String {
    format!(
        r#"{{"auditReportVersion":2,"vulnerabilities":{{{entries}}},"metadata":{{
            "vulnerabilities":{{"total":{total}}},"dependencies":{{"total":{dependencies}}}}}}}"#
    )
}

fn completeness(text: &str) -> Completeness {
    read_text(&ADAPTER, text).0.report.completeness
}

#[test]
fn what_is_counted_must_be_there() {
    let entry = r#""a":{"via":[{"source":1,"severity":"low"}]}"#;
    for (entries, total, dependencies, expected) in [
        ("", 0, 3, Completeness::Complete),
        ("", 0, 0, Completeness::Empty),
        ("", 0, -1, Completeness::Empty),
        ("", 1, 3, Completeness::Partial),
        (entry, 1, 3, Completeness::Complete),
        (entry, 0, 3, Completeness::Partial),
        (entry, -1, 3, Completeness::Partial),
    ] {
        let text = version_2(entries, total, dependencies);
        assert_eq!(completeness(&text), expected, "{text}");
    }
}

#[test]
fn what_is_no_report_is_refused() {
    for text in [
        "{}",
        "[]",
        r#"{"auditReportVersion":2}"#,
        r#"{"auditReportVersion":2,"vulnerabilities":{}}"#,
        r#"{"auditReportVersion":2,"vulnerabilities":[],"metadata":{"vulnerabilities":{"total":0},"dependencies":{"total":3}}}"#,
        r#"{"auditReportVersion":3,"vulnerabilities":{},"metadata":{"vulnerabilities":{"total":0},"dependencies":{"total":3}}}"#,
        r#"{"advisories":{}}"#,
        r#"{"advisories":[],"metadata":{"vulnerabilities":{},"totalDependencies":1}}"#,
        r#"{"advisories":{},"metadata":{"vulnerabilities":{}}}"#,
        r#"{"error":{}}"#,
    ] {
        assert_eq!(completeness(text), Completeness::Failed, "{text}");
    }
}

#[test]
fn one_odd_advisory_leaves_the_others() {
    let via =
        r#"{"url":"https://github.com/advisories/GHSA-1"},{"title":"no name"},{"source":"7"}"#;
    let read = read_text(
        &ADAPTER,
        &version_2(&format!(r#""a":{{"via":[{via}]}}"#), 1, 3),
    )
    .0;
    let ids: Vec<&str> = read
        .findings
        .iter()
        .map(|finding| &*finding.rule.id)
        .collect();
    assert_eq!(ids, ["GHSA-1", "npm:7"]);
    assert_eq!(read.report.completeness, Completeness::Partial);
}

#[test]
fn npm_s_number_is_no_identity() {
    let ids = |number: u32| {
        let via = format!(
            r#"{{"source":{number},"url":"https://github.com/advisories/GHSA-1","severity":"low"}}"#
        );
        let text = version_2(
            &format!(r#""a":{{"via":[{via}],"nodes":["x/{number}"]}}"#),
            1,
            3,
        );
        let findings = read_text(&ADAPTER, &text).0.findings;
        assemble("s", vec![findings]).findings[0].id
    };
    assert_eq!(ids(1), ids(2));
}
