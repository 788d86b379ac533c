//! The road's one decision: from a request, a verdict. Live and replay call the same function.

use std::collections::BTreeMap;

use crate::check::check;
use crate::corroboration::Corroborations;
use crate::fingerprint::Fingerprint;
use crate::policy::{Decision, PolicyDisposition, PolicyFailure};
use crate::ports::{Diagnostics, PolicyRuntime};
use crate::request::{EvaluationRequest, PolicyUse};
use crate::verdict::{Counts, Disposition, Outcome, PolicyVerdict, Reason, Verdict};

/// A verdict, and what is worth knowing beside it.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The verdict. The same on every machine.
    pub verdict: Verdict,
    /// For each policy in the verdict's order, what was measured.
    pub diagnostics: Vec<Diagnostics>,
}

/// Judges a request.
///
/// The gate's own checks come first: every demanded report is there, every report proves something and is complete,
/// there is a policy. Policies are asked all the same, so that one run shows everything. The worst outcome holds.
#[must_use]
pub fn evaluate(request: &EvaluationRequest, runtime: &dyn PolicyRuntime) -> Evaluation {
    let question = &request.question;
    let mut reasons = check(request);

    let mut answers = runtime.run(request).into_iter();
    let mut policies = Vec::with_capacity(question.policies.len());
    let mut diagnostics = Vec::with_capacity(question.policies.len());
    let mut dispositions: Vec<Disposition> = request
        .findings
        .iter()
        .map(|f| {
            if f.is_suppressed() {
                Disposition::Suppressed
            } else {
                Disposition::Tolerated
            }
        })
        .collect();
    for policy in &question.policies {
        let answer = answers
            .next()
            .unwrap_or_else(|| Err(PolicyFailure::Missing).into());
        let checked = answer.result.and_then(|decision| {
            let given = u32::try_from(request.findings.len()).unwrap_or(u32::MAX);
            decision.check(given)?;
            Ok(decision)
        });
        let verdict = match checked {
            Ok(decision) => accept(policy, decision, request, &mut dispositions, &mut reasons),
            Err(failure) => {
                reasons.push(failed(policy, &failure));
                PolicyVerdict {
                    name: policy.name.clone(),
                    digest: policy.digest,
                    outcome: Outcome::Error,
                    counters: None,
                }
            }
        };
        policies.push(verdict);
        diagnostics.push(answer.diagnostics);
    }

    let outcomes = reasons
        .iter()
        .map(|r| r.outcome)
        .chain(policies.iter().map(|p| p.outcome));
    let outcome = outcomes.max().unwrap_or(Outcome::Error);
    // Stable: reasons of one outcome stay in order of check and policy.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.outcome));
    let verdict = Verdict {
        gate: question.gate.clone(),
        subject: question.subject.clone(),
        evaluated_at: question.evaluated_at,
        outcome,
        enforcement: question.enforcement,
        reasons,
        counts: count(request, &dispositions),
        policies,
        dispositions: list(request, &dispositions),
    };
    Evaluation {
        verdict,
        diagnostics,
    }
}

fn failed(policy: &PolicyUse, failure: &PolicyFailure) -> Reason {
    let message = format!("policy `{}` did not decide: {failure}", policy.name);
    Reason {
        policy: Some(policy.name.clone()),
        ..Reason::error(failure.code(), message)
    }
}

/// Takes over a decision that was checked.
fn accept(
    policy: &PolicyUse,
    decision: Decision,
    request: &EvaluationRequest,
    dispositions: &mut [Disposition],
    reasons: &mut Vec<Reason>,
) -> PolicyVerdict {
    for (position, what) in decision.dispositions {
        if let Some(disposition) = dispositions.get_mut(position as usize)
            && what == PolicyDisposition::Counted
        {
            *disposition = Disposition::Counted;
        }
    }
    for reason in decision.reasons {
        let found = reason
            .findings
            .iter()
            .filter_map(|at| request.findings.get(*at as usize));
        let mut findings: Vec<Fingerprint> = found.map(|finding| finding.id).collect();
        findings.sort_unstable();
        findings.dedup();
        reasons.push(Reason {
            outcome: reason.outcome,
            code: reason.code,
            policy: Some(policy.name.clone()),
            report: None,
            message: reason.message,
            help: reason.help,
            findings,
        });
    }
    PolicyVerdict {
        name: policy.name.clone(),
        digest: policy.digest,
        outcome: decision.outcome,
        counters: Some(decision.counters),
    }
}

fn count(request: &EvaluationRequest, dispositions: &[Disposition]) -> Counts {
    let corroborated = Corroborations::of(&request.findings).findings();
    let mut counts = Counts {
        corroborated: u32::try_from(corroborated).unwrap_or(u32::MAX),
        ..Counts::default()
    };
    for (finding, disposition) in request.findings.iter().zip(dispositions) {
        counts.findings += 1;
        *counts.by_level.entry(finding.severity.level).or_default() += 1;
        *counts.by_disposition.entry(*disposition).or_default() += 1;
    }
    counts
}

fn list(
    request: &EvaluationRequest,
    dispositions: &[Disposition],
) -> BTreeMap<Disposition, Vec<Fingerprint>> {
    let mut lists: BTreeMap<Disposition, Vec<Fingerprint>> = BTreeMap::new();
    for (finding, disposition) in request.findings.iter().zip(dispositions) {
        if *disposition != Disposition::Tolerated {
            lists.entry(*disposition).or_default().push(finding.id);
        }
    }
    lists
}
