//! npm's audit report (`npm audit --json`): version 2 of npm 7 and later, and the one before it, which npm 6 and
//! `pnpm audit --json` write.
//!
//! Format: `toJSON` in `workspaces/arborist/lib/audit-report.js` and `vuln.js` of <https://github.com/npm/cli>, and
//! what npm 11.19 writes. In version 2 an entry is a package that must change. Its `via` names the advisories about
//! it, as objects, and the packages that it gets its trouble from, as texts. An entry with texts alone has no
//! advisory of its own: it is accounted for, and a finding of the package that it names. Where such a trail ends
//! nowhere, something is missing, and the report is partial.
//!
//! A registry that does not answer gives an object with `error`, and the same exit code as a vulnerability.

mod advisories;
mod vulnerabilities;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use gate_core::finding::{Cvss, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{given, level};
use crate::package::{by_cvss, rating};
use crate::redact::secret;
use crate::shape::Root;

use advisories::Advisory;
use vulnerabilities::{Entry, Trails};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "npm-audit",
    id: "npm-audit-json@1",
    reads: "JSON (`npm audit --json`) of npm 6 to 11, and of `pnpm audit --json`",
    severity: "severity: critical, high, moderate, low, info; any other word is unknown",
    completeness: "empty when `metadata` counts no dependency; partial when it counts more vulnerable packages than \
                   there are, or when a package's trail leads to no advisory",
    format: Format::Json,
    lists: &["/vulnerabilities/{}", "/advisories/{}"],
    // Of a registry's refusal: its address and its answer may hold credentials.
    unread: &[],
    sensitive: &[
        secret("message"),
        secret("uri"),
        secret("headers"),
        secret("body"),
    ],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| {
        shape.root == Root::Object
            && (shape.has_all(&["auditReportVersion", "vulnerabilities"])
                || shape.has_all(&["actions", "advisories"])
                || shape.has_all(&["message", "method", "uri", "statusCode"]))
    },
    start: &|| Box::new(NpmAudit::default()),
};

/// npm's words.
const LEVELS: &[(&str, Level)] = &[
    ("critical", Level::Critical),
    ("high", Level::High),
    ("moderate", Level::Medium),
    ("low", Level::Low),
    ("info", Level::Info),
];

/// Reads one report; holds which package is in it because of which.
#[derive(Default)]
struct NpmAudit {
    trails: Trails,
}

/// What decides how the rest is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    audit_report_version: Option<i64>,
    error: Option<Failure>,
    status_code: Option<u32>,
}

#[derive(Deserialize)]
struct Failure {
    code: Option<String>,
    summary: Option<String>,
}

#[derive(Deserialize)]
struct Version2 {
    vulnerabilities: BTreeMap<String, u8>,
    metadata: Metadata2,
}

#[derive(Deserialize)]
struct Metadata2 {
    vulnerabilities: Total,
    dependencies: Total,
}

#[derive(Deserialize)]
struct Total {
    /// Below zero when there is no package at all.
    total: i64,
}

#[derive(Deserialize)]
struct Version1 {
    advisories: BTreeMap<String, u8>,
    muted: Option<Vec<IgnoredAny>>,
    metadata: Metadata1,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata1 {
    vulnerabilities: BTreeMap<String, u64>,
    total_dependencies: Option<i64>,
    dependencies: Option<i64>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rating {
    score: Option<f64>,
    vector_string: Option<Text>,
}

impl Rating {
    /// npm writes a score of 0 without a vector for none.
    fn cvss(self) -> Option<Cvss> {
        Some(rating(given(self.vector_string)?, self.score, None))
    }
}

/// One, or several.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Text),
    More(Vec<Text>),
}

impl OneOrMore {
    fn list(&self) -> &[Text] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

fn severity(word: Option<Text>, cvss: Option<&Cvss>) -> Severity {
    let Some(word) = given(word) else {
        return by_cvss(cvss.map(std::slice::from_ref).unwrap_or_default());
    };
    Severity {
        score: cvss.and_then(|rating| rating.score.clone()),
        ..Severity::tool(level(&word, LEVELS), word)
    }
}

/// The name of an advisory: GitHub's, which stands in its address, or npm's number. The number of the same advisory
/// changes.
fn name<'a>(url: Option<&'a str>, number: Option<&Value>) -> Cow<'a, str> {
    let of_github = url
        .and_then(|url| url.rsplit('/').next())
        .filter(|id| id.starts_with("GHSA-"));
    match (of_github, number) {
        (Some(id), _) => id.into(),
        (None, Some(Value::Number(number))) => format!("npm:{number}").into(),
        (None, Some(Value::String(text))) if !text.is_empty() => format!("npm:{text}").into(),
        _ => "".into(),
    }
}

impl Reader for NpmAudit {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let package = record.names.first().map_or("", |name| name);
        if record.list == 1 {
            return record.parse::<Advisory>()?.findings(record, findings);
        }
        let entry = record.parse::<Entry>();
        self.trails.add(package, entry.as_ref().ok());
        entry?.findings(package, record, findings)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let head: Head = object(ADAPTER.tool, envelope)?;
        if let Some(error) = head.error {
            let said = [error.code, error.summary];
            let mut said: Vec<String> = said
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .collect();
            said.extend(
                head.status_code
                    .map(|code| format!("the registry answered {code}")),
            );
            if said.is_empty() {
                said.push("npm does not say why".to_owned());
            }
            return Err(ReadError::ScannerFailed(said.join(": ")));
        }
        let mut run = Run::new(Completeness::Complete);
        let (dependencies, counted) = match head.audit_report_version {
            Some(2) => {
                let report: Version2 = object(ADAPTER.tool, envelope)?;
                let Metadata2 {
                    vulnerabilities,
                    dependencies,
                } = report.metadata;
                if usize::try_from(vulnerabilities.total).ok() != Some(report.vulnerabilities.len())
                {
                    run.left_out(
                        "/metadata/vulnerabilities/total",
                        format!(
                            "npm counts {} vulnerable packages, and {} are there",
                            vulnerabilities.total,
                            report.vulnerabilities.len()
                        ),
                    );
                }
                self.trails.check(&mut run);
                (dependencies.total, report.vulnerabilities.len())
            }
            Some(other) => {
                let what =
                    format!("version {other} of npm's audit report is not known; 1 and 2 are");
                return Err(ReadError::Unsupported(what));
            }
            None => {
                let report: Version1 = object(ADAPTER.tool, envelope)?;
                let muted = report.muted.map_or(0, |list| list.len());
                if muted > 0 {
                    run.left_out(
                        "/muted",
                        format!("{muted} advisories were muted and are not in the report"),
                    );
                }
                let metadata = report.metadata;
                let any = metadata.vulnerabilities.values().any(|count| *count > 0);
                if any && report.advisories.is_empty() {
                    run.left_out(
                        "/metadata/vulnerabilities",
                        "npm counts vulnerabilities, and none is there",
                    );
                }
                let dependencies = metadata.total_dependencies.or(metadata.dependencies);
                let Some(dependencies) = dependencies else {
                    return Err(ReadError::wrong_tool(
                        ADAPTER.tool,
                        "`metadata` counts no dependencies",
                    ));
                };
                (dependencies, report.advisories.len())
            }
        };
        let dependencies = u64::try_from(dependencies).unwrap_or_default();
        run.scanned = Some(dependencies);
        if dependencies == 0 && counted == 0 {
            run.nothing_scanned("npm found no dependency to look up");
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests;
