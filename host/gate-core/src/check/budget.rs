//! What the profile allows a gate to leave aside.

use std::collections::BTreeMap;

use crate::code::Code;
use crate::exemption::Exemption;
use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::request::EvaluationRequest;
use crate::severity::Level;
use crate::verdict::Reason;

/// No more findings are waived than the profile allows.
pub(super) fn waivers(request: &EvaluationRequest) -> Vec<Reason> {
    let Some(budget) = request.question.waiver_rules.budget else {
        return Vec::new();
    };
    let waived = request.exemptions().waivers.iter().flat_map(|w| &w.waived);
    let mut waived: Vec<Fingerprint> = waived.copied().collect();
    waived.sort_unstable();
    if waived.len() <= budget as usize {
        return Vec::new();
    }
    let message = format!(
        "{} findings are waived, and the gate allows {budget}",
        waived.len()
    );
    vec![Reason::fail(Code::WaiversOverBudget, message).naming(waived)]
}

/// Of no level are there more findings than when the baseline was taken.
pub(crate) fn baseline(request: &EvaluationRequest) -> Vec<Reason> {
    let Some(baseline) = &request.question.baseline else {
        return Vec::new();
    };
    let mut present: BTreeMap<Level, Vec<Fingerprint>> = BTreeMap::new();
    for finding in weighing(request) {
        let level = finding.severity.level;
        present.entry(level).or_default().push(finding.id);
    }
    let over = |(level, budget): (&Level, &u32)| {
        let there = present
            .get(level)
            .filter(|there| there.len() > *budget as usize)?;
        let message = format!(
            "{} findings are {level}, and the baseline allows {budget}",
            there.len()
        );
        Some(Reason::fail(Code::BaselineOverBudget, message).naming(there.clone()))
    };
    baseline.budgets.iter().filter_map(over).collect()
}

/// The findings that count against a baseline's budgets. What is waived or not affected is left aside; what was there
/// before is not.
pub(crate) fn weighing(request: &EvaluationRequest) -> impl Iterator<Item = &Finding> {
    let aside = |at| {
        matches!(
            request.exemptions().at(at),
            Some(Exemption::Waived | Exemption::NotAffected)
        )
    };
    (0..)
        .zip(request.findings.iter())
        .filter(move |(at, finding)| finding.is_active() && !aside(*at))
        .map(|(_, finding)| finding)
}
