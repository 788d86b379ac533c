//! What the reports under `tests/reports/sonarqube` don't show.

use gate_core::finding::Class;

use super::*;
use crate::read::{ReadReport, testing};

fn read_text(text: &str) -> ReadReport {
    testing::read_text(&ADAPTER, text).0
}

fn issue(rest: &str) -> ReadReport {
    read_text(&format!(
        r#"{{"paging":{{"total":1}},"issues":[{{"rule":"r","component":"p:a","project":"p","message":"m",{rest}}}]}}"#
    ))
}

#[test]
fn completeness_is_what_the_answer_says() {
    for (text, completeness) in [
        (
            r#"{"paging":{"total":0},"issues":[]}"#,
            Completeness::Complete,
        ),
        (
            r#"{"paging":{"total":501},"issues":[]}"#,
            Completeness::Partial,
        ),
        (
            r#"{"paging":{"total":1},"hotspots":[]}"#,
            Completeness::Partial,
        ),
        (r#"{"issues":[]}"#, Completeness::Failed),
        (r#"{"paging":{"total":0}}"#, Completeness::Failed),
        (
            r#"{"paging":{"total":0},"issues":{}}"#,
            Completeness::Failed,
        ),
        (r#"{"errors":[{"msg":"no"}]}"#, Completeness::Failed),
        (
            r#"{"issues":[],"hotspotKeys":[],"qualityGateStatus":false}"#,
            Completeness::Complete,
        ),
        (
            r#"{"issues":[],"hotspotKeys":[],"summary":{"high":1}}"#,
            Completeness::Partial,
        ),
        (
            r#"{"projectStatus":{"status":"OK"}}"#,
            Completeness::Complete,
        ),
        (
            r#"{"projectStatus":{"status":"NONE"}}"#,
            Completeness::Empty,
        ),
        (
            r#"{"projectStatus":{"status":"ERROR","conditions":[]}}"#,
            Completeness::Partial,
        ),
        (
            r#"{"projectStatus":{"status":"NEW"}}"#,
            Completeness::Partial,
        ),
        (r#"{"projectStatus":{}}"#, Completeness::Failed),
        ("{}", Completeness::Failed),
    ] {
        assert_eq!(read_text(text).report.completeness, completeness, "{text}");
    }
}

#[test]
fn what_is_gone_passes_and_what_was_decided_stays() {
    for (words, passed, suppressed) in [
        (r#""status":"OPEN""#, 0, 0),
        (r#""status":"CLOSED","resolution":"FIXED""#, 1, 0),
        (r#""status":"RESOLVED","resolution":"WONTFIX""#, 0, 1),
        (r#""issueStatus":"ACCEPTED""#, 0, 1),
        (r#""status":"CLOSED","resolution":"FALSE-POSITIVE""#, 0, 1),
        (r#""status":"IN_SANDBOX""#, 0, 0),
    ] {
        let counts = issue(words).report.counts;
        assert_eq!(
            (counts.passed, counts.suppressed),
            (passed, suppressed),
            "{words}"
        );
    }
}

#[test]
fn a_class_is_what_the_issue_is_about() {
    for (rest, class) in [
        (r#""type":"BUG""#, Class::Lint),
        (r#""type":"VULNERABILITY""#, Class::CodeWeakness),
        (
            r#""type":"CODE_SMELL","impacts":[{"softwareQuality":"SECURITY","severity":"LOW"}]"#,
            Class::CodeWeakness,
        ),
        (
            r#""impacts":[{"softwareQuality":"RELIABILITY","severity":"LOW"}]"#,
            Class::Lint,
        ),
    ] {
        assert_eq!(issue(rest).findings[0].class, class, "{rest}");
    }
}

#[test]
fn the_digest_of_a_line_is_context_only_when_it_is_keyed() {
    let finding = issue(r#""hash":"00000000000000000000000000000001""#)
        .findings
        .remove(0);
    assert_eq!(finding.attribute(gate_core::finding::CONTEXT), "");
}

#[test]
fn a_keyed_digest_of_the_line_is_context() {
    let text = r#"{"paging":{"total":1},"issues":[{"rule":"r","component":"a","message":"m","hash":"00"}]}"#;
    let options = crate::read::Options {
        project_key: crate::redact::ProjectKey::new(vec![7; 32]),
        ..Default::default()
    };
    let among = crate::read::Among::Tool(&[&ADAPTER]);
    let read = crate::read::read("r", among, &mut text.as_bytes(), &mut Vec::new(), &options);
    let context = read.findings[0].attribute(gate_core::finding::CONTEXT);
    assert!(context.starts_with("hmac:"), "{context}");
}
