//! Findings that do not reach a policy: what a trusted statement calls not affected, what is waived, and, where the gate
//! judges only what is new, what was there before.
//!
//! A policy does not see them, so that it can't count them; one that the profile calls unwaivable sees all but those
//! that are not affected.

use std::collections::BTreeMap;

use crate::baseline::Standing;
use crate::finding::Finding;
use crate::request::{Question, Terms};
use crate::verdict::Disposition;
use crate::vex::{self, VexVerdict};
use crate::waiver::{self, WaiverVerdict};

/// Why a finding does not reach a policy. Of several, the last holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exemption {
    /// It was there before, and the gate judges what is new.
    Baseline,
    /// Somebody accepted the risk.
    Waived,
    /// It does no harm there, somebody trusted says.
    NotAffected,
}

impl Exemption {
    /// Whether it holds for a policy, which may be unwaivable.
    const fn holds_for(self, unwaivable: bool) -> bool {
        matches!(self, Self::NotAffected) || !unwaivable
    }

    /// What becomes of the finding.
    #[must_use]
    pub const fn disposition(self) -> Disposition {
        match self {
            Self::Baseline => Disposition::Baseline,
            Self::Waived => Disposition::Waived,
            Self::NotAffected => Disposition::NotAffected,
        }
    }
}

/// The findings of a request that do not reach every policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exemptions {
    by_position: BTreeMap<u32, Exemption>,
    /// What reaches a policy, and one that is unwaivable; all where absent.
    reaching: Option<Vec<u32>>,
    reaching_unwaivable: Option<Vec<u32>>,
    /// What became of each waiver, in the question's order.
    pub waivers: Vec<WaiverVerdict>,
    /// What became of each document of statements, in the question's order.
    pub vex: Vec<VexVerdict>,
}

impl Exemptions {
    /// What follows from a question for some findings.
    #[must_use]
    pub(crate) fn of(question: &Question, findings: &[Finding]) -> Self {
        let (waivers, waived) = waiver::apply(question, findings);
        let (vex, not_affected) = vex::apply(question, findings);
        let only_new = question
            .baseline
            .as_ref()
            .is_some_and(|baseline| baseline.only_new);
        let existing = |finding: &Finding| Standing::of(finding) == Some(Standing::Existing);
        let before = (0..)
            .zip(findings)
            .filter(|(_, finding)| only_new && existing(finding));
        // What is written later takes the place of what was there.
        let mut by_position: BTreeMap<_, _> =
            before.map(|(at, _)| (at, Exemption::Baseline)).collect();
        by_position.extend(waived.into_iter().map(|at| (at, Exemption::Waived)));
        by_position.extend(
            not_affected
                .into_iter()
                .map(|at| (at, Exemption::NotAffected)),
        );
        let reaching = |unwaivable| reaching(&by_position, unwaivable, findings.len());
        Self {
            reaching: reaching(false),
            reaching_unwaivable: reaching(true),
            by_position,
            waivers,
            vex,
        }
    }

    /// Whether all findings reach all policies.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_position.is_empty()
    }

    /// Why the finding at a position does not reach every policy.
    #[must_use]
    pub fn at(&self, position: u32) -> Option<Exemption> {
        self.by_position.get(&position).copied()
    }

    /// The positions of the findings that reach a policy, in order; `None` when all do.
    #[must_use]
    pub fn reaching(&self, terms: Terms) -> Option<&[u32]> {
        if terms.unwaivable {
            self.reaching_unwaivable.as_deref()
        } else {
            self.reaching.as_deref()
        }
    }
}

fn reaching(
    exempt: &BTreeMap<u32, Exemption>,
    unwaivable: bool,
    findings: usize,
) -> Option<Vec<u32>> {
    let holds = |exemption: &Exemption| exemption.holds_for(unwaivable);
    if !exempt.values().any(holds) {
        return None;
    }
    let all = u32::try_from(findings).unwrap_or(u32::MAX);
    let reaches = |at: &u32| !exempt.get(at).is_some_and(holds);
    Some((0..all).filter(reaches).collect())
}

#[cfg(test)]
mod tests;
