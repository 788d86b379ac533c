//! Semgrep's JSON report (`semgrep scan --json`), and the page of vulnerabilities of its cloud's older interface.
//!
//! Format: `semgrep_output_v1` in the package `semgrep` (seen from 0.x, without `version`, to 1.182.0), and what
//! 1.182.0 writes. The exit code is 0 with findings and with files that could not be parsed; a missing
//! configuration is an error of level `error`, with an empty list of scanned files.
//!
//! Logged out, `fingerprint` and `lines` are the words `requires login` for every result: then there is no context,
//! and the message tells two results of one rule apart. Logged in, `lines`, `metavars`, `fix` and `dataflow_trace`
//! are source text, and `fingerprint` is a plain digest of it.
//!
//! `check_id` begins with the folder of the rule's file, unless `--no-rewrite-rule-ids` was given. A rule of the
//! registry names itself in `metadata.source`: it has that name from wherever it was loaded. The folder of other
//! rules can't be told from their name and stays.

mod dependency;
mod result;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::Value;

use gate_core::scan_report::Completeness;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::path;
use crate::redact::{digests, secret_under, source};

/// The list of vulnerabilities of the cloud's interface.
const CLOUD: usize = 1;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "semgrep",
    id: "semgrep-json@1",
    reads: "JSON (`semgrep scan --json`), seen from 0.x to 1.182.0; the cloud's list of vulnerabilities",
    severity: "severity: CRITICAL; ERROR, HIGH; WARNING, MEDIUM; INFO, LOW; INVENTORY and EXPERIMENT are info. Of a \
               vulnerable package `sca-severity`",
    completeness: "partial with an entry in `errors` above level info, a file skipped for its size or an error, or a \
                   rule skipped; failed when it has an error and scanned nothing; empty when `paths.scanned` is",
    format: Format::Json,
    lists: &["/results/*", "/vulns/*"],
    unread: &[],
    sensitive: &[
        source("lines"),
        source("metavars"),
        source("fix"),
        source("fixed_lines"),
        source("rendered_fix"),
        source("dataflow_trace"),
        source("extra_extra"),
        // Matches of parts of rules, for those who write them.
        source("explanations"),
        digests("fingerprint"),
        // What could not be parsed is quoted.
        secret_under("errors", "message"),
        secret_under("errors", "long_msg"),
    ],
    exits: Exits::ONE_ON_DEMAND,
    recognizes: &|shape| {
        let with = |key: &str| shape.has(key) && shape.has("errors") && !shape.has("generated_at");
        // What follows a long list of results, or of paths, is out of sight.
        let long = shape.keys == ["version", "results"];
        with("results") || with("paths") || long || shape.has_all(&["vulns", "hasMore"])
    },
    start: &|| Box::new(Semgrep::default()),
};

#[derive(Default)]
struct Semgrep {
    results: u64,
}

#[derive(Deserialize)]
struct Envelope {
    errors: Option<Vec<Failure>>,
    #[serde(rename = "hasMore")]
    has_more: Option<bool>,
    paths: Option<Paths>,
    results: Option<Vec<u8>>,
    skipped_rules: Option<Vec<SkippedRule>>,
    version: Option<String>,
    vulns: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Failure {
    level: Option<String>,
    path: Option<String>,
    rule_id: Option<String>,
    /// A word, or a list of a word and places.
    #[serde(rename = "type")]
    kind: Option<Value>,
}

#[derive(Deserialize)]
struct Paths {
    scanned: Vec<String>,
    /// Only with `--verbose`.
    skipped: Option<Vec<Skipped>>,
}

#[derive(Deserialize)]
struct Skipped {
    path: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct SkippedRule {
    rule_id: String,
}

/// Reasons for which a file was skipped that nobody asked for.
const NOT_SCANNED: &[&str] = &[
    "analysis_failed_parser_or_internal_error",
    "exceeded_size_limit",
    "insufficient_permissions",
    "nonexistent_file",
    "too_big",
    "too_many_matches",
];

impl Reader for Semgrep {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        self.results += 1;
        let finding = if record.list == CLOUD {
            record.parse::<dependency::Known<'_>>()?.read(record)?
        } else {
            record.parse::<result::Match<'_>>()?.read(record)?
        };
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let envelope: Envelope = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.tool_version = envelope.version;
        match (envelope.results, envelope.errors, envelope.vulns) {
            (Some(_), Some(errors), None) => {
                account(errors, envelope.paths, self.results, &mut run);
            }
            (None, None, Some(_)) => match envelope.has_more {
                Some(false) => {}
                Some(true) => run.left_out("/hasMore", "the list goes on on another page"),
                None => {
                    return Err(ReadError::wrong_tool(
                        ADAPTER.tool,
                        "a list of vulnerabilities without `hasMore`",
                    ));
                }
            },
            _ => {
                return Err(ReadError::wrong_tool(
                    ADAPTER.tool,
                    "it has neither `results` and `errors` nor `vulns`",
                ));
            }
        }
        for rule in envelope.skipped_rules.unwrap_or_default() {
            run.left_out(rule.rule_id, "Semgrep skipped the rule");
        }
        Ok(run)
    }
}

/// Takes in what a scan says about its run.
fn account(errors: Vec<Failure>, paths: Option<Paths>, results: u64, run: &mut Run) {
    let scanned = paths.as_ref().map(|paths| paths.scanned.len() as u64);
    run.scanned = scanned;
    let nothing = scanned.unwrap_or(results) == 0 && results == 0;
    for error in errors {
        let level = error.level.as_deref();
        if level == Some("info") {
            continue;
        }
        let kind = match &error.kind {
            Some(Value::Array(words)) => words.first().and_then(Value::as_str),
            kind => kind.as_ref().and_then(Value::as_str),
        };
        let message = format!("Semgrep reports {}", kind.unwrap_or("an error"));
        match (error.path, error.rule_id) {
            (None, None) if nothing && level == Some("error") => run.failed(message),
            (Some(file), _) => run.left_out(&*path(&file), message),
            (None, rule) => run.left_out(rule.unwrap_or_else(|| "/errors".to_owned()), message),
        }
    }
    for file in paths.and_then(|paths| paths.skipped).unwrap_or_default() {
        let reason = file.reason.unwrap_or_default();
        if NOT_SCANNED.contains(&&*reason) {
            run.left_out(
                &*path(&file.path),
                format!("Semgrep skipped the file: {reason}"),
            );
        }
    }
    if nothing && run.completeness != Completeness::Failed {
        run.nothing_scanned("the report names no file that Semgrep scanned");
    }
}
