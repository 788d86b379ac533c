//! Cobertura's XML report of test coverage, as coverage.py, gcovr, Coverlet, Istanbul and others write it.
//!
//! Format: <https://github.com/cobertura/web>, `htdocs/xml/coverage-04.dtd`, and what coverage.py 7.17.3 writes. A
//! reference to the DTD is let through and not followed.
//!
//! Nothing in it is a finding: it measures. Each line is a record, so that one that can't be read makes the report
//! partial. The numbers are those of the root's attributes; where it has none they are counted, from the lines of
//! classes: those of methods repeat them. A line of a class that is split over several entries counts once for each,
//! as it does in the tools' own numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::scan_report::{Completeness, Content};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::{Format, Xml};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "cobertura",
    id: "cobertura-xml@1",
    reads: "XML with the root `coverage` (`coverage xml`, Cobertura's DTD 04)",
    severity: "none; nothing in it is a finding",
    completeness: "partial when the numbers contradict each other; empty without a line",
    format: Format::Xml(Xml {
        arrays: &[
            "sources",
            "packages",
            "classes",
            "methods",
            "lines",
            "conditions",
        ],
        bags: &[],
        doctype: true,
    }),
    lists: &[
        "/coverage/packages/*/classes/*/lines/*",
        "/coverage/packages/*/classes/*/methods/*/lines/*",
    ],
    unread: &[],
    sensitive: &[],
    exits: Exits::ZERO,
    recognizes: &|shape| {
        let root = shape.keys.first().map_or("", String::as_str);
        shape.root == Root::Xml && root == "coverage" && shape.has("packages")
    },
    start: &|| Box::new(Cobertura::default()),
};

/// What the lines add up to.
#[derive(Default)]
struct Cobertura {
    branches: u64,
    branches_covered: u64,
    lines: u64,
    lines_covered: u64,
}

#[derive(Deserialize)]
struct Line<'a> {
    /// `50% (1/2)`
    #[serde(borrow, rename = "@condition-coverage")]
    conditions: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "@hits")]
    hits: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Envelope {
    coverage: Coverage,
}

#[derive(Deserialize)]
struct Coverage {
    #[serde(rename = "@branches-covered")]
    branches_covered: Option<String>,
    #[serde(rename = "@branches-valid")]
    branches_valid: Option<String>,
    #[serde(rename = "@lines-covered")]
    lines_covered: Option<String>,
    #[serde(rename = "@lines-valid")]
    lines_valid: Option<String>,
    packages: Vec<Package>,
    #[serde(rename = "@version")]
    version: Option<String>,
}

#[derive(Deserialize)]
struct Package {
    classes: Vec<Class>,
}

#[derive(Deserialize)]
struct Class {
    #[serde(rename = "@filename")]
    _file: String,
    #[serde(rename = "lines")]
    _lines: Vec<u8>,
}

impl Reader for Cobertura {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let line: Line<'_> = record.parse()?;
        let hits: i64 = line
            .hits
            .parse()
            .map_err(|_| RecordError::Shape("its number of hits is no number".to_owned()))?;
        let branches = line.conditions.as_deref().map(branches).transpose()?;
        findings.passed();
        if record.list == 0 {
            self.lines += 1;
            self.lines_covered += u64::from(hits > 0);
            let (covered, all) = branches.unwrap_or_default();
            self.branches_covered = self.branches_covered.saturating_add(covered);
            self.branches = self.branches.saturating_add(all);
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope { coverage } = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.content = Content::Measurement;
        run.tool_version = coverage.version.filter(|version| !version.is_empty());
        let classes = coverage
            .packages
            .iter()
            .map(|package| package.classes.len() as u64);
        run.scanned = Some(classes.sum());
        let number = |text: Option<String>| text?.parse::<u64>().ok();
        run.measures = BTreeMap::from_iter([
            measure("lines-valid", number(coverage.lines_valid), self.lines),
            measure(
                "lines-covered",
                number(coverage.lines_covered),
                self.lines_covered,
            ),
            measure(
                "branches-valid",
                number(coverage.branches_valid),
                self.branches,
            ),
            measure(
                "branches-covered",
                number(coverage.branches_covered),
                self.branches_covered,
            ),
        ]);
        for (part, whole) in [
            ("lines-covered", "lines-valid"),
            ("branches-covered", "branches-valid"),
        ] {
            if run.measures.get(part) > run.measures.get(whole) {
                run.left_out("/coverage", format!("{part} is more than {whole}"));
            }
        }
        if self.lines == 0 {
            run.nothing_scanned("no line was measured");
        }
        Ok(run)
    }
}

/// A number that the report gives, or else the one that was counted.
fn measure(name: &str, given: Option<u64>, counted: u64) -> (String, u64) {
    (name.to_owned(), given.unwrap_or(counted))
}

/// How many of how many branches, from `50% (1/2)`.
fn branches(written: &str) -> Result<(u64, u64), RecordError> {
    let inside = written
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let pair = inside.and_then(|(inside, _)| inside.split_once('/'));
    pair.and_then(|(covered, all)| Some((covered.trim().parse().ok()?, all.trim().parse().ok()?)))
        .ok_or_else(|| RecordError::Shape("its branches are no two numbers".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadReport, testing};

    fn report(attributes: &str, lines: &str) -> ReadReport {
        let text = format!(
            r#"<!DOCTYPE coverage SYSTEM "http://example.com/coverage-04.dtd">
            <coverage {attributes}><packages><package name="p"><classes><class name="c" filename="c.py">
            <methods><method name="m" signature=""><lines><line number="1" hits="1"/></lines></method></methods>
            <lines>{lines}</lines></class></classes></package></packages></coverage>"#
        );
        testing::read_text(&ADAPTER, &text).0
    }

    #[test]
    fn numbers_are_given_or_counted() {
        const LINES: &str = r#"<line number="1" hits="3" branch="true" condition-coverage="50% (1/2)"><conditions>
            <condition number="0" type="jump" coverage="50%"/></conditions></line><line number="2" hits="0"/>"#;
        for (attributes, expected) in [
            ("", [1, 2, 1, 2]),
            (
                r#"line-rate="0.5" lines-valid="8" lines-covered="7""#,
                [1, 2, 7, 8],
            ),
            (r#"lines-valid="8.0" branches-valid="9""#, [1, 9, 1, 2]),
        ] {
            let measures = report(attributes, LINES).report.measures;
            let values: Vec<u64> = measures.into_values().collect();
            assert_eq!(values, expected, "{attributes}");
        }
    }

    #[test]
    fn completeness_is_what_the_lines_say() {
        const ONE: &str = r#"<line number="1" hits="1"/>"#;
        for (attributes, lines, completeness) in [
            ("", ONE, Completeness::Complete),
            ("", "", Completeness::Empty),
            (
                r#"lines-valid="9" lines-covered="9""#,
                "",
                Completeness::Empty,
            ),
            (
                r#"lines-valid="1" lines-covered="2""#,
                ONE,
                Completeness::Partial,
            ),
            (
                "",
                r#"<line number="1" hits="1"/><line number="2"/>"#,
                Completeness::Partial,
            ),
            ("", r#"<line number="1" hits="x"/>"#, Completeness::Empty),
            (
                "",
                r#"<line number="1" hits="1"/><line number="2" hits="1" condition-coverage="50%"/>"#,
                Completeness::Partial,
            ),
        ] {
            let read = report(attributes, lines).report;
            assert_eq!(read.completeness, completeness, "{attributes} {lines}");
        }
        for text in [
            "<coverage/>",
            "<coverage><packages/></coverage>",
            "<report/>",
        ] {
            let read = testing::read_text(&ADAPTER, text).0.report;
            assert!(
                matches!(
                    read.completeness,
                    Completeness::Empty | Completeness::Failed
                ),
                "{text}"
            );
        }
    }
}
