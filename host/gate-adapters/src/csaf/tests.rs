//! What the reports under `tests/reports/csaf` don't show.

use gate_core::finding::Status;
use gate_core::severity::Level;

use super::*;
use crate::read::ReadReport;
use crate::read::testing::read_text;

const DOCUMENT: &str =
    r#""document":{"category":"csaf_vex","csaf_version":"2.0","tracking":{"status":"final"}}"#;

fn document(rest: &str) -> ReadReport {
    read_text(&ADAPTER, &format!("{{{DOCUMENT},{rest}}}")).0
}

#[test]
fn only_a_document_of_a_known_version_is_read() {
    const ONE: &str = r#""vulnerabilities":[{"cve":"CVE-1"}]"#;
    for (old, new, rest, completeness) in [
        ("", "", ONE, Completeness::Complete),
        ("2.0", "2.1", ONE, Completeness::Complete),
        ("2.0", "3.0", ONE, Completeness::Failed),
        ("category", "kind", ONE, Completeness::Failed),
        ("final", "draft", ONE, Completeness::Partial),
        ("", "", r#""vulnerabilities":[]"#, Completeness::Empty),
        ("", "", r#""product_tree":{}"#, Completeness::Empty),
        ("", "", r#""vulnerabilities":{}"#, Completeness::Failed),
    ] {
        let text = format!("{{{},{rest}}}", DOCUMENT.replace(old, new));
        let text = if old.is_empty() {
            format!("{{{DOCUMENT},{rest}}}")
        } else {
            text
        };
        let report = read_text(&ADAPTER, &text).0.report;
        assert_eq!(report.completeness, completeness, "{text}");
    }
}

#[test]
fn a_status_that_nobody_knows_takes_nothing_out() {
    let read = document(
        r#""vulnerabilities":[{"cve":"CVE-1","product_status":{"safe":["a"]}},{},{"cve":7},{"cve":"CVE-2"}]"#,
    );
    let counts = read.report.counts;
    assert_eq!((counts.findings, counts.quarantined), (1, 3));
    assert_eq!(read.findings[0].status, Status::Fail);
}

#[test]
fn what_is_said_of_a_group_is_said_of_its_products() {
    let read = document(
        r#""vulnerabilities":[{"cve":"CVE-1","product_status":{"known_not_affected":["a","b"]},
            "flags":[{"label":"component_not_present","group_ids":["g"]}],
            "threats":[{"category":"impact","details":"for all"}]}],
        "product_tree":{"product_groups":[{"group_id":"g","product_ids":["b","c"]}]}"#,
    );
    let reasons: Vec<_> = read
        .findings
        .iter()
        .map(|f| {
            f.suppression
                .as_ref()
                .unwrap()
                .justification
                .as_deref()
                .unwrap()
        })
        .collect();
    assert_eq!(reasons, ["for all", "component_not_present: for all"]);
}

#[test]
fn the_newest_rating_counts() {
    let level = |scores: &str| {
        let text = format!(
            r#""vulnerabilities":[{{"cve":"CVE-1","product_status":{{"known_affected":["a"]}},"scores":[{scores}]}}]"#
        );
        document(&text).findings[0].severity.level
    };
    for (scores, expected) in [
        (
            r#"{"products":["a"],"cvss_v3":{"version":"3.1","baseScore":9.8,"baseSeverity":"LOW"}}"#,
            Level::Low,
        ),
        (
            r#"{"products":["a"],"cvss_v3":{"version":"3.1","baseScore":9.8}}"#,
            Level::Critical,
        ),
        (
            r#"{"products":["a"],"cvss_v3":{"version":"3.1","baseSeverity":"SEVERE"}}"#,
            Level::Unknown,
        ),
        (
            r#"{"products":["a"],"cvss_v2":{"version":"2.0","baseScore":9.8},"cvss_v4":{"version":"4.0","baseSeverity":"LOW"}}"#,
            Level::Low,
        ),
        (
            r#"{"products":["a"],"cvss_v2":{"version":"2.0","baseScore":9.8}}"#,
            Level::High,
        ),
        (
            r#"{"products":["b"],"cvss_v3":{"version":"3.1","baseSeverity":"HIGH"}}"#,
            Level::Unknown,
        ),
    ] {
        assert_eq!(level(scores), expected, "{scores}");
    }
}
