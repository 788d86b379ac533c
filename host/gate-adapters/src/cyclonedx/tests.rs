//! What the reports under `tests/reports/cyclonedx` don't show.

use gate_core::severity::{Level, Origin, Severity};

use super::*;
use crate::read::ReadReport;
use crate::read::testing::read_text;

fn bom(rest: &str) -> ReadReport {
    let text = format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5",{rest}}}"#);
    read_text(&ADAPTER, &text).0
}

fn rated(source: &str, ratings: &str) -> Severity {
    let text = format!(r#""vulnerabilities":[{{"id":"CVE-1",{source}"ratings":[{ratings}]}}]"#);
    bom(&text).findings[0].severity.clone()
}

#[test]
fn content_is_what_a_document_can_prove() {
    const PART: &str = r#"{"type":"library","name":"a","version":"1"}"#;
    const STATED: &str = r#"{"id":"CVE-1","analysis":{"state":"exploitable"}}"#;
    const FOUND: &str = r#"{"id":"CVE-1"}"#;
    const TRIVY: &str = r#""metadata":{"tools":{"components":[{"name":"trivy","version":"1"}]}}"#;
    use Completeness::{Complete, Empty, Failed};
    for (rest, content, completeness) in [
        (
            format!(r#""components":[{PART}]"#),
            Content::Inventory,
            Complete,
        ),
        (
            format!(r#""components":[{PART}],"vulnerabilities":[]"#),
            Content::SearchedInventory,
            Complete,
        ),
        (
            format!(r#""components":[{PART}],"vulnerabilities":[],{TRIVY}"#),
            Content::Inventory,
            Complete,
        ),
        (
            format!(r#""components":[{PART}],"vulnerabilities":[{FOUND}],{TRIVY}"#),
            Content::SearchedInventory,
            Complete,
        ),
        (
            format!(r#""components":[{PART}],"vulnerabilities":[{STATED}]"#),
            Content::SearchedInventory,
            Complete,
        ),
        (
            format!(r#""vulnerabilities":[{STATED}]"#),
            Content::Statements,
            Complete,
        ),
        (
            format!(r#""vulnerabilities":[{STATED},{FOUND}]"#),
            Content::Scan,
            Complete,
        ),
        (
            r#""vulnerabilities":[]"#.to_owned(),
            Content::SearchedInventory,
            Empty,
        ),
        (r#""components":[]"#.to_owned(), Content::Inventory, Empty),
        (r#""components":{}"#.to_owned(), Content::Scan, Failed),
        (r#""vulnerabilities":{}"#.to_owned(), Content::Scan, Failed),
    ] {
        let report = bom(&rest).report;
        assert_eq!(
            (report.content, report.completeness),
            (content, completeness),
            "{rest}"
        );
    }
    for (format, version) in [
        ("SPDX", "1.5"),
        ("CycloneDX", "1.1"),
        ("CycloneDX", "2.0"),
        ("CycloneDX", "1.8"),
    ] {
        let text =
            format!(r#"{{"bomFormat":"{format}","specVersion":"{version}","components":[]}}"#);
        assert_eq!(read_text(&ADAPTER, &text).0.report.completeness, Failed);
    }
}

#[test]
fn the_source_s_own_rating_counts_then_the_tool_s_then_the_highest() {
    const OWN: &str = r#""source":{"name":"ubuntu"},"#;
    const NVD: &str =
        r#"{"source":{"name":"nvd"},"severity":"high","score":7.5,"method":"CVSSv31"}"#;
    const UBUNTU: &str = r#"{"source":{"name":"ubuntu"},"severity":"low"}"#;
    const TOOL: &str = r#"{"severity":"Medium"}"#;
    const SCORED: &str = r#"{"score":9.8,"method":"CVSSv31"}"#;
    const SCORED_2: &str = r#"{"score":7.0,"method":"CVSSv2"}"#;
    const OTHER: &str = r#"{"score":9.8,"method":"OWASP"}"#;
    const ODD: &str = r#"{"severity":"severe","score":9.8,"method":"CVSSv31"}"#;
    for (source, ratings, level, origin) in [
        (OWN, vec![NVD, TOOL, UBUNTU], Level::Low, Origin::Vendor),
        (OWN, vec![NVD, TOOL], Level::Medium, Origin::Tool),
        ("", vec![UBUNTU, NVD], Level::High, Origin::Vendor),
        ("", vec![SCORED, UBUNTU], Level::Low, Origin::Vendor),
        ("", vec![SCORED_2, OTHER], Level::High, Origin::Cvss),
        ("", vec![SCORED, SCORED_2], Level::Critical, Origin::Cvss),
        ("", vec![OTHER], Level::Unknown, Origin::Default),
        ("", vec![ODD], Level::Unknown, Origin::Tool),
        ("", vec![], Level::Unknown, Origin::Default),
    ] {
        let severity = rated(source, &ratings.join(","));
        assert_eq!(
            (severity.level, severity.origin),
            (level, origin),
            "{source} {ratings:?}"
        );
    }
}

#[test]
fn references_lead_to_components_wherever_they_stand() {
    const REFERENCES: &str = r##"{"ref":"a"},{"ref":"b"},{"ref":"urn:cdx:1/1#b"},{"ref":"urn:cdx:2/1#b"},
        {"ref":"urn:cdx:2/1#pkg%3Anpm%2Fd%401"},{"ref":"pkg:npm/c@1"},{"ref":"lost"}"##;
    let text = format!(
        r#""serialNumber":"urn:uuid:1","vulnerabilities":[{{"id":"CVE-1","affects":[{REFERENCES}]}},{{"id":"CVE-2"}}],
        "components":[{{"bom-ref":"a","name":"A","version":"1","components":[{{"bom-ref":"b","group":"g","name":"B"}}]}}],
        "metadata":{{"component":{{"type":"application","name":"shop"}}}}"#
    );
    let read = bom(&text);
    let named = |finding: &Finding| {
        finding
            .vulnerability
            .as_ref()
            .unwrap()
            .software
            .name
            .to_string()
    };
    let names: Vec<_> = read.findings.iter().map(named).collect();
    assert_eq!(
        names,
        ["A", "g/B", "g/B", "urn:cdx:2/1#b", "d", "c", "lost", "shop"]
    );
    assert_eq!(read.report.scanned, Some(2));
    assert_eq!(&*read.findings[5].keys[0], "vuln:CVE-1|npm/c");
}

#[test]
fn an_odd_vulnerability_does_not_take_the_others_with_it() {
    let read = bom(
        r#""vulnerabilities":[{"id":7},{},{"id":""},[],{"bom-ref":"x"},{"id":"CVE-1"}],"components":[7]"#,
    );
    let counts = read.report.counts;
    assert_eq!((counts.findings, counts.quarantined), (2, 5));
    assert_eq!(read.report.completeness, Completeness::Partial);
}

#[test]
fn who_issued_a_document_is_named_in_any_form() {
    for (metadata, issuer) in [
        (
            r#""authors":[{"name":"A"},{"email":"x"},{"name":"B"}],"supplier":{"name":"S"}"#,
            Some("A, B"),
        ),
        (
            r#""manufacturer":{"name":"M","url":["u"]},"supplier":{"name":"S"}"#,
            Some("M"),
        ),
        (r#""supplier":{"name":"S"}"#, Some("S")),
        (r#""authors":[],"supplier":7"#, None),
        ("", None),
    ] {
        let read = bom(&format!(r#""metadata":{{{metadata}}}"#));
        assert_eq!(read.report.issuer.as_deref(), issuer, "{metadata}");
    }
    for (metadata, issuer) in [
        (
            "<authors><author><name>A</name></author><author><name>B</name></author></authors>",
            "A, B",
        ),
        ("<supplier><name>S</name><url>u</url></supplier>", "S"),
    ] {
        let text = format!(
            r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><metadata>{metadata}</metadata></bom>"#
        );
        let read = read_text(&XML, &text).0;
        assert_eq!(read.report.issuer.as_deref(), Some(issuer), "{metadata}");
    }
}

#[test]
fn what_is_well_in_some_versions_says_nothing_of_the_others() {
    use Status::{Fail, NotApplicable, Open, Pass};
    for (state, versions, expected) in [
        ("resolved", r#"{"version":"1"}"#, vec![(Some("1"), Pass)]),
        (
            "resolved",
            r#"{"version":"1","status":"affected"},{"version":"2","status":"unaffected"},{"range":"vers:npm/>3","status":"unknown"}"#,
            vec![
                (Some("1"), Fail),
                (Some("2"), Pass),
                (Some("vers:npm/>3"), Open),
            ],
        ),
        (
            "not_affected",
            r#"{"version":"1"},{"version":"2"}"#,
            vec![(Some("1"), NotApplicable), (Some("2"), NotApplicable)],
        ),
        // The package is affected, and what it is part of is not.
        (
            "not_affected",
            r#"{"version":"1","status":"affected"},{"version":"2","status":"unknown"}"#,
            vec![(Some("1"), NotApplicable), (Some("2"), Open)],
        ),
        // What is there may be anywhere.
        (
            "exploitable",
            r#"{"version":"1"},{"version":"2"}"#,
            vec![(None, Fail)],
        ),
    ] {
        let read = bom(&format!(
            r#""vulnerabilities":[{{"id":"CVE-1","analysis":{{"state":"{state}"}},"affects":[{{"ref":"pkg:npm/a","versions":[{versions}]}}]}}]"#
        ));
        let said = read.findings.iter().map(|finding| {
            let software = &finding.vulnerability.as_ref().unwrap().software;
            assert_eq!(software.purl.as_deref(), Some("pkg:npm/a"));
            (software.version.as_deref(), finding.status)
        });
        assert_eq!(said.collect::<Vec<_>>(), expected, "{state} {versions}");
    }
}
