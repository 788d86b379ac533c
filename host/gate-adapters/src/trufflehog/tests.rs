//! What TruffleHog's fixtures do not show.

use gate_core::finding::CONTEXT;
use gate_core::fingerprint::assemble;
use gate_core::severity::Level;

use super::*;
use crate::read::testing::read_text;
use crate::read::{Among, Options, ReadReport, read};
use crate::redact::ProjectKey;

fn result(more: &str) -> String {
    format!(
        r#"{{"SourceMetadata":{{"Data":{{"Filesystem":{{"file":"a.env","line":3}}}}}},"DetectorName":"AWS",{more}}}"#
    )
}

fn with_key(text: &str) -> ReadReport {
    let options = Options {
        project_key: ProjectKey::new(vec![7; 32]),
        ..Options::default()
    };
    let among = Among::Tool(&[&ADAPTER]);
    read("r", among, &mut text.as_bytes(), &mut Vec::new(), &options)
}

#[test]
fn verification_decides_the_level() {
    for (more, level) in [
        (r#""Verified":true"#, Level::Critical),
        (
            r#""Verified":true,"VerificationError":"late""#,
            Level::Critical,
        ),
        (r#""Verified":false"#, Level::High),
        (r#""Verified":false,"VerificationError":"""#, Level::High),
        (
            r#""Verified":false,"VerificationError":"timeout""#,
            Level::Medium,
        ),
    ] {
        let (read, _) = read_text(&ADAPTER, &result(more));
        assert_eq!(read.findings[0].severity.level, level, "{more}");
    }
}

#[test]
fn one_secret_of_several_decoders_is_one_finding() {
    let line = |decoder: &str, secret: &str| {
        result(&format!(
            r#""DecoderName":"{decoder}","Verified":false,"Raw":"{secret}","RawV2":"""#
        ))
    };
    let count = |lines: [String; 3]| {
        let findings = with_key(&lines.join("\n")).findings;
        let findings = assemble("s", vec![findings]).findings;
        let mut counts: Vec<u32> = findings.iter().map(|f| f.count).collect();
        counts.sort_unstable();
        counts
    };
    let (plain, base64) = (line("PLAIN", "one-fake"), line("BASE64", "one-fake"));
    assert_eq!(count([plain, base64, line("PLAIN", "other-fake")]), [1, 2]);
}

#[test]
fn the_whole_of_a_secret_in_two_parts_is_its_context() {
    let of = |raw: &str, whole: &str| {
        let text = result(&format!(
            r#""Verified":false,"Raw":"{raw}","RawV2":"{whole}""#
        ));
        with_key(&text).findings[0].attribute(CONTEXT).to_owned()
    };
    assert_ne!(of("id", "id:one"), of("id", "id:two"));
    assert_eq!(of("id:one", ""), of("id", "id:one"));
}

#[test]
fn the_log_tells_how_it_went() {
    let line = |level: &str, msg: &str, more: &str| {
        format!(r#"{{"level":"{level}","logger":"trufflehog","msg":"{msg}"{more}}}"#)
    };
    let end = |chunks: u32| {
        line(
            "info-0",
            "finished scanning",
            &format!(r#","chunks":{chunks}"#),
        )
    };
    let error = line(
        "error",
        "encountered errors during scan",
        r#","errors":["lstat"]"#,
    );
    let found = result(r#""Verified":false"#);
    for (lines, completeness) in [
        (vec![end(3)], Completeness::Complete),
        (vec![found.clone(), end(3)], Completeness::Complete),
        (vec![found.clone()], Completeness::Complete),
        (vec![end(0)], Completeness::Empty),
        (vec![error.clone(), end(0)], Completeness::Empty),
        (vec![error.clone(), end(3)], Completeness::Partial),
        (vec![error], Completeness::Failed),
        (
            vec![line("info-0", "running source", ""), found.clone()],
            Completeness::Failed,
        ),
        (
            vec![end(3).replace("trufflehog", "other")],
            Completeness::Partial,
        ),
        (vec!["{}".to_owned(), found], Completeness::Partial),
        (vec!["[]".to_owned()], Completeness::Complete),
        (vec![], Completeness::Failed),
    ] {
        let (read, _) = read_text(&ADAPTER, &lines.join("\n"));
        assert_eq!(read.report.completeness, completeness, "{lines:?}");
    }
}

#[test]
fn an_address_that_may_hold_a_token_is_not_carried() {
    let text = r#"{"SourceMetadata":{"Data":{"Git":{"repository":"https://user:pw@example.org/r",
        "link":"https://example.org/r?token=1","commit":"ab12","file":"a"}}},"DetectorName":"AWS","Verified":false}"#;
    let (read, _) = read_text(&ADAPTER, text);
    let finding = &read.findings[0];
    assert_eq!(
        (finding.attribute("repository"), finding.references.len()),
        ("", 0)
    );
    assert_eq!(finding.attribute("commit"), "ab12");
}
