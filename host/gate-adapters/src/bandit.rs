//! Bandit's JSON report (`bandit -f json`), versions 1.7 to 1.9.
//!
//! Format: <https://bandit.readthedocs.io/en/latest/formatters/json.html>, and what 1.9.4 writes.
//! A file that Bandit can't parse stands in `errors` and Bandit still exits with 0: such a report is partial.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use gate_core::finding::{CONTEXT, Class, Finding, Location};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Origin, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::path;
use crate::redact::{after, source, token};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "bandit",
    id: "bandit-json@1",
    reads: "JSON (`bandit -f json`), seen from 1.7 to 1.9.4",
    severity: "issue_severity: HIGH, MEDIUM, LOW; UNDEFINED is unknown",
    completeness: "partial with an entry in `errors`; empty when `metrics` names no file",
    format: Format::Json,
    lists: &["/results/*"],
    unread: &[],
    sensitive: &[
        source("code"),
        after("issue_text", &["Possible hardcoded password: "]),
    ],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| shape.has_all(&["errors", "generated_at"]),
    start: &|| Box::new(Bandit),
};

struct Bandit;

#[derive(Deserialize)]
struct Issue<'a> {
    #[serde(borrow)]
    code: Option<Cow<'a, str>>,
    col_offset: Option<i64>,
    end_col_offset: Option<i64>,
    #[serde(borrow)]
    filename: Cow<'a, str>,
    #[serde(borrow)]
    issue_confidence: Option<Cow<'a, str>>,
    issue_cwe: Option<Cwe>,
    #[serde(borrow)]
    issue_severity: Cow<'a, str>,
    #[serde(borrow)]
    issue_text: Cow<'a, str>,
    line_number: Option<u32>,
    line_range: Option<Vec<u32>>,
    #[serde(borrow)]
    more_info: Option<Cow<'a, str>>,
    #[serde(borrow)]
    test_id: Cow<'a, str>,
    #[serde(borrow)]
    test_name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Cwe {
    id: Option<u32>,
}

#[derive(Deserialize)]
struct Envelope {
    errors: Vec<Failure>,
    metrics: BTreeMap<String, IgnoredAny>,
    results: Vec<u8>,
}

#[derive(Deserialize)]
struct Failure {
    filename: String,
    reason: String,
}

impl Reader for Bandit {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let issue: Issue<'_> = record.parse()?;
        let level = match &*issue.issue_severity {
            "HIGH" => Level::High,
            "MEDIUM" => Level::Medium,
            "LOW" => Level::Low,
            _ => Level::Unknown,
        };
        let severity = Severity {
            level,
            origin: Origin::Tool,
            original: Some((&*issue.issue_severity).into()),
            score: None,
            source: None,
        };
        // Hard-coded passwords (B105, B106, B107) are secrets; the rest are weaknesses of the code.
        let class = match &*issue.test_id {
            "B105" | "B106" | "B107" => Class::Secret,
            _ => Class::CodeWeakness,
        };
        let mut finding = Finding::new(
            ADAPTER.tool,
            class,
            issue.test_id,
            severity,
            issue.issue_text,
            record.evidence(),
        );
        finding.rule.name = issue.test_name.map(Into::into);
        finding.rule.url = issue.more_info.as_deref().map(Into::into);
        finding.references = issue.more_info.into_iter().map(Into::into).collect();
        finding.confidence = match issue.issue_confidence.as_deref() {
            Some("HIGH") => Some(90),
            Some("MEDIUM") => Some(60),
            Some("LOW") => Some(30),
            _ => None,
        };
        if let Some(id) = issue.issue_cwe.and_then(|cwe| cwe.id) {
            finding.rule.tags.push(format!("CWE-{id}").into());
        }
        if let Some(context) = issue.code.as_deref().and_then(token) {
            finding.attributes.insert(CONTEXT.into(), context.into());
        }
        // Bandit counts columns from 0 and writes -1 for none.
        let column =
            |offset: Option<i64>| offset.and_then(|o| u32::try_from(o.saturating_add(1)).ok());
        finding.locations = vec![Location {
            path: Some(path(&issue.filename)),
            start_line: issue.line_number,
            end_line: issue.line_range.and_then(|lines| lines.last().copied()),
            start_column: column(issue.col_offset),
            end_column: column(issue.end_col_offset),
            logical: None,
        }];
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope {
            errors,
            metrics,
            results,
        } = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        // `_totals` is no file.
        let files = metrics.keys().filter(|file| *file != "_totals").count();
        run.scanned = Some(files as u64);
        for Failure { filename, reason } in errors {
            run.left_out(&*path(&filename), reason);
        }
        if files == 0 && results.is_empty() {
            run.nothing_scanned("Bandit looked at no file");
        }
        Ok(run)
    }
}
