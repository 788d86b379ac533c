//! A verdict as a notification: what somebody has to know who did not stand beside the pipeline.
//!
//! Limits of Amazon SNS ("Publish", API reference): a message of 256 KiB, a subject of at most 100 characters of ASCII
//! without line breaks that begins with a letter, digit or mark of punctuation.

use std::collections::BTreeMap;

use serde::Serialize;

use gate_core::digest::Digest;
use gate_core::request::{Enforcement, Question, Subject};
use gate_core::severity::Level;
use gate_core::time::Moment;
use gate_core::verdict::{Disposition, Outcome, Verdict};

use crate::text::safe;

/// Longest subject, in characters.
const SUBJECT: usize = 100;
/// Most reasons in a message; the rest is counted.
const REASONS: usize = 10;
/// Longest text of a reason, in characters.
const TEXT: usize = 1000;

/// A verdict in short. As JSON it is `gate-notification/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Notification<'a> {
    /// `gate-notification/1`.
    pub schema: &'static str,
    /// Who asked.
    pub gate: &'a str,
    /// Application or repository.
    pub scope: &'a str,
    /// Where the subject is to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<&'a str>,
    /// What was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a Subject>,
    /// When.
    pub evaluated_at: Moment,
    /// What came out.
    pub outcome: Outcome,
    /// Whether a fail closes the gate.
    pub enforcement: Enforcement,
    /// Name of the evaluation record, for `gate explain` and `gate replay`.
    pub record: Digest,
    /// Findings.
    pub findings: u32,
    /// Findings by level.
    pub by_level: &'a BTreeMap<Level, u32>,
    /// Findings by what became of them.
    pub by_disposition: &'a BTreeMap<Disposition, u32>,
    /// Why, worst first.
    pub reasons: Vec<ShortReason<'a>>,
    /// Reasons that are left out here.
    pub more_reasons: usize,
}

/// A reason in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShortReason<'a> {
    /// How bad it is.
    pub outcome: Outcome,
    /// Name of the situation.
    pub code: &'a str,
    /// One sentence; safe to print.
    pub message: String,
}

impl<'a> Notification<'a> {
    /// A verdict in short.
    #[must_use]
    pub fn new(verdict: &'a Verdict, question: &'a Question, record: Digest) -> Self {
        let short = verdict
            .reasons
            .iter()
            .take(REASONS)
            .map(|reason| ShortReason {
                outcome: reason.effect(),
                code: &reason.code,
                message: safe(&reason.message)
                    .to_string()
                    .chars()
                    .take(TEXT)
                    .collect(),
            });
        Self {
            schema: "gate-notification/1",
            gate: verdict.gate.as_str(),
            scope: &question.scope,
            environment: question.environment.as_deref(),
            subject: verdict.subject.as_ref(),
            evaluated_at: verdict.evaluated_at,
            outcome: verdict.outcome,
            enforcement: verdict.enforcement,
            record,
            findings: verdict.counts.findings,
            by_level: &verdict.counts.by_level,
            by_disposition: &verdict.counts.by_disposition,
            reasons: short.collect(),
            more_reasons: verdict.reasons.len().saturating_sub(REASONS),
        }
    }

    /// The subject of a mail: the outcome, the gate, and of what.
    #[must_use]
    pub fn subject_line(&self) -> String {
        let of = self.subject.map_or(self.scope, |subject| &subject.name);
        let text = format!("gate {}: {} of {of}", self.gate, self.outcome);
        let printable = |c: char| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        };
        text.chars().map(printable).take(SUBJECT).collect()
    }
}
