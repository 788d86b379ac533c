//! Reading as a whole: what an exit code proves, what nothing at all proves, and which adapter is asked.

use serde::Deserialize;

use gate_core::finding::{Class, Finding};
use gate_core::severity::{Level, Severity};

use super::*;
use crate::format::Xml;
use crate::redact::secret;

struct Made;

#[derive(Deserialize)]
struct Row {
    text: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    bytes: usize,
}

impl Reader for Made {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let row: Row = record.parse()?;
        let high = Severity::default_of_tool(Level::High);
        let title = format!("{}{}", row.text, row.secret);
        let finding = Finding::new("made", Class::Lint, "R", high, title, record.evidence());
        // As if there were so much of it.
        findings.weigh(row.bytes);
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, _: &[u8]) -> Result<Run, ReadError> {
        Ok(Run::new(Completeness::Complete))
    }
}

const SECRETS: &[crate::redact::Sensitive] = &[secret("secret")];

const fn row(id: &'static str, format: Format, lists: &'static [&'static str]) -> Adapter {
    Adapter {
        tool: "made",
        id,
        reads: id,
        severity: "",
        completeness: "",
        format,
        lists,
        unread: &["/unread/*"],
        sensitive: SECRETS,
        exits: Exits::ONE_WHEN_FOUND,
        recognizes: &|_| true,
        start: &|| Box::new(Made),
    }
}

static JSON: Adapter = row("made-json@1", Format::Json, &["/*"]);
static JSON_LINES: Adapter = row("made-lines@1", Format::JsonLines, &["", "/*"]);
static TEXT: Adapter = row(
    "made-text@1",
    Format::Lines(|line| line.find('=').unwrap_or(line.len())),
    &["/*"],
);
static XML: Adapter = row(
    "made-xml@1",
    Format::Xml(Xml {
        arrays: &["rows"],
        bags: &[],
        doctype: false,
    }),
    &["/rows/*"],
);
static CSV: Adapter = row("made-csv@1", Format::Csv(b','), &["/*"]);

fn read_by(rows: &[&'static Adapter], text: &str, options: &Options) -> (ReadReport, String) {
    let mut twin = Vec::new();
    let report = read(
        "r",
        Among::Tool(rows),
        &mut text.as_bytes(),
        &mut twin,
        options,
    );
    (report, String::from_utf8(twin).unwrap())
}

fn exited(code: Option<i32>) -> Options {
    Options {
        exit_code: code,
        ..Options::default()
    }
}

#[test]
fn nothing_at_all_is_a_report_only_of_a_run_that_ended_well() {
    for (adapter, code, expected) in [
        (&JSON_LINES, None, Completeness::Failed),
        (&JSON_LINES, Some(0), Completeness::Complete),
        (&JSON_LINES, Some(1), Completeness::Failed),
        (&JSON_LINES, Some(2), Completeness::Failed),
        (&TEXT, None, Completeness::Failed),
        (&TEXT, Some(0), Completeness::Complete),
        (&JSON, Some(0), Completeness::Failed),
        (&XML, Some(0), Completeness::Failed),
        (&CSV, Some(0), Completeness::Failed),
    ] {
        for text in ["", " \n\n", &"\n".repeat(2 * PIECE)] {
            let (read, twin) = read_by(&[adapter], text, &exited(code));
            let what = (adapter, code, &read.report);
            assert_eq!(read.report.completeness, expected, "{what:?}");
            assert_eq!(read.report.exit_code, code, "{what:?}");
            if expected == Completeness::Complete {
                let again = Options {
                    redacted: true,
                    ..exited(code)
                };
                let (again, _) = read_by(&[adapter], &twin, &again);
                assert_eq!(again.report.completeness, expected, "{what:?}");
            }
        }
    }
}

#[test]
fn an_exit_code_can_only_make_it_worse() {
    let found = r#"[{"text":"a"}]"#;
    for (text, code, expected) in [
        ("[]", Some(0), Completeness::Complete),
        ("[]", Some(1), Completeness::Failed),
        ("[]", Some(2), Completeness::Failed),
        ("[]", Some(-9), Completeness::Failed),
        (found, None, Completeness::Complete),
        (found, Some(0), Completeness::Complete),
        (found, Some(1), Completeness::Complete),
        (found, Some(137), Completeness::Failed),
        ("[7]", Some(1), Completeness::Partial),
    ] {
        let (read, _) = read_by(&[&JSON], text, &exited(code));
        assert_eq!(
            read.report.completeness, expected,
            "{text} {code:?}: {read:?}"
        );
        // What was found stays.
        assert_eq!(
            read.findings.len(),
            usize::from(text == found),
            "{text} {code:?}"
        );
    }
}

#[test]
fn how_a_report_is_written_tells_the_adapters_of_a_tool_apart() {
    let all = [&JSON, &TEXT, &XML];
    for (text, id) in [
        ("[]", Some("made-json@1")),
        (" <rows/>", Some("made-xml@1")),
        ("plain\n", Some("made-text@1")),
        ("", None),
    ] {
        let (read, _) = read_by(&all, text, &Options::default());
        let read_with = read.report.adapter.as_deref().filter(|_| read.readable);
        assert_eq!(read_with, id, "{text}: {read:?}");
    }
    let (read, _) = read_by(&[&JSON, &XML], "plain\n", &Options::default());
    let problem = &read.report.problems[0];
    assert_eq!(problem.code, "report-wrong-tool");
    assert!(
        problem.message.contains("made-json@1; or made-xml@1"),
        "{problem:?}"
    );
}

/// Whatever a report was, what is kept of it is JSON without its secrets, and reads as the report did.
#[test]
fn what_is_kept_reads_the_same() {
    for (adapter, text, pointers) in [
        (&JSON, r#"[{"text":"a","secret":"hunter2"}]"#, &["/0"][..]),
        (
            &JSON_LINES,
            "{\"text\":\"a\"}\n\n{\"text\":\"b\",\"secret\":\"hunter2\"}\n",
            &["line 1", "line 3"],
        ),
        (&TEXT, "\na=hunter2\nb\n", &["line 2", "line 3"]),
        (
            &XML,
            "<rows><row><text>a</text><secret>hunter2</secret></row></rows>",
            &["/rows/0"],
        ),
        (&CSV, "text,secret\na,hunter2\nb,\n", &["/0", "/1"]),
    ] {
        let (first, twin) = read_by(&[adapter], text, &Options::default());
        assert!(!twin.contains("hunter2"), "{adapter:?}: {twin}");
        let redacted = Options {
            redacted: true,
            ..Options::default()
        };
        let (again, same) = read_by(&[adapter], &twin, &redacted);
        assert_eq!(twin, same, "{adapter:?}");
        let of = |read: &ReadReport| -> Vec<_> {
            let findings = read.findings.iter();
            findings
                .map(|f| (f.title.clone(), f.evidence.pointer.clone()))
                .collect()
        };
        assert_eq!(of(&first), of(&again), "{adapter:?}");
        let places: Vec<_> = first
            .findings
            .iter()
            .map(|f| &*f.evidence.pointer)
            .collect();
        assert_eq!(places, pointers, "{adapter:?}: {first:?}");
    }
}

#[test]
fn a_document_among_lines_that_is_no_object_is_an_error() {
    for text in [
        "{\"text\":\"a\"}\n7\n",
        "{\"text\":\"a\"}\n0\n",
        "{\"text\":\"a\"}\n\"x\"\n",
        "{\"text\":\"a\"}\n[0]\nnull",
    ] {
        let (read, _) = read_by(&[&JSON_LINES], text, &Options::default());
        assert_eq!(read.report.completeness, Completeness::Failed, "{text}");
    }
    let (read, _) = read_by(
        &[&JSON_LINES],
        "{\"text\":\"a\"}\nhello\n",
        &Options::default(),
    );
    assert_eq!(read.report.problems[0].code, "report-malformed");
    assert_eq!(read.report.problems[0].place.as_deref(), Some("line 2"));
}

#[test]
fn what_nobody_reads_is_kept_and_takes_no_memory() {
    let elements = "{\"secret\":\"hunter2\"},".repeat(100);
    let text = format!("{{\"unread\":[{elements}[1,2]]}}");
    let (read, twin) = read_by(&[&JSON], &text, &Options::default());
    assert_eq!(read.report.completeness, Completeness::Complete, "{read:?}");
    assert_eq!(read.report.counts.records, 0);
    assert_eq!(twin.matches("[redacted]").count(), 100);
    assert!(!twin.contains("hunter2") && twin.ends_with("[1,2]]}"));
    let (read, _) = read_by(&[&JSON], "{\"unread\":[{\"a\":NaN}]}", &Options::default());
    assert_eq!(read.report.problems[0].code, "report-malformed");
}

/// A short report can't fill the memory by repeating a long text of its own.
#[test]
fn findings_take_only_so_much_memory() {
    let half = MAX_FINDINGS / 2;
    for (records, code) in [(1, None), (2, Some("report-too-large"))] {
        let record = format!(r#"{{"text":"a","bytes":{half}}}"#);
        let text = format!("[{}]", vec![record; records].join(","));
        let (read, _) = read_by(&[&JSON], &text, &Options::default());
        let first = read.report.problems.first().map(|problem| &*problem.code);
        assert_eq!(first, code, "{:?}", read.report);
        assert_eq!(read.findings.len(), usize::from(code.is_none()));
    }
}

#[test]
fn a_count_beyond_what_json_holds_is_no_count() {
    let mut run = Run::new(Completeness::Complete);
    run.scanned = Some(MAX_COUNT);
    run.measures.insert("lines".to_owned(), 1);
    bound_counts(&mut run);
    assert_eq!(run.completeness, Completeness::Complete);
    run.measures.insert("lines".to_owned(), u64::MAX);
    bound_counts(&mut run);
    assert_eq!(run.completeness, Completeness::Partial);
    assert_eq!(run.measures.get("lines"), Some(&MAX_COUNT));
}
