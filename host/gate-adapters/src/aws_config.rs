//! The evaluations of AWS Config: of a rule or a resource (`aws configservice get-compliance-details-by-config-rule`,
//! `…-by-resource`), of a conformance pack or an aggregator (`get-conformance-pack-compliance-details`,
//! `get-aggregate-compliance-details-by-config-rule`), and its events.
//!
//! Format: `EvaluationResult` and its like of the interface of 2014-11-12; `newEvaluationResult` of the events
//! `Config Rules Compliance Change`. Lists of several rules may stand one after the other. What complies is listed,
//! too, unless `--compliance-types` leaves it out: a report without any evaluation proves nothing.
//!
//! What complies is no finding; that a rule was evaluated at all is a measure, `evaluations.RULE`.
//!
//! A rule has no severity. What it could not evaluate (`INSUFFICIENT_DATA`) is open, of unknown severity.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use gate_core::finding::{Class, Evidence, Finding, Resource, Status, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};
use gate_core::time::Moment;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::aws::{camel_case, event_evidence, is_events, is_list_of_records, next_page};
use crate::envelope::documents;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{attribute, given, moment};
use crate::redact::secret;
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "aws-config",
    id: "aws-config-json@1",
    reads: "JSON (`aws configservice get-compliance-details-by-config-rule` and its like, one or several, or events \
            `Config Rules Compliance Change`), interface of 2014-11-12",
    severity: "none written; NON_COMPLIANT is high, INSUFFICIENT_DATA is unknown",
    completeness: "partial with a `NextToken`; empty without any evaluation",
    format: Format::JsonLines,
    lists: LISTS,
    unread: &[],
    sensitive: &[secret("ResultToken"), secret("resultToken")],
    exits: Exits::ZERO,
    recognizes: &|shape| shape.root == Root::Object && PAGES.iter().any(|list| shape.has(list)),
    start: &|| Box::new(AwsConfig::default()),
};

const LISTS: &[&str] = &[
    "/EvaluationResults/*",
    "/ConformancePackRuleEvaluationResults/*",
    "/AggregateEvaluationResults/*",
    "/detail",
    "/*/detail",
];
/// The keys of the lists. They come first in `LISTS`.
const PAGES: [&str; 3] = [
    "EvaluationResults",
    "ConformancePackRuleEvaluationResults",
    "AggregateEvaluationResults",
];

/// The type of the events that hold an evaluation.
const EVENT: &str = "Config Rules Compliance Change";

/// Of how many rules it is said how often they were evaluated: ten times what an account may have in a region
/// (<https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html>). The others are not known to have been.
const MAX_RULES: usize = 10_000;
/// The longest name of a rule, in bytes, by the interface. A rule with a longer one is none of AWS Config's.
const MAX_RULE_NAME: usize = 128;

#[derive(Default)]
struct AwsConfig {
    evaluations: u64,
    /// Of each rule.
    of_rules: BTreeMap<Text, u64>,
    last: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluation {
    account_id: Option<Text>,
    annotation: Option<Text>,
    aws_region: Option<Text>,
    compliance_type: String,
    evaluation_result_identifier: Identifier,
    result_recorded_time: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identifier {
    evaluation_result_qualifier: Qualifier,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Qualifier {
    config_rule_name: Text,
    evaluation_mode: Option<Text>,
    resource_id: Text,
    resource_type: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    aws_account_id: Option<Text>,
    aws_region: Option<Text>,
    #[serde(rename = "configRuleARN")]
    config_rule_arn: Option<Text>,
    config_rule_name: String,
    /// None when the rule, or the resource, is gone.
    new_evaluation_result: Option<Evaluation>,
}

impl Reader for AwsConfig {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        self.evaluations += 1;
        let value = camel_case(record.parse()?)?;
        let (evaluation, arn, at) = if record.list < PAGES.len() {
            (serde_json::from_value(value)?, None, record.evidence())
        } else {
            let change: Change = serde_json::from_value(value)?;
            if change.config_rule_name.is_empty() {
                return Err(RecordError::Shape("`configRuleName` is empty".to_owned()));
            }
            let Some(mut evaluation) = change.new_evaluation_result else {
                findings.passed();
                return Ok(());
            };
            evaluation.account_id = change.aws_account_id;
            evaluation.aws_region = change.aws_region;
            (evaluation, change.config_rule_arn, event_evidence(record))
        };
        self.last = self.last.max(recorded(&evaluation));
        self.count(&evaluation);
        match evaluation.compliance_type.as_str() {
            "COMPLIANT" | "NOT_APPLICABLE" => findings.passed(),
            _ => {
                let mut finding = finding(evaluation, at);
                attribute(&mut finding, "rule-arn", arn);
                findings.push(finding, 0);
            }
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        for document in documents(ADAPTER.tool, envelope) {
            let document = document?;
            let known = match &document {
                Value::Object(page) if is_page(page) => {
                    next_page(page, &mut run);
                    true
                }
                other => is_events(other, EVENT),
            };
            if !known {
                let what = "there is neither a list of evaluations nor an event \
                            `Config Rules Compliance Change`";
                return Err(ReadError::wrong_tool(ADAPTER.tool, what));
            }
        }
        run.finished = self.last;
        run.scanned = Some(self.evaluations);
        let of_rules = std::mem::take(&mut self.of_rules).into_iter();
        let measure = |(rule, number): (Text, u64)| (format!("evaluations.{rule}"), number);
        run.measures = of_rules.map(measure).collect();
        if self.evaluations == 0 {
            run.nothing_scanned(
                "there is no evaluation, not even of what complies: nothing was evaluated, or \
                 `--compliance-types` left it out",
            );
        }
        Ok(run)
    }
}

impl AwsConfig {
    fn count(&mut self, evaluation: &Evaluation) {
        let identifier = &evaluation.evaluation_result_identifier;
        let rule = &identifier.evaluation_result_qualifier.config_rule_name;
        if let Some(number) = self.of_rules.get_mut(rule) {
            *number += 1;
        } else if self.of_rules.len() < MAX_RULES && rule.len() <= MAX_RULE_NAME {
            self.of_rules.insert(rule.clone(), 1);
        }
    }
}

/// Whether an object is a list of evaluations, all of which were cut out.
fn is_page(page: &Map<String, Value>) -> bool {
    let mut lists = PAGES.iter().filter_map(|list| page.get(*list)).peekable();
    lists.peek().is_some() && lists.all(is_list_of_records)
}

fn recorded(evaluation: &Evaluation) -> Option<Moment> {
    evaluation.result_recorded_time.as_ref().and_then(moment)
}

fn finding(evaluation: Evaluation, at: Evidence) -> Finding {
    let rule = evaluation
        .evaluation_result_identifier
        .evaluation_result_qualifier;
    let (status, severity) = match evaluation.compliance_type.as_str() {
        "NON_COMPLIANT" => (Status::Fail, Severity::default_of_tool(Level::High)),
        word => (Status::Open, Severity::tool(Level::Unknown, word)),
    };
    let mut finding = Finding::new(
        ADAPTER.tool,
        Class::Compliance,
        rule.config_rule_name.clone(),
        severity,
        rule.config_rule_name,
        at,
    );
    finding.status = status;
    finding.description = evaluation.annotation.unwrap_or_default();
    finding.resource = Some(Box::new(Resource {
        account: given(evaluation.account_id),
        id: rule.resource_id,
        image_digest: None,
        kind: rule.resource_type,
        region: given(evaluation.aws_region),
    }));
    attribute(&mut finding, "evaluation-mode", rule.evaluation_mode);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn evaluation(compliance: &str) -> String {
        format!(
            r#"{{"EvaluationResultIdentifier":{{"EvaluationResultQualifier":{{"ConfigRuleName":"r",
            "ResourceType":"AWS::S3::Bucket","ResourceId":"b"}}}},"ComplianceType":"{compliance}"}}"#
        )
    }

    fn page(list: &str, evaluations: &[&str]) -> String {
        let evaluations: Vec<_> = evaluations.iter().map(|e| evaluation(e)).collect();
        format!(r#"{{"{list}":[{}]}}"#, evaluations.join(","))
    }

    #[test]
    fn what_does_not_comply_is_a_finding() {
        for list in PAGES {
            for (compliance, found) in [
                ("COMPLIANT", None),
                ("NOT_APPLICABLE", None),
                ("NON_COMPLIANT", Some((Status::Fail, Level::High))),
                ("INSUFFICIENT_DATA", Some((Status::Open, Level::Unknown))),
                ("COMPLIANT_SOMEHOW", Some((Status::Open, Level::Unknown))),
            ] {
                let (read, _) = read_text(&ADAPTER, &page(list, &[compliance]));
                let finding = read.findings.first();
                let said = finding.map(|f| (f.status, f.severity.level));
                assert_eq!(said, found, "{list} {compliance}");
                assert_eq!(read.report.completeness, Completeness::Complete);
            }
        }
    }

    #[test]
    fn an_event_says_the_same() {
        let list = page("EvaluationResults", &["NON_COMPLIANT"]);
        let result = camel_case(serde_json::from_str(&evaluation("NON_COMPLIANT")).unwrap());
        let event = |result: &str| {
            format!(
                r#"{{"detail-type":"{EVENT}","detail":{{"configRuleName":"r","newEvaluationResult":{result}}}}}"#
            )
        };
        let of = |text: &str| {
            let mut finding = read_text(&ADAPTER, text).0.findings.remove(0);
            finding.evidence.report = gate_core::digest::Digest::of(b"");
            finding.evidence.pointer = "".into();
            finding
        };
        assert_eq!(of(&list), of(&event(&result.unwrap().to_string())));
        let (gone, _) = read_text(&ADAPTER, &event("null"));
        assert_eq!((gone.findings.len(), gone.report.counts.passed), (0, 1));
    }

    #[test]
    fn each_rule_is_said_to_have_been_evaluated_also_where_it_complies() {
        let list = page("EvaluationResults", &["COMPLIANT", "NON_COMPLIANT"]);
        let other = page("EvaluationResults", &["INSUFFICIENT_DATA"]).replace("\"r\"", "\"s\"");
        let (long, most) = ("x".repeat(MAX_RULE_NAME + 1), "x".repeat(MAX_RULE_NAME));
        let named = |name: &str| list.replace("\"r\"", &format!("\"{name}\""));
        for (text, measures) in [
            (list.clone(), vec![("evaluations.r".to_owned(), 2)]),
            (
                format!("{list}\n{other}"),
                vec![
                    ("evaluations.r".to_owned(), 2),
                    ("evaluations.s".to_owned(), 1),
                ],
            ),
            (named(&most), vec![(format!("evaluations.{most}"), 2)]),
            (named(&long), Vec::new()),
        ] {
            let (read, _) = read_text(&ADAPTER, &text);
            assert_eq!(Vec::from_iter(read.report.measures), measures, "{text}");
        }
    }

    #[test]
    fn only_evaluations_prove_something() {
        let some = page("EvaluationResults", &["COMPLIANT"]);
        let none = page("EvaluationResults", &[]);
        for (text, completeness) in [
            (some.clone(), Completeness::Complete),
            (format!("{some}\n{none}\n{some}"), Completeness::Complete),
            (none.clone(), Completeness::Empty),
            (
                some.replace("]}", r#"],"NextToken":"x"}"#),
                Completeness::Partial,
            ),
            (
                some.replace("ConfigRuleName", "Name"),
                Completeness::Partial,
            ),
            (
                r#"{"EvaluationResults":{}}"#.to_owned(),
                Completeness::Failed,
            ),
            (format!("{some}\n{{}}"), Completeness::Failed),
            ("[]".to_owned(), Completeness::Failed),
        ] {
            let (read, _) = read_text(&ADAPTER, &text);
            assert_eq!(read.report.completeness, completeness, "{text}");
        }
    }
}
