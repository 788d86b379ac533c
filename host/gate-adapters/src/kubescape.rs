//! Kubescape's JSON report (`kubescape scan --format json`, format version 2), versions 2 and 3.
//!
//! Format: `reporthandling/results/v1/resourcesresults/datastructures.go`, `reporthandling/apis/statuses.go` and
//! `reporthandling/results/v1/reportsummary/datastructures.go` of <https://github.com/kubescape/opa-utils>. `results` has
//! each resource with its controls; where a resource stands is in `resources`, how bad a control is in
//! `summaryDetails`. Format version 1, a list of frameworks, is another report.
//!
//! Version 2 gives only the rules of a control a status; it follows from theirs. A rule that failed and has an
//! `exception` does not count for Kubescape: it is kept as suppressed. A control that was skipped stays open.
//!
//! `object` holds the whole manifest, with environment and secrets: nothing of it gets as far as this file. The name
//! of a resource in a file begins with a digest of the path of the checkout, which is no part of its identity.

mod result;

use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::finding::{Finding, Text};
use gate_core::scan_report::{Completeness, Target};
use gate_core::severity::{Level, Origin, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{object, or_null};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{decimal, path};
use crate::redact::{secret, secret_under};

use result::{Control, Judged, State};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "kubescape",
    id: "kubescape-json@1",
    reads: "JSON (`--format json`, format version 2), versions 2 and 3",
    severity: "scoreFactor of the control: 9 and more is critical, 7 high, 4 medium, 1 low, less info",
    completeness: "partial when a control could not be carried out (its configuration or an integration is missing), or \
                   when fewer failed resources are there than the summary counts; empty when no resource was judged",
    format: Format::Json,
    lists: &["/results/*"],
    unread: &[],
    sensitive: &[
        secret("object"),
        secret("committerName"),
        secret("committerEmail"),
        secret_under("lastCommit", "message"),
    ],
    // 1 comes with a threshold that was exceeded.
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| shape.has_all(&["generationTime", "customerGUID", "reportGUID"]),
    start: &|| Box::new(Kubescape::default()),
};

/// What the end of the report says about controls and resources.
#[derive(Default)]
struct Kubescape {
    /// How many resources failed each control.
    failed: BTreeMap<Text, u64>,
    factors: BTreeMap<Text, f64>,
    paths: BTreeMap<Text, Text>,
    /// The resource of each record.
    judged: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    cluster_name: Option<String>,
    generation_time: String,
    metadata: Option<Metadata>,
    #[serde(deserialize_with = "or_null")]
    resources: Option<Vec<Resource>>,
    #[serde(deserialize_with = "or_null")]
    results: Option<Vec<u8>>,
    summary_details: Details,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    scan_metadata: Option<ScanMetadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScanMetadata {
    kubescape_version: Option<String>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "resourceID")]
    id: Text,
    source: Option<Source>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    relative_path: Option<Text>,
}

#[derive(Deserialize)]
struct Details {
    controls: Option<BTreeMap<Text, Summary>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    #[serde(rename = "ResourceCounters")]
    counters: Option<Counters>,
    score_factor: Option<f64>,
    status_info: Option<StatusInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counters {
    failed_resources: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusInfo {
    sub_status: Option<String>,
}

impl Reader for Kubescape {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let judged: Judged<'_> = record.parse()?;
        let note = u32::try_from(self.judged.len()).unwrap_or(u32::MAX);
        self.judged.push((&*judged.resource).into());
        let mut odd = None;
        for (at, control) in judged.controls.iter().flatten().enumerate() {
            let read = Control::deserialize(control).map_err(RecordError::from);
            match read.and_then(|control| Ok((control.state()?, control))) {
                Ok((State::Passed, _)) => findings.passed(),
                Ok((state, control)) => {
                    if state == State::Failed {
                        *self.failed.entry((&*control.id).into()).or_default() += 1;
                    }
                    let at = record.evidence_of(&format!("/controls/{at}"));
                    findings.push(control.finding(state, &judged.resource, at), note);
                }
                Err(error) => odd = odd.or(Some(error)),
            }
        }
        if judged.controls.iter().flatten().next().is_none() {
            findings.passed();
        }
        odd.map_or(Ok(()), Err)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let report: Envelope = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        let scan = report.metadata.and_then(|all| all.scan_metadata);
        run.tool_version = scan.and_then(|scan| scan.kubescape_version);
        run.tool_version.take_if(|version| version.is_empty());
        // The first year is Go's word for no time at all.
        let time = Some(report.generation_time).filter(|time| !time.starts_with("0001-"));
        run.finished = time.and_then(|time| time.parse().ok());
        let cluster = report.cluster_name.filter(|name| !name.is_empty());
        run.target = cluster.map(|name| Target {
            digests: Vec::new(),
            kind: Some("cluster".to_owned()),
            name,
        });
        let judged = report.results.map_or(0, |results| results.len());
        run.scanned = Some(judged as u64);
        for (id, summary) in report.summary_details.controls.into_iter().flatten() {
            let seen = self.failed.get(&id).copied().unwrap_or_default();
            let counted = summary.counters.and_then(|all| all.failed_resources);
            if let Some(counted) = counted.filter(|counted| *counted > seen) {
                let message =
                    format!("the summary counts {counted} failed resources, the report has {seen}");
                run.left_out(&*id, message);
            }
            let why = summary.status_info.and_then(|info| info.sub_status);
            if let Some(why @ ("configuration" | "integration")) = why.as_deref() {
                run.left_out(&*id, format!("the control was skipped ({why})"));
            }
            if let Some(factor) = summary.score_factor {
                self.factors.insert(id, factor);
            }
        }
        for resource in report.resources.into_iter().flatten() {
            let file = resource.source.and_then(|source| source.relative_path);
            if let Some(file) = file.filter(|file| !file.is_empty()) {
                self.paths.insert(resource.id, path(&file));
            }
        }
        if judged == 0 {
            run.nothing_scanned("Kubescape judged no resource");
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        if let Some(factor) = self.factors.get(&finding.rule.id) {
            finding.severity = severity(*factor);
        }
        let id = self.judged.get(note as usize);
        let file = id.and_then(|id| self.paths.get(id));
        if let (Some(location), Some(file)) = (finding.locations.first_mut(), file) {
            location.path = Some(file.clone());
        }
    }
}

/// The level of a control's factor, as `reporthandling/apis/severity.go` has it.
fn severity(factor: f64) -> Severity {
    let level = match factor {
        9.0.. => Level::Critical,
        7.0.. => Level::High,
        4.0.. => Level::Medium,
        1.0.. => Level::Low,
        0.0.. => Level::Info,
        _ => Level::Unknown,
    };
    Severity {
        level,
        origin: Origin::Tool,
        original: decimal(factor),
        score: decimal(factor),
        source: None,
    }
}

#[cfg(test)]
mod tests;
