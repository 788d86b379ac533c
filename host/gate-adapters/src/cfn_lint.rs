//! cfn-lint's JSON report (`cfn-lint --format json`), version 1.
//!
//! Format: `src/cfnlint/formatters/__init__.py` and `src/cfnlint/match.py` of
//! <https://github.com/aws-cloudformation/cfn-lint>, and what 1.58.0 writes. A clean run writes `[]`, which says
//! nothing of what was looked at and could be any tool's: it is taken when cfn-lint is named.
//!
//! A rule whose number begins with `E0` is no judgement of a template but a run that did not work: a template that
//! can't be parsed or transformed, a rule that broke down, a file that is not there. It is kept as a finding, and the
//! report is not complete.
//!
//! `Message` quotes values of the template (`'…' is shorter than 8`), and `Id` is a plain digest over it: neither gets
//! as far as this file. The rule and the place in the template say what is wrong.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
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
use crate::redact::{Sensitive, digests, secret, source};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "cfn-lint",
    id: "cfn-lint-json@1",
    reads: "JSON (`--format json`), version 1, seen with 1.58.0",
    severity: "Level: Error is high, Warning medium, Informational info",
    completeness: "partial with a rule `E0…`, failed with E0003 (its own configuration); the format does not say what \
                   was looked at",
    format: Format::Json,
    lists: &["/*"],
    unread: &[],
    sensitive: &[
        source("Message"),
        // The rule's `Id` is its name, that of a match a digest of all it says.
        Sensitive {
            under: Some("Rule"),
            ..digests("Id")
        },
        secret("Id"),
        secret("ParentId"),
    ],
    // Bits: 2 errors, 4 warnings, 8 informational.
    exits: Exits {
        ended: &[0],
        found: &[2, 4, 6, 8, 10, 12, 14],
    },
    recognizes: &|shape| {
        shape.root == Root::Array && shape.has_all(&["Filename", "Level", "Location", "Rule"])
    },
    start: &|| Box::new(CfnLint::default()),
};

const LEVELS: &[(&str, Level)] = &[
    ("Error", Level::High),
    ("Warning", Level::Medium),
    ("Informational", Level::Info),
];

/// What did not work: the rule, and the file where one is named.
#[derive(Default)]
struct CfnLint {
    broken: Vec<(Text, Option<Text>)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Match<'a> {
    #[serde(borrow)]
    filename: Option<Cow<'a, str>>,
    #[serde(borrow)]
    level: Cow<'a, str>,
    location: Place,
    #[serde(rename = "Message")]
    _message: IgnoredAny,
    #[serde(borrow)]
    rule: Rule<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Place {
    end: Option<Position>,
    path: Option<Vec<Value>>,
    start: Option<Position>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Position {
    column_number: Option<i64>,
    line_number: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule<'a> {
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    short_description: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
}

impl Reader for CfnLint {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let found: Match<'_> = record.parse()?;
        let file = found.filename.as_deref().map(path);
        let rule = found.rule;
        if rule.id.starts_with("E0") {
            self.broken.push(((&*rule.id).into(), file.clone()));
        }
        let title = rule.short_description.filter(|text| !text.is_empty());
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Lint,
            &*rule.id,
            Severity::tool(level(&found.level, LEVELS), &*found.level),
            title.unwrap_or_else(|| rule.id.clone()),
            record.evidence(),
        );
        finding.description = rule.description.unwrap_or_default().into();
        finding.rule.url = rule.source.filter(|url| !url.is_empty()).map(Into::into);
        let place = found.location;
        let (start, end) = (place.start.as_ref(), place.end.as_ref());
        finding.locations = vec![Location {
            end_column: position(end.and_then(|at| at.column_number)),
            end_line: position(end.and_then(|at| at.line_number)),
            logical: place.path.as_deref().and_then(logical),
            path: file,
            start_column: position(start.and_then(|at| at.column_number)),
            start_line: position(start.and_then(|at| at.line_number)),
        }];
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        for (rule, file) in &self.broken {
            let (completeness, code) = match &**rule {
                "E0003" => (Completeness::Failed, Code::ScannerFailed),
                _ => (Completeness::Partial, Code::ScannerProblem),
            };
            let mut problem =
                Problem::new(code, format!("cfn-lint could not do its work ({rule})"));
            problem.place = file.as_deref().map(str::to_owned);
            run.problem(completeness, problem);
        }
        Ok(run)
    }
}

/// The place in the template: keys and positions, such as `Resources/Queue/Properties/Tags/0`.
fn logical(steps: &[Value]) -> Option<Text> {
    let steps: Vec<Cow<'_, str>> = steps
        .iter()
        .map(|step| match step {
            Value::String(key) => Cow::Borrowed(key.as_str()),
            other => Cow::Owned(other.to_string()),
        })
        .collect();
    (!steps.is_empty()).then(|| steps.join("/").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn found(id: &str, level: &str, message: &str) -> String {
        format!(
            r#"{{"Filename":"a.yaml","Id":"0b7e6e4c","Level":"{level}","Location":{{"Path":["Resources","Db",0],
                "Start":{{"LineNumber":3,"ColumnNumber":0}},"End":{{"LineNumber":3,"ColumnNumber":9}}}},
                "Message":"{message}","ParentId":null,"Rule":{{"Id":"{id}","ShortDescription":"s"}}}}"#
        )
    }

    #[test]
    fn neither_the_message_nor_its_digest_gets_through() {
        let text = format!(
            "[{}]",
            found("E3033", "Error", "'hunter2' is shorter than 8")
        );
        let (report, twin) = read_text(&ADAPTER, &text);
        let findings = serde_json::to_string(&report.findings).unwrap();
        for text in [&findings, &twin] {
            assert!(
                !text.contains("hunter2") && !text.contains("0b7e6e4c"),
                "{text}"
            );
            assert!(text.contains("E3033"), "{text}");
        }
        let place = &report.findings[0].locations[0];
        assert_eq!(place.logical.as_deref(), Some("Resources/Db/0"));
        assert_eq!((place.start_column, place.end_column), (None, Some(9)));
    }

    #[test]
    fn what_did_not_work_is_a_finding_and_no_complete_run() {
        for (id, level, completeness) in [
            ("E3012", Level::High, Completeness::Complete),
            ("E0000", Level::High, Completeness::Partial),
            ("E0002", Level::High, Completeness::Partial),
            ("E0003", Level::High, Completeness::Failed),
        ] {
            let report = read_text(&ADAPTER, &format!("[{}]", found(id, "Error", "m"))).0;
            assert_eq!(report.findings[0].severity.level, level, "{id}");
            assert_eq!(report.report.completeness, completeness, "{id}");
        }
    }

    #[test]
    fn an_odd_match_leaves_its_neighbour_alone() {
        let text = format!(r#"[{{"Level":"Error"}},{}]"#, found("W2001", "Notice", "m"));
        let report = read_text(&ADAPTER, &text).0;
        assert_eq!(report.report.counts.quarantined, 1);
        assert_eq!(report.report.completeness, Completeness::Partial);
        assert_eq!(report.findings[0].severity.level, Level::Unknown);
    }

    #[test]
    fn only_a_list_is_a_report() {
        for (text, completeness) in [
            ("[]", Completeness::Complete),
            ("{}", Completeness::Failed),
            ("null", Completeness::Failed),
        ] {
            let report = read_text(&ADAPTER, text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }
}
