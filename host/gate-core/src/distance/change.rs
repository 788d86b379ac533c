//! Changes: findings that one act mends together.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::finding::{Finding, FixState, Text};
use crate::fingerprint::{Fingerprint, purl_name};
use crate::severity::Level;

/// One act, and the findings that go with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// Where it is to be made.
    pub place: Place,
    /// How many of its findings are of each level.
    pub levels: BTreeMap<Level, u32>,
    /// Rules and vulnerabilities that its findings name; sorted.
    pub rules: BTreeSet<Text>,
    /// Versions that have a fix, as the tools write them, for each vulnerability that has one. Which of them has all
    /// fixes is not known here: each ecosystem orders versions in its own way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fixed_in: BTreeMap<Text, BTreeSet<Text>>,
    /// Vulnerabilities for which no tool names a version with a fix, with what is said of one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub no_fix: BTreeMap<Text, FixState>,
    /// What the tools advise where there is no version to take; sorted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub advice: BTreeSet<Text>,
    /// The findings that it mends; sorted.
    pub findings: Vec<Fingerprint>,
}

/// Where a change is to be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Place {
    /// A package, which is to be upgraded or removed.
    Package {
        /// Its name.
        name: Text,
        /// The version that is there.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<Text>,
        /// Where it is: its path, else its package URL without version.
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<Text>,
    },
    /// A file, in which a rule is broken.
    File {
        /// Its path.
        path: Text,
        /// The rule.
        rule: Text,
    },
    /// A deployed thing.
    Resource {
        /// Its identifier.
        id: Text,
    },
    /// A web address.
    Endpoint {
        /// The address.
        url: Text,
    },
    /// No place is known: all that a rule of a tool found.
    Rule {
        /// The tool.
        tool: Text,
        /// The rule.
        rule: Text,
    },
}

impl Place {
    /// Where a finding is mended.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let software = finding.vulnerability.as_ref().map(|v| &v.software);
        if let Some(software) = software.filter(|software| !software.name.is_empty()) {
            let purl = software.purl.as_deref().map(|purl| purl_name(purl).into());
            return Self::Package {
                name: software.name.clone(),
                version: software.version.clone(),
                at: software.path.clone().or(purl),
            };
        }
        let rule = finding.rule.id.clone();
        if let Some(path) = finding.locations.iter().find_map(|at| at.path.clone()) {
            return Self::File { path, rule };
        }
        if let Some(resource) = &finding.resource {
            let id = resource.id.clone();
            return Self::Resource { id };
        }
        if let Some(endpoint) = &finding.endpoint {
            let url = endpoint.url.clone();
            return Self::Endpoint { url };
        }
        let tool = finding.tool.clone();
        Self::Rule { tool, rule }
    }
}

impl Change {
    /// A change at a place that mends some findings.
    pub(super) fn new<'a>(place: Place, mended: impl Iterator<Item = &'a Finding>) -> Self {
        let mut change = Self {
            place,
            levels: BTreeMap::new(),
            rules: BTreeSet::new(),
            fixed_in: BTreeMap::new(),
            no_fix: BTreeMap::new(),
            advice: BTreeSet::new(),
            findings: Vec::new(),
        };
        for finding in mended {
            *change.levels.entry(finding.severity.level).or_default() += 1;
            change.rules.insert(finding.rule.id.clone());
            change.findings.push(finding.id);
            change.fix(finding);
        }
        let fixed = &change.fixed_in;
        change.no_fix.retain(|rule, _| !fixed.contains_key(rule));
        change.findings.sort_unstable();
        change
    }

    /// Takes over what a finding says of its fix.
    fn fix(&mut self, finding: &Finding) {
        let rule = || finding.rule.id.clone();
        match finding.vulnerability.as_deref() {
            Some(vulnerability) if !vulnerability.fixed_in.is_empty() => {
                let versions = self.fixed_in.entry(rule()).or_default();
                versions.extend(vulnerability.fixed_in.iter().cloned());
            }
            Some(vulnerability) => {
                self.no_fix.insert(rule(), vulnerability.fix_state);
            }
            None => self.advice.extend(finding.remediation.clone()),
        }
    }
}

/// Findings by where they are mended, each by its position.
pub(super) fn by_place<'a>(
    findings: impl Iterator<Item = (u32, &'a Finding)>,
) -> Vec<(Place, BTreeSet<u32>)> {
    let mut places: BTreeMap<Place, BTreeSet<u32>> = BTreeMap::new();
    for (at, finding) in findings {
        places.entry(Place::of(finding)).or_default().insert(at);
    }
    places.into_iter().collect()
}
