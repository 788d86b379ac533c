//! cfn_nag's JSON report (`cfn_nag_scan --output-format json`).
//!
//! Format: `lib/cfn-nag/cfn_nag.rb`, `violation.rb` and `cfn_nag_executor.rb` of
//! <https://github.com/stelligent/cfn_nag>: an array with one element for each template. A violation names all resources
//! that it is about; each becomes a finding, as `failure_count` and the exit code (the number of failures) count them.
//! A template that can't be parsed is a violation with the identifier `FATAL`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::code::Code;
use gate_core::finding::{Class, Finding, Location, Text};
use gate_core::scan_report::{Completeness, Problem};
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::array;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{level, path, position};
use crate::redact::after;
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "cfn-nag",
    id: "cfn-nag-json@1",
    reads: "JSON (`cfn_nag_scan --output-format json`)",
    severity: "type: FAIL is high, WARN medium",
    completeness: "failed when a template could not be parsed (FATAL); empty when there was no template",
    format: Format::Json,
    lists: &["/*"],
    // What follows quotes the template.
    unread: &[],
    sensitive: &[after(
        "message",
        &["Basic CloudFormation syntax error", "Basic Resource syntax"],
    )],
    exits: Exits {
        ended: &[0],
        found: &FAILURES,
    },
    recognizes: &|shape| shape.root == Root::Array && shape.has_all(&["filename", "file_results"]),
    start: &|| Box::new(CfnNag::default()),
};

/// The exit code is the number of failures, of which the system keeps eight bits.
static FAILURES: [i32; 255] = {
    let mut codes = [0; 255];
    let mut rest: &mut [i32] = &mut codes;
    let mut code = 0;
    while let [next, tail @ ..] = rest {
        code += 1;
        *next = code;
        rest = tail;
    }
    codes
};

const LEVELS: &[(&str, Level)] = &[("FAIL", Level::High), ("WARN", Level::Medium)];
const FATAL: &str = "FATAL";

/// The templates that were not judged, or not wholly told of.
#[derive(Default)]
struct CfnNag {
    problems: Vec<(Completeness, Problem)>,
}

#[derive(Deserialize)]
struct Template<'a> {
    file_results: Results,
    #[serde(borrow)]
    filename: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Results {
    failure_count: u64,
    violations: Vec<Value>,
}

#[derive(Deserialize)]
struct Violation<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    line_numbers: Option<Vec<Option<i64>>>,
    logical_resource_ids: Option<Vec<Text>>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

impl Reader for CfnNag {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let Template {
            file_results,
            filename,
        } = record.parse()?;
        let file = path(&filename);
        let mut failures = 0;
        let mut odd = None;
        for (at, violation) in file_results.violations.iter().enumerate() {
            let violation = match Violation::deserialize(violation) {
                Ok(violation) => violation,
                Err(error) => {
                    odd = odd.or(Some(error.into()));
                    continue;
                }
            };
            if violation.id == FATAL {
                let problem =
                    Problem::new(Code::ScannerFailed, "cfn_nag could not read the template");
                self.problems
                    .push((Completeness::Failed, problem.at(&*file)));
            }
            let evidence = format!("/file_results/violations/{at}");
            let resources = violation
                .logical_resource_ids
                .as_deref()
                .unwrap_or_default();
            let lines = violation.line_numbers.as_deref().unwrap_or_default();
            for nth in 0..resources.len().max(1) {
                failures += u64::from(violation.kind == "FAIL");
                let mut finding = violation.finding(record, &evidence);
                finding.locations = vec![Location {
                    logical: resources.get(nth).cloned(),
                    path: Some(file.clone()),
                    start_line: position(lines.get(nth).copied().flatten()),
                    ..Location::default()
                }];
                findings.push(finding, 0);
            }
        }
        if odd.is_none() && file_results.failure_count > failures {
            let counted = file_results.failure_count;
            let message =
                format!("the template has {counted} failures, the report names {failures}");
            let problem = Problem::new(Code::ScannerProblem, message).at(&*file);
            self.problems.push((Completeness::Partial, problem));
        }
        if file_results.violations.is_empty() {
            findings.passed();
        }
        odd.map_or(Ok(()), Err)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let templates: Vec<u8> = array(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.scanned = Some(templates.len() as u64);
        for (completeness, problem) in self.problems.drain(..) {
            run.problem(completeness, problem);
        }
        if templates.is_empty() {
            run.nothing_scanned("cfn_nag found no template");
        }
        Ok(run)
    }
}

impl Violation<'_> {
    fn finding(&self, record: &Record<'_>, inside: &str) -> Finding {
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Misconfiguration,
            &*self.id,
            Severity::tool(level(&self.kind, LEVELS), &*self.kind),
            if self.message.is_empty() {
                &*self.id
            } else {
                &*self.message
            },
            record.evidence_of(inside),
        );
        finding.rule.name = self
            .name
            .as_deref()
            .filter(|name| !name.is_empty())
            .map(Into::into);
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn template(failures: u32, violations: &str) -> String {
        format!(
            r#"[{{"filename":"./a.yaml","file_results":{{"failure_count":{failures},"violations":[{violations}]}}}}]"#
        )
    }

    #[test]
    fn a_violation_is_of_each_resource() {
        let text = template(
            2,
            r#"{"id":"F3","type":"FAIL","message":"m","logical_resource_ids":["A","B"],"line_numbers":[4,-1]},
                {"id":"W1","type":"NOTE","message":"","logical_resource_ids":null}"#,
        );
        let report = read_text(&ADAPTER, &text).0;
        let seen: Vec<_> = report
            .findings
            .iter()
            .map(|f| {
                (
                    f.locations[0].logical.as_deref(),
                    f.locations[0].start_line,
                    f.severity.level,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (Some("A"), Some(4), Level::High),
                (Some("B"), None, Level::High),
                (None, None, Level::Unknown)
            ]
        );
        assert_eq!(report.report.completeness, Completeness::Complete);
    }

    #[test]
    fn what_was_not_judged_is_not_clean() {
        let fatal = r#"{"id":"FATAL","type":"FAIL","message":"m","logical_resource_ids":null}"#;
        for (text, completeness) in [
            (template(0, ""), Completeness::Complete),
            (template(1, fatal), Completeness::Failed),
            (template(1, ""), Completeness::Partial),
            (template(0, r#"{"id":"F3"}"#), Completeness::Partial),
            ("[]".to_owned(), Completeness::Empty),
            ("{}".to_owned(), Completeness::Failed),
            (r#"[{"filename":"a"}]"#.to_owned(), Completeness::Partial),
        ] {
            let report = read_text(&ADAPTER, &text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }

    #[test]
    fn every_number_of_failures_is_an_exit_code() {
        assert_eq!((FAILURES[0], FAILURES[254]), (1, 255));
    }
}
