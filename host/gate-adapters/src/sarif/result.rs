//! A result: what it says itself, and what refers to tables around it (section 3.27).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{CONTEXT, Class, Finding, Location, Status, Text};
use gate_core::severity::Severity;

use super::message::Message;
use super::place::{ArtifactLocation, Place, Pointers, index_of};
use super::rules::{Reference, Target};
use super::suppression::{Declared, suppression};
use crate::adapter::{Record, RecordError};

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
            invocation: provenance.and_then(|p| index_of(p.invocation_index)),
            properties: self.properties.unwrap_or_default(),
            taxa: self.taxa.unwrap_or_default(),
            places: pointers,
        };
        Ok(Some((finding, raw)))
    }
}
