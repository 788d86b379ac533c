//! Grype's JSON report (`grype --output json`).
//!
//! Format: `grype/presenter/models` in its source, <https://github.com/anchore/grype/tree/main/schema/grype/json>, and what
//! 0.7 to 0.96 write. What an ignore rule or a VEX document took out stands in `ignoredMatches` and is kept,
//! suppressed. `alertsByPackage` names packages of a distribution that Grype has no data for.

mod record;
mod vulnerability;

use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::scan_report::{Completeness, Problem, Target};
use gate_core::{code::Code, digest::Digest};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::redact::secret;
use crate::shape::{Root, Shape};

use record::Match;

/// 1, in versions since 2025 2 (anchore/grype, pull request 2575), when `--fail-on` found something as bad. Of those 1 is a
/// failure, which leaves no report.
const EXITS: Exits = Exits {
    ended: &[0],
    found: &[1, 2],
};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "grype",
    id: "grype-json@1",
    reads: "JSON (`grype --output json`), seen from 0.7 to 0.96",
    severity: "vulnerability.severity: Critical, High, Medium, Low; Negligible is low; Unknown, no word and any \
               other word are unknown",
    completeness: "partial without `matches` or `source`, with a database that is not valid, or with an alert \
                   about a distribution without data",
    format: Format::Json,
    lists: &["/matches/*", "/ignoredMatches/*"],
    unread: &[],
    sensitive: &[
        // Grype repeats its own configuration, registry credentials included, and the image's, environment
        // included (in base64).
        secret("configuration"),
        secret("config"),
        secret("manifest"),
    ],
    exits: EXITS,
    recognizes: &recognizes,
    start: &|| Box::new(Grype),
};

/// `descriptor` comes last, beyond what is looked at of a long report; the keys before it must do.
fn recognizes(shape: &Shape) -> bool {
    const KEYS: &[&str] = &[
        "alertsByPackage",
        "descriptor",
        "distro",
        "ignoredMatches",
        "matches",
        "source",
    ];
    shape.root == Root::Object
        && shape.has("matches")
        && shape.keys.iter().all(|key| KEYS.contains(&key.as_str()))
}

struct Grype;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    matches: Option<Vec<u8>>,
    #[expect(
        dead_code,
        reason = "there so that another shape than a list is refused"
    )]
    ignored_matches: Option<Vec<u8>>,
    alerts_by_package: Option<Vec<PackageAlerts>>,
    source: Option<Source>,
    descriptor: Option<Descriptor>,
}

#[derive(Deserialize)]
struct PackageAlerts {
    alerts: Option<Vec<Alert>>,
}

#[derive(Deserialize)]
struct Alert {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "type")]
    kind: Option<String>,
    target: Option<SourceTarget>,
}

/// An image, or the name of a directory or file.
#[derive(Deserialize)]
#[serde(untagged)]
enum SourceTarget {
    Name(String),
    #[serde(rename_all = "camelCase")]
    Image {
        user_input: Option<String>,
        manifest_digest: Option<String>,
        repo_digests: Option<Vec<String>>,
    },
}

#[derive(Deserialize)]
struct Descriptor {
    name: Option<String>,
    version: Option<String>,
    timestamp: Option<String>,
    db: Option<Database>,
}

/// Until schema 5 the fields themselves, since 6 below `status`.
#[derive(Default, Deserialize)]
struct Database {
    status: Option<Box<Database>>,
    built: Option<String>,
    valid: Option<bool>,
    error: Option<String>,
}

impl Reader for Grype {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let ignored = record.list == 1;
        findings.push(
            record
                .parse::<Match<'_>>()?
                .finding(record.evidence(), ignored)?,
            0,
        );
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let report: Envelope = object(ADAPTER.tool, envelope)?;
        let Some(descriptor) = report.descriptor else {
            return Err(ReadError::wrong_tool(
                ADAPTER.tool,
                "`descriptor` is missing",
            ));
        };
        if descriptor
            .name
            .as_deref()
            .is_some_and(|name| name != ADAPTER.tool)
        {
            return Err(ReadError::wrong_tool(
                ADAPTER.tool,
                "`descriptor` names another tool",
            ));
        }
        let mut run = Run::new(Completeness::Complete);
        run.tool_version = descriptor.version;
        run.finished = descriptor.timestamp.and_then(|at| at.parse().ok());
        run.target = report.source.and_then(target);
        if report.matches.is_none() {
            run.left_out("/matches", "the report has no list of matches");
        }
        if run.target.is_none() {
            run.left_out("/source", "the report does not say what was scanned");
        }
        database(descriptor.db.unwrap_or_default(), &mut run);
        alerts(report.alerts_by_package.unwrap_or_default(), &mut run);
        Ok(run)
    }
}

fn target(source: Source) -> Option<Target> {
    let (name, digests) = match source.target? {
        SourceTarget::Name(name) => (name, Vec::new()),
        SourceTarget::Image {
            user_input,
            manifest_digest,
            repo_digests,
        } => {
            let references = repo_digests.unwrap_or_default();
            let of_references = references
                .iter()
                .filter_map(|r| r.rsplit_once('@'))
                .map(|(_, digest)| digest);
            let mut digests: Vec<String> = of_references
                .chain(manifest_digest.as_deref())
                .filter_map(|digest| digest.parse::<Digest>().ok())
                .map(|digest| digest.to_string())
                .collect();
            digests.sort_unstable();
            digests.dedup();
            (user_input.unwrap_or_default(), digests)
        }
    };
    Some(Target {
        digests,
        kind: source.kind.filter(|kind| !kind.is_empty()),
        name,
    })
}

fn database(database: Database, run: &mut Run) {
    let Database {
        built,
        valid,
        error,
        ..
    } = match database.status {
        Some(status) => *status,
        None => database,
    };
    run.database_version = built;
    if let Some(error) = error.filter(|error| !error.is_empty()) {
        run.left_out(
            "/descriptor/db",
            format!("the vulnerability database is in error: {error}"),
        );
    } else if valid == Some(false) {
        run.left_out("/descriptor/db", "the vulnerability database is not valid");
    }
}

/// What alerts mean. One that is not known is taken to leave something out.
const ALERTS: &[(&str, Completeness, &str)] = &[
    (
        "distro-eol",
        Completeness::Complete,
        "of a distribution that is no longer maintained",
    ),
    (
        "distro-unknown",
        Completeness::Partial,
        "of a distribution that Grype does not know",
    ),
    (
        "distro-disabled",
        Completeness::Partial,
        "of a distribution that Grype was told to leave out",
    ),
];

fn alerts(packages: Vec<PackageAlerts>, run: &mut Run) {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for alert in packages
        .into_iter()
        .filter_map(|package| package.alerts)
        .flatten()
    {
        *counts.entry(alert.kind).or_default() += 1;
    }
    for (kind, count) in counts {
        let known = ALERTS.iter().find(|(word, ..)| *word == kind);
        let (completeness, what) = known.map_or(
            (Completeness::Partial, "with an alert that is not known"),
            |(_, c, what)| (*c, *what),
        );
        let problem = Problem {
            code: Code::ScannerProblem.as_str().to_owned(),
            message: format!("packages {what}: {count} (`{kind}`)"),
            place: Some("/alertsByPackage".to_owned()),
            help: None,
        };
        run.problem(completeness, problem);
    }
}

#[cfg(test)]
mod tests;
