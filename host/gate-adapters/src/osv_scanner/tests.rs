//! What the reports under `tests/reports/osv-scanner` don't show.

use gate_core::fingerprint::assemble;
use gate_core::severity::Level;

use super::*;
use crate::read::testing::read_text;

fn report(path: &str, entries: &str, groups: &str) -> String {
    format!(
        r#"{{"results":[{{"source":{{"path":"{path}","type":"lockfile"}},"packages":[{{
            "package":{{"name":"a","version":"1","ecosystem":"PyPI"}},
            "vulnerabilities":[{entries}],"groups":[{groups}]}}]}}],"experimental_config":{{}}}}"#
    )
}

fn ids(text: &str) -> Vec<String> {
    let findings = read_text(&ADAPTER, text).0.findings;
    let all = assemble("s", vec![findings]).findings;
    all.iter().map(|finding| finding.id.to_string()).collect()
}

#[test]
fn the_entries_of_a_group_are_one_finding_whatever_their_order() {
    let ghsa = r#"{"id":"GHSA-1","aliases":["CVE-1"],"database_specific":{"severity":"HIGH"}}"#;
    let pysec = r#"{"id":"PYSEC-1","aliases":["CVE-1"],"details":"d"}"#;
    let group = r#"{"ids":["GHSA-1","PYSEC-1"],"aliases":["CVE-1"]}"#;
    let one = ids(&report("a", &format!("{ghsa},{pysec}"), group));
    assert_eq!(one.len(), 1);
    assert_eq!(one, ids(&report("a", &format!("{pysec},{ghsa}"), group)));
    // Without a group they are two, that agree in their canonical name.
    assert_eq!(ids(&report("a", &format!("{ghsa},{pysec}"), "")).len(), 2);
}

#[test]
fn the_checkout_s_folder_is_no_identity() {
    let entry = r#"{"id":"GHSA-1"}"#;
    assert_eq!(
        ids(&report("/builds/1/shop/poetry.lock", entry, "")),
        ids(&report("/builds/2/shop/poetry.lock", entry, ""))
    );
}

#[test]
fn a_word_wins_over_a_score_and_a_score_over_nothing() {
    let level = |specific: &str, group: &str| {
        let entry = format!(r#"{{"id":"GHSA-1","database_specific":{specific}}}"#);
        let group = format!(r#"{{"ids":["GHSA-1"],"max_severity":{group}}}"#);
        let read = read_text(&ADAPTER, &report("a", &entry, &group)).0;
        let severity = &read.findings[0].severity;
        (severity.level, severity.origin)
    };
    use gate_core::severity::Origin::{Cvss, Default, Vendor};
    for (specific, group, expected) in [
        (r#"{"severity":"LOW"}"#, "\"9.8\"", (Level::Low, Vendor)),
        (
            r#"{"severity":"AWFUL"}"#,
            "\"9.8\"",
            (Level::Unknown, Vendor),
        ),
        (r#"{"severity":""}"#, "\"9.8\"", (Level::Critical, Cvss)),
        ("{}", "\"0.0\"", (Level::Info, Cvss)),
        ("{}", "\"\"", (Level::Unknown, Default)),
        ("null", "\"n/a\"", (Level::Unknown, Default)),
    ] {
        assert_eq!(level(specific, group), expected, "{specific} {group}");
    }
}

#[test]
fn only_a_list_of_results_is_a_report() {
    for text in [
        "{}",
        r#"{"results":null}"#,
        r#"{"results":[]}"#,
        r#"{"errors":[],"results":[],"paths":{}}"#,
        r#"{"results":{}}"#,
        r#"{"results":[{}]}"#,
        r#"{"results":[{"source":{"path":"a"},"packages":{}}]}"#,
        r#"{"results":[{"source":{"path":"a"},"packages":null}]}"#,
        r#"{"results":[{"Target":"a"}]}"#,
    ] {
        let report = read_text(&ADAPTER, text).0.report;
        assert_eq!(report.completeness, Completeness::Failed, "{text}");
    }
}
