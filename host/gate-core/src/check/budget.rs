//! What the profile allows a gate to leave aside.

use std::collections::BTreeMap;

use crate::code::Code;
use crate::exemption::Exemption;
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

/// Of no level are there more findings than when the baseline was taken. What is waived or not affected is left aside.
pub(super) fn baseline(request: &EvaluationRequest) -> Vec<Reason> {
    let Some(baseline) = &request.question.baseline else {
        return Vec::new();
    };
    let mut present: BTreeMap<Level, Vec<Fingerprint>> = BTreeMap::new();
    for (at, finding) in (0..).zip(request.findings.iter()) {
        let aside = matches!(
            request.exemptions().at(at),
            Some(Exemption::Waived | Exemption::NotAffected)
        );
        if finding.is_active() && !aside {
            present
                .entry(finding.severity.level)
                .or_default()
                .push(finding.id);
        }
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
