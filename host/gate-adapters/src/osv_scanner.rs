//! OSV-Scanner's JSON report (`osv-scanner scan --format json`), versions 1 and 2.
//!
//! Format: `pkg/models/results.go` of <https://github.com/google/osv-scanner>; a vulnerability is an entry in the
//! format of <https://ossf.github.io/osv-schema/>.
//!
//! Several databases describe the same vulnerability, each with an entry of its own: `groups` says which entries
//! belong together. Each entry becomes the finding of its group, so that the entries of a group merge into one
//! finding that counts them. A record is a package, because only the package knows its groups.
//!
//! Packages without a vulnerability stand in the report on demand only (`--all-packages`). `results` is empty after
//! a clean run, and the exit code is 128 when there was no package at all.

mod package;
mod vulnerability;

use serde::Deserialize;
use serde::de::IgnoredAny;

use gate_core::finding::{Finding, Location};
use gate_core::scan_report::Completeness;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::path;
use crate::redact::secret;
use crate::shape::Root;

use package::Package;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "osv-scanner",
    id: "osv-scanner-json@1",
    reads: "JSON (`osv-scanner scan --format json`), versions 1 and 2",
    severity: "the advisory database's word (CRITICAL, HIGH, MODERATE, LOW), the worst of a group; without a word by \
               CVSS; else unknown",
    completeness: "complete when `results` is a list; packages without a vulnerability are not in the report",
    format: Format::Json,
    lists: &["/results/*/packages/*"],
    // Commands of an image's layers.
    unread: &[],
    sensitive: &[secret("command")],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| {
        shape.root == Root::Object
            && shape.has("results")
            && (shape.has("experimental_config") || shape.has("image_metadata"))
    },
    start: &|| Box::new(OsvScanner::default()),
};

/// Reads one report; holds the places that the packages were found in.
#[derive(Default)]
struct OsvScanner {
    sources: Vec<Option<String>>,
}

#[derive(Deserialize)]
struct Envelope {
    results: Vec<Source>,
    /// Written since 1.4, whether or not anything was found.
    experimental_config: Option<Config>,
    #[expect(dead_code, reason = "there so that another shape is refused")]
    image_metadata: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Config {}

#[derive(Deserialize)]
struct Source {
    source: Place,
    #[expect(
        dead_code,
        reason = "there so that another shape than a list is refused"
    )]
    packages: Vec<u8>,
}

#[derive(Deserialize)]
struct Place {
    path: String,
}

impl Reader for OsvScanner {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let package: Package = record.parse()?;
        package.findings(record, findings)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let report: Envelope = object(ADAPTER.tool, envelope)?;
        if report.results.is_empty() && report.experimental_config.is_none() {
            // Many tools write an empty list under this key.
            return Err(ReadError::wrong_tool(
                ADAPTER.tool,
                "`results` is empty and `experimental_config` is missing",
            ));
        }
        let paths = report.results.into_iter().map(|result| result.source.path);
        self.sources = paths
            .map(|at| Some(at).filter(|at| !at.is_empty()))
            .collect();
        Ok(Run::new(Completeness::Complete))
    }

    /// The file is a place and not part of the package: OSV-Scanner writes it with the folder of the checkout, and
    /// an identity must be the same in the next one.
    fn settle(&self, finding: &mut Finding, note: u32) {
        let source = self.sources.get(note as usize).and_then(Option::as_deref);
        let Some(source) = source.map(path) else {
            return;
        };
        match finding.locations.first_mut() {
            Some(at) if finding.vulnerability.is_some() => at.path = Some(source),
            // The identity of a license is its first place.
            _ => finding.locations.push(Location {
                path: Some(source),
                ..Location::default()
            }),
        }
    }
}

#[cfg(test)]
mod tests;
