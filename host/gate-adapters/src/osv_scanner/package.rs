//! A package of OSV-Scanner's report with its groups of vulnerabilities.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use gate_core::finding::{
    Class, Evidence, Finding, Location, Software, Suppression, SuppressionKind, SuppressionState,
    Text,
};
use gate_core::severity::{Level, Origin, Severity};

use super::ADAPTER;
use super::vulnerability::Vulnerability;
use crate::adapter::{Findings, Record, RecordError};
use crate::normalize::{cvss_level, decimal_text, given};
use crate::package::{Known, by_cvss, details};

/// The databases' words; any other is unknown.
const LEVELS: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MODERATE", Level::Medium),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("NEGLIGIBLE", Level::Low),
];

/// OSV's ecosystems that are not themselves a package-URL type.
const ECOSYSTEMS: &[(&str, &str)] = &[
    ("AlmaLinux", "rpm"),
    ("Alpaquita", "apk"),
    ("Alpine", "apk"),
    ("Azure Linux", "rpm"),
    ("BellSoft Hardened Containers", "apk"),
    ("Bioconductor", "bioconductor"),
    ("Bitnami", "bitnami"),
    ("Chainguard", "apk"),
    ("ConanCenter", "conan"),
    ("CRAN", "cran"),
    ("crates.io", "cargo"),
    ("Debian", "deb"),
    ("Echo", "deb"),
    ("GitHub Actions", "githubactions"),
    ("Go", "golang"),
    ("Hackage", "hackage"),
    ("Hex", "hex"),
    ("Julia", "julia"),
    ("Mageia", "rpm"),
    ("Maven", "maven"),
    ("MinimOS", "apk"),
    ("NuGet", "nuget"),
    ("openEuler", "rpm"),
    ("openSUSE", "rpm"),
    ("Packagist", "composer"),
    ("Photon OS", "rpm"),
    ("Pub", "pub"),
    ("PyPI", "pypi"),
    ("Red Hat", "rpm"),
    ("Rocky Linux", "rpm"),
    ("RubyGems", "gem"),
    ("SUSE", "rpm"),
    ("SwiftURL", "swift"),
    ("Ubuntu", "deb"),
    ("Wolfi", "apk"),
];

#[derive(Deserialize)]
pub(super) struct Package {
    package: Info,
    vulnerabilities: Option<Vec<Entry>>,
    groups: Option<Vec<Group>>,
    dependency_groups: Option<Vec<Text>>,
    license_violations: Option<Vec<Text>>,
}

#[derive(Deserialize)]
struct Info {
    /// Empty for a checkout that was looked up by its commit.
    name: Text,
    version: Option<Text>,
    ecosystem: Option<String>,
    commit: Option<Text>,
}

/// An entry that can't be understood must not take the others of its package with it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Understood(Box<Vulnerability>),
    Odd(IgnoredAny),
}

#[derive(Default, Deserialize)]
struct Group {
    ids: Vec<Text>,
    aliases: Option<Vec<Text>>,
    /// A CVSS score, or nothing.
    max_severity: Option<Text>,
    /// The key of version 1 is in camel case.
    #[serde(alias = "experimentalAnalysis")]
    experimental_analysis: Option<BTreeMap<String, Analysis>>,
}

#[derive(Deserialize)]
struct Analysis {
    called: Option<bool>,
    unimportant: Option<bool>,
}

impl Package {
    /// Pushes the findings, good ones first.
    pub(super) fn findings(
        self,
        record: &Record<'_>,
        findings: &mut Findings,
    ) -> Result<(), RecordError> {
        let before = findings.accounted();
        let mut odd = None;
        let mut known: Vec<(usize, Vulnerability)> = Vec::new();
        for (at, entry) in self.vulnerabilities.into_iter().flatten().enumerate() {
            match entry {
                Entry::Understood(vulnerability) => known.push((at, *vulnerability)),
                Entry::Odd(_) => {
                    odd = Some(format!("vulnerability {at} of the package is no entry"));
                }
            }
        }
        let at = |part: &str, n: usize| {
            let mut evidence = record.evidence();
            evidence.pointer = format!("{}/{part}/{n}", evidence.pointer).into();
            evidence
        };
        let mut groups = self.groups.unwrap_or_default();
        // An entry that no group names stands for itself.
        for (_, vulnerability) in &known {
            if !groups
                .iter()
                .any(|group| group.ids.contains(&vulnerability.id))
            {
                groups.push(Group {
                    ids: vec![vulnerability.id.clone()],
                    ..Group::default()
                });
            }
        }
        for group in groups {
            let (members, others): (Vec<_>, Vec<_>) = known
                .into_iter()
                .partition(|(_, vulnerability)| group.ids.contains(&vulnerability.id));
            known = others;
            let absent = group
                .ids
                .iter()
                .find(|id| !members.iter().any(|(_, v)| v.id == **id));
            if let Some(absent) = absent
                && odd.is_none()
            {
                odd = Some(format!(
                    "a group names {absent}, of which there is no entry"
                ));
            }
            let places: Vec<usize> = members.iter().map(|(at, _)| *at).collect();
            let members: Vec<Vulnerability> = members.into_iter().map(|(_, v)| v).collect();
            let Some(first) = places.first() else {
                continue;
            };
            let first = at("vulnerabilities", *first);
            match group.finding(
                members,
                &self.package,
                self.dependency_groups.as_deref(),
                first,
            ) {
                Ok(finding) => {
                    for place in places {
                        let mut twin = finding.clone();
                        twin.evidence = at("vulnerabilities", place);
                        findings.push(twin, record.outer_index());
                    }
                }
                Err(error) => odd = Some(error.to_string()),
            }
        }
        for (n, license) in self.license_violations.into_iter().flatten().enumerate() {
            let finding = self.package.license(license, at("license_violations", n));
            findings.push(finding, record.outer_index());
        }
        match odd {
            Some(what) => Err(RecordError::Shape(what)),
            None => {
                if findings.accounted() == before {
                    findings.passed();
                }
                Ok(())
            }
        }
    }
}

impl Info {
    fn software(&self, name: Text, purl: Option<Text>) -> Software {
        // A release of a distribution, such as `Debian:12`, is not the ecosystem.
        let written = self.ecosystem.as_deref().unwrap_or_default();
        let family = written.split(':').next().unwrap_or_default();
        let known = ECOSYSTEMS.iter().find(|(word, _)| *word == family);
        let ecosystem = known.map_or(family, |(_, purl)| purl);
        Software {
            ecosystem: (!ecosystem.is_empty()).then(|| ecosystem.into()),
            name,
            path: None,
            purl,
            version: given(self.version.clone()),
        }
    }

    /// A license that the user's list does not allow. OSV-Scanner has no word for how bad that is.
    fn license(&self, license: Text, at: Evidence) -> Finding {
        let title = format!("license {license} of {} is not allowed", self.name);
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::License,
            license,
            Severity::unknown(),
            title,
            at,
        );
        finding.locations = vec![Location {
            logical: Some(self.name.clone()),
            ..Location::default()
        }];
        finding
    }
}

impl Group {
    /// The finding that all members of the group stand for. Names and places of all are kept; text is that of the
    /// member that is rated worst.
    fn finding(
        self,
        mut members: Vec<Vulnerability>,
        package: &Info,
        dependency_groups: Option<&[Text]>,
        at: Evidence,
    ) -> Result<Finding, RecordError> {
        let severity = self.severity(&members);
        let suppression = self.suppression();
        let names: Vec<Text> = self
            .ids
            .into_iter()
            .chain(self.aliases.into_iter().flatten())
            .collect();
        members.sort_by_cached_key(|member| Reverse(member.worst(LEVELS).map(|(level, _)| level)));
        let Some((lead, rest)) = members.split_first() else {
            return Err(RecordError::Shape(
                "a group has no vulnerability".to_owned(),
            ));
        };
        let all = || std::iter::once(lead).chain(rest);
        let aliases = all()
            .flat_map(Vulnerability::names)
            .chain(names.iter().map(|name| &**name));
        let name = &*package.name;
        // A commit has no name of its own; that of its repository stays the same with the next commit.
        let repository = all().find_map(Vulnerability::repository).cloned();
        let mut finding = Known {
            tool: ADAPTER.tool,
            id: &lead.id,
            aliases: aliases.collect(),
            software: package.software(
                if name.is_empty() {
                    repository.unwrap_or_default()
                } else {
                    name.into()
                },
                all().find_map(|member| member.purl(name)),
            ),
            severity,
            title: all().find_map(|member| given(member.summary.clone())),
        }
        .finding(at)?;
        finding.description = all()
            .find_map(|member| given(member.details.clone()))
            .unwrap_or_default();
        finding.references = all().flat_map(Vulnerability::urls).cloned().collect();
        let mut seen = BTreeSet::new();
        finding.references.retain(|url| seen.insert(url.clone()));
        finding.rule.url = Some(format!("https://osv.dev/{}", lead.id).into());
        finding.suppression = suppression;
        if let Some(commit) = given(package.commit.clone()) {
            finding.attributes.insert("commit".into(), commit);
        }
        if let Some(groups) = dependency_groups.filter(|groups| !groups.is_empty()) {
            finding
                .attributes
                .insert("dependency-groups".into(), groups.join(", ").into());
        }
        details(&mut finding, |known| {
            known.cvss = all().flat_map(Vulnerability::cvss).collect();
            known.cwes = all().flat_map(Vulnerability::cwes).collect();
            for member in all() {
                for version in member.fixed_in(name) {
                    if !known.fixed_in.contains(version) {
                        known.fixed_in.push(version.clone());
                    }
                }
            }
        });
        Ok(finding)
    }

    /// The worst word that a database has for it; without one, the tool's own score or the vectors'.
    fn severity(&self, members: &[Vulnerability]) -> Severity {
        let score = decimal_text(self.max_severity.clone());
        let worst = members
            .iter()
            .filter_map(|member| Some((member.worst(LEVELS)?, member)));
        // Of equals the first.
        let worst = worst.reduce(|a, b| if b.0.0 > a.0.0 { b } else { a });
        if let Some(((level, word), member)) = worst {
            return Severity {
                level,
                origin: Origin::Vendor,
                original: Some(word.into()),
                score,
                source: Some(member.database().into()),
            };
        }
        let number = score.as_deref().and_then(|score| score.parse().ok());
        match number {
            Some(number) => Severity {
                level: cvss_level("3", number).unwrap_or(Level::Unknown),
                origin: Origin::Cvss,
                original: None,
                score,
                source: None,
            },
            None => {
                let all: Vec<_> = members.iter().flat_map(Vulnerability::cvss).collect();
                by_cvss(&all)
            }
        }
    }

    /// What the tool itself does not count: what its call analysis found not to be called, and what a distribution
    /// calls unimportant.
    fn suppression(&self) -> Option<Suppression> {
        let analysis = self
            .experimental_analysis
            .as_ref()
            .filter(|all| !all.is_empty())?;
        let justification = if analysis.values().any(|one| one.unimportant == Some(true)) {
            "unimportant, says the distribution"
        } else if analysis.values().all(|one| one.called == Some(false)) {
            "not called, says OSV-Scanner's call analysis"
        } else {
            return None;
        };
        Some(Suppression {
            justification: Some(justification.into()),
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        })
    }
}
