//! ESLint's JSON report (`eslint -f json`, and `-f json-with-metadata`), versions 5 to 10.
//!
//! Format: <https://eslint.org/docs/latest/use/formatters/> and `lib/types/index.d.ts`, and what 10.15.0 writes.
//! There is an entry for every file that was looked at. Without any file ESLint exits with 2 and writes nothing, or,
//! with `--no-error-on-unmatched-pattern`, `[]`: taken when ESLint is named, and empty.
//!
//! A file that can't be parsed has one message, which is `fatal` and of no rule; a file that was named and ignored
//! has a warning of no rule. Both stay findings and make the report partial.
//!
//! `source` and `output` are the whole file. Messages quote what the rule likes: Prettier whole lines, `no-secrets`
//! the secret. So what stands in quotation marks, or behind a colon, is replaced.
//!
//! Paths are absolute. With metadata the folder in which ESLint ran is named and taken off; otherwise the identity
//! of a finding holds as long as the code is checked out at the same place.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    Class, Finding, Location, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{array, is_array, object};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{path, position};
use crate::redact::{quotes_after_colon, source};
use crate::shape::Root;

/// Where messages stand: in a list of files, then in one with metadata.
const LISTS: &[&str] = &[
    "/*/messages/*",
    "/*/suppressedMessages/*",
    "/results/*/messages/*",
    "/results/*/suppressedMessages/*",
];

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "eslint",
    id: "eslint-json@1",
    reads: "JSON (`eslint -f json`, `-f json-with-metadata`), seen from 5 to 10.15.0",
    severity: "severity: 2 (error) is high, 1 (warning) medium, as `error` and `warning` are in SARIF",
    completeness: "partial when a file could not be parsed, was named and ignored, or has fewer messages than it \
                   counts; empty without files",
    format: Format::Json,
    lists: LISTS,
    unread: &[],
    sensitive: &[
        source("source"),
        source("output"),
        source("fix"),
        source("suggestions"),
        quotes_after_colon("message"),
    ],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| {
        let files = shape.root == Root::Array && shape.has_all(&["filePath", "messages"]);
        files || shape.keys == ["results", "metadata"]
    },
    start: &|| Box::new(Eslint::default()),
};

/// Beginnings of rules that are about security; the rest is about style and correctness.
const CLASSES: &[(&str, Class)] = &[
    ("@microsoft/sdl/", Class::CodeWeakness),
    ("no-secrets/", Class::Secret),
    ("no-unsanitized/", Class::CodeWeakness),
    ("security-node/", Class::CodeWeakness),
    ("security/", Class::CodeWeakness),
    ("xss/", Class::CodeWeakness),
];

#[derive(Default)]
struct Eslint {
    /// What was not looked at: file and why.
    left_out: Vec<(u32, &'static str)>,
    files: Vec<File>,
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    column: Option<i64>,
    end_column: Option<i64>,
    end_line: Option<i64>,
    fatal: Option<bool>,
    line: Option<i64>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    rule_id: Option<Cow<'a, str>>,
    severity: Option<Value>,
    suppressions: Option<Vec<Directive>>,
}

#[derive(Deserialize)]
struct Directive {
    justification: Option<Text>,
}

#[derive(Deserialize)]
struct WithMetadata {
    metadata: Metadata,
    results: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    error_count: Option<u64>,
    file_path: String,
    messages: Vec<u8>,
    /// Its shape is what counts.
    #[serde(rename = "suppressedMessages")]
    _suppressed: Option<Vec<u8>>,
    warning_count: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    cwd: Option<String>,
    #[serde(default)]
    rules_meta: BTreeMap<Text, Meta>,
}

#[derive(Deserialize)]
struct Meta {
    docs: Option<Docs>,
}

#[derive(Deserialize)]
struct Docs {
    url: Option<Text>,
}

impl Reader for Eslint {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let file = record.outer_index();
        let suppressed = record.list % 2 == 1;
        let message: Message<'_> = record.parse()?;
        let rule = match message.rule_id.as_deref().filter(|rule| !rule.is_empty()) {
            Some(rule) => rule,
            None if message.fatal == Some(true) => {
                self.left_out
                    .push((file, "ESLint could not parse the file"));
                "fatal"
            }
            None => {
                if message.message.starts_with("File ignored") {
                    self.left_out.push((file, "ESLint ignored the file"));
                }
                "no-rule"
            }
        };
        let class = CLASSES.iter().find(|(start, _)| rule.starts_with(start));
        let mut finding = Finding::new(
            ADAPTER.tool,
            class.map_or(Class::Lint, |(_, class)| *class),
            rule,
            severity(message.severity.as_ref()),
            &*message.message,
            record.evidence(),
        );
        finding.locations = vec![Location {
            end_column: position(message.end_column),
            end_line: position(message.end_line),
            logical: None,
            path: None,
            start_column: position(message.column),
            start_line: position(message.line),
        }];
        finding.suppression = suppressed.then(|| {
            let mut comments = message.suppressions.into_iter().flatten();
            let why = comments.find_map(|d| d.justification.filter(|text| !text.is_empty()));
            Suppression {
                justification: why,
                kind: SuppressionKind::InSource,
                state: SuppressionState::Accepted,
            }
        });
        findings.push(finding, file);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        if is_array(envelope) {
            self.files = array(ADAPTER.tool, envelope)?;
        } else {
            let all: WithMetadata = object(ADAPTER.tool, envelope)?;
            (self.files, self.metadata) = (all.results, all.metadata);
        }
        let mut run = Run::new(Completeness::Complete);
        run.scanned = Some(self.files.len() as u64);
        for (at, why) in &self.left_out {
            run.left_out(self.path(*at).unwrap_or_default(), *why);
        }
        for (at, file) in (0..).zip(&self.files) {
            let counts = [file.error_count, file.warning_count];
            let counted = counts.into_iter().flatten().fold(0, u64::saturating_add);
            let seen = file.messages.len() as u64;
            if counted > seen {
                run.left_out(
                    self.path(at).unwrap_or_default(),
                    format!("the file counts {counted} messages, the report has {seen}"),
                );
            }
        }
        if self.files.is_empty() {
            run.nothing_scanned("ESLint looked at no file");
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, file: u32) {
        if let Some(place) = finding.locations.first_mut() {
            place.path = self.path(file);
        }
        let meta = self.metadata.rules_meta.get(&finding.rule.id);
        let docs = meta.and_then(|meta| meta.docs.as_ref());
        finding.rule.url = docs.and_then(|docs| docs.url.clone());
    }
}

impl Eslint {
    /// A file's path below the folder in which ESLint ran, if that is known.
    fn path(&self, file: u32) -> Option<Text> {
        let file = self.files.get(usize::try_from(file).ok()?)?;
        let whole = path(&file.file_path);
        let folder = self.metadata.cwd.as_deref().map(path);
        let inside = folder.and_then(|folder| {
            let rest = whole.strip_prefix(&*folder)?;
            rest.strip_prefix('/').map(Text::from)
        });
        Some(inside.unwrap_or(whole))
    }
}

fn severity(written: Option<&Value>) -> Severity {
    let original = match written {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(word)) => word.clone(),
        _ => return Severity::unknown(),
    };
    let level = match &*original {
        "2" => Level::High,
        "1" => Level::Medium,
        _ => Level::Unknown,
    };
    Severity::tool(level, original)
}
