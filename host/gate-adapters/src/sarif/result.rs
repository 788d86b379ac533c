//! A result: what it says itself, and what refers to tables around it (section 3.27).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    CONTEXT, Class, Finding, Location, Status, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::severity::Severity;

use super::message::Message;
use super::rules::{Reference, Target};
use crate::adapter::{Record, RecordError};
use crate::normalize::uri_path;
use crate::redact::token;

/// Words of `kind` (section 3.27.9); `None` is a check that passed or did not apply.
const KINDS: &[(&str, Option<Status>)] = &[
    ("fail", Some(Status::Fail)),
    ("open", Some(Status::Open)),
    ("review", Some(Status::Open)),
    ("informational", Some(Status::Informational)),
    ("pass", None),
    ("notApplicable", None),
];

/// A result as the tool writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result<'a> {
    analysis_target: Option<ArtifactLocation<'a>>,
    #[serde(borrow)]
    baseline_state: Option<Cow<'a, str>>,
    fixes: Option<Vec<Fix>>,
    hosted_viewer_uri: Option<Text>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    level: Option<Text>,
    locations: Option<Vec<Place<'a>>>,
    message: Option<Message>,
    occurrence_count: Option<u32>,
    properties: Option<Properties>,
    provenance: Option<Provenance>,
    rule: Option<Reference>,
    rule_id: Option<Text>,
    rule_index: Option<i64>,
    suppressions: Option<Vec<Declared<'a>>>,
    taxa: Option<Vec<Reference>>,
}

/// What only the tables around the results can tell.
pub(super) struct Raw {
    /// Which run it is of.
    pub(super) run: usize,
    pub(super) status: Status,
    pub(super) level: Option<Text>,
    pub(super) message: Message,
    pub(super) target: Target,
    pub(super) invocation: Option<usize>,
    /// `security-severity` and `cwe` of the result itself.
    pub(super) properties: Properties,
    pub(super) taxa: Vec<Reference>,
    /// For each location what it only refers to.
    pub(super) places: Vec<Pointers>,
}

/// Positions in `run.artifacts` and `run.logicalLocations`, where the location itself names nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Pointers {
    pub(super) artifact: Option<usize>,
    pub(super) logical: Option<usize>,
}

/// What the specification leaves to tools, and tools agree upon.
#[derive(Default, Deserialize)]
pub(super) struct Properties {
    #[serde(rename = "security-severity")]
    pub(super) security_severity: Option<Value>,
    pub(super) cwe: Option<Value>,
    pub(super) precision: Option<Value>,
    pub(super) tags: Option<Value>,
}

#[derive(Deserialize)]
struct Fix {
    description: Option<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provenance {
    first_detection_time_utc: Option<String>,
    invocation_index: Option<i64>,
}

/// A suppression. What is `status` in the published schema was `state` in drafts, and in the specification's
/// own example.
#[derive(Deserialize)]
struct Declared<'a> {
    justification: Option<Text>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    state: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    #[serde(borrow)]
    logical_locations: Option<Vec<Logical<'a>>>,
    #[serde(borrow)]
    physical_location: Option<Physical<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    #[serde(borrow)]
    fully_qualified_name: Option<Cow<'a, str>>,
    index: Option<i64>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical<'a> {
    #[serde(borrow)]
    artifact_location: Option<ArtifactLocation<'a>>,
    #[serde(borrow)]
    context_region: Option<Region<'a>>,
    #[serde(borrow)]
    region: Option<Region<'a>>,
}

#[derive(Deserialize)]
struct ArtifactLocation<'a> {
    index: Option<i64>,
    #[serde(borrow)]
    uri: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region<'a> {
    end_column: Option<i64>,
    end_line: Option<i64>,
    #[serde(borrow)]
    snippet: Option<Snippet<'a>>,
    start_column: Option<i64>,
    start_line: Option<i64>,
}

#[derive(Deserialize)]
struct Snippet<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

impl Result<'_> {
    /// As a finding and what is left to resolve; `None` when the check passed.
    pub(super) fn read(
        self,
        record: &Record<'_>,
    ) -> std::result::Result<Option<(Finding, Raw)>, RecordError> {
        let word = self.kind.as_deref().unwrap_or("fail");
        let Some((_, status)) = KINDS.iter().find(|(kind, _)| *kind == word) else {
            return Err(RecordError::Shape(
                "its `kind` is none of the specification's".to_owned(),
            ));
        };
        let Some(status) = *status else {
            return Ok(None);
        };

        // Class, rule, title and severity wait for the envelope.
        let mut finding = Finding::new(
            super::ADAPTER.tool,
            Class::CodeWeakness,
            "",
            Severity::unknown(),
            "",
            record.evidence(),
        );
        finding.status = status;
        finding.count = self.occurrence_count.unwrap_or(1).max(1);
        finding.references = self.hosted_viewer_uri.into_iter().collect();
        finding.remediation = self
            .fixes
            .into_iter()
            .flatten()
            .find_map(|fix| fix.description?.plain());
        if let Some(state) = &self.baseline_state {
            finding
                .attributes
                .insert("baseline-state".into(), (**state).into());
        }
        let suppressions = self.suppressions.unwrap_or_default();
        finding.suppression = suppression(&suppressions, self.baseline_state.as_deref());
        let provenance = self.provenance;
        finding.first_seen = provenance
            .as_ref()
            .and_then(|p| p.first_detection_time_utc.as_deref()?.parse().ok());

        let places = self.locations.unwrap_or_default();
        if let Some(context) = places.iter().find_map(Place::context) {
            finding.attributes.insert(CONTEXT.into(), context.into());
        }
        let (mut locations, mut pointers): (Vec<_>, Vec<_>) =
            places.iter().map(Place::read).unzip();
        if let (true, Some(target)) = (locations.is_empty(), &self.analysis_target) {
            // A result about a file as a whole may name it only here (section 3.27.13).
            let (path, artifact) = target.read();
            locations.push(Location {
                path,
                ..Location::default()
            });
            pointers.push(Pointers {
                artifact,
                logical: None,
            });
        }
        finding.locations = locations;
        let raw = Raw {
            run: record.outer_index() as usize,
            status,
            level: self.level,
            message: self.message.unwrap_or_default(),
            target: Target::new(self.rule, self.rule_id, self.rule_index),
            invocation: provenance.and_then(|p| position(p.invocation_index)),
            properties: self.properties.unwrap_or_default(),
            taxa: self.taxa.unwrap_or_default(),
            places: pointers,
        };
        Ok(Some((finding, raw)))
    }
}

/// An index; -1 and what is absent mean none.
pub(super) fn position(index: Option<i64>) -> Option<usize> {
    index.and_then(|i| usize::try_from(i).ok())
}

/// The suppression that holds. A result is suppressed when it has suppressions and all of them are accepted;
/// without a status one is accepted (sections 3.27.23 and 3.35). One that is under review or rejected, or has
/// a status of another word, keeps the result in force. A result that the tool's comparison with a baseline
/// found gone (section 3.27.24) is no current problem, whatever else it says.
fn suppression(declared: &[Declared<'_>], baseline: Option<&str>) -> Option<Suppression> {
    if baseline == Some("absent") {
        return Some(Suppression {
            justification: None,
            kind: SuppressionKind::Baseline,
            state: SuppressionState::Accepted,
        });
    }
    let weakest = declared.iter().max_by_key(|one| one.doubt())?;
    Some(Suppression {
        justification: weakest.justification.clone(),
        kind: match weakest.kind.as_deref() {
            Some("inSource") => SuppressionKind::InSource,
            _ => SuppressionKind::External,
        },
        state: match weakest.doubt() {
            0 => SuppressionState::Accepted,
            1 => SuppressionState::Rejected,
            _ => SuppressionState::UnderReview,
        },
    })
}

impl Declared<'_> {
    /// How far from accepted: 0 is accepted, 1 rejected, 2 under review or unheard of.
    fn doubt(&self) -> u8 {
        let word = self.status.as_deref().or(self.state.as_deref());
        match word.unwrap_or("accepted") {
            "accepted" => 0,
            "rejected" => 1,
            _ => 2,
        }
    }
}

impl Place<'_> {
    /// The token of the first snippet, of the region or of its surroundings.
    fn context(&self) -> Option<&str> {
        let physical = self.physical_location.as_ref()?;
        [&physical.region, &physical.context_region]
            .into_iter()
            .flatten()
            .find_map(|region| token(region.snippet.as_ref()?.text.as_deref()?))
    }

    fn read(&self) -> (Location, Pointers) {
        let physical = self.physical_location.as_ref();
        let file = physical.and_then(|p| p.artifact_location.as_ref());
        let (path, artifact) = file.map(ArtifactLocation::read).unwrap_or_default();
        let region = physical.and_then(|p| p.region.as_ref());
        let number = |pick: fn(&Region<'_>) -> Option<i64>| {
            region
                .and_then(pick)
                .and_then(|n| u32::try_from(n).ok())
                .filter(|n| *n > 0)
        };
        let named = self.logical_locations.as_ref().and_then(|all| all.first());
        let name = named.and_then(|l| l.fully_qualified_name.as_deref().or(l.name.as_deref()));
        let location = Location {
            end_column: number(|r| r.end_column),
            end_line: number(|r| r.end_line),
            logical: name.map(Into::into),
            path,
            start_column: number(|r| r.start_column),
            start_line: number(|r| r.start_line),
        };
        let logical = named
            .filter(|_| name.is_none())
            .and_then(|l| position(l.index));
        (location, Pointers { artifact, logical })
    }
}

impl ArtifactLocation<'_> {
    /// The path, or where `run.artifacts` has it. `uriBaseId` is not resolved: bases are folders of the
    /// machine that scanned, and a finding's path is relative.
    fn read(&self) -> (Option<Text>, Option<usize>) {
        match &self.uri {
            Some(uri) => (Some(uri_path(uri)), None),
            None => (None, position(self.index)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_doubtful_suppression_keeps_a_result_in_force() {
        let state = |json: &str| {
            let declared: Vec<Declared<'_>> = serde_json::from_str(json).unwrap();
            suppression(&declared, None).map(|s| s.state)
        };
        for (json, expected) in [
            ("[]", None),
            (r#"[{"kind":"external"}]"#, Some(SuppressionState::Accepted)),
            (r#"[{"status":null}]"#, Some(SuppressionState::Accepted)),
            (
                r#"[{"kind":"inSource","status":"accepted"},{"status":"rejected"}]"#,
                Some(SuppressionState::Rejected),
            ),
            (
                r#"[{"state":"accepted"},{"state":"underReview"},{"status":"rejected"}]"#,
                Some(SuppressionState::UnderReview),
            ),
            (
                r#"[{"status":"Accepted?"}]"#,
                Some(SuppressionState::UnderReview),
            ),
        ] {
            assert_eq!(state(json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_absent_from_the_baseline_run_is_suppressed_by_it() {
        let kind = |word| suppression(&[], Some(word)).map(|s| s.kind);
        assert_eq!(kind("absent"), Some(SuppressionKind::Baseline));
        assert_eq!((kind("new"), kind("unchanged")), (None, None));
    }
}
