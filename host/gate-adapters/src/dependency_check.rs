//! Dependency-Check's reports in JSON and XML (`dependency-check --format JSON`, `--format XML`), and those of its
//! plugins for Maven, Gradle and Ant.
//!
//! Format: `core/src/main/resources/templates/jsonReport.vsl`, `xmlReport.vsl` and the schemas beside them, in
//! <https://github.com/dependency-check/DependencyCheck>. JSON says `reportSchema` 1.1; XML has its schema's version
//! in its namespace, 1.3 to 4.1. Both say the same, so they are read by the same types: a record is a dependency.
//! Numbers and booleans stand there as texts at times, and older templates misspell keys.
//!
//! What a suppression file took out is kept, suppressed. An exception during the analysis leaves something out,
//! and the report is written all the same.

mod dependency;
mod envelope;

use gate_core::scan_report::{Completeness, Target};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::error::ReadError;
use crate::format::{Format, Xml};
use crate::shape::Root;

use dependency::Dependency;
use envelope::Report;

const TOOL: &str = "dependency-check";
const SEVERITY: &str = "severity: critical, high, medium or moderate, low, info, in any case, or a score as a number; \
                        without one the word of the newest CVSS rating, then its score; else unknown";
const COMPLETENESS: &str =
    "partial with an entry in `analysisExceptions`; empty when there is no dependency";

/// 1 was used before 8.0.
const EXITS: Exits = Exits {
    ended: &[0],
    found: &[1, 15],
};

/// The row of the registry for JSON.
pub(crate) static JSON: Adapter = Adapter {
    tool: TOOL,
    id: "dependency-check-json@1",
    reads: "JSON (`dependency-check --format JSON`), report schema 1.1",
    severity: SEVERITY,
    completeness: COMPLETENESS,
    format: Format::Json,
    lists: &["/dependencies/*"],
    unread: &[],
    sensitive: &[],
    exits: EXITS,
    recognizes: &|shape| shape.root == Root::Object && shape.has_all(&["reportSchema", "scanInfo"]),
    start: &|| {
        Box::new(DependencyCheck {
            read: envelope::json,
        })
    },
};

/// The row of the registry for XML.
pub(crate) static XML: Adapter = Adapter {
    id: "dependency-check-xml@1",
    reads: "XML (`dependency-check --format XML`), schema 1.3 to 4.1",
    format: Format::Xml(Xml {
        arrays: &[
            "analysisExceptions",
            "cwes",
            "dependencies",
            "evidenceCollected",
            "includedBy",
            "projectReferences",
            "references",
            "relatedDependencies",
            "stackTrace",
            "vulnerableSoftware",
        ],
        bags: &["identifiers", "scanInfo", "vulnerabilities"],
        doctype: false,
    }),
    lists: &["/analysis/dependencies/*"],
    recognizes: &|shape| {
        let ours = |key: &String| key.starts_with("xmlns=") && key.contains("dependency-check");
        shape.root == Root::Xml && shape.has("analysis") && shape.keys.iter().any(ours)
    },
    start: &|| {
        Box::new(DependencyCheck {
            read: envelope::xml,
        })
    },
    ..JSON
};

struct DependencyCheck {
    read: fn(&[u8]) -> Result<Report, ReadError>,
}

impl Reader for DependencyCheck {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        record.parse::<Dependency>()?.findings(record, findings)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let report = (self.read)(envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.tool_version = report.engine_version;
        run.database_version = report.database_version;
        run.finished = report.finished.and_then(|at| at.parse().ok());
        run.target = report.project.map(|name| Target {
            digests: Vec::new(),
            kind: None,
            name,
        });
        run.scanned = Some(report.dependencies);
        for message in report.exceptions {
            run.left_out("analysisExceptions", message);
        }
        if report.dependencies == 0 {
            run.nothing_scanned("Dependency-Check found no dependency");
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests;
