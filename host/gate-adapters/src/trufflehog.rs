//! TruffleHog's JSON lines: version 3 (`trufflehog git|filesystem|… --json`) and version 2 (`trufflehog --json`).
//!
//! Formats: <https://github.com/trufflesecurity/trufflehog>, `pkg/output/json.go` and `proto/source_metadata.proto`
//! of version 3, `truffleHog.py` of 2.2.1. Version 3 writes its log to standard error, with `--json` as JSON lines,
//! too: kept beside the results (`2>&1`), they are the only proof of what was scanned, because TruffleHog exits with 0
//! when the target is not there or could be read in part only. Results without the log are taken as complete.
//!
//! `Raw`, `RawV2`, `SecretParts` and the rest that may hold a secret never get as far as this file, nor do the
//! messages of verification and of the log, which quote addresses with whatever is in them. A secret that several
//! decoders found comes once for each: what differs, the decoder's name, is not carried, so that they merge.

mod log;
mod result;

use serde::Deserialize;
use serde_json::Value;

use gate_core::scan_report::Completeness;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::error::ReadError;
use crate::format::Format;
use crate::redact::{secret, spared_under};
use crate::shape::Root;

use log::Log;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "trufflehog",
    id: "trufflehog-json@1",
    reads: "JSON lines (`--json`) of version 3, with or without its log, and of version 2",
    severity: "none written; verified is critical, could not be verified is medium, anything else is high",
    completeness: "what the log says, where it is in the report: partial on an error, empty when nothing was scanned; \
                   complete otherwise",
    format: Format::JsonLines,
    lists: &["", "/*"],
    unread: &[],
    sensitive: &[
        secret("Raw"),
        secret("RawV2"),
        secret("Redacted"),
        secret("SecretParts"),
        secret("ExtraData"),
        secret("StructuredData"),
        secret("VerificationError"),
        secret("email"),
        secret("acls"),
        secret("metadata"),
        // Version 2: `commit` is the commit's message. In version 3 it is the commit's name.
        secret("commit"),
        spared_under("AzureRepos", "commit"),
        spared_under("Bitbucket", "commit"),
        spared_under("Gerrit", "commit"),
        spared_under("Git", "commit"),
        spared_under("Github", "commit"),
        spared_under("Gitlab", "commit"),
        spared_under("Huggingface", "commit"),
        secret("diff"),
        secret("printDiff"),
        secret("stringsFound"),
        // The log.
        secret("error"),
        secret("errors"),
        secret("stack"),
        secret("url"),
        secret("repo"),
        secret("repo_url"),
    ],
    exits: Exits {
        ended: &[0],
        found: &[183],
    },
    recognizes: &|shape| {
        matches!(shape.root, Root::Object | Root::Array)
            && (shape.has_all(&["SourceMetadata", "DetectorName"])
                || shape.has_all(&["reason", "stringsFound", "path"])
                || shape.has_all(&["level", "logger", "msg"]))
    },
    start: &|| Box::new(TruffleHog::default()),
};

#[derive(Default)]
struct TruffleHog {
    log: Log,
}

/// What a line is, by the keys that only it has.
#[derive(Deserialize)]
struct Keys {
    #[serde(rename = "DetectorName")]
    detector: Option<Value>,
    msg: Option<Value>,
    reason: Option<Value>,
}

impl Reader for TruffleHog {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        match record.parse()? {
            Keys {
                detector: Some(_), ..
            } => findings.push(result::read(record)?, 0),
            Keys {
                reason: Some(_), ..
            } => result::read_version_2(record, findings)?,
            Keys { msg: Some(_), .. } => {
                self.log.read(record)?;
                findings.passed();
            }
            _ => {
                return Err(RecordError::Shape(
                    "it is neither a result nor a line of the log".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn finish(&mut self, _envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        self.log.judge(&mut run);
        Ok(run)
    }
}

#[cfg(test)]
mod tests;
