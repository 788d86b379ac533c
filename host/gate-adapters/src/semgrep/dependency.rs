//! Vulnerable packages: of a scan (`extra.sca_info`) and of the cloud's list.
//!
//! A scan writes one result for each use of the package. The use is not carried, so that the results of one package
//! merge and are counted.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{Finding, Software, Suppression, SuppressionKind, SuppressionState, Text};

use super::ADAPTER;
use super::result::{Metadata, severity, weakness};
use crate::adapter::{Record, RecordError};
use crate::normalize::{given, path, position};
use crate::package::{self, details};

/// Which package a rule matched.
#[derive(Deserialize)]
pub(super) struct Dependency {
    dependency_match: Matched,
    reachable: Option<bool>,
}

#[derive(Deserialize)]
struct Matched {
    found_dependency: Found,
    lockfile: Option<Text>,
}

#[derive(Deserialize)]
struct Found {
    ecosystem: Option<Text>,
    line_number: Option<i64>,
    lockfile_path: Option<Text>,
    package: Text,
    transitivity: Option<Text>,
    version: Option<Text>,
}

impl Dependency {
    /// As a finding; `at` is where the rule matched, for reports that do not name the lock file.
    pub(super) fn read(
        self,
        rule: &str,
        at: &str,
        metadata: &Metadata,
        rated: Option<Text>,
        message: Option<Text>,
        record: &Record<'_>,
    ) -> Result<Finding, RecordError> {
        let Matched {
            found_dependency: found,
            lockfile,
        } = self.dependency_match;
        let lockfile = found.lockfile_path.or(lockfile);
        let name = found.package;
        let mut finding = package::Known {
            tool: ADAPTER.tool,
            id: rule,
            aliases: metadata.texts("sca-vuln-database-identifier").collect(),
            software: Software {
                ecosystem: found.ecosystem,
                name: name.clone(),
                path: Some(path(lockfile.as_deref().unwrap_or(at))),
                purl: None,
                version: given(found.version),
            },
            severity: severity(metadata.text("sca-severity").map(Into::into).or(rated)),
            title: given(message),
        }
        .finding(record.evidence())?;
        if let Some(place) = finding.locations.first_mut() {
            place.start_line = position(found.line_number);
        }
        let fixes = metadata.get("sca-fix-versions").and_then(Value::as_array);
        details(&mut finding, |known| {
            known.cwes = metadata.texts("cwe").filter_map(weakness).collect();
            // One object for each package that the advisory is about.
            let fixes = fixes.into_iter().flatten();
            let own = fixes.filter_map(|fix| fix.get(&*name)?.as_str());
            known.fixed_in = own.map(Into::into).collect();
        });
        for (key, value) in [
            (
                "reachable",
                self.reachable.map(|yes| yes.to_string().into()),
            ),
            ("transitivity", found.transitivity),
        ] {
            if let Some(value) = value {
                finding.attributes.insert(key.into(), value);
            }
        }
        Ok(finding)
    }
}

/// A vulnerability of the cloud's list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Known<'a> {
    #[serde(borrow)]
    advisory: Advisory<'a>,
    closest_safe_dependency: Option<Package>,
    dependency_file_location: Option<Place>,
    exposure_type: Option<Text>,
    matched_dependency: Package,
    opened_at: Option<String>,
    repository_name: Option<Text>,
    title: Option<Text>,
    transitivity: Option<Text>,
    triage: Option<Triage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Advisory<'a> {
    description: Option<Text>,
    ecosystem: Option<Text>,
    references: Option<References>,
    #[serde(borrow)]
    rule_id: Cow<'a, str>,
    severity: Option<Text>,
    vulnerable_dependencies: Option<Vec<Package>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct References {
    cve_ids: Option<Vec<Text>>,
    cwe_ids: Option<Vec<Text>>,
    urls: Option<Vec<Text>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    name: Text,
    version_specifier: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    path: Option<Text>,
    start_line: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Triage {
    dismiss_reason: Option<Text>,
    status: Option<Text>,
}

impl Known<'_> {
    pub(super) fn read(self, record: &Record<'_>) -> Result<Finding, RecordError> {
        let advisory = self.advisory;
        let references = advisory.references.unwrap_or_default();
        let cves = references.cve_ids.unwrap_or_default();
        let name = self.matched_dependency.name;
        // An advisory about packages of several ecosystems names one of them.
        let mut listed = advisory.vulnerable_dependencies.iter().flatten();
        let ecosystem = listed
            .any(|package| package.name == name)
            .then_some(advisory.ecosystem)
            .flatten();
        let (file, line) = self
            .dependency_file_location
            .map_or((None, None), |at| (at.path, at.start_line));
        // The list is of all repositories.
        let file = match (given(self.repository_name), given(file)) {
            (Some(repository), Some(file)) => Some(format!("{repository}/{}", path(&file)).into()),
            (repository, file) => repository.or(file),
        };
        let mut finding = package::Known {
            tool: ADAPTER.tool,
            id: &advisory.rule_id,
            aliases: cves.iter().map(|id| &**id).collect(),
            software: Software {
                ecosystem,
                name,
                path: file,
                purl: None,
                version: given(self.matched_dependency.version_specifier),
            },
            severity: severity(advisory.severity),
            title: given(self.title),
        }
        .finding(record.evidence())?;
        finding.description = advisory.description.unwrap_or_default();
        finding.references = references.urls.unwrap_or_default();
        finding.first_seen = self.opened_at.and_then(|at| at.parse().ok());
        if let Some(place) = finding.locations.first_mut() {
            place.start_line = line.and_then(|line| line.parse().ok());
        }
        details(&mut finding, |known| {
            let cwes = references.cwe_ids.unwrap_or_default();
            known.cwes = cwes.iter().filter_map(|id| weakness(id)).collect();
            let safe = self.closest_safe_dependency;
            known.fixed_in = safe
                .and_then(|p| given(p.version_specifier))
                .into_iter()
                .collect();
        });
        let triage = self.triage;
        let status = triage.as_ref().and_then(|triage| triage.status.clone());
        if status.as_deref() == Some("IGNORED") {
            finding.suppression = Some(Suppression {
                justification: triage.and_then(|triage| given(triage.dismiss_reason)),
                kind: SuppressionKind::External,
                state: SuppressionState::Accepted,
            });
        }
        for (key, value) in [
            ("exposure", self.exposure_type),
            ("transitivity", self.transitivity),
            ("triage", status),
        ] {
            if let Some(value) = given(value) {
                finding.attributes.insert(key.into(), value);
            }
        }
        Ok(finding)
    }
}
