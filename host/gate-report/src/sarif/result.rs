//! A finding as a result (section 3.27).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use gate_core::corroboration::Corroborations;
use gate_core::finding::{
    Attributes, Class, Endpoint, Evidence, Finding, Resource, Rule, Status, SuppressionKind,
    SuppressionState, Text, Vulnerability,
};
use gate_core::fingerprint::Fingerprint;
use gate_core::severity::{Level, Severity};
use gate_core::time::Moment;
use gate_core::verdict::Disposition;

use crate::disposition::exempt;
use crate::sarif::message::Message;
use crate::sarif::place::{self, Location};
use crate::sarif::rules::{Rules, score};

/// A result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    web_request: Option<WebRequest<'a>>,
    occurrence_count: u32,
    /// Under a name with its version (section 3.27.16).
    fingerprints: BTreeMap<&'static str, Fingerprint>,
    partial_fingerprints: BTreeMap<&'static str, Fingerprint>,
    /// Empty means that nothing suppresses it; absent would mean that nobody knows (section 3.27.23).
    suppressions: Vec<Suppression<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    properties: Properties<'a>,
}

/// Section 3.46.
#[derive(Serialize)]
struct WebRequest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    target: &'a str,
}

/// Section 3.35.
#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'a str>,
}

/// Section 3.48.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provenance {
    first_detection_time_utc: Moment,
}

/// What SARIF has no field for, under the names of the JSON answer.
#[derive(Serialize)]
struct Properties<'a> {
    disposition: Disposition,
    tool: &'a str,
    rule: &'a Rule,
    class: Class,
    severity: &'a Severity,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vulnerability: Option<&'a Vulnerability>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a Endpoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<&'a Text>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    references: &'a [Text],
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: &'a Attributes,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    also_reported_by: BTreeSet<&'a str>,
    evidence: &'a Evidence,
}

impl<'a> ResultObject<'a> {
    /// The result of a finding.
    pub(super) fn of(
        finding: &'a Finding,
        disposition: Disposition,
        rules: &'a Rules<'a>,
        compared: &Corroborations<'a>,
    ) -> Self {
        let (rule_id, rule_index) = rules.find(finding).unzip();
        let kind = kind(finding.status);
        let identity = || BTreeMap::from([("gate/v1", finding.id)]);
        let provenance = |first_detection_time_utc| Provenance {
            first_detection_time_utc,
        };
        Self {
            rule_id,
            rule_index,
            kind,
            // Only what failed has a level (section 3.27.10).
            level: match kind {
                "fail" => level(finding.severity.level),
                _ => "none",
            },
            message: message(finding),
            locations: place::of(finding),
            web_request: finding.endpoint.as_deref().map(|endpoint| WebRequest {
                method: endpoint.method.as_deref(),
                target: &endpoint.url,
            }),
            occurrence_count: finding.count.max(1),
            fingerprints: identity(),
            partial_fingerprints: identity(),
            suppressions: suppression(finding, disposition).into_iter().collect(),
            baseline_state: baseline(finding.attribute("baseline")),
            provenance: finding.first_seen.map(provenance),
            properties: Properties {
                disposition,
                tool: &finding.tool,
                rule: &finding.rule,
                class: finding.class,
                severity: &finding.severity,
                security_severity: score(finding),
                confidence: finding.confidence,
                vulnerability: finding.vulnerability.as_deref(),
                endpoint: finding.endpoint.as_deref(),
                resource: finding.resource.as_deref(),
                remediation: finding.remediation.as_ref(),
                references: &finding.references,
                attributes: &finding.attributes,
                also_reported_by: compared.others(finding),
                evidence: &finding.evidence,
            },
        }
    }
}

/// What a tool concluded (section 3.27.9).
const fn kind(status: Status) -> &'static str {
    match status {
        Status::Fail => "fail",
        Status::Open => "review",
        Status::Pass => "pass",
        Status::NotApplicable => "notApplicable",
        Status::Informational => "informational",
    }
}

/// How bad it is (section 3.27.10). An unknown level is never read as low.
const fn level(level: Level) -> &'static str {
    match level {
        Level::Critical | Level::High | Level::Unknown => "error",
        Level::Medium => "warning",
        Level::Low | Level::Info => "note",
    }
}

/// Against the earlier run (section 3.27.24), in the words of the gate's own comparison. SARIF has no word for what
/// had gone and is back: it was not there last time.
fn baseline(state: &str) -> Option<&'static str> {
    match state {
        "new" | "regressed" => Some("new"),
        "existing" => Some("unchanged"),
        _ => None,
    }
}

fn message(finding: &Finding) -> Message {
    let title = match finding.title.trim() {
        "" => &finding.rule.id,
        title => title,
    };
    match finding.description.trim() {
        "" => Message::of(title),
        description => Message::of(&format!("{title}\n\n{description}")),
    }
}

/// The one suppression that says what holds. A reader takes a result for suppressed when all of them are accepted,
/// some when any is: one leaves no doubt. A tool's suppression that the policies did not heed is rejected.
fn suppression(finding: &Finding, disposition: Disposition) -> Option<Suppression<'_>> {
    let own = finding.suppression.as_ref();
    let justification = own.and_then(|own| own.justification.as_deref());
    let kind = match own.map(|own| own.kind) {
        Some(SuppressionKind::InSource) => "inSource",
        _ => "external",
    };
    match (exempt(disposition), disposition, own) {
        (Some(why), Disposition::Suppressed, _) => Some(Suppression {
            kind,
            status: "accepted",
            justification: justification.or(Some(why)),
        }),
        (Some(why), ..) => Some(Suppression {
            kind: "external",
            status: "accepted",
            justification: Some(why),
        }),
        (None, _, Some(own)) => Some(Suppression {
            kind,
            status: match own.state {
                SuppressionState::UnderReview => "underReview",
                SuppressionState::Accepted | SuppressionState::Rejected => "rejected",
            },
            justification,
        }),
        (None, _, None) => None,
    }
}
