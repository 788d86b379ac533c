//! The road's one decision: from a request, a verdict. Live and replay call the same function.

use std::collections::BTreeMap;

use crate::check::check;
use crate::code::Code;
use crate::composition;
use crate::corroboration::Corroborations;
use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::policy::{Decision, PolicyDisposition, PolicyFailure, PolicyReason};
use crate::ports::{Diagnostics, PolicyRuntime};
use crate::request::{EvaluationRequest, PolicyUse, Question};
use crate::severity::Level;
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
/// there is a policy. Policies are asked all the same, so that one run shows everything. The worst outcome holds, of
/// what each policy's answer is for the gate.
#[must_use]
pub fn evaluate(request: &EvaluationRequest, runtime: &dyn PolicyRuntime) -> Evaluation {
    let question = &request.question;
    let mut reasons = check(request);
    let mut answers = runtime.run(request).into_iter();
    let mut asked = Vec::with_capacity(question.policies.len());
    let mut diagnostics = Vec::with_capacity(question.policies.len());
    for policy in &question.policies {
        let answer = answers
            .next()
            .unwrap_or_else(|| Err(PolicyFailure::Missing).into());
        asked.push(Asked::of(policy, answer.result, request));
        diagnostics.push(answer.diagnostics);
    }
    reasons.extend(nothing_matched(request, &asked));

    let mut dispositions = unjudged(request);
    let mut policies = Vec::with_capacity(asked.len());
    for (asked, effect) in asked.iter().zip(effects(question, &asked)) {
        let verdict = asked.verdict(effect);
        reasons.extend(asked.reasons(&verdict, request));
        // What does not weigh for the gate is not counted.
        if verdict.effect.is_none() {
            asked.count(&mut dispositions);
        }
        policies.push(verdict);
    }

    let outcomes = reasons
        .iter()
        .map(Reason::effect)
        .chain(policies.iter().map(PolicyVerdict::effect));
    let outcome = outcomes.max().unwrap_or(Outcome::Error);
    // Stable: reasons of one outcome stay in order of check and policy.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.effect()));
    let exemptions = request.exemptions();
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
        waivers: exemptions.waivers.clone(),
        vex: exemptions.vex.clone(),
    };
    Evaluation {
        verdict,
        diagnostics,
    }
}

/// What each finding is when no policy says anything of it.
fn unjudged(request: &EvaluationRequest) -> Vec<Disposition> {
    let of = |(at, finding): (u32, &Finding)| match request.exemptions().at(at) {
        _ if finding.is_suppressed() => Disposition::Suppressed,
        Some(exemption) => exemption.disposition(),
        None => Disposition::Tolerated,
    };
    (0..).zip(request.findings.iter()).map(of).collect()
}

/// What each policy's answer is for the gate: not each has to pass, and not each is enforced.
fn effects(question: &Question, asked: &[Asked<'_>]) -> Vec<Outcome> {
    let answers = asked
        .iter()
        .map(|asked| (&*asked.policy.name, asked.outcome()));
    let weights = composition::weigh(&question.groups, &answers.collect());
    let effect = |asked: &Asked<'_>| {
        let weight = weights.get(&asked.policy.name).copied();
        let weight = weight.unwrap_or_else(|| asked.outcome());
        let enforced = asked.policy.terms.enforced_at(question.evaluated_at);
        if weight == Outcome::Fail && !enforced {
            Outcome::Warn
        } else {
            weight
        }
    };
    asked.iter().map(effect).collect()
}

/// Findings that no policy's question concerns prove nothing: whoever passes them does not look at them.
fn nothing_matched(request: &EvaluationRequest, asked: &[Asked<'_>]) -> Option<Reason> {
    let matched = |asked: &Asked<'_>| asked.decision.as_ref().map_or(1, |d| d.counters.matched);
    // What is exempt would perhaps have been matched, and an exemption never worsens the outcome.
    let exempt = !request.exemptions().is_empty();
    if exempt || asked.is_empty() || asked.iter().any(|asked| matched(asked) > 0) {
        return None;
    }
    // Remarks have no limit anywhere.
    let judged = |finding: &&Finding| finding.is_active() && finding.severity.level != Level::Info;
    let judged = request.findings.iter().filter(judged);
    let ids: Vec<Fingerprint> = judged.map(|finding| finding.id).collect();
    if ids.is_empty() {
        return None;
    }
    let message = format!(
        "no policy's question concerns any of {} findings",
        ids.len()
    );
    Some(Reason::error(Code::NothingMatched, message).naming(ids))
}

/// A policy, and what came of asking it.
struct Asked<'a> {
    policy: &'a PolicyUse,
    decision: Result<Decision, PolicyFailure>,
    /// Where the findings that it saw stand among all; all when absent.
    reached: Option<&'a [u32]>,
}

impl<'a> Asked<'a> {
    fn of(
        policy: &'a PolicyUse,
        answer: Result<Decision, PolicyFailure>,
        request: &'a EvaluationRequest,
    ) -> Self {
        let reached = request.exemptions().reaching(policy.terms);
        let given = reached.map_or(request.findings.len(), <[u32]>::len);
        let given = u32::try_from(given).unwrap_or(u32::MAX);
        let decision = answer.and_then(|decision| {
            decision.check(given)?;
            Ok(decision)
        });
        Self {
            policy,
            decision,
            reached,
        }
    }

    /// Where a finding that it saw stands among all.
    fn position(&self, seen: u32) -> u32 {
        let at = |reached: &[u32]| reached.get(seen as usize).copied();
        self.reached.map_or(Some(seen), at).unwrap_or(u32::MAX)
    }

    fn outcome(&self) -> Outcome {
        self.decision
            .as_ref()
            .map_or(Outcome::Error, |decision| decision.outcome)
    }

    fn verdict(&self, effect: Outcome) -> PolicyVerdict {
        let outcome = self.outcome();
        PolicyVerdict {
            name: self.policy.name.clone(),
            digest: self.policy.digest,
            outcome,
            effect: (effect != outcome).then_some(effect),
            counters: self
                .decision
                .as_ref()
                .ok()
                .map(|decision| decision.counters),
        }
    }

    /// Its reasons, with the findings' identities; why it did not decide, if it did not.
    fn reasons(&self, verdict: &PolicyVerdict, request: &EvaluationRequest) -> Vec<Reason> {
        let decision = match &self.decision {
            Ok(decision) => decision,
            Err(failure) => return vec![failed(self.policy, failure)],
        };
        let reason = |reason: &PolicyReason| {
            let found = reason
                .findings
                .iter()
                .filter_map(|seen| request.findings.get(self.position(*seen) as usize));
            let mut findings: Vec<Fingerprint> = found.map(|finding| finding.id).collect();
            findings.sort_unstable();
            findings.dedup();
            Reason {
                outcome: reason.outcome,
                effect: verdict.effect.filter(|effect| *effect < reason.outcome),
                code: reason.code.clone(),
                policy: Some(self.policy.name.clone()),
                report: None,
                message: reason.message.clone(),
                help: reason.help.clone(),
                findings,
            }
        };
        decision.reasons.iter().map(reason).collect()
    }

    /// Counts the findings that it counts.
    fn count(&self, dispositions: &mut [Disposition]) {
        let Ok(decision) = &self.decision else { return };
        for (seen, what) in &decision.dispositions {
            if let Some(disposition) = dispositions.get_mut(self.position(*seen) as usize)
                && *what == PolicyDisposition::Counted
            {
                *disposition = Disposition::Counted;
            }
        }
    }
}

fn failed(policy: &PolicyUse, failure: &PolicyFailure) -> Reason {
    let message = format!("policy `{}` did not decide: {failure}", policy.name);
    Reason {
        policy: Some(policy.name.clone()),
        ..Reason::error(failure.code(), message)
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
