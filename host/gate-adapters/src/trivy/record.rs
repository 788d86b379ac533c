//! Trivy's records as findings: vulnerabilities, misconfigurations, secrets, licenses, and what Trivy was told not
//! to count. What only the result around them says is added by the reader.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::finding::{
    CONTEXT, Class, Cvss, Evidence, Finding, FixState, Location, Software, Status, Suppression,
    SuppressionKind, SuppressionState, Text, Vulnerability as Known,
};
use gate_core::severity::{Level, Origin, Severity};

use super::ADAPTER;
use crate::adapter::{Record, RecordError};
use crate::normalize::{
    cwe, decimal, given, level, path, purl_name, purl_type, vulnerability_ids, vulnerability_key,
};
use crate::redact::token;

/// Trivy's words, which it writes in capitals.
const LEVELS: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("UNKNOWN", Level::Unknown),
];

/// What the distribution says about a fix. Any other word leaves it to the fixed version.
const FIX_STATES: &[(&str, FixState)] = &[
    ("fixed", FixState::Fixed),
    ("will_not_fix", FixState::WontFix),
    ("fix_deferred", FixState::Deferred),
    ("end_of_life", FixState::EndOfLife),
];

fn severity(word: Option<Text>) -> Severity {
    match given(word) {
        Some(word) => Severity::tool(level(&word, LEVELS), word),
        None => Severity::unknown(),
    }
}

fn start(
    class: Class,
    rule: impl Into<Text>,
    severity: Severity,
    title: impl Into<Text>,
    at: Evidence,
    location: Location,
) -> Finding {
    let mut finding = Finding::new(ADAPTER.tool, class, rule, severity, title, at);
    finding.locations = vec![location];
    finding
}

fn attribute(finding: &mut Finding, name: &str, value: Option<Text>) {
    if let Some(value) = given(value) {
        finding.attributes.insert(name.into(), value);
    }
}

/// The address first among the references is also the rule's own.
fn refer(finding: &mut Finding, primary: Option<Text>, references: Option<Vec<Text>>) {
    finding.rule.url = given(primary);
    finding.references = references.unwrap_or_default();
}

/// Trivy writes 0 for no line.
fn line(number: Option<u32>) -> Option<u32> {
    number.filter(|line| *line > 0)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Layer {
    #[serde(rename = "DiffID")]
    diff_id: Option<Text>,
    digest: Option<Text>,
}

impl Layer {
    fn name(layer: Option<Self>) -> Option<Text> {
        layer.and_then(|layer| given(layer.diff_id).or(given(layer.digest)))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Vulnerability<'a> {
    #[serde(rename = "VulnerabilityID", borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "VendorIDs", borrow)]
    vendor_ids: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    pkg_name: Cow<'a, str>,
    pkg_path: Option<String>,
    pkg_identifier: Option<Identifier>,
    installed_version: Option<Text>,
    fixed_version: Option<String>,
    status: Option<String>,
    layer: Option<Layer>,
    severity_source: Option<Text>,
    #[serde(rename = "PrimaryURL")]
    primary_url: Option<Text>,
    title: Option<Text>,
    description: Option<Text>,
    severity: Option<Text>,
    #[serde(rename = "CweIDs", borrow)]
    cwe_ids: Option<Vec<Cow<'a, str>>>,
    #[serde(rename = "CVSS")]
    cvss: Option<BTreeMap<Text, Ratings>>,
    references: Option<Vec<Text>>,
    published_date: Option<Text>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "PURL")]
    purl: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ratings {
    v2_vector: Option<Text>,
    v3_vector: Option<Text>,
    v40_vector: Option<Text>,
    v2_score: Option<f64>,
    v3_score: Option<f64>,
    v40_score: Option<f64>,
}

impl Ratings {
    fn best(&self) -> Option<Text> {
        self.v40_score
            .or(self.v3_score)
            .or(self.v2_score)
            .and_then(decimal)
    }

    fn cvss(self, source: &str, all: &mut Vec<Cvss>) {
        let minor = match self.v3_vector.as_deref().and_then(|vector| vector.get(..9)) {
            Some("CVSS:3.0/") => "3.0",
            Some("CVSS:3.1/") => "3.1",
            _ => "3",
        };
        let by_version = [
            ("2.0", self.v2_score, self.v2_vector),
            (minor, self.v3_score, self.v3_vector),
            ("4.0", self.v40_score, self.v40_vector),
        ];
        for (version, score, vector) in by_version {
            let (score, vector) = (score.and_then(decimal), given(vector));
            if score.is_some() || vector.is_some() {
                all.push(Cvss {
                    score,
                    source: Some(source.into()),
                    vector,
                    version: version.into(),
                });
            }
        }
    }
}

impl Vulnerability<'_> {
    pub(super) fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        for (name, text) in [("VulnerabilityID", &self.id), ("PkgName", &self.pkg_name)] {
            if text.is_empty() {
                return Err(RecordError::Shape(format!("`{name}` is empty")));
            }
        }
        let fixed_in = self.fixed_version.as_deref().unwrap_or_default();
        let fixed_in: Vec<Text> = fixed_in
            .split(',')
            .map(str::trim)
            .filter(|v| !v.is_empty())
            .map(Into::into)
            .collect();
        let said = self.status.as_deref().unwrap_or_default();
        let fix_state = match FIX_STATES.iter().find(|(word, _)| *word == said) {
            Some((_, state)) => *state,
            None if !fixed_in.is_empty() => FixState::Fixed,
            None if said == "affected" => FixState::None,
            None => FixState::Unknown,
        };
        let ratings = self.cvss.unwrap_or_default();
        let mut severity = severity(self.severity);
        let of = |source: &str| ratings.get(source).and_then(Ratings::best);
        let source = given(self.severity_source);
        severity.score = source.as_deref().and_then(of).or_else(|| of("nvd"));
        if severity.original.is_some() && source.is_some() {
            severity.origin = Origin::Vendor;
            severity.source = source;
        }
        let mut cvss = Vec::new();
        for (source, ratings) in ratings {
            ratings.cvss(&source, &mut cvss);
        }
        cvss.sort_unstable();
        let mut cwes: Vec<u32> = self
            .cwe_ids
            .iter()
            .flatten()
            .filter_map(|id| cwe(id))
            .collect();
        cwes.sort_unstable();
        cwes.dedup();
        let vendor_ids = self.vendor_ids.unwrap_or_default();
        let ids = vulnerability_ids(&self.id, vendor_ids.iter().map(AsRef::as_ref));
        let id = ids.first().cloned().unwrap_or_default();
        let purl = self
            .pkg_identifier
            .and_then(|identifier| given(identifier.purl));
        let key = vulnerability_key(&id, purl.as_deref().map_or(&self.pkg_name, purl_name));
        let title =
            given(self.title).unwrap_or_else(|| format!("{id} in {}", self.pkg_name).into());
        let inside = self
            .pkg_path
            .as_deref()
            .filter(|path| !path.is_empty())
            .map(path);
        let location = Location {
            path: inside.clone(),
            ..Location::default()
        };

        let mut finding = start(Class::Vulnerability, id, severity, title, at, location);
        finding.description = self.description.unwrap_or_default();
        finding.keys = vec![key];
        // The distribution says that this package is not affected: no problem, but worth being seen.
        if said == "not_affected" {
            finding.status = Status::NotApplicable;
        }
        refer(&mut finding, self.primary_url, self.references);
        attribute(&mut finding, "layer", Layer::name(self.layer));
        attribute(&mut finding, "published", self.published_date);
        finding.vulnerability = Some(Box::new(Known {
            cvss,
            cwes,
            epss: None,
            fix_state,
            fixed_in,
            ids,
            known_exploited: None,
            software: Software {
                ecosystem: purl.as_deref().and_then(purl_type).map(Into::into),
                name: self.pkg_name.into(),
                path: inside,
                purl,
                version: given(self.installed_version),
            },
        }));
        Ok(finding)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Misconfiguration<'a> {
    #[serde(rename = "ID", borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "AVDID")]
    avd_id: Option<Text>,
    title: Option<Text>,
    description: Option<Text>,
    message: Option<Text>,
    resolution: Option<Text>,
    severity: Option<Text>,
    #[serde(rename = "PrimaryURL")]
    primary_url: Option<Text>,
    references: Option<Vec<Text>>,
    status: Option<String>,
    cause_metadata: Option<Cause>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cause {
    resource: Option<Text>,
    provider: Option<Text>,
    service: Option<Text>,
    start_line: Option<u32>,
    end_line: Option<u32>,
    occurrences: Option<Vec<Occurrence>>,
}

/// From where the cause was brought in, such as the call of a module.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Occurrence {
    resource: Option<Text>,
    filename: Option<String>,
    location: Option<Lines>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lines {
    start_line: Option<u32>,
    end_line: Option<u32>,
}

impl From<Occurrence> for Location {
    fn from(occurrence: Occurrence) -> Self {
        let lines = occurrence.location.unwrap_or_default();
        Self {
            path: occurrence
                .filename
                .as_deref()
                .filter(|name| !name.is_empty())
                .map(path),
            logical: given(occurrence.resource),
            start_line: line(lines.start_line),
            end_line: line(lines.end_line),
            ..Self::default()
        }
    }
}

impl Misconfiguration<'_> {
    /// `None` when the check passed.
    pub(super) fn finding(self, at: Evidence) -> Result<Option<Finding>, RecordError> {
        let excepted = match self.status.as_deref().unwrap_or_default() {
            "PASS" => return Ok(None),
            "EXCEPTION" => true,
            "FAIL" | "" => false,
            _ => {
                return Err(RecordError::Shape(
                    "`Status` is none of PASS, FAIL and EXCEPTION".to_owned(),
                ));
            }
        };
        let cause = self.cause_metadata.unwrap_or_default();
        let location = Location {
            logical: given(cause.resource),
            start_line: line(cause.start_line),
            end_line: line(cause.end_line),
            ..Location::default()
        };
        // The message names the thing, the title only the check.
        let name = given(self.title);
        let message = given(self.message).or_else(|| name.clone());
        let title = message.unwrap_or_else(|| (&*self.id).into());
        let avd_id = self.avd_id.filter(|id| **id != *self.id);
        let mut finding = start(
            Class::Misconfiguration,
            self.id,
            severity(self.severity),
            title,
            at,
            location,
        );
        finding.rule.name = name;
        finding.description = self.description.unwrap_or_default();
        finding.remediation = given(self.resolution);
        refer(&mut finding, self.primary_url, self.references);
        attribute(&mut finding, "avd-id", avd_id);
        attribute(&mut finding, "provider", cause.provider);
        attribute(&mut finding, "service", cause.service);
        finding
            .locations
            .extend(cause.occurrences.into_iter().flatten().map(Location::from));
        if excepted {
            finding.suppression = Some(Suppression {
                justification: None,
                kind: SuppressionKind::External,
                state: SuppressionState::Accepted,
            });
        }
        Ok(Some(finding))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Secret<'a> {
    #[serde(rename = "RuleID", borrow)]
    rule_id: Cow<'a, str>,
    category: Option<Text>,
    severity: Option<Text>,
    title: Option<Text>,
    start_line: Option<u32>,
    end_line: Option<u32>,
    #[serde(rename = "Match")]
    matched: Option<String>,
    layer: Option<Layer>,
}

impl Secret<'_> {
    pub(super) fn finding(self, at: Evidence) -> Finding {
        let location = Location {
            start_line: line(self.start_line),
            end_line: line(self.end_line),
            ..Location::default()
        };
        let title = given(self.title).unwrap_or_else(|| (&*self.rule_id).into());
        let mut finding = start(
            Class::Secret,
            self.rule_id,
            severity(self.severity),
            title,
            at,
            location,
        );
        finding.rule.tags.extend(given(self.category));
        attribute(
            &mut finding,
            CONTEXT,
            self.matched.as_deref().and_then(token).map(Into::into),
        );
        attribute(&mut finding, "layer", Layer::name(self.layer));
        finding
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct License<'a> {
    severity: Option<Text>,
    category: Option<Text>,
    pkg_name: Option<String>,
    file_path: Option<String>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    confidence: Option<f64>,
    link: Option<Text>,
}

impl License<'_> {
    pub(super) fn finding(self, at: Evidence) -> Finding {
        let file = self
            .file_path
            .as_deref()
            .filter(|path| !path.is_empty())
            .map(path);
        let package = self.pkg_name.as_deref().filter(|name| !name.is_empty());
        let title = match package.or(file.as_deref()) {
            Some(thing) => format!("license {} of {thing}", self.name),
            None => format!("license {}", self.name),
        };
        let location = Location {
            path: file,
            logical: package.map(Into::into),
            ..Location::default()
        };
        let mut finding = start(
            Class::License,
            self.name,
            severity(self.severity),
            title,
            at,
            location,
        );
        finding.rule.url = given(self.link);
        finding.rule.tags.extend(given(self.category));
        // In range, so the conversion is exact.
        let percent = self.confidence.map(|c| (c * 100.0).round());
        finding.confidence = percent
            .filter(|p| (0.0..=100.0).contains(p))
            .map(|p| p as u8);
        finding
    }
}

/// What an analyzer of a module collected.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CustomResource {
    #[serde(rename = "Type")]
    kind: Text,
    file_path: Option<String>,
}

impl CustomResource {
    pub(super) fn finding(self, at: Evidence) -> Finding {
        let path = self
            .file_path
            .as_deref()
            .filter(|path| !path.is_empty())
            .map(path);
        let title = format!("custom resource {}", self.kind);
        let location = Location {
            path,
            ..Location::default()
        };
        let severity = Severity::default_of_tool(Level::Info);
        let mut finding = start(
            Class::Misconfiguration,
            self.kind,
            severity,
            title,
            at,
            location,
        );
        finding.status = Status::Informational;
        finding
    }
}

/// A finding that an ignore file or a VEX document took out of the others (`--show-suppressed`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Modified {
    #[serde(rename = "Type")]
    kind: String,
    status: Option<String>,
    statement: Option<Text>,
    source: Option<Text>,
}

#[derive(Deserialize)]
struct Nested<T> {
    #[serde(rename = "Finding")]
    finding: T,
}

/// By what means, and whether it holds. Any other word (`affected`, `under_investigation`) takes nothing out: the
/// finding counts.
const SUPPRESSIONS: &[(&str, SuppressionKind, SuppressionState)] = &[
    (
        "ignored",
        SuppressionKind::External,
        SuppressionState::Accepted,
    ),
    (
        "not_affected",
        SuppressionKind::Vex,
        SuppressionState::Accepted,
    ),
    ("fixed", SuppressionKind::Vex, SuppressionState::Accepted),
    ("affected", SuppressionKind::Vex, SuppressionState::Rejected),
];

impl Modified {
    pub(super) fn finding(record: &Record<'_>) -> Result<Option<Finding>, RecordError> {
        let modified: Self = record.parse()?;
        let at = record.evidence();
        let finding = match &*modified.kind {
            "vulnerability" => Some(
                record
                    .parse::<Nested<Vulnerability<'_>>>()?
                    .finding
                    .finding(at)?,
            ),
            "misconfiguration" => record
                .parse::<Nested<Misconfiguration<'_>>>()?
                .finding
                .finding(at)?,
            "secret" => Some(record.parse::<Nested<Secret<'_>>>()?.finding.finding(at)),
            "license" => Some(record.parse::<Nested<License<'_>>>()?.finding.finding(at)),
            _ => {
                return Err(RecordError::Shape(
                    "`Type` is no kind of finding that is known".to_owned(),
                ));
            }
        };
        let Some(mut finding) = finding else {
            return Ok(None);
        };
        let said = modified.status.as_deref().unwrap_or_default();
        let (kind, state) = SUPPRESSIONS.iter().find(|(word, ..)| *word == said).map_or(
            (SuppressionKind::Vex, SuppressionState::UnderReview),
            |(_, kind, state)| (*kind, *state),
        );
        finding.suppression = Some(Suppression {
            justification: given(modified.statement),
            kind,
            state,
        });
        attribute(&mut finding, "suppressed-by", modified.source);
        Ok(Some(finding))
    }
}
