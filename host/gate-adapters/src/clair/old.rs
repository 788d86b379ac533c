//! Vulnerabilities as Clair 2 gave them, in the words of klar and of clair-scanner.

use serde::Deserialize;

use gate_core::finding::{
    Evidence, Finding, Software, Suppression, SuppressionKind, SuppressionState, Text,
};

use super::{ADAPTER, severity};
use crate::adapter::RecordError;
use crate::normalize::{attribute, given};
use crate::package::{Known, details, of_distribution};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KlarVulnerability {
    name: Text,
    namespace_name: Option<Text>,
    description: Option<Text>,
    link: Option<Text>,
    severity: Option<Text>,
    fixed_by: Option<Text>,
    feature_name: Text,
    feature_version: Option<Text>,
}

#[derive(Deserialize)]
pub(super) struct ScannerVulnerability {
    vulnerability: Text,
    namespace: Option<Text>,
    description: Option<Text>,
    link: Option<Text>,
    severity: Option<Text>,
    fixedby: Option<Text>,
    featurename: Text,
    featureversion: Option<Text>,
}

impl From<ScannerVulnerability> for KlarVulnerability {
    fn from(of: ScannerVulnerability) -> Self {
        Self {
            name: of.vulnerability,
            namespace_name: of.namespace,
            description: of.description,
            link: of.link,
            severity: of.severity,
            fixed_by: of.fixedby,
            feature_name: of.featurename,
            feature_version: of.featureversion,
        }
    }
}

impl ScannerVulnerability {
    pub(super) fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        KlarVulnerability::from(self).finding(at)
    }
}

impl KlarVulnerability {
    pub(super) fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        let namespace = self.namespace_name.as_deref().unwrap_or_default();
        let known = Known {
            tool: ADAPTER.tool,
            id: &self.name,
            aliases: Vec::new(),
            software: Software {
                ecosystem: of_distribution(namespace).map(Into::into),
                name: self.feature_name,
                version: given(self.feature_version),
                ..Software::default()
            },
            severity: severity(self.severity.as_deref()),
            title: None,
        };
        let mut finding = known.finding(at)?;
        details(&mut finding, |vulnerability| {
            vulnerability.fixed_in.extend(given(self.fixed_by));
        });
        finding.description = self.description.unwrap_or_default();
        finding.rule.url = given(self.link);
        attribute(&mut finding, "namespace", self.namespace_name);
        Ok(finding)
    }
}

/// clair-scanner approves what is on its list and what is below its threshold, and does not say which of the two. What
/// is approved counts all the same: the threshold is the policy's.
pub(super) fn settle(finding: &mut Finding, unapproved: &[String]) {
    let known = finding.vulnerability.as_deref();
    let named = |id: &Text| unapproved.iter().any(|listed| **listed == **id);
    if known.is_some_and(|known| !known.ids.iter().any(named)) {
        finding.suppression = Some(Suppression {
            justification: Some("on clair-scanner's list, or below its threshold".into()),
            kind: SuppressionKind::External,
            state: SuppressionState::UnderReview,
        });
    }
}
