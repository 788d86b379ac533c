//! JUnit's XML reports of test runs, as pytest, Surefire, Gradle, Jest, PHPUnit, Google Test and others write them.
//!
//! There is no standard; what is common to all is read: `testsuites` (or one `testsuite`), suites in suites, test
//! cases, and in these `failure`, `error` and `skipped`. Seen: what pytest 9.2.0 writes, and the form of Surefire
//! (<https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd>).
//!
//! A test that did not pass is a finding; one that passed, or was skipped, is none. Messages, traces, output and
//! properties may hold anything, so they are replaced: a finding names the test, and the report has the rest.
//!
//! The numbers in a suite's attributes are there twice, so a report that lost a test case can be told: some tools
//! count the cases of inner suites, some do not.

mod case;

use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::scan_report::{Completeness, Content};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::{Format, Xml};
use crate::redact::secret;
use crate::shape::Root;

use case::{Item, Tally};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "junit",
    id: "junit-xml@1",
    reads: "XML with the root `testsuites` or `testsuite`, as pytest, Surefire and many others write it",
    severity: "none written; every test that did not pass is medium",
    completeness: "partial when a suite counts more tests, failures or errors than it has; empty without tests, or when \
                   all were skipped",
    format: Format::Xml(Xml {
        arrays: &[],
        bags: &["testsuites", "testsuite", "testcase", "properties"],
        doctype: false,
    }),
    lists: &["/testsuites/#items/*/#items/*", "/testsuite/#items/*"],
    unread: &[],
    sensitive: &[
        secret("#text"),
        secret("@message"),
        secret("@value"),
        secret("stackTrace"),
        secret("system-out"),
        secret("system-err"),
    ],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| {
        let root = shape.keys.first().map_or("", String::as_str);
        shape.root == Root::Xml && matches!(root, "testsuites" | "testsuite")
    },
    start: &|| Box::new(Junit::default()),
};

#[derive(Default)]
struct Junit {
    /// What the test cases of each outer suite add up to.
    suites: BTreeMap<u32, Tally>,
    /// Inner suites whose numbers do not agree.
    complaints: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Envelope {
    testsuite: Option<Suite>,
    testsuites: Option<Suites>,
}

#[derive(Deserialize)]
struct Suites {
    #[serde(flatten)]
    counts: Counts,
    #[serde(rename = "#items")]
    suites: Vec<Suite>,
}

#[derive(Deserialize)]
struct Suite {
    #[serde(flatten)]
    counts: Counts,
    #[serde(rename = "#items")]
    _items: Option<Vec<u8>>,
    /// Absent where the suite is the root.
    #[serde(rename = "#name")]
    kind: Option<String>,
    #[serde(rename = "@name")]
    name: Option<String>,
}

/// The numbers that a suite writes about itself.
#[derive(Deserialize)]
struct Counts {
    #[serde(rename = "@errors")]
    errors: Option<String>,
    #[serde(rename = "@failures")]
    failures: Option<String>,
    #[serde(rename = "@tests")]
    tests: Option<String>,
}

impl Counts {
    /// What does not agree with what was seen, or can't be held against it.
    fn disagree(&self, seen: Tally) -> Option<String> {
        let number = |text: &Option<String>| text.as_ref()?.trim().parse::<u64>().ok();
        let all = [&self.tests, &self.failures, &self.errors];
        if all
            .iter()
            .any(|text| text.is_some() && number(text).is_none())
        {
            return Some("a count of the suite is no number".to_owned());
        }
        let tests = number(&self.tests);
        if let Some(tests) = tests.filter(|n| *n > seen.tests || *n < seen.direct) {
            return Some(format!(
                "the suite counts {tests} tests, the report has {}",
                seen.tests
            ));
        }
        let pairs = [
            ("failures", number(&self.failures), seen.failures),
            ("errors", number(&self.errors), seen.errors),
        ];
        let missing = pairs
            .into_iter()
            .find_map(|(what, counted, seen)| Some((what, counted.filter(|n| *n > seen)?, seen)));
        missing.map(|(what, counted, seen)| {
            format!("the suite counts {counted} {what}, the report has {seen}")
        })
    }
}

impl Reader for Junit {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        // Of one suite that is the root, the index is the test case's.
        let suite = if record.list == 0 {
            record.outer_index()
        } else {
            0
        };
        let item: Item<'_> = record.parse()?;
        let tally = item.read(record, findings, &mut self.complaints);
        self.suites.entry(suite).or_default().add(tally);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let envelope: Envelope = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.content = Content::Measurement;
        let mut all = Tally::default();
        for tally in self.suites.values() {
            all.add(*tally);
        }
        let (total, suites) = match (envelope.testsuites, envelope.testsuite) {
            (Some(outer), None) => (Some(outer.counts), outer.suites),
            (None, Some(suite)) => (None, vec![suite]),
            _ => {
                return Err(ReadError::wrong_tool(
                    ADAPTER.tool,
                    "its root is no test suite",
                ));
            }
        };
        for (at, suite) in (0..).zip(suites) {
            let seen = self.suites.get(&at).copied().unwrap_or_default();
            if suite.kind.as_deref() == Some("testcase") {
                run.left_out("/testsuites", "a test case stands outside of every suite");
            }
            if let Some(complaint) = suite.counts.disagree(seen) {
                run.left_out(suite.name.unwrap_or_default(), complaint);
            }
        }
        for (suite, complaint) in self.complaints.drain(..) {
            run.left_out(suite, complaint);
        }
        // No test case stands in the root itself.
        let outer = Tally { direct: 0, ..all };
        if let Some(complaint) = total.and_then(|total| total.disagree(outer)) {
            run.left_out("/testsuites", complaint);
        }
        run.scanned = Some(all.tests);
        for (name, value) in [
            ("tests", all.tests),
            ("failures", all.failures),
            ("errors", all.errors),
            ("skipped", all.skipped),
        ] {
            run.measures.insert(name.to_owned(), value);
        }
        if all.tests == 0 && all.errors == 0 {
            run.nothing_scanned("there is no test case");
        } else if all.tests == all.skipped {
            run.nothing_scanned("every test was skipped");
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadReport, testing};

    fn read_text(text: &str) -> ReadReport {
        testing::read_text(&ADAPTER, text).0
    }

    #[test]
    fn completeness_is_what_the_suites_say() {
        const PASSED: &str = r#"<testcase classname="a" name="b"/>"#;
        const SKIPPED: &str = r#"<testcase classname="a" name="c"><skipped/></testcase>"#;
        let suite = |attributes: &str, inside: &str| {
            format!("<testsuite {attributes}>{inside}</testsuite>")
        };
        let outer = |attributes: &str, inside: &str| {
            format!("<testsuites {attributes}>{inside}</testsuites>")
        };
        let inner = suite(r#"tests="1""#, PASSED);
        for (text, completeness) in [
            (suite(r#"tests="1""#, PASSED), Completeness::Complete),
            (suite("", PASSED), Completeness::Complete),
            (suite(r#"tests="2""#, PASSED), Completeness::Partial),
            (suite(r#"tests="0""#, PASSED), Completeness::Partial),
            (
                suite(r#"tests="1" failures="1""#, PASSED),
                Completeness::Partial,
            ),
            (
                suite(r#"tests="1" errors="1""#, PASSED),
                Completeness::Partial,
            ),
            (
                suite(
                    r#"tests="1" errors="1" failures="1""#,
                    "<testcase name='a'><failure/><error/></testcase>",
                ),
                Completeness::Complete,
            ),
            (suite(r#"tests="None""#, PASSED), Completeness::Partial),
            (suite(r#"tests="-1""#, PASSED), Completeness::Partial),
            (
                suite(r#"tests="1" errors="""#, PASSED),
                Completeness::Partial,
            ),
            // Cases of inner suites are counted, or not.
            (suite(r#"tests="1""#, &inner), Completeness::Complete),
            (suite(r#"tests="0""#, &inner), Completeness::Complete),
            (
                suite(r#"tests="1""#, &suite(r#"tests="2""#, PASSED)),
                Completeness::Partial,
            ),
            (outer(r#"tests="1""#, &inner), Completeness::Complete),
            (outer(r#"tests="2""#, &inner), Completeness::Partial),
            (suite("", ""), Completeness::Empty),
            (outer("", ""), Completeness::Empty),
            (suite("", SKIPPED), Completeness::Empty),
            (
                suite("", r#"<testcase classname="a"/>"#),
                Completeness::Partial,
            ),
            (outer("", "<other/>"), Completeness::Empty),
            (
                outer("", &format!("{inner}{PASSED}")),
                Completeness::Partial,
            ),
            ("<report/>".to_owned(), Completeness::Failed),
            (
                suite("", PASSED).replace("</testsuite>", ""),
                Completeness::Failed,
            ),
        ] {
            assert_eq!(read_text(&text).report.completeness, completeness, "{text}");
        }
    }

    #[test]
    fn an_outcome_is_an_element_or_a_word() {
        for (case, findings, skipped) in [
            ("<testcase name='a'/>", 0, 0),
            (
                "<testcase name='a'><failure/><failure message='m'/></testcase>",
                1,
                0,
            ),
            (
                "<testcase name='a'><error>t</error><system-out>o</system-out></testcase>",
                1,
                0,
            ),
            ("<testcase name='a' status='notrun'/>", 0, 1),
            ("<testcase name='a' status='failed'/>", 1, 0),
            (
                "<testcase name='a'><flakyFailure><stackTrace>t</stackTrace></flakyFailure></testcase>",
                0,
                0,
            ),
        ] {
            let text = format!("<testsuite><testcase name='other'/>{case}</testsuite>");
            let report = read_text(&text).report;
            assert_eq!(
                (report.counts.findings, report.measures["skipped"]),
                (findings, skipped),
                "{case}"
            );
        }
    }
}
