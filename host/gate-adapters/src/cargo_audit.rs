//! cargo-audit's JSON report (`cargo audit --json`), seen from 0.14 to 0.22.
//!
//! Format: `rustsec/src/report.rs`, `vulnerability.rs`, `warning.rs` and `advisory/metadata.rs` of
//! <https://github.com/rustsec/rustsec>. Severities are not in it, only CVSS vectors, and few advisories have one.
//! Warnings are about crates that are unmaintained, unsound, yanked, or that there is a notice about; a yanked crate
//! has no advisory. What `ignore` in the settings names is not in the report at all, which is said as a problem.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use gate_core::code::Code;
use gate_core::finding::{Finding, FixState, Software, Text};
use gate_core::scan_report::{Completeness, Problem};
use gate_core::severity::{Level, Origin, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::given;
use crate::package::{Known, by_cvss, details, rating};
use crate::redact::secret;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "cargo-audit",
    id: "cargo-audit-json@1",
    reads: "JSON (`cargo audit --json`), from 0.14",
    severity: "by CVSS where the advisory has a vector; unmaintained, yanked and notice are info; else unknown",
    completeness: "empty when the lock file has no dependency; partial when the database has no advisory, or the \
                   count is not that of the list",
    format: Format::Json,
    lists: &["/vulnerabilities/list/*", "/warnings/{}/*"],
    // The address of a private repository may hold a token.
    unread: &[],
    sensitive: &[secret("source")],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| shape.has_all(&["database", "lockfile", "settings"]),
    start: &|| Box::new(CargoAudit),
};

struct CargoAudit;

/// A vulnerability or a warning.
#[derive(Deserialize)]
struct Entry {
    /// Only of a warning.
    kind: Option<String>,
    advisory: Option<Advisory>,
    versions: Option<Versions>,
    package: Package,
}

#[derive(Deserialize)]
struct Advisory {
    id: Text,
    title: Option<Text>,
    description: Option<Text>,
    aliases: Option<Vec<Text>>,
    categories: Option<Vec<Text>>,
    keywords: Option<Vec<Text>>,
    cvss: Option<Text>,
    references: Option<Vec<Text>>,
    url: Option<Text>,
    withdrawn: Option<Text>,
}

#[derive(Deserialize)]
struct Versions {
    patched: Option<Vec<Text>>,
}

#[derive(Deserialize)]
struct Package {
    name: Text,
    version: Text,
}

#[derive(Deserialize)]
struct Envelope {
    database: Database,
    lockfile: Lockfile,
    settings: Settings,
    vulnerabilities: Vulnerabilities,
    #[expect(dead_code, reason = "there so that another shape is refused")]
    warnings: BTreeMap<String, Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Database {
    advisory_count: u64,
    last_commit: Option<String>,
    last_updated: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lockfile {
    dependency_count: u64,
}

#[derive(Deserialize)]
struct Settings {
    ignore: Vec<String>,
    severity: Option<Value>,
    #[expect(dead_code, reason = "there so that another shape is refused")]
    informational_warnings: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Vulnerabilities {
    count: u64,
    list: Vec<u8>,
}

impl Entry {
    fn finding(self, record: &Record<'_>) -> Result<Finding, RecordError> {
        let is_warning = record.list == 1;
        let named = record.names.first().filter(|_| is_warning);
        let kind = self.kind.as_ref().or(named).map_or("", |kind| kind);
        let Package { name, version } = self.package;
        let (advisory, title) = match self.advisory {
            Some(advisory) => (Some(advisory), None),
            // The registry took the version back: there is nothing more to say, and no name for it.
            None if kind == "yanked" => (None, Some(format!("{name} {version} was yanked").into())),
            None => return Err(RecordError::Shape("there is no advisory".to_owned())),
        };
        let vector = advisory
            .as_ref()
            .and_then(|advisory| given(advisory.cvss.clone()));
        let cvss: Vec<_> = vector
            .into_iter()
            .map(|vector| rating(vector, None, None))
            .collect();
        let mut severity = by_cvss(&cvss);
        let minor = matches!(kind, "unmaintained" | "yanked" | "notice");
        if severity.origin == Origin::Default && is_warning && minor {
            severity = Severity::default_of_tool(Level::Info);
        }
        let aliases = advisory
            .iter()
            .flat_map(|advisory| advisory.aliases.iter().flatten());
        let mut finding = Known {
            tool: ADAPTER.tool,
            id: advisory.as_ref().map_or("yanked", |advisory| &advisory.id),
            aliases: aliases.map(|id| &**id).collect(),
            software: Software {
                ecosystem: Some("cargo".into()),
                name,
                version: given(Some(version)),
                ..Software::default()
            },
            severity,
            title: title.or_else(|| {
                advisory
                    .as_ref()
                    .and_then(|advisory| advisory.title.clone())
            }),
        }
        .finding(record.evidence())?;
        if is_warning {
            finding.attributes.insert("kind".into(), kind.into());
        }
        if let Some(advisory) = advisory {
            advisory.describe(&mut finding);
        }
        details(&mut finding, |known| {
            known.cvss = cvss;
            if let Some(patched) = self.versions.and_then(|versions| versions.patched) {
                if patched.is_empty() {
                    known.fix_state = FixState::None;
                }
                known.fixed_in = patched;
            }
        });
        Ok(finding)
    }
}

impl Advisory {
    fn describe(self, finding: &mut Finding) {
        let page = (self.id.starts_with("RUSTSEC-"))
            .then(|| format!("https://rustsec.org/advisories/{}", self.id).into());
        let url = given(self.url);
        finding.description = self.description.unwrap_or_default();
        finding.references = url
            .iter()
            .cloned()
            .chain(self.references.into_iter().flatten())
            .collect();
        finding.rule.url = page.or(url);
        let tags = self.categories.into_iter().chain(self.keywords).flatten();
        finding.rule.tags = tags.collect();
        finding.rule.tags.sort_unstable();
        finding.rule.tags.dedup();
        if let Some(date) = given(self.withdrawn) {
            finding.attributes.insert("withdrawn".into(), date);
        }
    }
}

impl Reader for CargoAudit {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        findings.push(record.parse::<Entry>()?.finding(record)?, 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope {
            database,
            lockfile,
            settings,
            vulnerabilities,
            ..
        } = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.database_version = database.last_commit.or(database.last_updated);
        run.scanned = Some(lockfile.dependency_count);
        if database.advisory_count == 0 {
            run.left_out("/database/advisory-count", "the database has no advisory");
        }
        if vulnerabilities.count != vulnerabilities.list.len() as u64 {
            run.left_out(
                "/vulnerabilities/count",
                format!(
                    "cargo-audit counts {} vulnerabilities, and {} are there",
                    vulnerabilities.count,
                    vulnerabilities.list.len()
                ),
            );
        }
        // What the user left out on purpose does not make the report less than was asked for.
        let mut remark = |place: &str, message: String| {
            let problem = Problem::new(Code::ScannerProblem, message).at(place);
            run.problem(Completeness::Complete, problem);
        };
        if !settings.ignore.is_empty() {
            let ids = settings.ignore.join(", ");
            remark(
                "/settings/ignore",
                format!("cargo-audit was told to leave out {ids}"),
            );
        }
        if let Some(Value::String(word)) = settings.severity {
            remark(
                "/settings/severity",
                format!("cargo-audit was told to leave out what is below {word}"),
            );
        }
        if lockfile.dependency_count == 0 {
            run.nothing_scanned("the lock file has no dependency");
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn report(list: &str, warnings: &str, count: usize) -> String {
        format!(
            r#"{{"database":{{"advisory-count":9,"last-commit":null,"last-updated":null}},
                "lockfile":{{"dependency-count":3}},
                "settings":{{"ignore":[],"informational_warnings":[]}},
                "vulnerabilities":{{"found":true,"count":{count},"list":[{list}]}},"warnings":{warnings}}}"#
        )
    }

    #[test]
    fn a_vector_gives_the_level_and_nothing_else_does() {
        let package = r#""package":{"name":"a","version":"1.0.0"}"#;
        for (cvss, expected) in [
            (
                "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"",
                Level::Critical,
            ),
            (
                "\"CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N\"",
                Level::High,
            ),
            ("\"CVSS:3.1/AV:N\"", Level::Unknown),
            ("\"\"", Level::Unknown),
            ("null", Level::Unknown),
        ] {
            let entry = format!(r#"{{"advisory":{{"id":"RUSTSEC-1","cvss":{cvss}}},{package}}}"#);
            let read = read_text(&ADAPTER, &report(&entry, "{}", 1)).0;
            assert_eq!(read.findings[0].severity.level, expected, "{cvss}");
        }
    }

    #[test]
    fn what_is_counted_must_be_there() {
        let completeness = |text: &str| read_text(&ADAPTER, text).0.report.completeness;
        assert_eq!(completeness(&report("", "{}", 0)), Completeness::Complete);
        assert_eq!(completeness(&report("", "{}", 1)), Completeness::Partial);
        assert_eq!(completeness(&report("", "[]", 0)), Completeness::Failed);
        assert_eq!(
            completeness(&report("", r#"{"yanked":{}}"#, 0)),
            Completeness::Failed
        );
        assert_eq!(completeness("{}"), Completeness::Failed);
        let none = report("", "{}", 0).replace("\"advisory-count\":9", "\"advisory-count\":0");
        assert_eq!(completeness(&none), Completeness::Partial);
    }
}
