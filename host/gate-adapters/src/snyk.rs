//! Snyk's JSON report: `snyk test --json`, `snyk container test --json` and `snyk iac test --json`.
//!
//! Format: `src/lib/snyk-test/legacy.ts`, `src/lib/formatters/test/format-test-results.ts` and `src/cli/commands/test`
//! of <https://github.com/snyk/cli>. The report is a project, or a list of them (`--all-projects`, several images).
//! A container's project has those of its applications in it. A project that could not be tested is an object with
//! `error`; where there are others beside it, Snyk may exit as if nothing was wrong.
//!
//! A vulnerability stands there once for each path that leads to the package. The rows of one package become equal
//! findings, which merge into one that counts them: what differs from path to path is gathered, and the first paths
//! are its places. With `--group-issues` the paths stand in one row.
//!
//! `snyk code test` writes SARIF, which the `sarif` adapter reads.

mod iac;
mod issue;
mod project;

use std::collections::{BTreeMap, BTreeSet};

use gate_core::finding::{Finding, Location, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{given, level, path};
use crate::redact::secret;
use crate::shape::{Root, Shape};

use iac::Misconfiguration;
use issue::Issue;
use project::Project;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "snyk",
    id: "snyk-json@1",
    reads: "JSON (`snyk test --json`, `snyk container test --json`, `snyk iac test --json`), an object or a list",
    severity: "severity (severityWithCritical in older reports): critical, high, medium, low; any other word is \
               unknown; by CVSS where there is none",
    completeness: "partial with the error of a project, or with fewer vulnerabilities than `uniqueCount`; empty \
                   without a project, or when `dependencyCount` is 0 throughout",
    format: Format::Json,
    lists: LISTS,
    unread: &[],
    sensitive: &[
        // Lines of a Dockerfile.
        secret("dockerfileInstruction"),
        secret("instruction"),
        secret("installCommand"),
        // Addresses of repositories, which may hold credentials.
        secret("gitRemoteUrl"),
        secret("remoteRepoUrl"),
    ],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &recognizes,
    start: &|| Box::new(Snyk::default()),
};

/// Vulnerabilities, those that were ignored, those that were patched, misconfigurations.
const LISTS: &[&str] = &[
    "/vulnerabilities/*",
    "/*/vulnerabilities/*",
    "/applications/*/vulnerabilities/*",
    "/*/applications/*/vulnerabilities/*",
    "/filtered/ignore/*",
    "/*/filtered/ignore/*",
    "/applications/*/filtered/ignore/*",
    "/*/applications/*/filtered/ignore/*",
    "/filtered/patch/*",
    "/*/filtered/patch/*",
    "/applications/*/filtered/patch/*",
    "/*/applications/*/filtered/patch/*",
    "/infrastructureAsCodeIssues/*",
    "/*/infrastructureAsCodeIssues/*",
];

/// A project that is long says no more of itself than its vulnerabilities, which other tools write, too.
fn recognizes(shape: &Shape) -> bool {
    let project = shape.has_all(&["vulnerabilities", "ok", "dependencyCount"]);
    let other = shape.has("infrastructureAsCodeIssues") || shape.has_all(&["ok", "error"]);
    matches!(shape.root, Root::Object | Root::Array) && (project || other)
}

/// Snyk's words.
const LEVELS: &[(&str, Level)] = &[
    ("critical", Level::Critical),
    ("high", Level::High),
    ("medium", Level::Medium),
    ("low", Level::Low),
];

fn severity(word: Option<Text>) -> Option<Severity> {
    given(word).map(|word| Severity::tool(level(&word, LEVELS), word))
}

/// What a list of [`LISTS`] holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Found,
    Ignored,
    Patched,
    Misconfiguration,
}

/// Which project a record belongs to: position in the root, position among the applications.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    project: Option<u32>,
    application: Option<u32>,
}

fn place_of(record: &Record<'_>) -> (Kind, Owner) {
    let kind = match record.list / 4 {
        0 => Kind::Found,
        1 => Kind::Ignored,
        2 => Kind::Patched,
        _ => Kind::Misconfiguration,
    };
    let at = |n: usize| record.indexes.get(n).copied();
    let owner = match record.list % 4 {
        0 => Owner::default(),
        1 => Owner {
            project: at(0),
            application: None,
        },
        2 => Owner {
            project: None,
            application: at(0),
        },
        _ => Owner {
            project: at(0),
            application: at(1),
        },
    };
    (kind, owner)
}

/// What makes rows the same vulnerability of the same package.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    owner: Owner,
    kind: Kind,
    id: Text,
    name: Text,
    version: Option<Text>,
}

/// What differs among the rows of a [`Key`].
struct Rows {
    owner: Owner,
    paths: Vec<Text>,
    upgrades: BTreeSet<Text>,
}

/// Most paths and upgrades that are kept of a package; there can be thousands.
const MAX_PATHS: usize = 10;

/// Reads one report; gathers what differs among rows, and the names that each project has.
#[derive(Default)]
struct Snyk {
    keys: BTreeMap<Key, u32>,
    rows: Vec<Rows>,
    ids: BTreeMap<Owner, BTreeSet<Text>>,
    projects: BTreeMap<Owner, Project>,
}

impl Snyk {
    /// The note under which rows of a key are gathered.
    fn note(&mut self, key: Key) -> Result<u32, RecordError> {
        let next = u32::try_from(self.rows.len());
        let next =
            next.map_err(|_| RecordError::Shape("there are too many packages".to_owned()))?;
        let owner = key.owner;
        let note = *self.keys.entry(key).or_insert(next);
        if note == next {
            self.rows.push(Rows {
                owner,
                paths: Vec::new(),
                upgrades: BTreeSet::new(),
            });
        }
        Ok(note)
    }
}

impl Rows {
    fn add(&mut self, path: Option<Text>, upgrade: Option<Text>) {
        let room = self.paths.len() < MAX_PATHS;
        self.paths
            .extend(path.filter(|path| room && !self.paths.contains(path)));
        let room = self.upgrades.len() < MAX_PATHS;
        self.upgrades.extend(upgrade.filter(|_| room));
    }
}

impl Reader for Snyk {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let (kind, owner) = place_of(record);
        if kind == Kind::Misconfiguration {
            let finding = record
                .parse::<Misconfiguration>()?
                .finding(record.evidence())?;
            let key = Key {
                owner,
                kind,
                id: finding.rule.id.clone(),
                name: Text::default(),
                version: None,
            };
            findings.push(finding, self.note(key)?);
            return Ok(());
        }
        let issue: Issue = record.parse()?;
        if kind == Kind::Found {
            self.ids.entry(owner).or_default().insert(issue.id.clone());
        }
        for installed in issue.installed()? {
            let finding = issue.finding(&installed, kind, record.evidence())?;
            let note = self.note(Key {
                owner,
                kind,
                id: issue.id.clone(),
                name: installed.name,
                version: installed.version,
            })?;
            if let Some(rows) = self.rows.get_mut(note as usize) {
                for path in installed.paths {
                    rows.add(Some(path), None);
                }
                rows.add(None, issue.upgrade());
            }
            findings.push(finding, note);
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        self.projects = project::read(envelope, &self.ids, &mut run)?;
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        let Some(rows) = self.rows.get(note as usize) else {
            return;
        };
        let project = self.projects.get(&rows.owner);
        let file = project.and_then(Project::file).map(path);
        if let Some(known) = finding.vulnerability.as_mut() {
            known.software.path.clone_from(&file);
        }
        if let Some(at) = finding.locations.first_mut() {
            at.path = file;
        }
        let mut paths = rows.paths.iter().cloned();
        if let Some(at) = finding
            .locations
            .first_mut()
            .filter(|at| at.logical.is_none())
        {
            at.logical = paths.next();
        }
        finding.locations.extend(paths.map(|path| Location {
            logical: Some(path),
            ..Location::default()
        }));
        if !rows.upgrades.is_empty() {
            let upgrades: Vec<&str> = rows.upgrades.iter().map(|text| &**text).collect();
            finding.remediation = Some(format!("upgrade to {}", upgrades.join(", ")).into());
        }
    }
}

#[cfg(test)]
mod tests;
