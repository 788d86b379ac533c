//! What the reports under `tests/reports/semgrep` don't show.

use gate_core::finding::Class;
use gate_core::severity::Level;

use super::*;
use crate::read::{ReadReport, testing};

fn read_text(text: &str) -> ReadReport {
    testing::read_text(&ADAPTER, text).0
}

fn one(check_id: &str, extra: &str) -> ReadReport {
    read_text(&format!(
        r#"{{"version":"1","results":[{{"check_id":"{check_id}","path":"a.py","start":{{"line":1,"col":1}},
            "end":{{"line":1,"col":2}},"extra":{extra}}}],"errors":[],"paths":{{"scanned":["a.py"]}}}}"#
    ))
}

#[test]
fn completeness_is_what_the_report_proves() {
    let report = |errors: &str, paths: &str| {
        read_text(&format!(
            r#"{{"results":[],"errors":[{errors}],"paths":{paths}}}"#
        ))
        .report
        .completeness
    };
    let some = r#"{"scanned":["a.py"]}"#;
    for (errors, paths, completeness) in [
        ("", some, Completeness::Complete),
        ("", r#"{"scanned":[]}"#, Completeness::Empty),
        ("", "null", Completeness::Empty),
        (
            r#"{"level":"info","type":"x"}"#,
            some,
            Completeness::Complete,
        ),
        (
            r#"{"level":"warn","type":["PartialParsing",[]],"path":"a.py"}"#,
            some,
            Completeness::Partial,
        ),
        (
            r#"{"level":"error","type":"SemgrepError"}"#,
            some,
            Completeness::Partial,
        ),
        (
            r#"{"level":"error","type":"SemgrepError"}"#,
            r#"{"scanned":[]}"#,
            Completeness::Failed,
        ),
        ("{}", some, Completeness::Partial),
        (
            "",
            r#"{"scanned":["a"],"skipped":[{"path":"b","reason":"too_big"}]}"#,
            Completeness::Partial,
        ),
        (
            "",
            r#"{"scanned":["a"],"skipped":[{"path":"b","reason":"semgrepignore_patterns_match"}]}"#,
            Completeness::Complete,
        ),
    ] {
        assert_eq!(report(errors, paths), completeness, "{errors} {paths}");
    }
    for text in [
        "{}",
        r#"{"results":[]}"#,
        r#"{"results":{},"errors":[]}"#,
        r#"{"results":null,"errors":[]}"#,
        r#"{"vulns":[]}"#,
    ] {
        assert_eq!(
            read_text(text).report.completeness,
            Completeness::Failed,
            "{text}"
        );
    }
}

#[test]
fn words_that_nobody_knows_are_unknown() {
    for (word, level) in [
        ("CRITICAL", Level::Critical),
        ("ERROR", Level::High),
        ("INFO", Level::Low),
        ("INVENTORY", Level::Info),
        ("SEVERE", Level::Unknown),
    ] {
        let read = one("x", &format!(r#"{{"message":"m","severity":"{word}"}}"#));
        let severity = &read.findings[0].severity;
        assert_eq!(
            (severity.level, severity.original.as_deref()),
            (level, Some(word))
        );
    }
    assert_eq!(one("x", "{}").findings[0].severity.level, Level::Unknown);
}

#[test]
fn a_rule_of_the_registry_is_itself_in_every_folder() {
    let extra = r#"{"message":"m","severity":"ERROR","metadata":{"source":"https://semgrep.dev/r/python.x.y"}}"#;
    let rule = |check_id, extra| one(check_id, extra).findings[0].rule.id.to_string();
    assert_eq!(rule("python.x.y", extra), "python.x.y");
    assert_eq!(rule("home.ci.rules.python.x.y", extra), "python.x.y");
    assert_eq!(rule("home.otherpython.x.y", extra), "home.otherpython.x.y");
    assert_eq!(rule("rules.y", r#"{"message":"m"}"#), "rules.y");
}

#[test]
fn lines_are_context_only_when_they_are_lines() {
    let context = |fingerprint: &str, lines: &str| {
        let extra = format!(r#"{{"message":"m","fingerprint":"{fingerprint}","lines":"{lines}"}}"#);
        one("x", &extra).findings[0]
            .attribute(gate_core::finding::CONTEXT)
            .to_owned()
    };
    assert_eq!(context("requires login", "requires login"), "");
    assert!(context("ab12", "return eval(user)").starts_with("shape:"));
}

#[test]
fn metadata_is_the_rule_author_s_and_may_be_anything() {
    for metadata in ["null", "7", r#"{"cwe":7,"references":{},"confidence":[]}"#] {
        let read = one("x", &format!(r#"{{"message":"m","metadata":{metadata}}}"#));
        assert_eq!(read.report.counts.findings, 1, "{metadata}");
    }
    let class = |extra| one("x", extra).findings[0].class;
    assert_eq!(
        class(r#"{"validation_state":"NO_VALIDATOR"}"#),
        Class::CodeWeakness
    );
    assert_eq!(
        class(r#"{"validation_state":"CONFIRMED_VALID"}"#),
        Class::Secret
    );
    assert_eq!(
        class(r#"{"metadata":{"vulnerability_class":["Hard-coded Secrets"]}}"#),
        Class::Secret
    );
}

#[test]
fn one_run_has_the_same_rules_and_places_in_json_and_in_sarif() {
    let json = include_str!("../../../../tests/reports/semgrep/findings.json");
    let sarif = include_str!("../../../../tests/reports/sarif/semgrep-severities.sarif");
    let pairs = |read: ReadReport| {
        let counted = read.findings.into_iter().filter(|f| !f.is_suppressed());
        let mut pairs: Vec<_> = counted
            .map(|f| (f.tool, f.rule.id, f.title, f.locations))
            .collect();
        pairs.sort();
        pairs
    };
    let other = testing::read_text(&crate::sarif::ADAPTER, sarif).0;
    assert_eq!(pairs(read_text(json)), pairs(other));
}
