//! What would make a fail pass.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::code::Code;
use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::request::EvaluationRequest;
use crate::verdict::{Disposition, Outcome, Reason, Verdict};

use super::change::{Change, by_place};
use super::search::{Need, smallest};
use super::what_if::WhatIf;

/// How often more findings may come to weigh once others are gone.
const ROUNDS: usize = 8;

/// Changes after which the gate passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Repair {
    /// The changes; the gate passes when all of them are made, which was tried.
    pub changes: Vec<Change>,
    /// How many findings go with them.
    pub findings: u32,
    /// Among how many changes they were chosen: those of all findings that weigh.
    pub among: u32,
    /// Whether it is proven that no smaller number of changes will do: as long as fewer findings are never worse, and a
    /// count that was measured to be the number of the findings named is one.
    pub smallest: bool,
    /// What the outcome is then.
    pub outcome: Outcome,
}

/// The smallest repair of a fail that there is. When no removal of findings makes the gate pass: the reasons that are
/// left then.
pub(super) fn of(
    verdict: &Verdict,
    mut needs: Vec<Need>,
    what_if: &mut WhatIf<'_>,
) -> Result<Repair, Vec<Reason>> {
    let request = what_if.request;
    needs.extend(of_gate(verdict, request));
    let findings = request.findings.as_slice();
    let mut weighing = weighing(verdict, findings);
    let mut left = verdict.clone();
    // With some findings gone, a policy may come to name others.
    for _ in 0..ROUNDS {
        let Some(verdict) = what_if.without(&weighing) else {
            break;
        };
        left = verdict;
        let before = weighing.len();
        weighing.extend(self::weighing(&left, findings));
        if passes(&left) || weighing.len() == before {
            break;
        }
    }
    if !passes(&left) {
        return Err(worst(&left));
    }

    let finding = |at: &u32| Some((*at, findings.get(*at as usize)?));
    let places = by_place(weighing.iter().filter_map(finding));
    let (places, removed): (Vec<_>, Vec<_>) = places.into_iter().unzip();
    let most = what_if.left();
    let mut outcome = left.outcome;
    let found = smallest(&removed, &needs, most, &mut |removed| {
        let verdict = what_if.without(removed);
        verdict.is_some_and(|verdict| passes(&verdict))
    });
    let (made, is_smallest) = match found {
        Some(found) => (found.changes, found.smallest),
        // No evaluation was left for it; that all of them suffice was tried above.
        None => ((0..removed.len()).collect(), false),
    };
    let chosen = |at: &usize| Some((places.get(*at)?, removed.get(*at)?));
    let chosen: Vec<_> = made.iter().filter_map(chosen).collect();
    let gone: BTreeSet<u32> = chosen.iter().flat_map(|(_, at)| *at).copied().collect();
    if let Some(verdict) = what_if.without(&gone) {
        outcome = verdict.outcome;
    }
    let changes = chosen.into_iter().map(|(place, removed)| {
        let mended = removed.iter().filter_map(|at| findings.get(*at as usize));
        Change::new(place.clone(), mended)
    });
    Ok(Repair {
        changes: changes.collect(),
        findings: u32::try_from(gone.len()).unwrap_or(u32::MAX),
        among: u32::try_from(places.len()).unwrap_or(u32::MAX),
        smallest: is_smallest,
        outcome,
    })
}

/// What the gate's own budgets need: it counts the findings that its reasons name, each for one.
fn of_gate(verdict: &Verdict, request: &EvaluationRequest) -> Vec<Need> {
    let question = &request.question;
    let need = |reason: &Reason| {
        let own = Code::from_name(&reason.code).filter(|_| reason.policy.is_none())?;
        let among = positions(&request.findings, reason.findings.iter());
        let budget = match own {
            Code::WaiversOverBudget => question.waiver_rules.budget?,
            Code::BaselineOverBudget => {
                let first = request.findings.get(*among.first()? as usize)?;
                let budgets = &question.baseline.as_ref()?.budgets;
                *budgets.get(&first.severity.level)?
            }
            _ => return None,
        };
        let at_least = among.len().checked_sub(budget as usize)?;
        Some(Need { among, at_least })
    };
    verdict.reasons.iter().filter_map(need).collect()
}

/// Where some findings stand.
pub(super) fn positions<'a>(
    findings: &[Finding],
    ids: impl Iterator<Item = &'a Fingerprint>,
) -> BTreeSet<u32> {
    let ids: BTreeSet<&Fingerprint> = ids.collect();
    let named = (0..).zip(findings);
    let named = named.filter(|(_, finding)| ids.contains(&finding.id));
    named.map(|(at, _)| at).collect()
}

fn passes(verdict: &Verdict) -> bool {
    verdict.outcome <= Outcome::Warn
}

/// The reasons that make the outcome what it is.
pub(super) fn worst(verdict: &Verdict) -> Vec<Reason> {
    let worst = verdict.reasons.iter();
    let worst = worst.filter(|reason| reason.effect() == verdict.outcome);
    worst.cloned().collect()
}

/// Findings that weigh: a policy counts them, or a reason to fail names them. A check that passed, which a policy may
/// ask for, is none.
fn weighing(verdict: &Verdict, findings: &[Finding]) -> BTreeSet<u32> {
    let counted = verdict.dispositions.get(&Disposition::Counted);
    let named = verdict.reasons.iter();
    let named = named.filter(|reason| reason.effect() >= Outcome::Fail);
    let named = named.flat_map(|reason| &reason.findings);
    let mut weighing = positions(findings, counted.into_iter().flatten().chain(named));
    let active = |at: &u32| findings.get(*at as usize).is_some_and(Finding::is_active);
    weighing.retain(active);
    weighing
}
