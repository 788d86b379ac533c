//! An example: reads the JSON of acme-lint, a linter that does not exist (`acme-lint --json`).
//!
//! Copy it to begin an adapter of your own. What is decided here, and is worth deciding on purpose: which keys hold
//! source text, what each of the tool's words means, which records are no findings, and when a run looked at
//! everything.

use std::borrow::Cow;

use gate_guest::adapter::{
    Adapter, Answer, Class, Description, Exits, Finding, Format, Level, Location, Misread, Record,
    Run, Severity, Suppression, SuppressionKind, SuppressionState, Target, Unclear, envelope,
    level, source,
};
use serde::Deserialize;

/// The tool's words. Any other is unknown.
const GRADES: &[(&str, Level)] = &[
    ("fatal", Level::Critical),
    ("serious", Level::High),
    ("minor", Level::Low),
    ("style", Level::Info),
];

/// The adapter. It remembers nothing from one record to the next.
#[derive(Debug, Default)]
pub struct AcmeLint;

#[derive(Deserialize)]
struct Issue<'a> {
    #[serde(borrow)]
    check: Cow<'a, str>,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    grade: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
    #[serde(borrow)]
    file: Cow<'a, str>,
    line: u32,
    #[serde(borrow)]
    code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    help: Option<Cow<'a, str>>,
    #[serde(borrow)]
    waiver: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Envelope {
    acme_lint: u32,
    version: String,
    finished: Option<String>,
    root: String,
    files: u64,
    skipped: Vec<Skipped>,
    /// One number in place of each record. Not an option: a report without it is no report.
    #[serde(rename = "issues")]
    _issues: Vec<u8>,
}

#[derive(Deserialize)]
struct Skipped {
    file: String,
    why: String,
}

impl Adapter for AcmeLint {
    const DESCRIPTION: Description = Description {
        tool: "acme-lint",
        version: env!("CARGO_PKG_VERSION"),
        format: Format::Json,
        lists: &["/issues/*"],
        sensitive: &[source("code")],
        recognized_by: &["acme_lint", "issues"],
        exits: Exits::ONE_WHEN_FOUND,
        reads: "JSON (`acme-lint --json`), format 1, seen in 3.2",
        severity: "grade: fatal is critical, serious high, minor low, style info; any other word is unknown",
        completeness: "partial with an entry in `skipped`; empty when `files` is 0",
    };

    fn record(&mut self, record: &Record) -> Result<Answer, Unclear> {
        let issue: Issue<'_> = record.parse()?;
        let suppressed = match &*issue.state {
            "ok" => return Ok(Answer::Passed),
            "open" => None,
            "waived" => Some(Suppression {
                kind: SuppressionKind::InSource,
                state: SuppressionState::Accepted,
                justification: issue.waiver.map(Cow::into_owned),
            }),
            _ => return Err(Unclear::new("`state` is not `open`, `waived` or `ok`")),
        };
        let severity = Severity::tool(level(&issue.grade, GRADES), issue.grade);
        let mut finding = Finding::new(Class::Lint, issue.check, severity, issue.title);
        finding.rule.url = issue.help.map(Cow::into_owned);
        finding.locations = vec![Location::file(issue.file).line(issue.line)];
        finding.suppression = suppressed;
        // What the gate put in the place of the source text tells two findings of one rule apart.
        finding.in_context(issue.code.as_deref().unwrap_or_default());
        Ok(finding.into())
    }

    fn finish(&mut self, report: &str) -> Result<Run, Misread> {
        let report: Envelope = envelope(report)?;
        if report.acme_lint != 1 {
            let what = format!("its format is {}, and 1 is read", report.acme_lint);
            return Err(Misread::Unsupported(what));
        }
        let mut run = Run::complete();
        run.tool_version = Some(report.version);
        run.finished = report.finished;
        run.scanned = Some(report.files);
        run.target = Some(Target {
            name: report.root,
            kind: Some("directory".to_owned()),
            digests: Vec::new(),
        });
        for Skipped { file, why } in report.skipped {
            run.left_out(file, why);
        }
        if report.files == 0 {
            run.nothing_scanned("acme-lint looked at no file");
        }
        Ok(run)
    }
}

gate_guest::export_adapter!(AcmeLint);

#[cfg(test)]
mod tests {
    use super::*;
    use gate_guest::adapter::ProblemKind;
    use gate_guest::adapter::native::{Read, read};

    fn whole(report: &str) -> Read {
        read::<AcmeLint>(report).unwrap()
    }

    fn finding(read: &Read, at: usize) -> &Finding {
        match &read.records[at].1 {
            Ok(Answer::Findings(found)) => &found[0],
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_state_and_grade() {
        let read = whole(include_str!("../reports/findings.json"));
        let levels: Vec<_> = [0, 1, 2].map(|at| finding(&read, at).severity.level).into();
        assert_eq!(levels, [Level::Critical, Level::High, Level::Unknown]);
        let waived = finding(&read, 1).suppression.as_ref().unwrap();
        assert_eq!(waived.state, SuppressionState::Accepted);
        assert_eq!(read.records[3].1, Ok(Answer::Passed));
        assert!(read.run.unwrap().problems.is_empty());
    }

    #[test]
    fn a_record_that_is_odd_is_not_guessed_about() {
        let odd = include_str!("../reports/findings.json").replace("\"waived\"", "\"forgiven\"");
        let (place, answer) = &whole(&odd).records[1];
        assert_eq!(place, "/issues/1");
        assert_eq!(
            answer.as_ref().unwrap_err().why(),
            "`state` is not `open`, `waived` or `ok`"
        );
    }

    #[test]
    fn what_was_skipped_and_what_is_of_another_version_is_said() {
        let clean = include_str!("../reports/clean.json");
        let partial = clean.replace(
            "\"skipped\": []",
            r#""skipped": [{"file": "a.rb", "why": "it is no Ruby"}]"#,
        );
        let problems = whole(&partial).run.unwrap().problems;
        assert_eq!(problems[0].kind, ProblemKind::LeftOut);
        let newer = clean.replace("\"acme_lint\": 1", "\"acme_lint\": 2");
        assert!(matches!(whole(&newer).run, Err(Misread::Unsupported(_))));
        assert!(matches!(whole("{}").run, Err(Misread::WrongTool(_))));
    }
}
