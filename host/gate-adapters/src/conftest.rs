//! conftest's JSON report (`conftest test --output json`).
//!
//! Format: <https://github.com/open-policy-agent/conftest>, `output/result.go` and `output/json.go`: an array with one
//! element for each file and namespace. A list without elements is left out. Exceptions are violations that an
//! exception rule took back: they are kept as suppressed. An element in which nothing succeeded, failed or was warned
//! of had no rules to be judged by.
//!
//! A result has no identity but what its rule puts into `metadata`; failing that it is its query and its message.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use gate_core::finding::{
    Evidence, Finding, Location, Suppression, SuppressionKind, SuppressionState,
};
use gate_core::scan_report::Completeness;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::array;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{path, position};
use crate::redact::secret;
use crate::rego::{Decision, Kind};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "conftest",
    id: "conftest-json@1",
    reads: "JSON (`--output json`)",
    severity: "none written: a failure is high, a warning medium, unless the rule's metadata has a `severity`",
    completeness: "empty when no rule was evaluated; the format has no word for a file that could not be parsed",
    format: Format::Json,
    lists: &["/*"],
    // What rules print, and what they attach of the judged file.
    unread: &[],
    sensitive: &[
        secret("outputs"),
        secret("traces"),
        secret("queries"),
        secret("details"),
    ],
    // With `--fail-on-warn` warnings are 1 and failures 2.
    exits: Exits {
        ended: &[0],
        found: &[1, 2],
    },
    recognizes: &|shape| {
        shape.root == Root::Array && shape.has_all(&["filename", "namespace", "successes"])
    },
    start: &|| Box::new(Conftest::default()),
};

/// How many evaluations of rules were seen.
#[derive(Default)]
struct Conftest {
    evaluated: u64,
}

#[derive(Deserialize)]
struct Checked<'a> {
    exceptions: Option<Vec<Value>>,
    failures: Option<Vec<Value>>,
    #[serde(borrow)]
    filename: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Cow<'a, str>,
    skipped: Option<Vec<Value>>,
    successes: u64,
    warnings: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    loc: Option<Origin<'a>>,
    #[serde(default)]
    metadata: Map<String, Value>,
    #[serde(borrow)]
    msg: Cow<'a, str>,
}

/// Where a rule says that the judged text comes from.
#[derive(Deserialize)]
struct Origin<'a> {
    #[serde(borrow)]
    file: Option<Cow<'a, str>>,
    /// A number, or its digits.
    line: Option<Value>,
}

impl Reader for Conftest {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let checked: Checked<'_> = record.parse()?;
        let lists = [
            ("failures", Kind::Deny, &checked.failures),
            ("warnings", Kind::Warn, &checked.warnings),
            ("exceptions", Kind::Deny, &checked.exceptions),
        ];
        let mut given = 0;
        let mut odd = None;
        for (list, kind, outcomes) in lists {
            for (at, outcome) in outcomes.iter().flatten().enumerate() {
                given += 1;
                let evidence = record.evidence_of(&format!("/{list}/{at}"));
                match checked.finding(kind, outcome, evidence) {
                    Ok(mut finding) => {
                        finding.suppression = (list == "exceptions").then_some(Suppression {
                            justification: None,
                            kind: SuppressionKind::External,
                            state: SuppressionState::Accepted,
                        });
                        findings.push(finding, 0);
                    }
                    Err(error) => odd = odd.or(Some(error)),
                }
            }
        }
        // Rules that were skipped do not apply.
        for _ in checked.skipped.iter().flatten() {
            given += 1;
            findings.passed();
        }
        if given == 0 {
            findings.passed();
        }
        self.evaluated = self
            .evaluated
            .saturating_add(checked.successes)
            .saturating_add(given);
        odd.map_or(Ok(()), Err)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.scanned = Some(self.evaluated);
        if self.evaluated == 0 {
            run.nothing_scanned("conftest evaluated no rule");
        }
        Ok(run)
    }
}

impl Checked<'_> {
    fn finding(&self, kind: Kind, outcome: &Value, at: Evidence) -> Result<Finding, RecordError> {
        let outcome = Outcome::deserialize(outcome)?;
        let query = outcome.metadata.get("query").and_then(Value::as_str);
        let decision = Decision {
            tool: ADAPTER.tool,
            kind,
            query: query.unwrap_or(&self.namespace),
            message: &outcome.msg,
            metadata: &outcome.metadata,
        };
        let mut finding = decision.finding(at)?;
        let (file, line) = outcome.loc.map_or((None, None), |loc| (loc.file, loc.line));
        let file = file.filter(|file| !file.is_empty());
        let file = file.as_deref().unwrap_or(&self.filename);
        let line = line.and_then(|line| match line {
            Value::String(digits) => digits.parse().ok(),
            other => other.as_i64(),
        });
        finding.locations = vec![Location {
            path: (!file.is_empty()).then(|| path(file)),
            start_line: position(line),
            ..Location::default()
        }];
        finding
            .attributes
            .insert("namespace".into(), (&*self.namespace).into());
        Ok(finding)
    }
}

#[cfg(test)]
mod tests {
    use gate_core::severity::{Level, Origin};

    use super::*;
    use crate::read::testing::read_text;

    fn one(failures: &str) -> String {
        format!(
            r#"[{{"filename":"a.yaml","namespace":"main","successes":0,"failures":[{failures}]}}]"#
        )
    }

    #[test]
    fn a_rule_s_own_severity_and_name_win() {
        for (metadata, level, origin, rule) in [
            (
                r#"{"query":"data.main.deny"}"#,
                Level::High,
                Origin::Default,
                "data.main.deny",
            ),
            (
                r#"{"severity":"Low","id":"K8S-1"}"#,
                Level::Low,
                Origin::Tool,
                "K8S-1",
            ),
            (
                r#"{"metadata":{"severity":"CRITICAL"}}"#,
                Level::Critical,
                Origin::Tool,
                "main",
            ),
            (
                r#"{"severity":"dreadful"}"#,
                Level::Unknown,
                Origin::Tool,
                "main",
            ),
            (r#"{"severity":7}"#, Level::High, Origin::Default, "main"),
        ] {
            let report = read_text(
                &ADAPTER,
                &one(&format!(r#"{{"msg":"m","metadata":{metadata}}}"#)),
            )
            .0;
            let finding = &report.findings[0];
            assert_eq!(
                (
                    finding.severity.level,
                    finding.severity.origin,
                    &*finding.rule.id
                ),
                (level, origin, rule),
                "{metadata}"
            );
        }
    }

    #[test]
    fn an_odd_result_leaves_its_neighbours_alone() {
        let text = one(
            r#"{"msg":"a"},{"msg":""},{"msg":3},7,{"msg":"b","loc":{"file":"b.tf","line":"12"}}"#,
        );
        let report = read_text(&ADAPTER, &text).0;
        let places: Vec<_> = report
            .findings
            .iter()
            .map(|f| f.locations[0].start_line)
            .collect();
        assert_eq!(places, [None, Some(12)]);
        assert_eq!(
            report.findings[1].locations[0].path.as_deref(),
            Some("b.tf")
        );
        assert_eq!(report.report.counts.quarantined, 1);
        assert_eq!(report.report.completeness, Completeness::Partial);
    }

    #[test]
    fn what_was_not_evaluated_is_not_clean() {
        for (text, completeness) in [
            (
                r#"[{"filename":"a","namespace":"main","successes":2}]"#,
                Completeness::Complete,
            ),
            (
                r#"[{"filename":"a","namespace":"main","successes":0}]"#,
                Completeness::Empty,
            ),
            (
                r#"[{"filename":"a","namespace":"main"}]"#,
                Completeness::Empty,
            ),
            (
                r#"[{"filename":"a","namespace":"main","successes":-1}]"#,
                Completeness::Empty,
            ),
            ("[]", Completeness::Empty),
            ("null", Completeness::Failed),
            ("{}", Completeness::Failed),
        ] {
            assert_eq!(
                read_text(&ADAPTER, text).0.report.completeness,
                completeness,
                "{text}"
            );
        }
    }
}
