//! PHPStan's JSON report (`phpstan analyse --error-format=json`, `prettyJson`), versions 0.12 to 2.
//!
//! Format: `src/Command/ErrorFormatter/JsonErrorFormatter.php` of <https://github.com/phpstan/phpstan-src>. Only files
//! with errors are named; a run without any writes `"files": []`, as PHP writes an empty map. How many files were
//! analysed the report does not say: without a file to analyse PHPStan ends with an error of its own.
//!
//! `errors` are what belongs to no file: an analysis that crashed, a pattern of the configuration that matched
//! nothing. An error that can't be ignored is of PHPStan's work, not of the code: a file that could not be parsed or
//! analysed. Messages quote constant texts of the source.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::finding::{Class, Finding, Location, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{given, path, position};
use crate::redact::quotes_after_colon;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "phpstan",
    id: "phpstan-json@1",
    reads: "JSON (`phpstan analyse --error-format=json`), versions 0.12 to 2",
    severity: "none written; every error is medium",
    completeness: "partial with an entry in `errors`, a file that could not be parsed, or fewer messages than it \
                   counts; the report does not say which files were looked at",
    format: Format::Json,
    lists: &["/files/{}/messages/*"],
    unread: &[],
    sensitive: &[quotes_after_colon("message"), quotes_after_colon("errors")],
    exits: Exits::ONE_WHEN_FOUND,
    // What follows a long list of files is out of sight.
    recognizes: &|shape| matches!(shape.keys.as_slice(), [a, b, ..] if a == "totals" && b == "files"),
    start: &|| Box::new(Phpstan::default()),
};

/// Beginnings of errors that can't be ignored and are about what was to be ignored: before version 2 they have no
/// identifier.
const UNMATCHED: &[&str] = &["No error to ignore", "Ignored error pattern"];

#[derive(Default)]
struct Phpstan {
    messages: u64,
    /// Files that could not be parsed or analysed.
    unparsed: Vec<Text>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    identifier: Option<Cow<'a, str>>,
    ignorable: Option<bool>,
    line: Option<i64>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    tip: Option<Text>,
}

#[derive(Deserialize)]
struct Envelope {
    errors: Vec<String>,
    files: Files,
    totals: Totals,
}

/// PHP writes an empty map as an empty list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Files {
    Some(BTreeMap<String, File>),
    None([u8; 0]),
}

#[derive(Deserialize)]
struct File {
    errors: u64,
    messages: Vec<u8>,
}

#[derive(Deserialize)]
struct Totals {
    errors: u64,
    file_errors: u64,
}

impl Reader for Phpstan {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        self.messages += 1;
        let message: Message<'_> = record.parse()?;
        // What belongs to a trait is told apart by the class that uses it.
        let (file, context) = match record.name().split_once(" (in context of ") {
            Some((file, class)) => (file, class.strip_suffix(')')),
            None => (record.name(), None),
        };
        // The name of a class without a name holds its line.
        let context = context.filter(|class| !class.contains("@anonymous"));
        let file = path(file);
        let rule = message.identifier.as_deref().filter(|id| !id.is_empty());
        let of_code = match rule {
            Some(id) => !id.starts_with("phpstan."),
            None => UNMATCHED
                .iter()
                .any(|start| message.message.starts_with(start)),
        };
        if message.ignorable == Some(false) && !of_code {
            self.unparsed.push(file.clone());
        }
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Lint,
            rule.unwrap_or("phpstan"),
            Severity::default_of_tool(Level::Medium),
            &*message.message,
            record.evidence(),
        );
        finding.rule.url =
            rule.map(|id| format!("https://phpstan.org/error-identifiers/{id}").into());
        finding.remediation = given(message.tip);
        finding.locations = vec![Location {
            logical: context.map(Into::into),
            path: Some(file),
            start_line: position(message.line),
            ..Location::default()
        }];
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope {
            errors,
            files,
            totals,
        } = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        let general = totals.errors.max(errors.len() as u64);
        for error in &errors {
            run.left_out("/errors", format!("PHPStan reports: {error}"));
        }
        if general > errors.len() as u64 {
            run.left_out(
                "/totals",
                format!("PHPStan counts {general} errors of no file"),
            );
        }
        for file in &self.unparsed {
            run.left_out(&**file, "PHPStan could not analyse the file");
        }
        let files = match files {
            Files::Some(files) => files,
            Files::None(_) => BTreeMap::new(),
        };
        for (file, counted) in &files {
            let seen = counted.messages.len() as u64;
            if counted.errors > seen {
                let counted = counted.errors;
                run.left_out(
                    &*path(file),
                    format!("the file counts {counted} errors, the report has {seen}"),
                );
            }
        }
        let (all, seen) = (totals.file_errors, self.messages);
        if all > seen {
            run.left_out(
                "/totals",
                format!("the totals count {all} errors, the report has {seen}"),
            );
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadReport, testing::read_text};

    fn report(totals: &str, files: &str, errors: &str) -> ReadReport {
        let text = format!(r#"{{"totals":{totals},"files":{files},"errors":{errors}}}"#);
        read_text(&ADAPTER, &text).0
    }

    #[test]
    fn completeness_is_what_the_report_says() {
        let none = r#"{"errors":0,"file_errors":0}"#;
        let one = |message: &str| format!(r#"{{"a.php":{{"errors":1,"messages":[{message}]}}}}"#);
        for (totals, files, errors, completeness) in [
            (none, "[]".to_owned(), "[]", Completeness::Complete),
            (none, "{}".to_owned(), "[]", Completeness::Complete),
            (
                none,
                "[]".to_owned(),
                r#"["crashed"]"#,
                Completeness::Partial,
            ),
            (
                r#"{"errors":1,"file_errors":0}"#,
                "[]".to_owned(),
                "[]",
                Completeness::Partial,
            ),
            (
                r#"{"errors":0,"file_errors":1}"#,
                "[]".to_owned(),
                "[]",
                Completeness::Partial,
            ),
            (none, one(""), "[]", Completeness::Partial),
            (
                none,
                one(r#"{"message":"m","line":1,"ignorable":true}"#),
                "[]",
                Completeness::Complete,
            ),
            (
                none,
                one(r#"{"message":"m","ignorable":false}"#),
                "[]",
                Completeness::Partial,
            ),
            (
                none,
                one(r#"{"message":"m","ignorable":false,"identifier":"ignore.unmatchedLine"}"#),
                "[]",
                Completeness::Complete,
            ),
            (
                none,
                one(r#"{"message":"No error to ignore is reported on line 4.","ignorable":false}"#),
                "[]",
                Completeness::Complete,
            ),
            (none, one("7"), "[]", Completeness::Partial),
            (none, "[7]".to_owned(), "[]", Completeness::Failed),
            (
                none,
                r#"{"a.php":7}"#.to_owned(),
                "[]",
                Completeness::Failed,
            ),
            ("{}", "[]".to_owned(), "[]", Completeness::Failed),
        ] {
            let read = report(totals, &files, errors);
            assert_eq!(
                read.report.completeness, completeness,
                "{totals} {files} {errors}"
            );
        }
    }

    #[test]
    fn a_class_that_uses_a_trait_is_a_place_of_its_own() {
        let place = |name: &str| {
            let files = format!(
                r#"{{"{name}":{{"errors":1,"messages":[{{"message":"m","line":null,"ignorable":true}}]}}}}"#
            );
            let place = report(r#"{"errors":0,"file_errors":1}"#, &files, "[]")
                .findings
                .remove(0)
                .locations
                .remove(0);
            (place.path.unwrap_or_default(), place.logical)
        };
        let path = Text::from("src/T.php");
        assert_eq!(place("/src/T.php"), (path.clone(), None));
        assert_eq!(
            place("/src/T.php (in context of class App)"),
            (path.clone(), Some("class App".into()))
        );
        assert_eq!(
            place("/src/T.php (in context of class class@anonymous/src/A.php:3)"),
            (path, None)
        );
    }
}
