//! What is written in each format is what the verdict says, is read by others as it was meant, and holds no text
//! that is more than text.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

#[path = "outputs/short.rs"]
mod short;
#[path = "outputs/verdict.rs"]
mod verdict;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use gate_adapters::read::{Among, Options, read};
use gate_adapters::registry;
use gate_core::finding::{Finding, Status};
use gate_core::verdict::Outcome;
use gate_report::answer::Answer;
use gate_report::{junit, markdown, sarif};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use verdict::{Judged, large, verdict};

type Write = fn(Answer<'_>, &mut dyn io::Write) -> io::Result<()>;

/// Texts that some sink takes for more than text.
const HOSTILE: &[&str] = &[
    "plain",
    "\u{1b}[2K\r::error::x\n::stop-commands::",
    "\u{202e}txt.exe\u{2066}\u{200b}\u{feff}\u{85}\u{9b}1m\u{7f}\u{0}\u{8}\u{fffe}\u{ffff}",
    "<script>alert('x')</script>&amp;&#0;<!--",
    "]]></failure></testcase><testcase name=\"x\"/>",
    "\" onerror=\"x",
    "| a | b |\n| --- | --- |\n# head\n- [ ] x",
    "`` ` ``` ```js\n![i](https://evil.example/p.png) [l](javascript:x) <https://e.example>",
    "@everyone #1 GH-1 https://evil.example www.evil.example a@b.example",
    "[text](0) \\[text](1) {0} {{1}} ${{ secrets.X }}",
    "/close\n/merge",
    "../../etc/passwd",
    "//evil.example/x",
    "C:\\a%20b%zz?q#f:é\u{1f600}",
    "--><![CDATA[",
    "",
];

fn written(write: Write, judged: &Judged) -> String {
    let mut bytes = Vec::new();
    write(judged.answer(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn workspace(path: &str) -> PathBuf {
    // Where cargo runs the test, not where it was compiled: several checkouts may share a target folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    PathBuf::from(here).join("../..").join(path)
}

/// Every verdict that the tests below look at.
fn verdicts() -> impl Iterator<Item = (Judged, &'static str)> {
    let outcomes = [Outcome::Fail, Outcome::Error];
    let texts = HOSTILE.iter().copied();
    texts.flat_map(move |text| outcomes.map(|outcome| (verdict(outcome, text), text)))
}

#[test]
fn the_formats_are_as_they_were() {
    let judged = verdict(Outcome::Error, "a *text* [x](1)");
    let pretty = |text: String| {
        let value: Value = serde_json::from_str(&text).unwrap();
        format!("{value:#}\n")
    };
    for (name, seen) in [
        ("verdict.sarif", pretty(written(sarif::write, &judged))),
        ("verdict.xml", written(junit::write, &judged)),
        ("verdict.markdown", written(markdown::write, &judged)),
    ] {
        // The version of the program is no matter of the format.
        let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
        let seen = seen.replace(&version, "\"VERSION\"");
        let path = workspace("tests/snapshots/outputs").join(name);
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &seen).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            seen == kept,
            "{path:?} differs; BLESS=1 writes it anew:\n{seen}"
        );
    }
}

#[test]
fn no_format_writes_what_acts_on_a_terminal() {
    for (judged, text) in verdicts() {
        for write in [sarif::write as Write, junit::write, markdown::write] {
            let seen = written(write, &judged);
            let acts = |c: &char| {
                (c.is_control() && *c != '\n') || ('\u{200b}'..='\u{200f}').contains(c) || {
                    ('\u{202a}'..='\u{202e}').contains(c) || ('\u{2066}'..='\u{2069}').contains(c)
                }
            };
            assert_eq!(seen.chars().find(acts), None, "{text:?}: {seen}");
            assert!(seen.ends_with('\n'));
        }
    }
}

#[test]
fn sarif_has_the_form_that_the_standard_says() {
    let schema = fs::read_to_string(workspace("tests/schema/sarif-2.1.0.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&schema).unwrap();
    // What it says of `language` is no regular expression (`…-[a-zA-Z]{2}]?`), and we write no language.
    for pointer in ["/definitions/run", "/definitions/toolComponent"] {
        let language = schema.pointer_mut(&format!("{pointer}/properties/language"));
        language.unwrap().as_object_mut().unwrap().remove("pattern");
    }
    let options = jsonschema::options().should_validate_formats(true);
    let schema = options.build(&schema).unwrap();
    assert!(!schema.is_valid(&serde_json::json!({ "version": "2.1.0" })));
    for (judged, text) in verdicts() {
        let log: Value = serde_json::from_str(&written(sarif::write, &judged)).unwrap();
        let errors = schema.iter_errors(&log);
        let errors: Vec<_> = errors
            .map(|e| format!("{e} {}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{text:?}: {errors:?}");
    }
}

/// Where a finding is, as far as it is in a file or has a name. The adapter takes every path for one below the root.
fn places(finding: &Finding) -> Vec<(Option<String>, Option<u32>, Option<String>)> {
    let texts = |text: &Option<gate_core::finding::Text>| text.as_ref().map(ToString::to_string);
    let all = finding.locations.iter();
    all.map(|at| {
        (
            texts(&at.path).map(|path| path.trim_start_matches('/').to_owned()),
            at.start_line.filter(|l| *l > 0),
            texts(&at.logical),
        )
    })
    .collect()
}

#[test]
fn sarif_holds_every_finding_and_our_own_adapter_reads_it() {
    for (judged, text) in verdicts() {
        let bytes = written(sarif::write, &judged).into_bytes();
        let among = Among::Any(registry::ADAPTERS);
        let options = Options::default();
        let report = read("r", among, &mut &*bytes, &mut io::sink(), &options);
        let given = &judged.request.findings;
        let (report, findings) = (report.report, report.findings);
        assert_eq!(report.tool, "gate", "{text:?}: {report:?}");
        assert_eq!(report.counts.records as usize, given.len(), "{text:?}");
        assert_eq!(report.counts.quarantined, 0, "{text:?}");
        // Checks that passed are counted, and are no findings to the adapter.
        let kept: Vec<_> = given.iter().filter(|f| f.status != Status::Pass).collect();
        assert_eq!(findings.len(), kept.len());
        assert!(kept.len() < given.len());
        for (finding, back) in kept.iter().zip(&findings) {
            let rule = format!("{}/{}", finding.tool, finding.rule.id);
            assert_eq!(*back.rule.id, *rule, "{text:?}");
            if !finding.locations.is_empty() && !text.contains(['\\', '/']) {
                assert_eq!(places(back), places(finding), "{text:?}");
            }
            assert!(!back.locations.is_empty(), "{text:?}: {back:?}");
            assert_eq!(back.count, finding.count);
            let counts = judged.verdict.disposition_of(&finding.id);
            let suppressed = counts == gate_core::verdict::Disposition::Suppressed;
            assert_eq!(back.is_suppressed(), suppressed, "{text:?}: {back:?}");
        }
    }
}

/// A code host hides what is suppressed and shows a score's level in place of ours.
#[test]
fn sarif_says_what_the_gate_says() {
    let judged = verdict(Outcome::Error, "text");
    let log: Value = serde_json::from_str(&written(sarif::write, &judged)).unwrap();
    let run = &log["runs"][0];
    let result = |rule: &str| {
        let results = run["results"].as_array().unwrap();
        let found = results.iter().find(|r| r["ruleId"] == rule);
        found.unwrap_or_else(|| panic!("{rule}: {log}"))
    };
    for (rule, pointer, expected) in [
        ("bandit/B101", "/suppressions/0/status", Some("accepted")),
        ("bandit/B101", "/suppressions/0/kind", Some("inSource")),
        ("bandit/B101", "/level", Some("note")),
        ("bandit/B105", "/suppressions/0/status", Some("rejected")),
        ("bandit/B105", "/level", Some("error")),
        ("bandit/B602", "/suppressions/0", None),
        ("bandit/B602", "/baselineState", Some("new")),
        ("trivy/CVE-2026-0001", "/baselineState", Some("unchanged")),
        (
            "trivy/CVE-2026-0001",
            "/properties/security-severity",
            Some("9.8"),
        ),
        ("grype/CVE-2026-0001", "/properties/security-severity", None),
        (
            "grype/CVE-2026-0001",
            "/properties/severity/score",
            Some("3.1"),
        ),
        (
            "grype/CVE-2026-0001",
            "/properties/also_reported_by/0",
            Some("trivy"),
        ),
        (
            "zap/40012",
            "/webRequest/target",
            Some("https://shop.example/search"),
        ),
        ("prowler/s3_public", "/kind", Some("review")),
        ("prowler/s3_public", "/level", Some("none")),
        ("prowler/s3_logging", "/kind", Some("pass")),
    ] {
        let value = result(rule).pointer(pointer);
        assert_eq!(value.and_then(Value::as_str), expected, "{rule} {pointer}");
    }
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 3);
    let notes = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notes.len(), judged.verdict.reasons.len());
    assert_eq!(notes[0]["descriptor"]["id"], "report-empty");
    let failed = verdict(Outcome::Fail, "text");
    let log: Value = serde_json::from_str(&written(sarif::write, &failed)).unwrap();
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    for note in invocation["toolExecutionNotifications"].as_array().unwrap() {
        assert_ne!(note["level"], "error", "{note}");
    }
}

/// Tags by number, attributes by tag and name, and all texts of an XML document.
fn parse(xml: &str) -> (Vec<String>, Vec<(String, String, String)>) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut tags, mut attributes) = (Vec::new(), Vec::new());
    loop {
        let event = reader.read_event().unwrap_or_else(|e| panic!("{e}: {xml}"));
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    let raw = attribute.value.clone().into_owned();
                    let value = quick_xml::escape::unescape(&raw).unwrap().into_owned();
                    attributes.push((name.clone(), key, value));
                }
                tags.push(name);
            }
            Event::Eof => return (tags, attributes),
            Event::Text(_) | Event::End(_) | Event::Decl(_) | Event::GeneralRef(_) => {}
            other => panic!("{other:?} in {xml}"),
        }
    }
}

#[test]
fn junit_counts_what_it_holds_whatever_the_texts_are() {
    let shape = |judged: &Judged| parse(&written(junit::write, judged)).0;
    for outcome in [Outcome::Fail, Outcome::Error] {
        let plain = shape(&verdict(outcome, "plain"));
        for text in HOSTILE {
            let judged = verdict(outcome, text);
            let xml = written(junit::write, &judged);
            let (tags, attributes) = parse(&xml);
            assert_eq!(tags, plain, "{text:?}: {xml}");
            let number = |tag: &str| tags.iter().filter(|t| *t == tag).count();
            for (name, tag) in [
                ("tests", "testcase"),
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            ] {
                for suite in ["testsuites", "testsuite"] {
                    let counts = attributes.iter();
                    let counts = counts.filter(|(t, n, _)| t == suite && n == name);
                    let sum: usize = counts.map(|(.., v)| v.parse::<usize>().unwrap()).sum();
                    assert_eq!(sum, number(tag), "{suite} {name}: {xml}");
                }
            }
            let failures = judged.verdict.reasons.iter();
            let failures = failures.filter(|r| r.outcome == Outcome::Fail);
            let failures: usize = failures.map(|r| r.findings.len()).sum();
            assert_eq!(number("failure"), failures);
            assert_eq!(number("error") > 0, outcome == Outcome::Error);
            assert_eq!(number("skipped"), 1);
        }
    }
}

/// A name that stands twice would hide one of two results.
#[test]
fn junit_tells_cases_apart() {
    let (_, attributes) = parse(&written(junit::write, &verdict(Outcome::Fail, "text")));
    let cases = attributes.iter().filter(|(tag, ..)| tag == "testcase");
    let cases: Vec<_> = cases.map(|(_, _, value)| value).collect();
    let pairs: Vec<_> = cases.chunks(2).collect();
    let different: BTreeSet<_> = pairs.iter().collect();
    assert_eq!(different.len(), pairs.len(), "{pairs:?}");
}

/// A policy that fails without a reason still fails.
#[test]
fn junit_is_never_green_when_the_gate_is_closed() {
    for outcome in [Outcome::Fail, Outcome::Error] {
        let mut judged = verdict(outcome, "text");
        judged.verdict.reasons.clear();
        let (tags, _) = parse(&written(junit::write, &judged));
        let word = if outcome == Outcome::Fail {
            "failure"
        } else {
            "error"
        };
        assert!(tags.iter().any(|tag| tag == word), "{tags:?}");
    }
}

/// Takes code spans out of a line, as CommonMark finds them.
fn without_code(line: &str) -> String {
    let (mut left, mut rest) = (String::new(), line);
    while let Some(at) = rest.find('`') {
        left.push_str(&rest[..at]);
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inner = &rest[at + run..];
        let mut from = 0;
        let end = loop {
            let found = inner[from..].find('`').map(|found| from + found);
            let found = found.unwrap_or_else(|| panic!("an open code span: {line}"));
            let ticks = inner[found..].len() - inner[found..].trim_start_matches('`').len();
            if ticks == run {
                break found;
            }
            from = found + ticks;
        };
        left.push('C');
        rest = &inner[end + run..];
    }
    left + rest
}

#[test]
fn markdown_outside_of_code_is_ours_whatever_the_texts_are() {
    let shape = |judged: &Judged| {
        let text = written(markdown::write, judged);
        text.lines().map(without_code).collect::<Vec<_>>()
    };
    for outcome in [Outcome::Fail, Outcome::Error] {
        let plain = shape(&verdict(outcome, "plain"));
        for text in HOSTILE.iter().filter(|text| !text.is_empty()) {
            let mut seen = shape(&verdict(outcome, text));
            // Findings of one level stand in the order of their identities.
            let mut plain = plain.clone();
            seen.sort();
            plain.sort();
            assert_eq!(seen, plain, "{text:?}");
        }
    }
}

#[test]
fn a_summary_is_short_and_says_what_is_missing() {
    let text = written(markdown::write, &large(1000));
    assert!(text.len() < 65_536, "{}", text.len());
    assert!(
        text.contains("… and 980 more findings; `--format json` lists all"),
        "{text}"
    );
    let sarif: Value = serde_json::from_str(&written(sarif::write, &large(1000))).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 1000);
}
