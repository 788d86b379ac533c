//! Hadolint's JSON report (`hadolint -f json`), versions 1 and 2.
//!
//! Format: `Hadolint.Formatter.Json` of <https://github.com/hadolint/hadolint>, and what 2.15.1 writes: a flat list.
//! A Dockerfile that passes leaves no trace in it, so that a clean run writes `[]`: it is taken when Hadolint is
//! named. A file that does not exist leaves nothing at all, with the same exit code 1 as findings have.
//!
//! A file that can't be parsed has one entry, `DL1000`, and nothing else was looked at in it. Its message quotes the
//! file. What a comment in the file ignores is not in the report.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{Class, Finding, Location, Text};
use gate_core::scan_report::Completeness;
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
    tool: "hadolint",
    id: "hadolint-json@1",
    reads: "JSON (`hadolint -f json`), seen from 1.x to 2.15.1",
    severity: "level: error is high, warning medium, info low, style info",
    completeness: "partial when a file could not be parsed (DL1000); the report does not say which files were looked \
                   at",
    format: Format::Json,
    lists: &["/*"],
    unread: &[],
    sensitive: &[after("message", &["unexpected "])],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| {
        // ShellCheck's own report has the same keys, and more.
        shape.root == Root::Array
            && shape.has_all(&["code", "file", "level", "line", "message"])
            && !shape.has("endLine")
    },
    start: &|| Box::new(Hadolint::default()),
};

const LEVELS: &[(&str, Level)] = &[
    ("error", Level::High),
    ("warning", Level::Medium),
    ("info", Level::Low),
    ("style", Level::Info),
];

/// The rule of what can't be parsed.
const UNPARSABLE: &str = "DL1000";

#[derive(Default)]
struct Hadolint {
    unparsable: Vec<Text>,
}

#[derive(Deserialize)]
struct Violation<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
    column: Option<i64>,
    #[serde(borrow)]
    file: Cow<'a, str>,
    #[serde(borrow)]
    level: Option<Cow<'a, str>>,
    line: Option<i64>,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

impl Reader for Hadolint {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let violation: Violation<'_> = record.parse()?;
        let file = path(&violation.file);
        if violation.code == UNPARSABLE {
            self.unparsable.push(file.clone());
        }
        let severity = violation.level.map_or_else(Severity::unknown, |word| {
            Severity::tool(level(&word, LEVELS), word)
        });
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Misconfiguration,
            &*violation.code,
            severity,
            violation.message,
            record.evidence(),
        );
        finding.rule.url = documentation(&violation.code);
        finding.locations = vec![Location {
            path: Some(file),
            start_column: position(violation.column),
            start_line: position(violation.line),
            ..Location::default()
        }];
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        for file in &self.unparsable {
            run.left_out(&**file, "Hadolint could not parse the file");
        }
        Ok(run)
    }
}

/// Where a rule is explained: Hadolint's own in its wiki, those of the shell in ShellCheck's.
fn documentation(code: &str) -> Option<Text> {
    let wiki = match code.get(..2)? {
        "DL" => "https://github.com/hadolint/hadolint/wiki",
        "SC" => "https://www.shellcheck.net/wiki",
        _ => return None,
    };
    Some(format!("{wiki}/{code}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    #[test]
    fn a_level_that_nobody_knows_is_unknown() {
        for (written, level) in [
            (r#""error""#, Level::High),
            (r#""Style""#, Level::Info),
            (r#""ignore""#, Level::Unknown),
            ("null", Level::Unknown),
        ] {
            let text = format!(
                r#"[{{"code":"DL1","file":"D","level":{written},"line":-1,"column":0,"message":"m"}}]"#
            );
            let finding = read_text(&ADAPTER, &text).0.findings.remove(0);
            let place = &finding.locations[0];
            assert_eq!(
                (finding.severity.level, place.start_line, place.start_column),
                (level, None, None),
                "{written}"
            );
        }
    }

    #[test]
    fn only_a_list_is_a_report() {
        for (text, completeness) in [
            ("[]", Completeness::Complete),
            ("{}", Completeness::Failed),
            ("null", Completeness::Failed),
            ("[7]", Completeness::Partial),
            (r#"[{"code":"DL3006"}]"#, Completeness::Partial),
        ] {
            let report = read_text(&ADAPTER, text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }
}
