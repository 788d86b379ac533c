//! The report of version 4: maps, and what belongs together.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use gate_core::finding::{Class, Cvss, Evidence, Finding, Software, Status, Text};
use gate_core::severity::Severity;

use super::{ADAPTER, severity};
use crate::adapter::RecordError;
use crate::normalize::{attribute, decimal, given, path};
use crate::package::{Known, aliases, details, of_distribution};

/// A package and a vulnerability that it has, by their identifiers in the report.
pub(super) struct Pair {
    package: String,
    vulnerability: String,
}

impl Pair {
    pub(super) fn new(package: &str, vulnerability: Value) -> Result<Self, RecordError> {
        // Keys of a map are texts; the same identifier in a list was a number at first.
        let vulnerability = match vulnerability {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => {
                let what = "what names a vulnerability is neither a text nor a number";
                return Err(RecordError::Shape(what.to_owned()));
            }
        };
        Ok(Self {
            package: package.to_owned(),
            vulnerability,
        })
    }

    pub(super) fn pointer(&self) -> String {
        format!("/package_vulnerabilities/{}", self.package)
    }

    /// What is known before the maps are.
    pub(super) fn finding(&self, at: Evidence) -> Finding {
        let Self {
            package,
            vulnerability,
        } = self;
        let title = format!("vulnerability {vulnerability} of package {package}");
        let rule = "unknown";
        Finding::new(
            ADAPTER.tool,
            Class::Vulnerability,
            rule,
            Severity::unknown(),
            title,
            at,
        )
    }
}

/// A member of a map; an odd one does not take the others with it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Member<T> {
    Known(T),
    Odd(IgnoredAny),
}

impl<T> Member<T> {
    const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(known) => Some(known),
            Self::Odd(_) => None,
        }
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Report {
    pub(super) manifest_hash: String,
    pub(super) packages: BTreeMap<String, Member<Package>>,
    distributions: Option<BTreeMap<String, Member<Distribution>>>,
    environments: Option<BTreeMap<String, Member<Vec<Environment>>>>,
    vulnerabilities: BTreeMap<String, Member<Vulnerability>>,
    #[expect(
        dead_code,
        reason = "there so that another shape than lists is refused"
    )]
    package_vulnerabilities: BTreeMap<String, Option<Vec<u8>>>,
    #[serde(default, deserialize_with = "of_all_enrichers")]
    enrichments: Enrichments,
}

#[derive(Deserialize)]
pub(super) struct Package {
    name: Text,
    version: Option<Text>,
    arch: Option<Text>,
    filepath: Option<String>,
}

#[derive(Deserialize)]
struct Distribution {
    did: Option<String>,
}

#[derive(Deserialize)]
struct Environment {
    package_db: Option<String>,
    introduced_in: Option<Text>,
    distribution_id: Option<Value>,
}

#[derive(Deserialize)]
struct Vulnerability {
    name: Text,
    description: Option<Text>,
    links: Option<String>,
    severity: Option<Text>,
    normalized_severity: Option<String>,
    fixed_in_version: Option<String>,
    updater: Option<Text>,
    #[serde(rename = "Aliases")]
    aliases: Option<Vec<Alias>>,
    #[serde(rename = "Invert")]
    invert: Option<bool>,
}

#[derive(Deserialize)]
struct Alias {
    #[serde(alias = "Space")]
    space: String,
    #[serde(alias = "Name")]
    name: String,
}

impl Alias {
    /// A space is a prefix such as `CVE`, or the address of those who give the names.
    fn written(&self) -> String {
        if self.space.contains("://") {
            self.name.clone()
        } else {
            format!("{}-{}", self.space, self.name)
        }
    }
}

/// What enrichers add, by the identifier of the vulnerability.
type Enrichments = BTreeMap<String, Enrichment>;

#[derive(Default)]
struct Enrichment {
    cvss: Vec<Cvss>,
    epss: Option<f64>,
    known_exploited: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rating {
    version: Text,
    vector_string: Option<Text>,
    base_score: Option<f64>,
}

#[derive(Deserialize)]
struct Epss {
    epss: f64,
}

/// Enrichments are a list of maps for each enricher. What an enricher that is not known adds is no problem.
fn of_all_enrichers<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Enrichments, D::Error> {
    type Maps = Vec<BTreeMap<String, Vec<Value>>>;
    let written = Option::<BTreeMap<String, Member<Maps>>>::deserialize(from)?;
    let mut enrichments = Enrichments::new();
    for (enricher, maps) in written.unwrap_or_default() {
        let Member::Known(maps) = maps else { continue };
        for (id, values) in maps.into_iter().flatten() {
            let of = enrichments.entry(id).or_default();
            for value in values {
                if enricher.contains("enricher=clair.cvss") {
                    of.cvss
                        .extend(Rating::deserialize(value).ok().map(Cvss::from));
                } else if enricher.contains("enricher=clair.epss") {
                    let epss = Epss::deserialize(value).ok().map(|of| of.epss);
                    // The highest, where several names have one each.
                    of.epss = of.epss.into_iter().chain(epss).max_by(f64::total_cmp);
                } else if enricher.contains("enricher=clair.kev") {
                    of.known_exploited = true;
                }
            }
        }
    }
    Ok(enrichments)
}

impl From<Rating> for Cvss {
    fn from(rating: Rating) -> Self {
        Self {
            score: rating.base_score.and_then(decimal),
            source: None,
            vector: given(rating.vector_string),
            version: rating.version,
        }
    }
}

/// Both sides of a pair, and what surrounds them.
pub(super) struct Parts<'a> {
    package: &'a Package,
    vulnerability: &'a Vulnerability,
    environment: Option<&'a Environment>,
    distribution: &'a str,
    enrichment: Option<&'a Enrichment>,
}

impl Report {
    /// The two sides of a pair, or which one is missing.
    pub(super) fn join(&self, pair: &Pair) -> Result<Parts<'_>, String> {
        let package = self.packages.get(&pair.package).and_then(Member::known);
        let package = package.filter(|package| !package.name.trim().is_empty());
        let missing = |what: &str, id: &str| format!("the {what} `{id}` is not there, or is odd");
        let package = package.ok_or_else(|| missing("package", &pair.package))?;
        let id = &pair.vulnerability;
        let vulnerability = self.vulnerabilities.get(id).and_then(Member::known);
        let vulnerability = vulnerability.filter(|known| !known.name.trim().is_empty());
        let vulnerability = vulnerability.ok_or_else(|| missing("vulnerability", id))?;
        let environments = self.environments.as_ref();
        let environment = environments.and_then(|all| all.get(&pair.package)?.known()?.first());
        let id_of = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let distribution = environment
            .and_then(|e| e.distribution_id.as_ref())
            .map(id_of);
        let distributions = self.distributions.as_ref();
        let distribution = distribution.and_then(|id| distributions?.get(&id)?.known());
        Ok(Parts {
            package,
            vulnerability,
            environment,
            distribution: distribution
                .and_then(|d| d.did.as_deref())
                .unwrap_or_default(),
            enrichment: self.enrichments.get(id),
        })
    }
}

/// The package-URL types of what finds the packages of languages, which stands before the `:` of a database.
const DATABASES: &[(&str, &str)] = &[
    ("go", "golang"),
    ("jar", "maven"),
    ("maven", "maven"),
    ("nodejs", "npm"),
    ("python", "pypi"),
    ("ruby", "gem"),
];

impl Parts<'_> {
    /// Completes the finding of the pair.
    pub(super) fn complete(&self, finding: &mut Finding) {
        let Vulnerability {
            name,
            links,
            invert,
            fixed_in_version,
            ..
        } = self.vulnerability;
        let id = identifier(name);
        let links: Vec<&str> = links
            .as_deref()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let named = self.vulnerability.aliases.iter().flatten();
        let named: Vec<String> = named.map(Alias::written).collect();
        let linked = links.iter().filter_map(|link| cve_of(link));
        let (names, related) = aliases(id, named.iter().map(String::as_str).chain(linked));
        let word = self.vulnerability.normalized_severity.as_deref();
        let known = Known {
            tool: ADAPTER.tool,
            id,
            aliases: names,
            software: self.software(),
            severity: severity(word),
            title: Some(name.clone()).filter(|name| **name != *id),
        };
        // Both names were looked at by `join`, so that it stays as it is at worst.
        let Ok(mut whole) = known.finding(finding.evidence.clone()) else {
            return;
        };
        details(&mut whole, |vulnerability| {
            vulnerability
                .fixed_in
                .extend(fixed_in_version.as_deref().and_then(fixed_in));
            if let Some(of) = self.enrichment {
                vulnerability.cvss.clone_from(&of.cvss);
                vulnerability.epss = of.epss.and_then(decimal);
                vulnerability.known_exploited = of.known_exploited.then_some(true);
            }
        });
        // A statement that the package does not have it: no problem, but worth being seen.
        if *invert == Some(true) {
            whole.status = Status::NotApplicable;
        }
        whole.description = self.vulnerability.description.clone().unwrap_or_default();
        whole.references = links.into_iter().map(Into::into).collect();
        whole.rule.url = whole.references.first().cloned();
        let layer = self.environment.and_then(|e| e.introduced_in.clone());
        attribute(&mut whole, "layer", layer);
        attribute(&mut whole, "arch", self.package.arch.clone());
        attribute(&mut whole, "related", Some(related.join(", ").into()));
        attribute(&mut whole, "updater", self.vulnerability.updater.clone());
        attribute(
            &mut whole,
            "vendor-severity",
            self.vulnerability.severity.clone(),
        );
        *finding = whole;
    }

    fn software(&self) -> Software {
        let database = self.environment.and_then(|e| e.package_db.as_deref());
        let (kind, at) = database
            .and_then(|db| db.split_once(':'))
            .unwrap_or_default();
        let language = DATABASES.iter().find(|(word, _)| *word == kind);
        let file = self
            .package
            .filepath
            .as_deref()
            .filter(|file| !file.is_empty());
        // The database of a language is the place of its packages; a system's is one for all.
        let place = file.or((language.is_some() && !at.is_empty()).then_some(at));
        let ecosystem = match language {
            Some((_, purl)) => Some(*purl),
            None => of_distribution(self.distribution),
        };
        Software {
            ecosystem: ecosystem.map(Into::into),
            name: self.package.name.clone(),
            path: place.map(path),
            purl: None,
            version: given(self.package.version.clone()),
        }
    }
}

/// The identifier in a name such as `CVE-2026-1 on Ubuntu 24.04 LTS (noble) - medium.` or `RHSA-2026:1: expat security
/// update (Important)`; the whole name when there is none.
fn identifier(name: &str) -> &str {
    let first = name.split_whitespace().next().unwrap_or_default();
    let first = first.trim_end_matches(':');
    let has = |of: fn(&char) -> bool| first.chars().any(|c| of(&c));
    if has(|c| *c == '-') && has(char::is_ascii_digit) {
        first
    } else {
        name
    }
}

/// The CVE at the end of a link to it.
fn cve_of(link: &str) -> Option<&str> {
    let end = link.rsplit(['/', '=']).next().unwrap_or_default();
    let number = end.strip_prefix("CVE-")?;
    let digits = number.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (digits && number.len() > 5).then_some(end)
}

/// The version with a fix; those of OSV's are written as `fixed=1.2.3&introduced=0`.
fn fixed_in(written: &str) -> Option<Text> {
    if !written.contains('=') {
        return given(Some(written.into()));
    }
    let mut fields = written.split('&');
    let fixed = fields.find_map(|field| field.strip_prefix("fixed="))?;
    given(Some(fixed.into()))
}
