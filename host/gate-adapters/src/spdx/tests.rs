//! What the reports under `tests/reports/spdx` don't show.

use super::*;
use crate::read::testing::read_text;

#[test]
fn only_a_document_of_a_known_version_is_read() {
    const ONE: &str = r#"[{"name":"a","SPDXID":"SPDXRef-a"}]"#;
    const GRAPH: &str = r#"[{"type":"software_Package","spdxId":"a","name":"a"}]"#;
    use Completeness::{Complete, Empty, Failed, Partial};
    for (text, completeness) in [
        (
            format!(r#"{{"spdxVersion":"SPDX-2.3","packages":{ONE}}}"#),
            Complete,
        ),
        (
            r#"{"spdxVersion":"SPDX-2.3","packages":[]}"#.to_owned(),
            Empty,
        ),
        (r#"{"spdxVersion":"SPDX-2.3"}"#.to_owned(), Empty),
        (
            r#"{"spdxVersion":"SPDX-2.3","packages":{}}"#.to_owned(),
            Failed,
        ),
        (
            r#"{"spdxVersion":"SPDX-2.3","packages":[7]}"#.to_owned(),
            Partial,
        ),
        (
            format!(r#"{{"spdxVersion":"SPDX-4.0","packages":{ONE}}}"#),
            Failed,
        ),
        (format!(r#"{{"packages":{ONE}}}"#), Failed),
        (
            format!(r#"{{"@context":"https://spdx.org/rdf/3.0.1/x","@graph":{GRAPH}}}"#),
            Complete,
        ),
        (
            format!(r#"{{"@context":["https://spdx.org/rdf/3.0.1/x",{{}}],"@graph":{GRAPH}}}"#),
            Complete,
        ),
        (
            r#"{"@context":"https://spdx.org/rdf/3.0.1/x","@graph":[]}"#.to_owned(),
            Empty,
        ),
        (
            format!(r#"{{"@context":"https://schema.example","@graph":{GRAPH}}}"#),
            Failed,
        ),
    ] {
        let report = read_text(&ADAPTER, &text).0.report;
        assert_eq!(report.completeness, completeness, "{text}");
        assert_ne!((report.content, completeness), (Content::Scan, Complete));
    }
}

#[test]
fn a_vulnerability_of_which_nothing_is_said_is_not_forgotten() {
    let text = r#"{"@context":"https://spdx.org/rdf/3.0.1/x","@graph":[{"type":"software_Package","spdxId":"a"},
        {"type":"security_Vulnerability","spdxId":"v","name":"CVE-1"}]}"#;
    assert_eq!(
        read_text(&ADAPTER, text).0.report.completeness,
        Completeness::Partial
    );
}

#[test]
fn a_text_of_several_lines_holds_no_tags() {
    let text = "SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>first\nPackageName: b\n\
                ExternalRef: SECURITY advisory https://a.example/CVE-1\nlast</text>\nPackageVersion: 1\n\
                ExternalRef: SECURITY advisory https://a.example/CVE-2\n";
    let read = read_text(&TAG_VALUE, text).0;
    assert_eq!((read.report.scanned, read.findings.len()), (Some(1), 1));
    let software = &read.findings[0].vulnerability.as_ref().unwrap().software;
    assert_eq!(
        (&*read.findings[0].rule.id, software.version.as_deref()),
        ("CVE-2", Some("1"))
    );
    for (text, completeness) in [
        (
            "SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>x\n",
            Completeness::Failed,
        ),
        ("SPDXVersion: SPDX-2.3\n", Completeness::Empty),
        (
            "SPDXVersion: SPDX-9.9\nPackageName: a\n",
            Completeness::Failed,
        ),
        ("PackageName: a\n", Completeness::Failed),
        (
            "SPDXVersion: SPDX-2.3\nPackageName: a\nExternalRef: SECURITY\n",
            Completeness::Partial,
        ),
        (
            "SPDXVersion: SPDX-2.3\nPackageName: a\nFATAL scan: it failed\n",
            Completeness::Partial,
        ),
        (
            "SPDXVersion: SPDX-2.3\nPackageName: a\nno tag\n",
            Completeness::Partial,
        ),
        (
            "SPDXVersion: SPDX-2.3\nPackageName: a\nSPDXVersion: SPDX-2.3\n",
            Completeness::Partial,
        ),
    ] {
        assert_eq!(
            read_text(&TAG_VALUE, text).0.report.completeness,
            completeness,
            "{text}"
        );
    }
}
