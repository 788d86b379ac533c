//! cfn-guard's JSON report (`cfn-guard validate --structured -o json`, or `-o json` with one file), version 3.
//!
//! Format: `guard/src/rules/eval_context.rs` (`FileReport`, `ClauseReport`) of
//! <https://github.com/aws-cloudformation/cloudformation-guard>, and what 3.2.1 writes: an array with one element for
//! each file, or the one element by itself. Without `--structured` several files are several documents, which are
//! refused. A file to which no rule applies has the status SKIP and says nothing about anything.
//!
//! A rule that is not met lists its clauses, nested. Each clause is a finding; alternatives of which none holds
//! (`Disjunctions`) are one. The values that were compared, and the messages that quote them, hold whatever the template
//! holds, and do not get as far as this file. The lines stand in those messages only; the place is the path in the
//! template.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::code::Code;
use gate_core::finding::{Class, Finding, Location, Text};
use gate_core::scan_report::{Completeness, Problem};
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{array, is_array, object};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::path;
use crate::redact::{secret, secret_under, source};

/// Rules of each of a list of files, then of the one file.
const LISTS: &[&str] = &[
    "/*/not_compliant/*",
    "/*/compliant/*",
    "/*/not_applicable/*",
    "/not_compliant/*",
    "/compliant/*",
    "/not_applicable/*",
];
/// How many of them are of one file.
const OUTCOMES: usize = 3;
const NOT_COMPLIANT: usize = 0;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "cfn-guard",
    id: "cfn-guard-json@1",
    reads: "JSON (`validate --structured -o json`, or `-o json` with one file), version 3",
    severity: "none written; every clause that is not met is high",
    completeness: "empty when no rule applied to any file; partial when a file's status contradicts its rules",
    format: Format::Json,
    lists: LISTS,
    unread: &[],
    sensitive: &[
        source("error_message"),
        secret("reason"),
        secret_under("from", "value"),
        secret_under("to", "value"),
        secret_under("traversed_to", "value"),
        secret_under("value", "value"),
    ],
    exits: Exits {
        ended: &[0],
        found: &[19],
    },
    recognizes: &|shape| {
        shape.has_all(&[
            "name",
            "status",
            "not_compliant",
            "not_applicable",
            "compliant",
        ])
    },
    start: &|| Box::new(CfnGuard::default()),
};

/// The paths of the files, known at the end.
#[derive(Default)]
struct CfnGuard {
    files: Vec<Text>,
}

#[derive(Deserialize)]
struct File<'a> {
    compliant: Vec<u8>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(rename = "not_applicable")]
    _not_applicable: Vec<u8>,
    not_compliant: Vec<u8>,
    #[serde(borrow)]
    status: Cow<'a, str>,
}

/// A node of what is not met.
#[derive(Deserialize)]
enum Check {
    Rule(Rule),
    Block(Block),
    Disjunctions { checks: Vec<Check> },
    Clause(Clause),
}

#[derive(Deserialize)]
struct Rule {
    checks: Vec<Check>,
    messages: Messages,
    name: Text,
}

#[derive(Deserialize)]
struct Block {
    context: Text,
    messages: Messages,
    unresolved: Option<Value>,
}

#[derive(Deserialize)]
enum Clause {
    Unary(Comparison),
    Binary(Comparison),
}

#[derive(Deserialize)]
struct Comparison {
    check: Value,
    context: Text,
    messages: Messages,
}

#[derive(Deserialize)]
struct Messages {
    custom_message: Option<Text>,
}

/// What is not met, where.
struct Violation {
    clause: String,
    message: Option<Text>,
    place: Option<Text>,
}

impl Check {
    /// Adds what is not met, in the order of the report.
    fn violations(self, all: &mut Vec<Violation>) {
        match self {
            Self::Rule(rule) => {
                for check in rule.checks {
                    check.violations(all);
                }
            }
            Self::Block(block) => all.push(Violation {
                clause: folded(&block.context),
                message: written(block.messages),
                place: block.unresolved.as_ref().and_then(traversed),
            }),
            Self::Disjunctions { checks } => {
                let mut alternatives = Vec::new();
                for check in checks {
                    check.violations(&mut alternatives);
                }
                let clauses: Vec<_> = alternatives.iter().map(|v| v.clause.as_str()).collect();
                let clause = clauses.join(" or ");
                let first = alternatives.into_iter().next();
                all.extend(first.map(|first| Violation { clause, ..first }));
            }
            Self::Clause(Clause::Unary(comparison) | Clause::Binary(comparison)) => {
                all.push(Violation {
                    clause: folded(&comparison.context),
                    message: written(comparison.messages),
                    place: compared(&comparison.check),
                });
            }
        }
    }
}

/// Where the value stands that was compared, or the last thing that was there on the way to it.
fn compared(check: &Value) -> Option<Text> {
    if let Some(unresolved) = check.get("UnResolved") {
        return traversed(unresolved.get("value")?);
    }
    let resolved = check.get("Resolved").or_else(|| check.get("InResolved"))?;
    let from = resolved.get("from").or_else(|| resolved.get("value"))?;
    place(from)
}

fn traversed(unresolved: &Value) -> Option<Text> {
    place(unresolved.get("traversed_to")?)
}

fn place(value: &Value) -> Option<Text> {
    let path = value.get("path")?.as_str()?;
    (!path.is_empty()).then(|| path.into())
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn written(messages: Messages) -> Option<Text> {
    let message = messages.custom_message.map(|text| folded(&text))?;
    (!message.is_empty()).then(|| message.into())
}

impl Reader for CfnGuard {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        if record.list % OUTCOMES != NOT_COMPLIANT {
            // The name of a rule that is met or does not apply.
            let _: Cow<'_, str> = record.parse()?;
            findings.passed();
            return Ok(());
        }
        let Check::Rule(rule) = record.parse()? else {
            return Err(RecordError::Shape("it is not a rule".to_owned()));
        };
        let file = if record.list < OUTCOMES {
            record.outer_index()
        } else {
            0
        };
        let message = written(rule.messages);
        let mut violations = Vec::new();
        for check in rule.checks {
            check.violations(&mut violations);
        }
        if violations.is_empty() {
            violations.push(Violation {
                clause: String::new(),
                message: None,
                place: None,
            });
        }
        for violation in violations {
            let title = violation.message.or_else(|| message.clone());
            let title = title.unwrap_or_else(|| match &*violation.clause {
                "" => rule.name.clone(),
                clause => format!("{}: {clause}", rule.name).into(),
            });
            let mut finding = Finding::new(
                ADAPTER.tool,
                Class::Misconfiguration,
                rule.name.clone(),
                Severity::default_of_tool(Level::High),
                title,
                record.evidence(),
            );
            if !violation.clause.is_empty() {
                finding
                    .attributes
                    .insert("clause".into(), violation.clause.into());
            }
            finding.locations = vec![Location {
                logical: violation.place,
                ..Location::default()
            }];
            findings.push(finding, file);
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let files: Vec<File<'_>> = if is_array(envelope) {
            array(ADAPTER.tool, envelope)?
        } else {
            vec![object(ADAPTER.tool, envelope)?]
        };
        let mut run = Run::new(Completeness::Complete);
        let mut judged = 0;
        for file in files {
            let name = path(&file.name);
            judged += u64::from(!file.compliant.is_empty() || !file.not_compliant.is_empty());
            let fits = match &*file.status {
                "FAIL" => !file.not_compliant.is_empty(),
                "PASS" | "SKIP" => file.not_compliant.is_empty(),
                _ => false,
            };
            if !fits {
                let message = "the status of the file contradicts its rules";
                let problem = Problem::new(Code::ScannerProblem, message).at(&*name);
                run.problem(Completeness::Partial, problem);
            }
            self.files.push(name);
        }
        run.scanned = Some(judged);
        if judged == 0 {
            run.nothing_scanned("no rule of cfn-guard's applied to anything");
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, file: u32) {
        if let Some(location) = finding.locations.first_mut() {
            location.path = self.files.get(file as usize).cloned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn file(status: &str, not_compliant: &str, compliant: &str) -> String {
        format!(
            r#"{{"name":"/a.yaml","metadata":{{}},"status":"{status}","not_compliant":[{not_compliant}],
                "not_applicable":["other"],"compliant":[{compliant}]}}"#
        )
    }

    #[test]
    fn a_status_must_fit_its_rules() {
        use Completeness::{Complete, Empty, Failed, Partial};
        let broken = r#"{"Rule":{"name":"r","messages":{},"checks":[]}}"#;
        for (text, completeness) in [
            (file("PASS", "", r#""r""#), Complete),
            (file("FAIL", broken, ""), Complete),
            (file("FAIL", "", r#""r""#), Partial),
            (file("PASS", broken, ""), Partial),
            (file("MAYBE", "", r#""r""#), Partial),
            (file("SKIP", "", ""), Empty),
            (file("PASS", "", "7"), Partial),
            (file("FAIL", r#"{"Law":{}}"#, ""), Partial),
            ("[]".to_owned(), Empty),
            ("{}".to_owned(), Failed),
            (r#"{"name":"a","status":"PASS"}"#.to_owned(), Failed),
        ] {
            let report = read_text(&ADAPTER, &text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }

    #[test]
    fn a_rule_without_clauses_is_a_finding_of_its_own() {
        let broken = r#"{"Rule":{"name":"r","messages":{"custom_message":"m"},"checks":[{"Disjunctions":{"checks":[]}}]}}"#;
        let report = read_text(&ADAPTER, &file("FAIL", broken, "")).0;
        assert_eq!(
            (report.findings.len(), &*report.findings[0].title),
            (1, "m")
        );
    }
}
