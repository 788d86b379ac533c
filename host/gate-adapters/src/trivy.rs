//! Trivy's JSON report (`trivy image|fs|repo|config|sbom --format json`), schema version 2, and the bare list of
//! results that Trivy wrote before it.
//!
//! Format: <https://trivy.dev/latest/docs/configuration/reporting/#json>, `pkg/types/report.go`, and what 0.69.1
//! and older versions, which do not name theirs, write. Trivy leaves out what is empty, so that nearly every key
//! may be missing; `Results` is missing when it found nothing that it knows how to look at, which is not the same
//! as clean. The report of `trivy k8s` holds the same results in each resource of a cluster ([`cluster`]).
//!
//! `Packages` is an inventory and not read. `CustomResources` are what a module collected, without a judgement:
//! they are kept as remarks.

mod cluster;
mod record;
mod unknown;
mod vulnerability;

use std::cell::OnceCell;

use serde::Deserialize;

use gate_core::finding::{Finding, Text};
use gate_core::scan_report::{Completeness, Problem, Target};
use gate_core::{code::Code, digest::Digest};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{array, is_array, object};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::path;
use crate::redact::{secret, source};
use crate::shape::{Root, Shape};

use cluster::{Cluster, Place};
use record::{CustomResource, License, Misconfiguration, Modified, Secret};
use vulnerability::Vulnerability;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "trivy",
    id: "trivy-json@1",
    reads: "JSON (`trivy image --format json` and the like), schema version 2 and the list before it, seen \
            up to 0.69.1; and `trivy k8s --format json`",
    severity: "Severity: CRITICAL, HIGH, MEDIUM, LOW; UNKNOWN, no word and any other word are unknown",
    completeness: "empty when there is no entry in `Results`, of a cluster in those of no resource; partial when an \
                   entry has a list that is not known, or a resource an `Error`",
    format: Format::Json,
    lists: &[
        "/Results/*/Vulnerabilities/*",
        "/Results/*/Misconfigurations/*",
        "/Results/*/Secrets/*",
        "/Results/*/Licenses/*",
        "/Results/*/CustomResources/*",
        "/Results/*/ExperimentalModifiedFindings/*",
        "/*/Vulnerabilities/*",
        "/*/Misconfigurations/*",
        "/{}/*/Results/*/Vulnerabilities/*",
        "/{}/*/Results/*/Misconfigurations/*",
        "/{}/*/Results/*/Secrets/*",
        "/{}/*/Results/*/Licenses/*",
        "/{}/*/Results/*/CustomResources/*",
        "/{}/*/Results/*/ExperimentalModifiedFindings/*",
    ],
    unread: &["/Results/*/Packages/*"],
    sensitive: &[
        secret("Match"),
        source("Code"),
        source("RenderedCause"),
        source("Traces"),
        // What a module collected may be anything.
        secret("Data"),
        // An image's configuration: passwords stand in its environment and in its commands.
        secret("Env"),
        secret("Entrypoint"),
        secret("Cmd"),
        secret("Healthcheck"),
        secret("OnBuild"),
        secret("created_by"),
    ],
    exits: Exits::ONE_ON_DEMAND,
    recognizes: &recognizes,
    start: &|| Box::new(Trivy::default()),
};

fn recognizes(shape: &Shape) -> bool {
    let any = |keys: &[&str]| keys.iter().any(|key| shape.has(key));
    match shape.root {
        Root::Object => {
            // A tool that sorts keys puts `SchemaVersion` last, beyond what is looked at.
            shape.has_all(&["ArtifactName", "ArtifactType"])
                || (shape.has("SchemaVersion") && any(&["ArtifactName", "ArtifactType", "Results"]))
                || (shape.has("ClusterName")
                    && any(&[
                        "Resources",
                        "Findings",
                        "Vulnerabilities",
                        "Misconfigurations",
                    ]))
        }
        Root::Array => {
            shape.has("Target") && any(&["Vulnerabilities", "Misconfigurations", "Type", "Class"])
        }
        Root::EmptyArray | Root::Xml | Root::Other => false,
    }
}

/// Reads one report; holds what only the envelope says of each result.
#[derive(Default)]
struct Trivy {
    results: Vec<ResultHead>,
    cluster: Option<Cluster>,
    /// Of a cluster, where the records stand; a note is the position here.
    places: Vec<Place>,
}

/// What decides whether the rest can be read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    schema_version: Option<i64>,
    cluster_name: Option<String>,
}

impl Version {
    /// A cluster's report is of version 0, which is not written.
    fn is_cluster(&self) -> bool {
        self.cluster_name.is_some() && self.schema_version.unwrap_or_default() == 0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    artifact_name: Option<String>,
    artifact_type: Option<String>,
    created_at: Option<String>,
    metadata: Option<Metadata>,
    results: Option<Vec<ResultHead>>,
    trivy: Option<Tool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    #[serde(rename = "OS")]
    os: Option<OperatingSystem>,
    repo_digests: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OperatingSystem {
    #[serde(rename = "EOSL")]
    end_of_life: Option<bool>,
    family: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tool {
    version: Option<String>,
}

/// A result without its records, each of which left a `0`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(
    dead_code,
    reason = "the lists are there so that another shape than a list is refused"
)]
struct ResultHead {
    target: Option<Text>,
    class: Option<String>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    vulnerabilities: Option<Vec<u8>>,
    misconfigurations: Option<Vec<u8>>,
    secrets: Option<Vec<u8>>,
    licenses: Option<Vec<u8>>,
    custom_resources: Option<Vec<u8>>,
    experimental_modified_findings: Option<Vec<u8>>,
    /// The target as a path, which its findings share.
    #[serde(skip)]
    inside: OnceCell<Text>,
}

impl Reader for Trivy {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let at = record.evidence();
        let finding = match record.list {
            0 | 6 | 8 => Some(record.parse_at_once::<Vulnerability<'_>>()?.finding(at)?),
            1 | 7 | 9 => record.parse::<Misconfiguration<'_>>()?.finding(at)?,
            2 | 10 => Some(record.parse::<Secret<'_>>()?.finding(at)),
            3 | 11 => Some(record.parse::<License<'_>>()?.finding(at)),
            4 | 12 => Some(record.parse::<CustomResource>()?.finding(at)),
            _ => Modified::finding(record)?,
        };
        match finding {
            Some(finding) => findings.push(finding, self.note(record)),
            None => findings.passed(),
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        if is_array(envelope) {
            self.results = array(ADAPTER.tool, envelope)?;
            // The list has no version; without its one constant key any list of objects would be a clean report.
            if self.results.iter().any(|result| result.target.is_none()) {
                return Err(ReadError::wrong_tool(
                    ADAPTER.tool,
                    "an entry of the list has no `Target`",
                ));
            }
        } else {
            let version: Version = object(ADAPTER.tool, envelope)?;
            if version.is_cluster() {
                self.cluster = Some(Cluster::read(envelope, &mut run)?);
                return Ok(run);
            }
            self.results = read_version_2(&version, envelope, &mut run)?;
        }
        leave_out_unknown(envelope, &mut run)?;
        run.scanned = Some(self.results.len() as u64);
        if self.results.is_empty() {
            run.nothing_scanned("Trivy found nothing that it knows how to look at");
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        if let Some(cluster) = &self.cluster {
            if let Some(place) = self.places.get(note as usize) {
                cluster.settle(finding, place);
            }
        } else if let Some(result) = self.results.get(note as usize) {
            settle_result(finding, result);
        }
    }
}

impl Trivy {
    /// What leads from a record to its result when the envelope is known.
    fn note(&mut self, record: &Record<'_>) -> u32 {
        if record.names.is_empty() {
            return record.outer_index();
        }
        let place = Place::of(record);
        if self.places.last() != Some(&place) {
            self.places.push(place);
        }
        u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
    }
}

/// Completes a finding with what its result says.
fn settle_result(finding: &mut Finding, result: &ResultHead) {
    let target = result.target.clone().unwrap_or_default();
    let kind = result.kind.as_deref().unwrap_or_default();
    let inside = || result.inside.get_or_init(|| path(&target)).clone();
    let mut inside = (!target.is_empty()).then(inside);
    if let Some(vulnerability) = finding.vulnerability.as_mut() {
        let software = &mut vulnerability.software;
        if software.ecosystem.is_none() && !kind.is_empty() {
            software.ecosystem = Some(ecosystem(kind).into());
        }
        if is_operating_system(result.class.as_deref(), kind) {
            // The target is the image and its system, such as `shop:1.4 (debian 12.5)`, and no path.
            inside = None;
            if let Some(at) = finding.locations.first_mut().filter(|at| at.path.is_none()) {
                at.logical = Some(target);
            }
        } else if software.path.is_none() {
            software.path.clone_from(&inside);
        }
    }
    if let Some(at) = finding.locations.first_mut().filter(|at| at.path.is_none()) {
        at.path = inside;
    }
}

/// Says which lists were not read, because nobody knows what they are.
fn leave_out_unknown(envelope: &[u8], run: &mut Run) -> Result<(), ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Report {
        results: Option<Vec<unknown::Keys>>,
    }
    let (results, root): (Vec<unknown::Keys>, _) = if is_array(envelope) {
        (array(ADAPTER.tool, envelope)?, "")
    } else {
        let report: Report = object(ADAPTER.tool, envelope)?;
        (report.results.unwrap_or_default(), "/Results")
    };
    unknown::leave_out(&results, root, run);
    Ok(())
}

fn read_version_2(
    version: &Version,
    envelope: &[u8],
    run: &mut Run,
) -> Result<Vec<ResultHead>, ReadError> {
    match version {
        Version {
            schema_version: Some(2),
            ..
        } => {}
        Version {
            schema_version: Some(other),
            ..
        } => {
            let what =
                format!("schema version {other} of Trivy's report is not known; version 2 is");
            return Err(ReadError::Unsupported(what));
        }
        Version {
            schema_version: None,
            ..
        } => {
            return Err(ReadError::wrong_tool(
                ADAPTER.tool,
                "`SchemaVersion` is missing",
            ));
        }
    }
    let report: Envelope = object(ADAPTER.tool, envelope)?;
    let metadata = report.metadata.unwrap_or_default();
    run.tool_version = report.trivy.and_then(|tool| tool.version);
    run.finished = report.created_at.and_then(|at| at.parse().ok());
    let digests = metadata.repo_digests.unwrap_or_default();
    run.target = Some(Target {
        digests: manifest_digests(&digests),
        kind: report.artifact_type.filter(|kind| !kind.is_empty()),
        name: report.artifact_name.unwrap_or_default(),
    });
    if let Some(OperatingSystem {
        end_of_life: Some(true),
        family,
        name,
    }) = metadata.os
    {
        let system = [family, name]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        // Everything was looked at, but in advisories that nobody continues: said, without calling it partial.
        run.problems.push(Problem::new(Code::ScannerProblem, format!(
                "{system} is no longer maintained; vulnerabilities found since are in no advisory"
            )).at("/Metadata/OS"));
    }
    Ok(report.results.unwrap_or_default())
}

/// The digests of references such as `registry.example/shop@sha256:…`; sorted.
fn manifest_digests(references: &[String]) -> Vec<String> {
    let digest = |reference: &String| {
        let (_, digest) = reference.rsplit_once('@')?;
        digest
            .parse::<Digest>()
            .ok()
            .map(|digest| digest.to_string())
    };
    let mut digests: Vec<String> = references.iter().filter_map(digest).collect();
    digests.sort_unstable();
    digests.dedup();
    digests
}

/// Trivy's words for package managers and systems that are not themselves a package-URL type.
const ECOSYSTEMS: &[(&str, &str)] = &[
    ("alma", "rpm"),
    ("alpine", "apk"),
    ("amazon", "rpm"),
    ("azurelinux", "rpm"),
    ("bun", "npm"),
    ("bundler", "gem"),
    ("cbl-mariner", "rpm"),
    ("centos", "rpm"),
    ("chainguard", "apk"),
    ("composer-vendor", "composer"),
    ("conda-environment", "conda"),
    ("conda-pkg", "conda"),
    ("debian", "deb"),
    ("dotnet-core", "nuget"),
    ("echo", "deb"),
    ("fedora", "rpm"),
    ("gemspec", "gem"),
    ("gobinary", "golang"),
    ("gomod", "golang"),
    ("gradle", "maven"),
    ("jar", "maven"),
    ("minimos", "apk"),
    ("mix", "hex"),
    ("node-pkg", "npm"),
    ("opensuse", "rpm"),
    ("opensuse.leap", "rpm"),
    ("opensuse.tumbleweed", "rpm"),
    ("oracle", "rpm"),
    ("packages-props", "nuget"),
    ("photon", "rpm"),
    ("pip", "pypi"),
    ("pipenv", "pypi"),
    ("pnpm", "npm"),
    ("poetry", "pypi"),
    ("pom", "maven"),
    ("python-pkg", "pypi"),
    ("redhat", "rpm"),
    ("rocky", "rpm"),
    ("rustbinary", "cargo"),
    ("sbt", "maven"),
    ("slem", "rpm"),
    ("sles", "rpm"),
    ("suse linux enterprise micro", "rpm"),
    ("suse linux enterprise server", "rpm"),
    ("ubuntu", "deb"),
    ("uv", "pypi"),
    ("wolfi", "apk"),
    ("yarn", "npm"),
];

/// The package-URL type of a result's `Type`.
fn ecosystem(kind: &str) -> &str {
    ECOSYSTEMS
        .iter()
        .find(|(word, _)| *word == kind)
        .map_or(kind, |(_, purl)| purl)
}

/// Whether a result is about the packages of an operating system. Before schema version 2 only the type says so.
fn is_operating_system(class: Option<&str>, kind: &str) -> bool {
    match class {
        Some(class) if !class.is_empty() => class == "os-pkgs",
        _ => matches!(ecosystem(kind), "apk" | "deb" | "rpm"),
    }
}

#[cfg(test)]
mod tests;
