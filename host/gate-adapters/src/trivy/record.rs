//! Trivy's other records as findings: misconfigurations, secrets, licenses, and what Trivy was told not
//! to count. What only the result around them says is added by the reader.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{
    CONTEXT, Class, Evidence, Finding, Location, Status, Suppression, SuppressionKind,
    SuppressionState, Text,
};
use gate_core::severity::{Level, Severity};

use super::ADAPTER;
use super::vulnerability::Vulnerability;
use crate::adapter::{Record, RecordError};
use crate::normalize::{attribute, given, level, path};
use crate::redact::token;

/// Trivy's words, which it writes in capitals.
const LEVELS: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("UNKNOWN", Level::Unknown),
];

pub(super) fn severity(word: Option<Text>) -> Severity {
    match given(word) {
        Some(word) => Severity::tool(level(&word, LEVELS), word),
        None => Severity::unknown(),
    }
}

pub(super) fn start(
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

/// The address first among the references is also the rule's own.
pub(super) fn refer(finding: &mut Finding, primary: Option<Text>, references: Option<Vec<Text>>) {
    finding.rule.url = given(primary);
    finding.references = references.unwrap_or_default();
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Layer {
    #[serde(rename = "DiffID")]
    diff_id: Option<Text>,
    digest: Option<Text>,
}

impl Layer {
    pub(super) fn name(layer: Option<Self>) -> Option<Text> {
        layer.and_then(|layer| given(layer.diff_id).or(given(layer.digest)))
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

/// The identifier that stays: of the check that is `KSV-0014` now, `ID` was `KSV014` and `AVDID` `AVD-KSV-0014`.
fn canonical<'a>(id: &'a str, avd_id: Option<&'a str>) -> &'a str {
    let of_avd = avd_id.and_then(|id| id.strip_prefix("AVD-"));
    of_avd.unwrap_or_else(|| id.strip_prefix("AVD-").unwrap_or(id))
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
            start_line: lines.start_line,
            end_line: lines.end_line,
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
            start_line: cause.start_line,
            end_line: cause.end_line,
            ..Location::default()
        };
        // The message names the thing, the title only the check.
        let name = given(self.title);
        let message = given(self.message).or_else(|| name.clone());
        let title = message.unwrap_or_else(|| (&*self.id).into());
        let avd_id = given(self.avd_id).filter(|id| **id != *self.id);
        let rule: Text = canonical(&self.id, avd_id.as_deref()).into();
        let mut finding = start(
            Class::Misconfiguration,
            rule.clone(),
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
        if *rule != *self.id {
            attribute(&mut finding, "check-id", Some(self.id.into()));
        }
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
            start_line: self.start_line,
            end_line: self.end_line,
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
