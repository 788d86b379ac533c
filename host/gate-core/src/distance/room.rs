//! How much room the counts of a policy leave: at which value each of them would begin, or cease, to fail.
//!
//! A policy is asked alone, with one count changed and all else as it was. What a count counts is measured, not guessed:
//! it counts findings when the least value that does not fail is the number of the findings that are named below it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::composition::Group;
use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::request::{PolicyUse, Question};
use crate::threshold::Value;
use crate::verdict::{Outcome, Reason};

use super::repair::positions;
use super::search::Need;
use super::what_if::WhatIf;

/// How much room one count of a policy leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Room {
    /// The policy.
    pub policy: String,
    /// The threshold.
    pub threshold: String,
    /// What it allows or demands.
    pub value: u32,
    /// Who gave the value.
    pub source: String,
    /// In which direction it is a limit.
    pub direction: Direction,
    /// The value at which the policy would just not fail for its sake: the least one of an upper limit, the largest one
    /// of a lower limit. Absent where it could not be measured: the policy does not answer with every number, or there
    /// was no evaluation left for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u32>,
    /// How much of it is left; below zero, how far it is exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<i64>,
    /// Whether it counts findings, each for one; other counts are days or percents. Absent where nothing is there that it
    /// would limit, so that it can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts_findings: Option<bool>,
}

/// In which direction a threshold is a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// A larger value is laxer.
    AtMost,
    /// A larger value is stricter.
    AtLeast,
}

/// The room that each count leaves, and for each that is exceeded how many findings have to go at least.
pub(super) fn of(what_if: &mut WhatIf<'_>) -> (Vec<Room>, Vec<Need>) {
    let request = what_if.request;
    let (mut rooms, mut needs) = (Vec::new(), Vec::new());
    for policy in &request.question.policies {
        for (name, given) in &policy.thresholds {
            let Value::Count(value) = given.value else {
                continue;
            };
            let measured = Asking {
                what_if,
                policy,
                name,
            }
            .measure();
            if let Some(measured) = &measured
                && has_to_pass(policy, &request.question)
            {
                needs.extend(measured.need(value, &request.findings));
            }
            let used = measured.as_ref().map(|measured| measured.used);
            let direction = measured.as_ref().map(|measured| measured.direction);
            let direction = direction.unwrap_or(Direction::AtMost);
            let left = |used: u32| match direction {
                Direction::AtMost => i64::from(value) - i64::from(used),
                Direction::AtLeast => i64::from(used) - i64::from(value),
            };
            rooms.push(Room {
                policy: policy.name.clone(),
                threshold: name.clone(),
                value,
                source: given.source.clone(),
                direction,
                used,
                left: used.map(left),
                counts_findings: measured.and_then(Measured::counts_findings),
            });
        }
    }
    (rooms, needs)
}

/// Whether the gate can't pass while this policy fails.
fn has_to_pass(policy: &PolicyUse, question: &Question) -> bool {
    let grouped = |group: &Group| group.members.contains(&policy.name);
    policy.terms.enforced_at(question.evaluated_at) && !question.groups.iter().any(grouped)
}

struct Measured {
    direction: Direction,
    used: u32,
    /// The findings that it counts, if it counts findings.
    counted: Option<BTreeSet<Fingerprint>>,
    /// Whether there is something that it limits.
    told: bool,
}

impl Measured {
    /// What has to go when more is used than a value.
    fn need(&self, value: u32, findings: &[Finding]) -> Option<Need> {
        let over = self.used.checked_sub(value).filter(|over| *over > 0)?;
        let among = self.counted.as_ref()?;
        Some(Need {
            among: positions(findings, among.iter()),
            at_least: over as usize,
        })
    }

    fn counts_findings(self) -> Option<bool> {
        self.told.then_some(self.counted.is_some())
    }
}

/// One threshold of one policy.
struct Asking<'a, 'b> {
    what_if: &'a mut WhatIf<'b>,
    policy: &'a PolicyUse,
    name: &'a str,
}

impl Asking<'_, '_> {
    /// `None` when the policy does not answer at the ends of the scale, or no evaluation is left.
    fn measure(&mut self) -> Option<Measured> {
        let (lowest, highest) = (self.codes(0)?, self.codes(u32::MAX)?);
        if !lowest.is_subset(&highest) {
            // The least value at which nothing fails that does not fail without a limit.
            let used = self.turn(&highest, false)?;
            let below = self.fails(used.checked_sub(1)?)?;
            let named = below
                .into_iter()
                .filter(|(code, _)| !highest.contains(code));
            let named: BTreeSet<Fingerprint> = named.flat_map(|(_, findings)| findings).collect();
            let counted = (u32::try_from(named.len()) == Ok(used)).then_some(named);
            return Some(Measured {
                direction: Direction::AtMost,
                used,
                counted,
                told: true,
            });
        }
        if !highest.is_subset(&lowest) {
            let used = self.turn(&lowest, true)?.checked_sub(1)?;
            return Some(Measured {
                direction: Direction::AtLeast,
                used,
                counted: None,
                told: true,
            });
        }
        // Nothing that it would limit is there.
        Some(Measured {
            direction: Direction::AtMost,
            used: 0,
            counted: None,
            told: false,
        })
    }

    /// The least value at which it is so, or no longer so, that nothing fails but what may.
    fn turn(&mut self, may: &BTreeSet<String>, ceases: bool) -> Option<u32> {
        let (mut before, mut after) = (0, 1_u32);
        // First a power of two beyond it, then what lies between: a few steps for the numbers that people use.
        while self.codes(after)?.is_subset(may) == ceases {
            before = after;
            after = after.saturating_mul(2);
            if before == u32::MAX {
                return None;
            }
        }
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.codes(middle)?.is_subset(may) == ceases {
                before = middle;
            } else {
                after = middle;
            }
        }
        Some(after)
    }

    fn codes(&mut self, value: u32) -> Option<BTreeSet<String>> {
        let fails = self.fails(value)?;
        Some(fails.into_iter().map(|(code, _)| code).collect())
    }

    /// Why the policy fails at a value, each with the findings named; `None` when it does not decide.
    fn fails(&mut self, value: u32) -> Option<Vec<(String, Vec<Fingerprint>)>> {
        let mut policy = self.policy.clone();
        policy.thresholds.get_mut(self.name)?.value = Value::Count(value);
        let question = Question {
            policies: vec![policy],
            groups: Vec::new(),
            ..self.what_if.request.question.clone()
        };
        let verdict = self.what_if.asked(question)?;
        if verdict.policies.first()?.outcome == Outcome::Error {
            return None;
        }
        let own = |reason: &Reason| {
            reason.outcome == Outcome::Fail && reason.policy.as_ref() == Some(&self.policy.name)
        };
        let fails = verdict.reasons.into_iter().filter(own);
        Some(fails.map(|reason| (reason.code, reason.findings)).collect())
    }
}
