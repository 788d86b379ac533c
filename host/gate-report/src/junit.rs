//! A verdict as JUnit XML, for build systems that show test results.
//!
//! Nobody standardised the format; this is what Jenkins, GitLab, Azure DevOps and AWS CodeBuild read in common. One
//! suite for what the gate checks itself, one for each policy. Cases are made while they are written, once to be
//! counted and once for the file, so that no list of them is ever in memory.

mod cases;
mod xml;

use std::io::{self, Write as _};

use crate::answer::Answer;
use crate::junit::cases::{Case, Cases, State};
use crate::junit::xml::escaped;

/// How many cases a suite has, and how they ended.
#[derive(Clone, Copy, Default)]
struct Tally {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Tally {
    fn add(&mut self, state: &State<'_>) {
        self.tests += 1;
        match state {
            State::Passed { .. } => {}
            State::Failed { .. } => self.failures += 1,
            State::Undecided { .. } => self.errors += 1,
            State::Skipped { .. } => self.skipped += 1,
        }
    }

    fn attributes(self) -> String {
        let Self {
            tests,
            failures,
            errors,
            skipped,
        } = self;
        format!(r#"tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}""#)
    }
}

/// Writes a verdict as JUnit XML.
///
/// # Errors
/// When the sink fails.
pub fn write(answer: Answer<'_>, sink: &mut dyn io::Write) -> io::Result<()> {
    let mut sink = io::BufWriter::new(sink);
    let suites = Cases::suites(answer);
    let mut tallies = Vec::with_capacity(suites.len());
    let mut all = Tally::default();
    for suite in &suites {
        let mut tally = Tally::default();
        suite.each(&mut |case| {
            tally.add(&case.state);
            all.add(&case.state);
            Ok(())
        })?;
        tallies.push(tally);
    }
    writeln!(sink, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    let gate = escaped(answer.verdict.gate.as_str());
    writeln!(
        sink,
        r#"<testsuites name="gate {gate}" {}>"#,
        all.attributes()
    )?;
    let moment = answer.verdict.evaluated_at;
    for (suite, tally) in suites.iter().zip(tallies) {
        let name = escaped(&suite.name);
        let counts = tally.attributes();
        writeln!(
            sink,
            r#"  <testsuite name="{name}" {counts} timestamp="{moment}">"#
        )?;
        writeln!(sink, "    <properties>")?;
        for (name, value) in suite.properties() {
            let (name, value) = (escaped(&name), escaped(&value));
            writeln!(sink, r#"      <property name="{name}" value="{value}"/>"#)?;
        }
        writeln!(sink, "    </properties>")?;
        suite.each(&mut |case| write_case(&mut sink, &name, &case))?;
        writeln!(sink, "  </testsuite>")?;
    }
    writeln!(sink, "</testsuites>")?;
    sink.flush()
}

fn write_case(sink: &mut dyn io::Write, suite: &str, case: &Case<'_>) -> io::Result<()> {
    let name = escaped(&case.name());
    write!(sink, r#"    <testcase classname="{suite}" name="{name}">"#)?;
    match &case.state {
        State::Passed { told } => write!(sink, "<system-out>{}</system-out>", escaped(told))?,
        State::Skipped { why } => write!(sink, r#"<skipped message="{}"/>"#, escaped(why))?,
        State::Failed { reason } => write_problem(sink, "failure", &case.problem(reason))?,
        State::Undecided { reason } => write_problem(sink, "error", &case.problem(reason))?,
    }
    writeln!(sink, "</testcase>")
}

fn write_problem(sink: &mut dyn io::Write, tag: &str, told: &cases::Problem<'_>) -> io::Result<()> {
    let (code, message) = (escaped(told.code), escaped(told.message));
    write!(sink, r#"<{tag} type="{code}" message="{message}">"#)?;
    // Each line begins with a word of ours.
    let lines: Vec<_> = told.lines.iter().map(|line| escaped(line)).collect();
    write!(sink, "{}</{tag}>", lines.join("\n"))
}
