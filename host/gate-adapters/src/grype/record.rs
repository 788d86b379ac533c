//! Grype's matches as findings.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{
    Evidence, Finding, Location, Software, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::severity::{Level, Origin, Severity};

use super::ADAPTER;
use super::vulnerability::Vulnerability;
use crate::adapter::RecordError;
use crate::normalize::{given, level, path, purl_type};
use crate::package::{Known, details, newest, package_type};

/// Grype's words.
const LEVELS: &[(&str, Level)] = &[
    ("Critical", Level::Critical),
    ("High", Level::High),
    ("Medium", Level::Medium),
    ("Low", Level::Low),
    ("Negligible", Level::Low),
    ("Unknown", Level::Unknown),
];

/// Packages that a system's own package manager installed: the place that Grype names is its database.
const OF_THE_SYSTEM: &[&str] = &["alpm", "apk", "deb", "portage", "rpm"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Match<'a> {
    #[serde(borrow)]
    vulnerability: Vulnerability<'a>,
    #[serde(borrow)]
    related_vulnerabilities: Option<Vec<Vulnerability<'a>>>,
    match_details: Option<Details>,
    #[serde(borrow)]
    artifact: Artifact<'a>,
    applied_ignore_rules: Option<Vec<IgnoreRule>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Details {
    Several(Vec<Detail>),
    /// Seen in 0.7.
    One(Detail),
}

#[derive(Deserialize)]
struct Detail {
    #[serde(rename = "type")]
    kind: Option<Text>,
    matcher: Option<Text>,
}

#[derive(Deserialize)]
struct Artifact<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    version: Option<Text>,
    #[serde(rename = "type")]
    kind: Option<String>,
    locations: Option<Vec<Place>>,
    purl: Option<Text>,
}

#[derive(Deserialize)]
struct Place {
    path: String,
    annotations: Option<Annotations>,
}

#[derive(Deserialize)]
struct Annotations {
    evidence: Option<String>,
}

impl Place {
    fn is_primary(&self) -> bool {
        self.annotations
            .as_ref()
            .and_then(|a| a.evidence.as_deref())
            == Some("primary")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct IgnoreRule {
    reason: Option<Text>,
    vex_status: Option<Text>,
    vex_justification: Option<Text>,
}

impl Match<'_> {
    pub(super) fn finding(self, at: Evidence, ignored: bool) -> Result<Finding, RecordError> {
        let Self {
            mut vulnerability,
            related_vulnerabilities,
            match_details,
            artifact,
            ..
        } = self;
        let mut related = related_vulnerabilities.unwrap_or_default();
        let (fix_state, fixed_in) = vulnerability.fix();
        let version = given(artifact.version);
        let mut places = artifact.locations.unwrap_or_default();
        // The place that proves the package comes first, the rest stays in order.
        places.sort_by_key(|place| !place.is_primary());
        let locations: Vec<Location> = places
            .iter()
            .map(|place| Location {
                path: Some(path(&place.path)),
                ..Location::default()
            })
            .collect();
        let kind = artifact.kind.unwrap_or_default();
        let inside = locations.first().and_then(|at| at.path.clone());

        // What the entry itself leaves out is taken from the first of the related ones that has it.
        let mut cvss = vulnerability.cvss();
        let mut description = given(vulnerability.description.take());
        let mut references = vulnerability.references();
        let mut epss = vulnerability.epss();
        let mut cwes = vulnerability.cwes();
        let mut exploited = vulnerability.is_known_exploited();
        for other in &mut related {
            if cvss.is_empty() {
                cvss = other.cvss();
            }
            if references.is_empty() {
                references = other.references();
            }
            description = description.or_else(|| given(other.description.take()));
            epss = epss.or_else(|| other.epss());
            cwes.extend(other.cwes());
            exploited |= other.is_known_exploited();
        }

        let mut severity = match given(vulnerability.severity) {
            Some(word) => Severity::tool(level(&word, LEVELS), word),
            None => Severity::unknown(),
        };
        severity.score = newest(&cvss).and_then(|rating| rating.score.clone());
        let namespace = given(vulnerability.namespace);
        if severity.original.is_some() && namespace.is_some() {
            severity.origin = Origin::Vendor;
            severity.source = namespace;
        }

        let purl = given(artifact.purl);
        let ecosystem = purl.as_deref().and_then(purl_type);
        let ecosystem = ecosystem.unwrap_or_else(|| package_type(&kind));
        let mut finding = Known {
            tool: ADAPTER.tool,
            id: &vulnerability.id,
            aliases: related.iter().map(|other| &*other.id).collect(),
            software: Software {
                ecosystem: (!ecosystem.is_empty()).then(|| ecosystem.into()),
                name: artifact.name.into(),
                path: inside.filter(|_| !OF_THE_SYSTEM.contains(&&*kind)),
                purl,
                version: version.clone(),
            },
            severity,
            title: None,
        }
        .finding(at)?;
        if let Some(version) = version {
            finding.title = format!("{} {version}", finding.title).into();
        }
        finding.description = description.unwrap_or_default();
        finding.locations = locations;
        finding.references = references;
        finding.rule.url = given(vulnerability.data_source);
        if let Some(detail) = match_details.and_then(Details::first) {
            let said = [("match-type", detail.kind), ("matcher", detail.matcher)];
            let said = said
                .into_iter()
                .filter_map(|(name, text)| Some((name.into(), given(text)?)));
            finding.attributes.extend(said);
        }
        if ignored {
            finding.suppression = Some(suppression(self.applied_ignore_rules.unwrap_or_default()));
        }
        details(&mut finding, |known| {
            known.cvss = cvss;
            known.cwes = cwes;
            known.epss = epss;
            known.fix_state = fix_state;
            known.fixed_in = fixed_in;
            known.known_exploited = exploited.then_some(true);
        });
        Ok(finding)
    }
}

impl Details {
    fn first(self) -> Option<Detail> {
        match self {
            Self::Several(details) => details.into_iter().next(),
            Self::One(detail) => Some(detail),
        }
    }
}

fn suppression(rules: Vec<IgnoreRule>) -> Suppression {
    let vex = rules.iter().any(|rule| {
        rule.vex_status
            .as_ref()
            .is_some_and(|status| !status.is_empty())
    });
    let justification = rules
        .into_iter()
        .find_map(|rule| given(rule.vex_justification).or_else(|| given(rule.reason)));
    let kind = if vex {
        SuppressionKind::Vex
    } else {
        SuppressionKind::External
    };
    Suppression {
        justification,
        kind,
        state: SuppressionState::Accepted,
    }
}
