//! Findings in the Open Cybersecurity Schema Framework: a list, or one after the other, as Prowler (`--output-formats
//! json-ocsf`), AWS Security Hub and others write them.
//!
//! Format: the classes of category 2 of OCSF 1.0 to 1.5, <https://schema.ocsf.io>: 2001 to 2007. Any product may have
//! found it: the attribute `product` says which. Prowler writes class 2004 for all of its checks, with its own word in
//! `status_code`, and seconds where the schema has milliseconds. What passed, and what was closed, is no finding. A list
//! does not say what was looked at, so that an empty one is complete.
//!
//! What products add about resources and events (`data`, `evidences`, `unmapped` and the like) may hold environments and
//! commands: none of it is read.

mod record;
mod resource;
mod vulnerability;

use gate_core::scan_report::Completeness;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::error::ReadError;
use crate::format::Format;
use crate::redact::secret;
use crate::shape::{Root, Shape};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "ocsf",
    id: "ocsf-json@1",
    reads: "JSON in OCSF 1.0 to 1.5, classes 2001 to 2007: a list, or one finding after the other",
    severity: "severity_id: 6 and 5 critical, 4 high, 3 medium, 2 low, 1 info; 0, 99 and any other are unknown; without it \
               the word in severity",
    completeness: "a list does not say what was looked at, so that an empty one is complete",
    format: Format::JsonLines,
    lists: &["", "/*"],
    unread: &[],
    sensitive: &[
        secret("actor"),
        secret("data"),
        secret("email"),
        secret("enrichments"),
        secret("evidences"),
        secret("labels"),
        secret("observables"),
        secret("raw_data"),
        secret("tags"),
        secret("unmapped"),
    ],
    // Prowler exits with 3 when a check failed.
    exits: Exits {
        ended: &[0, 3],
        found: &[],
    },
    recognizes: &recognizes,
    start: &|| Box::new(Ocsf),
};

/// `class_uid` comes late in what Prowler writes, and `finding_info` not at all in class 2001.
fn recognizes(shape: &Shape) -> bool {
    let either = |a: &str, b: &str| shape.has(a) || shape.has(b);
    matches!(shape.root, Root::Object | Root::Array)
        && shape.has_all(&["metadata", "severity_id"])
        && either("class_uid", "type_uid")
        && either("finding_info", "finding")
}

struct Ocsf;

impl Reader for Ocsf {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let found = record
            .parse::<record::Finding>()?
            .read(&record.evidence())?;
        if found.is_empty() {
            findings.passed();
        }
        found.into_iter().for_each(|one| findings.push(one, 0));
        Ok(())
    }

    fn finish(&mut self, _envelope: &[u8]) -> Result<Run, ReadError> {
        Ok(Run::new(Completeness::Complete))
    }
}

#[cfg(test)]
mod tests;
