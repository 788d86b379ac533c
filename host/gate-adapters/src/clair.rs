//! Clair's report of an image: of version 4 (`clairctl report --out json`, or the matcher's own answer), and of
//! version 2 as klar and clair-scanner write it.
//!
//! Format: version 4 is `VulnerabilityReport` of claircore 1.5 (`vulnerabilityreport.go`): maps by identifier, of which
//! `package_vulnerabilities` says what belongs together. Only what stands there is a finding; `vulnerabilities` also
//! holds statements that a package is *not* vulnerable (`Invert`). klar's is `jsonOutput` of its `main.go`,
//! clair-scanner's `vulnerabilityReport` of its `reporter.go`.
//!
//! The maps come in any order, and one may be missing what another one names. A pair whose package or vulnerability is
//! not there, or is odd, stays a finding of unknown severity and makes the report partial.

mod old;
mod report;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::scan_report::{Completeness, Target};
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::level;
use crate::shape::{Root, Shape};

use old::{KlarVulnerability, ScannerVulnerability};
use report::{Pair, Report};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "clair",
    id: "clair-json@1",
    reads: "JSON of version 4 (`clairctl report --out json`), and of version 2 as klar and clair-scanner write it",
    severity: "normalized_severity, before version 4 severity: Critical, Defcon1 (critical), High, Medium, Low; \
               Negligible is low; Unknown, no word and any other word are unknown",
    completeness: "empty when no package was found in the image (version 4) or it has no layer (klar); partial when a \
                   package or vulnerability that is named is not there; clair-scanner's report does not say what was \
                   scanned, so that one without vulnerabilities is complete",
    format: Format::Json,
    lists: &[
        "/package_vulnerabilities/{}/*",
        "/Vulnerabilities/{}/*",
        "/vulnerabilities/*",
    ],
    unread: &[],
    sensitive: &[],
    exits: Exits::ONE_ON_DEMAND,
    recognizes: &recognizes,
    start: &|| Box::new(Clair::default()),
};

fn recognizes(shape: &Shape) -> bool {
    let any = |all: &[&[&str]]| all.iter().any(|keys| shape.has_all(keys));
    shape.root == Root::Object
        && any(&[
            &["manifest_hash", "packages"],
            &["LayerCount", "Vulnerabilities"],
            &["image", "unapproved", "vulnerabilities"],
        ])
}

const LEVELS: &[(&str, Level)] = &[
    ("Critical", Level::Critical),
    ("Defcon1", Level::Critical),
    ("High", Level::High),
    ("Medium", Level::Medium),
    ("Low", Level::Low),
    ("Negligible", Level::Low),
];

fn severity(word: Option<&str>) -> Severity {
    match word.filter(|word| !word.is_empty()) {
        Some(word) => Severity::tool(level(word, LEVELS), word),
        None => Severity::unknown(),
    }
}

/// Reads one report; holds what belongs together until both sides are known.
#[derive(Default)]
struct Clair {
    pairs: Vec<Pair>,
    report: Report,
    scanner: Option<Scanner>,
}

#[derive(Deserialize)]
struct Head {
    manifest_hash: Option<Value>,
    #[serde(rename = "LayerCount")]
    layer_count: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Klar {
    layer_count: u64,
    #[expect(
        dead_code,
        reason = "there so that another shape than lists is refused"
    )]
    vulnerabilities: BTreeMap<String, Vec<u8>>,
}

#[derive(Deserialize)]
struct Scanner {
    image: String,
    unapproved: Vec<String>,
    #[expect(
        dead_code,
        reason = "there so that another shape than a list is refused"
    )]
    vulnerabilities: Vec<u8>,
}

impl Reader for Clair {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let at = record.evidence();
        let finding = match record.list {
            0 => {
                let pair = Pair::new(record.name(), serde_json::from_slice(record.json)?)?;
                let finding = pair.finding(at);
                findings.push(finding, u32::try_from(self.pairs.len()).unwrap_or(u32::MAX));
                self.pairs.push(pair);
                return Ok(());
            }
            1 => record.parse::<KlarVulnerability>()?.finding(at)?,
            _ => record.parse::<ScannerVulnerability>()?.finding(at)?,
        };
        findings.push(finding, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        let head: Head = object(ADAPTER.tool, envelope)?;
        if head.manifest_hash.is_some() {
            self.report = object(ADAPTER.tool, envelope)?;
            run.target = Some(image(&self.report.manifest_hash));
            run.scanned = Some(self.report.packages.len() as u64);
            if self.report.packages.is_empty() {
                run.nothing_scanned("Clair found no package in the image");
            }
            for pair in &self.pairs {
                if let Err(what) = self.report.join(pair) {
                    run.left_out(pair.pointer(), what);
                }
            }
        } else if head.layer_count.is_some() {
            let klar: Klar = object(ADAPTER.tool, envelope)?;
            run.scanned = Some(klar.layer_count);
            if klar.layer_count == 0 {
                run.nothing_scanned("the image has no layer");
            }
        } else {
            let scanner: Scanner = object(ADAPTER.tool, envelope)?;
            run.target = Some(image(&scanner.image));
            self.scanner = Some(scanner);
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        if let Some(scanner) = &self.scanner {
            old::settle(finding, &scanner.unapproved);
        } else if let Some(pair) = self.pairs.get(note as usize)
            && let Ok(parts) = self.report.join(pair)
        {
            parts.complete(finding);
        }
    }
}

/// An image by its reference or its digest.
fn image(reference: &str) -> Target {
    let (_, end) = reference.rsplit_once('@').unwrap_or(("", reference));
    let digest = end.parse::<Digest>().ok();
    Target {
        digests: digest.iter().map(Digest::to_string).collect(),
        kind: Some("container_image".to_owned()),
        name: reference.to_owned(),
    }
}

#[cfg(test)]
mod tests;
