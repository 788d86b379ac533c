//! A test case, or an inner suite of them, as findings.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{Class, Finding, Location};
use gate_core::severity::{Level, Severity};

use super::{ADAPTER, Counts};
use crate::adapter::{Findings, Record, RecordError};
use crate::normalize::path;

/// Words of `status` and `result` for a test that did not run.
const NOT_RUN: &[&str] = &["disabled", "notrun", "skipped", "suppressed"];
/// Words of `status` for a test that did not pass, where no element says so.
const NOT_PASSED: &[&str] = &["error", "failed", "failure"];

/// How many test cases there are, by outcome.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) tests: u64,
    pub(super) failures: u64,
    pub(super) errors: u64,
    pub(super) skipped: u64,
    /// Of the tests, those that are in the suite itself and not in one inside it.
    pub(super) direct: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
        self.direct += other.direct;
    }
}

/// Whatever stands in a suite.
#[derive(Deserialize)]
pub(super) struct Item<'a> {
    #[serde(borrow, rename = "@classname")]
    class: Option<Cow<'a, str>>,
    #[serde(flatten)]
    counts: Counts,
    #[serde(borrow, rename = "@file")]
    file: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "#items")]
    items: Option<Vec<Item<'a>>>,
    #[serde(borrow, rename = "#name")]
    kind: Cow<'a, str>,
    #[serde(borrow, rename = "@line")]
    line: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "@name")]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "@result")]
    result: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "@status")]
    status: Option<Cow<'a, str>>,
}

impl Item<'_> {
    /// Its test cases as findings, and how many there are.
    pub(super) fn read(
        self,
        record: &Record<'_>,
        findings: &mut Findings,
        complaints: &mut Vec<(String, String)>,
    ) -> Tally {
        match &*self.kind {
            "testcase" => self.case(record, findings),
            "testsuite" => {
                let mut tally = Tally::default();
                let items = self.items.unwrap_or_default();
                if items.is_empty() {
                    // A suite without anything in it.
                    findings.passed();
                }
                for item in items {
                    tally.add(item.read(record, findings, complaints));
                }
                if let Some(complaint) = self.counts.disagree(tally) {
                    complaints.push((self.name.unwrap_or_default().into(), complaint));
                }
                Tally { direct: 0, ..tally }
            }
            // A suite that could not be set up.
            "failure" | "error" => {
                let outcome = if self.kind == "error" {
                    "error"
                } else {
                    "failure"
                };
                findings.push(finding("testsuite", outcome, record), 0);
                Tally {
                    errors: u64::from(outcome == "error"),
                    failures: u64::from(outcome == "failure"),
                    ..Tally::default()
                }
            }
            // Properties and output: no test.
            _ => {
                findings.passed();
                Tally::default()
            }
        }
    }

    fn case(self, record: &Record<'_>, findings: &mut Findings) -> Tally {
        let items = self.items.unwrap_or_default();
        let has = |kind: &str| items.iter().any(|item| item.kind == kind);
        let words = || [&self.status, &self.result].into_iter().flatten();
        let says = |known: &[&str]| {
            words().any(|word| known.iter().any(|known| known.eq_ignore_ascii_case(word)))
        };
        let (error, failure) = (has("error"), has("failure"));
        let skipped = has("skipped") || has("disabled") || says(NOT_RUN);
        let name = self.name.as_deref().unwrap_or_default();
        let class = self.class.as_deref().unwrap_or_default();
        let rule = match class {
            "" => name.to_owned(),
            class => format!("{class}.{name}"),
        };
        let failed = error || failure || (!skipped && says(NOT_PASSED));
        if name.is_empty() {
            let error = RecordError::Shape("a test case has no name".to_owned());
            findings.quarantine(record.pointer(), &error);
        } else if failed {
            let outcome = if error { "error" } else { "failure" };
            let mut finding = finding(&rule, outcome, record);
            let file = self.file.as_deref().filter(|file| !file.is_empty());
            let line = self.line.as_deref().and_then(|line| line.parse().ok());
            finding.locations = file
                .map(|file| Location {
                    path: Some(path(file)),
                    start_line: line,
                    ..Location::default()
                })
                .into_iter()
                .collect();
            findings.push(finding, 0);
        } else {
            findings.passed();
        }
        Tally {
            tests: 1,
            errors: u64::from(error),
            failures: u64::from(failure || (failed && !error)),
            skipped: u64::from(skipped && !failed),
            direct: 1,
        }
    }
}

/// A test that did not pass. The title is the same for a failure and an error, which can be the same defect.
fn finding(rule: &str, outcome: &str, record: &Record<'_>) -> Finding {
    let mut finding = Finding::new(
        ADAPTER.tool,
        Class::Lint,
        rule,
        Severity::default_of_tool(Level::Medium),
        format!("{rule} did not pass"),
        record.evidence(),
    );
    finding.attributes.insert("outcome".into(), outcome.into());
    finding
}
