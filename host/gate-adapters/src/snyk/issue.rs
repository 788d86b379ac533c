//! A row of `vulnerabilities`: a vulnerability or a license, and the way to the package.

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    Class, Cvss, Evidence, Finding, FixState, Location, Software, Suppression, SuppressionKind,
    SuppressionState, Text,
};
use gate_core::severity::Severity;

use super::{ADAPTER, Kind, severity};
use crate::adapter::RecordError;
use crate::normalize::{cwe, decimal, given};
use crate::package::{Known, by_cvss, details, rating};

/// Package managers and distributions that are not themselves a package-URL type.
const ECOSYSTEMS: &[(&str, &str)] = &[
    ("alpine", "apk"),
    ("amzn", "rpm"),
    ("centos", "rpm"),
    ("chainguard", "apk"),
    ("debian", "deb"),
    ("fedora", "rpm"),
    ("golangdep", "golang"),
    ("gomodules", "golang"),
    ("govendor", "golang"),
    ("gradle", "maven"),
    ("oracle", "rpm"),
    ("paket", "nuget"),
    ("pip", "pypi"),
    ("pipenv", "pypi"),
    ("pnpm", "npm"),
    ("poetry", "pypi"),
    ("rhel", "rpm"),
    ("rocky", "rpm"),
    ("rubygems", "gem"),
    ("sbt", "maven"),
    ("sles", "rpm"),
    ("ubuntu", "deb"),
    ("upstream", "generic"),
    ("wolfi", "apk"),
    ("yarn", "npm"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Issue {
    pub(super) id: Text,
    /// `license`, or nothing.
    #[serde(rename = "type")]
    kind: Option<String>,
    license: Option<Text>,
    title: Option<Text>,
    description: Option<Text>,
    severity: Option<Text>,
    /// The word where `severity` still ended at high.
    severity_with_critical: Option<Text>,
    cvss_score: Option<f64>,
    #[serde(rename = "CVSSv3")]
    cvss_v3: Option<Text>,
    identifiers: Option<Identifiers>,
    name: Option<OneOrMore>,
    package_name: Option<Text>,
    module_name: Option<Text>,
    version: Option<Text>,
    package_manager: Option<String>,
    /// From the project to the package; with `--group-issues` several of them.
    from: Option<Vec<Value>>,
    /// `false` stands where nothing can be upgraded.
    upgrade_path: Option<Vec<Value>>,
    fixed_in: Option<Vec<Text>>,
    nearest_fixed_in_version: Option<Text>,
    references: Option<Vec<Reference>>,
    exploit: Option<Text>,
    epss_details: Option<Epss>,
    filtered: Option<Filtered>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Text),
    More(Vec<Text>),
}

#[derive(Deserialize)]
struct Identifiers {
    #[serde(rename = "CVE")]
    cve: Option<Vec<Text>>,
    #[serde(rename = "CWE")]
    cwe: Option<Vec<Text>>,
    #[serde(rename = "GHSA")]
    ghsa: Option<Vec<Text>>,
}

#[derive(Deserialize)]
struct Reference {
    url: Option<Text>,
}

#[derive(Deserialize)]
struct Epss {
    /// A number, as text.
    probability: Option<Value>,
}

#[derive(Deserialize)]
struct Filtered {
    ignored: Option<Vec<Ignored>>,
}

#[derive(Deserialize)]
struct Ignored {
    reason: Option<Text>,
}

/// A package that is installed, and how the project comes by it.
pub(super) struct Installed {
    pub(super) name: Text,
    pub(super) version: Option<Text>,
    pub(super) paths: Vec<Text>,
}

impl Issue {
    /// The packages that the row is about: one, or with `--group-issues` several.
    pub(super) fn installed(&self) -> Result<Vec<Installed>, RecordError> {
        let from = self.from.as_deref().unwrap_or_default();
        let nested: Vec<&Vec<Value>> = from.iter().filter_map(Value::as_array).collect();
        if nested.is_empty() {
            let name = match &self.name {
                Some(OneOrMore::One(name)) => Some(name),
                Some(OneOrMore::More(names)) => names.first(),
                None => None,
            };
            let name = name
                .or(self.package_name.as_ref())
                .or(self.module_name.as_ref());
            let Some(name) = name.filter(|name| !name.is_empty()) else {
                return Err(RecordError::Shape("the package has no name".to_owned()));
            };
            return Ok(vec![Installed {
                name: name.clone(),
                version: given(self.version.clone()),
                paths: way(from).into_iter().collect(),
            }]);
        }
        let mut all: Vec<Installed> = Vec::new();
        for path in nested {
            // Its last element is the package, such as `@scope/name@1.2.3`.
            let last = path.last().and_then(Value::as_str).unwrap_or_default();
            let (name, version) = match last.rsplit_once('@') {
                Some((name, version)) if !name.is_empty() => (name, Some(version)),
                _ => (last, None),
            };
            if name.is_empty() {
                return Err(RecordError::Shape("a path leads to no package".to_owned()));
            }
            let version = version.filter(|version| !matches!(*version, "" | "*"));
            let known = all
                .iter_mut()
                .find(|one| *one.name == *name && one.version.as_deref() == version);
            match known {
                Some(installed) => installed.paths.extend(way(path)),
                None => all.push(Installed {
                    name: name.into(),
                    version: version.map(Into::into),
                    paths: way(path).into_iter().collect(),
                }),
            }
        }
        Ok(all)
    }

    /// What the project itself would have to upgrade to: the first package after itself.
    pub(super) fn upgrade(&self) -> Option<Text> {
        let path = self.upgrade_path.iter().flatten();
        path.skip(1).find_map(Value::as_str).map(Into::into)
    }

    pub(super) fn finding(
        &self,
        installed: &Installed,
        kind: Kind,
        at: Evidence,
    ) -> Result<Finding, RecordError> {
        let mut finding = if self.kind.as_deref() == Some("license") {
            self.license(installed, at)
        } else {
            self.vulnerability(installed, at)?
        };
        let justification = match kind {
            Kind::Ignored => self.reason(),
            Kind::Patched => Some("patched by Snyk".into()),
            Kind::Found | Kind::Misconfiguration => return Ok(finding),
        };
        finding.suppression = Some(Suppression {
            justification,
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
        Ok(finding)
    }

    fn reason(&self) -> Option<Text> {
        let ignored = self.filtered.as_ref()?.ignored.as_deref()?;
        ignored.iter().find_map(|one| given(one.reason.clone()))
    }

    fn license(&self, installed: &Installed, at: Evidence) -> Finding {
        let license = self
            .license
            .as_deref()
            .filter(|license| !license.is_empty());
        let name = license.or(self.title.as_deref()).unwrap_or(&self.id);
        let title = format!("license {name} of {}", installed.name);
        let rated = severity(self.severity.clone()).unwrap_or_else(Severity::unknown);
        let mut finding = Finding::new(ADAPTER.tool, Class::License, name, rated, title, at);
        finding.locations = vec![Location {
            logical: Some(installed.name.clone()),
            ..Location::default()
        }];
        finding.attributes.insert("id".into(), self.id.clone());
        if let Some(version) = &installed.version {
            finding.attributes.insert("version".into(), version.clone());
        }
        finding
    }

    fn vulnerability(&self, installed: &Installed, at: Evidence) -> Result<Finding, RecordError> {
        let cvss = self.cvss();
        let word = self
            .severity_with_critical
            .clone()
            .or_else(|| self.severity.clone());
        let mut rated = severity(word).unwrap_or_else(|| by_cvss(cvss.as_slice()));
        rated.score = cvss.iter().find_map(|rating| rating.score.clone());
        let identifiers = self.identifiers.as_ref();
        let cves = identifiers
            .and_then(|ids| ids.cve.as_deref())
            .unwrap_or_default();
        let ghsas = identifiers
            .and_then(|ids| ids.ghsa.as_deref())
            .unwrap_or_default();
        let cwes = identifiers
            .and_then(|ids| ids.cwe.as_deref())
            .unwrap_or_default();
        let manager = self.package_manager.as_deref().unwrap_or_default();
        // The release of a distribution, such as `debian:12`, is not the ecosystem.
        let manager = manager.split(':').next().unwrap_or_default();
        let known = ECOSYSTEMS.iter().find(|(word, _)| *word == manager);
        let ecosystem = known.map_or(manager, |(_, purl)| purl);
        let mut finding = Known {
            tool: ADAPTER.tool,
            id: &self.id,
            aliases: cves.iter().chain(ghsas).map(|id| &**id).collect(),
            software: Software {
                ecosystem: (!ecosystem.is_empty()).then(|| ecosystem.into()),
                name: installed.name.clone(),
                version: installed.version.clone(),
                ..Software::default()
            },
            severity: rated,
            title: self.title.clone(),
        }
        .finding(at)?;
        finding.description = self.description.clone().unwrap_or_default();
        let urls = self.references.iter().flatten();
        finding.references = urls
            .filter_map(|reference| given(reference.url.clone()))
            .collect();
        if self.id.starts_with("SNYK-") {
            finding.rule.url = Some(format!("https://security.snyk.io/vuln/{}", self.id).into());
        }
        if let Some(exploit) = given(self.exploit.clone()) {
            finding.attributes.insert("exploit".into(), exploit);
        }
        details(&mut finding, |known| {
            known.cvss.extend(cvss);
            known.cwes = cwes.iter().filter_map(|id| cwe(id)).collect();
            known.epss = self.epss();
            known.fixed_in = match &self.fixed_in {
                Some(versions) if !versions.is_empty() => versions.clone(),
                _ => given(self.nearest_fixed_in_version.clone())
                    .into_iter()
                    .collect(),
            };
            if known.fixed_in.is_empty() && self.fixed_in.is_some() {
                known.fix_state = FixState::None;
            }
        });
        Ok(finding)
    }

    fn cvss(&self) -> Option<Cvss> {
        match given(self.cvss_v3.clone()) {
            Some(vector) => Some(rating(vector, self.cvss_score, None)),
            None => Some(Cvss {
                score: Some(decimal(self.cvss_score?)?),
                source: None,
                vector: None,
                version: "3".into(),
            }),
        }
    }

    fn epss(&self) -> Option<Text> {
        match self.epss_details.as_ref()?.probability.as_ref()? {
            Value::String(text) => text.parse().ok().and_then(decimal),
            Value::Number(number) => number.as_f64().and_then(decimal),
            _ => None,
        }
    }
}

/// The way to a package, without the project that it begins with.
fn way(from: &[Value]) -> Option<Text> {
    let steps: Vec<&str> = from.iter().skip(1).filter_map(Value::as_str).collect();
    (!steps.is_empty()).then(|| steps.join(" > ").into())
}
