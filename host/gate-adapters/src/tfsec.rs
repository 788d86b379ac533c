//! tfsec's JSON report (`tfsec --format json`), version 1 and before.
//!
//! Format: <https://github.com/aquasecurity/tfsec>, `internal/app/tfsec/formatters/json.go`, and from 1.0 on
//! <https://github.com/aquasecurity/defsec>, `pkg/formatters/json.go`, `pkg/scan/flat.go` and `pkg/scan/result.go`. A
//! clean run writes `{"results": null}`, later ones `[]`; nothing says what was scanned, and it could be any tool's: it is
//! taken when tfsec is named.
//!
//! The names of one rule: `AWS050` at first, then `aws-vpc-…` (with `legacy_rule_id`), `AVD-AWS-0105` since 1.0 (where
//! `long_id` is the former name). The status was the boolean `passed`, then a word, and is a number since 1.x.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    Class, Finding, Location, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{object, or_null};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{level, path, position};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "tfsec",
    id: "tfsec-json@1",
    reads: "JSON (`--format json`) of version 1 and of the versions before it",
    severity: "severity: CRITICAL, HIGH, MEDIUM, LOW; in old versions ERROR is high, WARNING medium, INFO info",
    completeness: "complete when `results` is a list or null; the format has no word for what was not looked at",
    format: Format::Json,
    lists: &["/results/*"],
    unread: &[],
    sensitive: &[],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| {
        shape.keys == ["results"] && shape.inner_has_all(&["rule_id", "location", "severity"])
    },
    start: &|| Box::new(Tfsec),
};

const LEVELS: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("ERROR", Level::High),
    ("WARNING", Level::Medium),
    ("INFO", Level::Info),
];

struct Tfsec;

#[derive(Deserialize)]
struct Checked<'a> {
    #[serde(borrow)]
    description: Cow<'a, str>,
    #[serde(borrow)]
    impact: Option<Cow<'a, str>>,
    #[serde(borrow)]
    legacy_rule_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    link: Option<Cow<'a, str>>,
    links: Option<Vec<Text>>,
    location: Place<'a>,
    #[serde(borrow)]
    long_id: Option<Cow<'a, str>>,
    passed: Option<bool>,
    #[serde(borrow)]
    resolution: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource: Option<Cow<'a, str>>,
    #[serde(borrow)]
    rule_description: Option<Cow<'a, str>>,
    #[serde(borrow)]
    rule_id: Cow<'a, str>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
    status: Option<Value>,
}

#[derive(Deserialize)]
struct Place<'a> {
    end_line: Option<i64>,
    #[serde(borrow)]
    filename: Cow<'a, str>,
    start_line: Option<i64>,
}

#[derive(Deserialize)]
struct Envelope {
    // A key without a list is what a clean run writes; no key is not a report.
    #[serde(deserialize_with = "or_null", rename = "results")]
    _results: Option<Vec<u8>>,
}

enum Status {
    Failed,
    Passed,
    Ignored,
}

impl Checked<'_> {
    fn status(&self) -> Result<Status, RecordError> {
        if let Some(passed) = self.passed {
            return Ok(if passed {
                Status::Passed
            } else {
                Status::Failed
            });
        }
        let word = self.status.as_ref().map(|status| match status {
            Value::String(word) => Cow::Borrowed(word.as_str()),
            other => Cow::Owned(other.to_string()),
        });
        match word.as_deref() {
            None | Some("failed" | "0") => Ok(Status::Failed),
            Some("passed" | "1") => Ok(Status::Passed),
            Some("ignored" | "2") => Ok(Status::Ignored),
            Some(_) => Err(RecordError::Shape("the status is unknown".to_owned())),
        }
    }
}

impl Reader for Tfsec {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let checked: Checked<'_> = record.parse()?;
        let status = checked.status()?;
        if matches!(status, Status::Passed) {
            findings.passed();
            return Ok(());
        }
        let said =
            |text: Option<Cow<'_, str>>| text.filter(|text| !text.is_empty()).map(Text::from);
        let resource = said(checked.resource);
        let summary = said(checked.rule_description);
        let description: Text = checked.description.into();
        // The description names the resource where nothing else does.
        let (title, description) = match summary {
            Some(summary) if resource.is_some() => (summary, description),
            Some(summary) if !description.is_empty() => (description, summary),
            Some(summary) => (summary, Text::default()),
            None => (description, Text::default()),
        };
        let long = said(checked.long_id);
        let rule = long.clone().unwrap_or_else(|| (&*checked.rule_id).into());
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Misconfiguration,
            rule.clone(),
            Severity::tool(level(&checked.severity, LEVELS), &*checked.severity),
            title,
            record.evidence(),
        );
        finding.description = description;
        finding.remediation = said(checked.resolution);
        finding.references = match checked.links {
            Some(links) => links,
            None => said(checked.link).into_iter().collect(),
        };
        finding.references.retain(|link| !link.is_empty());
        let mut names = vec![(&*checked.rule_id).into()];
        names.extend(said(checked.legacy_rule_id));
        names.retain(|name| *name != rule);
        names.sort_unstable();
        finding.rule.tags = names;
        if let Some(impact) = said(checked.impact) {
            finding.attributes.insert("impact".into(), impact);
        }
        finding.locations = vec![Location {
            end_line: position(checked.location.end_line),
            logical: resource,
            path: Some(path(&checked.location.filename)),
            start_line: position(checked.location.start_line),
            ..Location::default()
        }];
        finding.suppression = matches!(status, Status::Ignored).then_some(Suppression {
            justification: None,
            kind: SuppressionKind::InSource,
            state: SuppressionState::Accepted,
        });
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Envelope = object(ADAPTER.tool, envelope)?;
        Ok(Run::new(Completeness::Complete))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn one(more: &str) -> String {
        format!(
            r#"{{"results":[{{"rule_id":"AVD-AWS-0105","description":"d","severity":"CRITICAL",
                "location":{{"filename":"/main.tf","start_line":-1,"end_line":7}},{more}}}]}}"#
        )
    }

    #[test]
    fn the_status_was_written_in_three_ways() {
        for (more, findings, passed, suppressed, quarantined) in [
            (r#""status":"failed""#, 1, 0, 0, 0),
            (r#""status":0"#, 1, 0, 0, 0),
            (r#""status":"passed""#, 0, 1, 0, 0),
            (r#""status":1"#, 0, 1, 0, 0),
            (r#""status":"ignored""#, 1, 0, 1, 0),
            (r#""status":2"#, 1, 0, 1, 0),
            (r#""status":3"#, 0, 0, 0, 1),
            (r#""passed":false"#, 1, 0, 0, 0),
            (r#""passed":true"#, 0, 1, 0, 0),
            (r#""warning":false"#, 1, 0, 0, 0),
        ] {
            let counts = read_text(&ADAPTER, &one(more)).0.report.counts;
            assert_eq!(
                (
                    counts.findings,
                    counts.passed,
                    counts.suppressed,
                    counts.quarantined
                ),
                (findings, passed, suppressed, quarantined),
                "{more}"
            );
        }
    }

    #[test]
    fn the_long_name_is_the_rule_s() {
        let finding = |more| read_text(&ADAPTER, &one(more)).0.findings.remove(0);
        let both = finding(r#""long_id":"aws-vpc-no-public-ingress","status":0"#);
        assert_eq!(&*both.rule.id, "aws-vpc-no-public-ingress");
        assert_eq!(both.rule.tags, ["AVD-AWS-0105".into()]);
        assert_eq!(both.locations[0].start_line, None);
        let one = finding(r#""long_id":"","status":0"#);
        assert_eq!((&*one.rule.id, one.rule.tags.len()), ("AVD-AWS-0105", 0));
    }

    #[test]
    fn results_must_be_there() {
        for (text, completeness) in [
            (r#"{"results":null}"#, Completeness::Complete),
            (r#"{"results":[]}"#, Completeness::Complete),
            (r#"{"results":{}}"#, Completeness::Failed),
            (r#"{"results":0}"#, Completeness::Failed),
            ("{}", Completeness::Failed),
            ("[]", Completeness::Failed),
            (r#"{"results":[{"rule_id":"x"}]}"#, Completeness::Partial),
        ] {
            assert_eq!(
                read_text(&ADAPTER, text).0.report.completeness,
                completeness,
                "{text}"
            );
        }
    }
}
