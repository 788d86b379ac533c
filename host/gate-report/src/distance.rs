//! How far a verdict is from another one, for people and as JSON.

mod human;

use std::fmt;

use serde::Serialize;

use gate_core::digest::Digest;
use gate_core::distance::Distance;
use gate_core::request::EvaluationRequest;
use gate_core::time::Moment;

/// What `gate explain RECORD --distance --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DistanceDocument<'a> {
    /// Version of this format.
    pub format: &'static str,
    /// Name of the evaluation record.
    pub record: Digest,
    /// The gate that asked.
    pub gate: &'a str,
    /// The moment of judgement.
    pub evaluated_at: Moment,
    /// Reports that were judged.
    pub reports: u32,
    /// Findings that were judged.
    pub findings: u32,
    /// How far it is.
    #[serde(flatten)]
    pub distance: &'a Distance,
}

impl<'a> DistanceDocument<'a> {
    /// The document of a record.
    #[must_use]
    pub fn new(record: Digest, request: &'a EvaluationRequest, distance: &'a Distance) -> Self {
        let number = |of: usize| u32::try_from(of).unwrap_or(u32::MAX);
        Self {
            format: "gate-distance/1",
            record,
            gate: request.question.gate.as_str(),
            evaluated_at: request.question.evaluated_at,
            reports: number(request.reports.len()),
            findings: number(request.findings.len()),
            distance,
        }
    }

    /// The document for people.
    #[must_use]
    pub fn human(&self, width: usize) -> impl fmt::Display {
        human::Human {
            document: self,
            width,
        }
    }
}
