//! Version 1: advisories, and where the project has the packages that they are about.

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{FixState, Location, Software, Text};

use super::{ADAPTER, OneOrMore, Rating, name, severity};
use crate::adapter::{Findings, Record, RecordError};
use crate::normalize::{cwe, given};
use crate::package::{Known, details};

/// Most dependency paths that are kept; a package can be reached on thousands.
const MAX_PATHS: usize = 20;

#[derive(Deserialize)]
pub(super) struct Advisory {
    id: Option<Value>,
    github_advisory_id: Option<Text>,
    cves: Option<Vec<Text>>,
    module_name: Text,
    title: Option<Text>,
    url: Option<Text>,
    severity: Option<Text>,
    cwe: Option<OneOrMore>,
    cvss: Option<Rating>,
    overview: Option<Text>,
    recommendation: Option<Text>,
    vulnerable_versions: Option<Text>,
    patched_versions: Option<String>,
    findings: Vec<Installed>,
}

#[derive(Deserialize)]
struct Installed {
    version: Option<Text>,
    paths: Option<Vec<Text>>,
}

impl Advisory {
    /// One finding for each version that is installed.
    pub(super) fn findings(
        mut self,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let installed = std::mem::take(&mut self.findings);
        if installed.is_empty() {
            return Err(RecordError::Shape(
                "the advisory names no installed version".to_owned(),
            ));
        }
        let cvss = self.cvss.take().and_then(Rating::cvss);
        let url = given(self.url.take());
        let number = name(url.as_deref(), self.id.as_ref());
        let of_github = self
            .github_advisory_id
            .as_deref()
            .filter(|id| !id.is_empty());
        let cves = self.cves.iter().flatten().map(|id| &**id);
        let patched = self.patched_versions.as_deref().unwrap_or_default();
        let fixed_in: Vec<Text> = patched
            .split("||")
            .map(str::trim)
            // No version is below 0.0.0: there is no fix.
            .filter(|range| !range.is_empty() && *range != "<0.0.0")
            .map(Into::into)
            .collect();
        for (at, Installed { version, paths }) in installed.into_iter().enumerate() {
            let mut evidence = record.evidence();
            evidence.pointer = format!("{}/findings/{at}", evidence.pointer).into();
            let mut finding = Known {
                tool: ADAPTER.tool,
                id: of_github.unwrap_or(&number),
                aliases: cves.clone().collect(),
                software: Software {
                    ecosystem: Some("npm".into()),
                    name: self.module_name.clone(),
                    version: given(version),
                    ..Software::default()
                },
                severity: severity(self.severity.clone(), cvss.as_ref()),
                title: self.title.as_deref().map(|title| title.trim().into()),
            }
            .finding(evidence)?;
            let paths = paths.into_iter().flatten().filter(|path| !path.is_empty());
            let places: Vec<Location> = paths
                .take(MAX_PATHS)
                .map(|path| Location {
                    logical: Some(path),
                    ..Location::default()
                })
                .collect();
            if !places.is_empty() {
                finding.locations = places;
            }
            finding.description = self.overview.clone().unwrap_or_default();
            finding.remediation = given(self.recommendation.clone());
            finding.references.extend(url.clone());
            finding.rule.url.clone_from(&url);
            if let Some(range) = given(self.vulnerable_versions.clone()) {
                finding.attributes.insert("range".into(), range);
            }
            details(&mut finding, |known| {
                known.cvss.extend(cvss.clone());
                known.cwes = self
                    .cwe
                    .iter()
                    .flat_map(OneOrMore::list)
                    .filter_map(|id| cwe(id))
                    .collect();
                known.fixed_in.clone_from(&fixed_in);
                if patched == "<0.0.0" {
                    known.fix_state = FixState::None;
                }
            });
            findings.push(finding, 0);
        }
        Ok(())
    }
}
