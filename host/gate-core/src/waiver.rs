//! Waivers: risks that somebody accepted, for a time.
//!
//! A waiver is no claim that a finding is wrong (that is VEX) and no wish of the tool (that is a suppression). It has an
//! owner, somebody else who approved it, a reason, a ticket, a bounded scope and an end. What is wrong with one is an
//! error; what has ended, or goes beyond the rules, does not apply, and the verdict says so.

pub mod hygiene;
mod pattern;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::age::Age;
use crate::finding::{Class, Finding};
use crate::fingerprint::Fingerprint;
use crate::request::Question;
use crate::severity::Level;
use crate::time::{Moment, SKEW_SECONDS};

pub use pattern::{NotAPattern, Pattern};
pub use scope::Scope;

/// A risk that somebody accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// Its name; no two are the same.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
    /// Who allowed it: others than the owner.
    pub approved_by: Vec<String>,
    /// Why the risk is taken.
    pub reason: String,
    /// Where it was discussed.
    pub ticket: String,
    /// Since when.
    pub created: Moment,
    /// From when on it is no more.
    pub expires: Moment,
    /// What keeps the risk small meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensating_control: Option<String>,
    /// What it is about.
    #[serde(rename = "match")]
    pub scope: Scope,
}

/// What is wrong with a waiver, whatever it is applied to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWaiver {
    /// A field says nothing.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// Nobody else looked at it.
    #[error("`{0}` is owner and approver; somebody else has to approve")]
    OwnApproval(String),
    /// The same person twice.
    #[error("`{0}` approves twice")]
    ApprovedTwice(String),
    /// It ends before it begins.
    #[error("it expires at {expires}, and is created at {created}")]
    EndsBeforeItBegins {
        /// Its begin.
        created: Moment,
        /// Its end.
        expires: Moment,
    },
    /// It begins after the moment of judgement.
    #[error("it is created at {0}, which is in the future")]
    FromTheFuture(Moment),
    /// It could be about anything.
    #[error("`match` {0}")]
    TooBroad(&'static str),
}

impl BadWaiver {
    /// The field that is wrong, as files call it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Empty(field) => field,
            Self::OwnApproval(_) | Self::ApprovedTwice(_) => "approved-by",
            Self::EndsBeforeItBegins { .. } => "expires",
            Self::FromTheFuture(_) => "created",
            Self::TooBroad(_) => "match",
        }
    }
}

impl Waiver {
    /// Refuses a waiver that nobody should have written.
    ///
    /// # Errors
    /// With the first thing that is wrong.
    pub fn check(&self, now: Moment) -> Result<(), BadWaiver> {
        for (name, text) in [
            ("id", &self.id),
            ("owner", &self.owner),
            ("reason", &self.reason),
            ("ticket", &self.ticket),
        ] {
            if text.trim().is_empty() {
                return Err(BadWaiver::Empty(name));
            }
        }
        if self.approved_by.is_empty() {
            return Err(BadWaiver::Empty("approved-by"));
        }
        let mut approved = BTreeSet::new();
        for approver in &self.approved_by {
            let who = person(approver);
            if who.is_empty() {
                return Err(BadWaiver::Empty("approved-by"));
            }
            if who == person(&self.owner) {
                return Err(BadWaiver::OwnApproval(approver.clone()));
            }
            if !approved.insert(who) {
                return Err(BadWaiver::ApprovedTwice(approver.clone()));
            }
        }
        if self.expires <= self.created {
            return Err(BadWaiver::EndsBeforeItBegins {
                created: self.created,
                expires: self.expires,
            });
        }
        if self.created.unix() > now.unix().saturating_add(SKEW_SECONDS) {
            return Err(BadWaiver::FromTheFuture(self.created));
        }
        self.scope.check().map_err(BadWaiver::TooBroad)
    }

    /// Why it does not apply to a finding that it is about, if it does not.
    fn refused(&self, finding: &Finding, question: &Question) -> Option<Refusal> {
        let rules = &question.waiver_rules;
        let level = finding.severity.level;
        if self.expires <= question.evaluated_at {
            return Some(Refusal::Expired);
        }
        if rules.unwaivable(finding) {
            return Some(Refusal::Unwaivable);
        }
        if let Some(most) = rules.longest(level)
            && !most.covers(self.created, self.expires)
        {
            return Some(Refusal::TooLong);
        }
        let approvals = u32::try_from(self.approved_by.len()).unwrap_or(u32::MAX);
        (approvals < rules.approvals(level)).then_some(Refusal::TooFewApprovers)
    }
}

/// One person has one spelling.
fn person(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Why a waiver does not apply to a finding that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Its time is over.
    Expired,
    /// It lives longer than a finding of this level may be waived.
    TooLong,
    /// Fewer people approved than a finding of this level needs.
    TooFewApprovers,
    /// Nobody may waive it.
    Unwaivable,
}

impl Refusal {
    /// The refusal as the end of a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "it has expired",
            Self::TooLong => "it lives longer than findings of this level may be waived",
            Self::TooFewApprovers => "fewer people approved than findings of this level need",
            Self::Unwaivable => "the finding can't be waived",
        }
    }
}

/// What a waiver may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaiverRules {
    /// How many people have to approve, where not one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approvals: BTreeMap<Level, u32>,
    /// How many findings a gate may waive; any number when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<u32>,
    /// How long a waiver may live, where not as [`WaiverRules::STANDARD`] says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub longest: BTreeMap<Level, Age>,
    /// Rules and vulnerabilities that nobody may waive, by their ids.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unwaivable: BTreeSet<String>,
}

impl WaiverRules {
    /// How long a waiver may live, in days. One of unknown level is one of the worst.
    pub const STANDARD: [(Level, u32); 6] = [
        (Level::Critical, 14),
        (Level::High, 30),
        (Level::Medium, 90),
        (Level::Low, 180),
        (Level::Info, 365),
        (Level::Unknown, 14),
    ];

    pub(crate) fn is_standard(&self) -> bool {
        *self == Self::default()
    }

    /// How long a finding of a level may be waived at once.
    #[must_use]
    pub fn longest(&self, level: Level) -> Option<Age> {
        let standard = || {
            let mut days = Self::STANDARD.into_iter();
            let (_, days) = days.find(|(of, _)| *of == level)?;
            Age::of_days(days)
        };
        self.longest.get(&level).copied().or_else(standard)
    }

    fn approvals(&self, level: Level) -> u32 {
        self.approvals.get(&level).copied().unwrap_or(1)
    }

    /// Whether nobody may waive a finding: by its ids, or because it is a secret that was seen to work.
    fn unwaivable(&self, finding: &Finding) -> bool {
        let ids = finding.vulnerability.iter().flat_map(|v| &v.ids);
        let mut ids = ids.chain([&finding.rule.id]);
        let verified = finding.class == Class::Secret && finding.attribute("verified") == "true";
        verified || ids.any(|id| self.unwaivable.contains(&**id))
    }
}

/// What became of a waiver in a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaiverVerdict {
    /// The waiver.
    pub id: String,
    /// When it ends.
    pub expires: Moment,
    /// Findings that it waives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<Fingerprint>,
    /// Findings that it is about and does not waive.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<Refusal, Vec<Fingerprint>>,
    /// Findings that another waiver had waived already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadowed: Vec<Fingerprint>,
}

impl WaiverVerdict {
    /// A waiver that is about nothing so far.
    fn new(waiver: &Waiver) -> Self {
        Self {
            id: waiver.id.clone(),
            expires: waiver.expires,
            waived: Vec::new(),
            refused: BTreeMap::new(),
            shadowed: Vec::new(),
        }
    }

    /// Whether no finding is what the waiver is about.
    #[must_use]
    pub fn is_unused(&self) -> bool {
        self.waived.is_empty() && self.refused.is_empty() && self.shadowed.is_empty()
    }
}

/// Applies waivers to findings, in order of their ids: for each waiver what became of it, and the positions of the
/// findings that are waived.
#[must_use]
pub fn apply(question: &Question, findings: &[Finding]) -> (Vec<WaiverVerdict>, BTreeSet<u32>) {
    let mut verdicts: Vec<_> = question.waivers.iter().map(WaiverVerdict::new).collect();
    let mut waived = BTreeSet::new();
    if verdicts.is_empty() {
        return (verdicts, waived);
    }
    for (position, finding) in (0..).zip(findings) {
        // What the tool left out, or says is no problem, needs no waiver.
        if !finding.is_active() {
            continue;
        }
        for (waiver, verdict) in question.waivers.iter().zip(&mut verdicts) {
            if !waiver.scope.covers(finding, question) {
                continue;
            }
            match waiver.refused(finding, question) {
                Some(why) => verdict.refused.entry(why).or_default().push(finding.id),
                None if waived.insert(position) => verdict.waived.push(finding.id),
                None => verdict.shadowed.push(finding.id),
            }
        }
    }
    (verdicts, waived)
}

#[cfg(test)]
mod tests;
