//! TFLint's JSON report (`tflint --format=json`).
//!
//! Format: `formatter/json.go` of <https://github.com/terraform-linters/tflint>. A clean run writes two empty lists;
//! nothing says what was looked at. What TFLint could not read stands in `errors`.
//!
//! A message that begins with a quote begins with a value of the judged code (`"…" is an invalid value as
//! instance_type`); it does not get as far as this file. The rule says what is wrong.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{Class, Finding, Location};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{level, path, position};
use crate::redact::after;
use crate::shape::Root;

/// How a message that quotes a value begins.
const QUOTE: &str = "\"";

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "tflint",
    id: "tflint-json@1",
    reads: "JSON (`--format=json`)",
    severity: "severity: error is high, warning medium, info info",
    completeness: "partial with an entry in `errors`; the format does not say what was looked at",
    format: Format::Json,
    lists: &["/issues/*"],
    unread: &[],
    sensitive: &[after("message", &[QUOTE])],
    // 3 in old versions; 1 is an error.
    exits: Exits {
        ended: &[0],
        found: &[2, 3],
    },
    recognizes: &|shape| {
        let own = |key: &String| key == "issues" || key == "errors";
        shape.root == Root::Object
            && shape.has_all(&["issues", "errors"])
            && shape.keys.iter().all(own)
    },
    start: &|| Box::new(Tflint),
};

const LEVELS: &[(&str, Level)] = &[
    ("error", Level::High),
    ("warning", Level::Medium),
    ("info", Level::Info),
];

struct Tflint;

#[derive(Deserialize)]
struct Issue<'a> {
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    range: Range<'a>,
    #[serde(borrow)]
    rule: Rule<'a>,
}

#[derive(Deserialize)]
struct Rule<'a> {
    #[serde(borrow)]
    link: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Range<'a> {
    end: Place,
    #[serde(borrow)]
    filename: Cow<'a, str>,
    start: Place,
}

#[derive(Deserialize)]
struct Place {
    column: Option<i64>,
    line: Option<i64>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    errors: Vec<Failure<'a>>,
    #[serde(rename = "issues")]
    _issues: Vec<u8>,
}

#[derive(Deserialize)]
struct Failure<'a> {
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    range: Option<Range<'a>>,
}

impl Reader for Tflint {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let Issue {
            message,
            range,
            rule,
        } = record.parse()?;
        let title = if message.is_empty() || message.starts_with(QUOTE) {
            rule.name.clone()
        } else {
            message
        };
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Lint,
            rule.name,
            Severity::tool(level(&rule.severity, LEVELS), &*rule.severity),
            title,
            record.evidence(),
        );
        finding.rule.url = rule.link.filter(|link| !link.is_empty()).map(Into::into);
        finding.locations = vec![Location {
            end_column: position(range.end.column),
            end_line: position(range.end.line),
            logical: None,
            path: (!range.filename.is_empty()).then(|| path(&range.filename)),
            start_column: position(range.start.column),
            start_line: position(range.start.line),
        }];
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope { errors, .. } = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        for Failure { message, range } in errors {
            let file = range.map_or_else(|| "errors".into(), |range| path(&range.filename));
            run.left_out(&*file, message);
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn issue(severity: &str, message: &str) -> String {
        format!(
            r#"{{"rule":{{"name":"r","severity":"{severity}","link":""}},"message":{message:?},
                "range":{{"filename":"a.tf","start":{{"line":0,"column":-1}},"end":{{"line":3,"column":4}}}},"callers":[]}}"#
        )
    }

    #[test]
    fn a_quoted_value_does_not_get_through() {
        let issues = [
            issue("error", "\"hunter2\" is an invalid value"),
            issue("loud", "tags are missing"),
        ];
        let text = format!(r#"{{"issues":[{}],"errors":[]}}"#, issues.join(","));
        let (report, twin) = read_text(&ADAPTER, &text);
        assert!(!twin.contains("hunter2"), "{twin}");
        let seen: Vec<_> = report
            .findings
            .iter()
            .map(|f| (&*f.title, f.severity.level, f.locations[0].start_line))
            .collect();
        assert_eq!(
            seen,
            [
                ("r", Level::High, None),
                ("tags are missing", Level::Unknown, None)
            ]
        );
    }

    #[test]
    fn both_lists_must_be_there() {
        for (text, completeness) in [
            (r#"{"issues":[],"errors":[]}"#, Completeness::Complete),
            (
                r#"{"issues":[],"errors":[{"message":"m"}]}"#,
                Completeness::Partial,
            ),
            (r#"{"issues":[]}"#, Completeness::Failed),
            (r#"{"errors":[]}"#, Completeness::Failed),
            (r#"{"issues":null,"errors":[]}"#, Completeness::Failed),
            (r#"{"issues":{},"errors":[]}"#, Completeness::Failed),
            (r#"{"issues":[{}],"errors":[]}"#, Completeness::Partial),
            ("[]", Completeness::Failed),
        ] {
            let report = read_text(&ADAPTER, text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }
}
