//! When a verdict flips if nothing else changes: what ends or begins by itself.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::feed::FeedKind;
use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::request::{EvaluationRequest, Question};
use crate::threshold::Value;
use crate::time::Moment;
use crate::verdict::{Disposition, Outcome, Verdict};

use super::what_if::WhatIf;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// How many moments are tried one after the other.
const ONE_BY_ONE: usize = 150;

/// When a verdict flips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dates {
    /// The next moment at which the outcome is another; absent when no date is known at which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Flip>,
    /// How many moments are known at which it might flip.
    pub known: u32,
    /// Whether each of them up to the next flip was tried. Of very many some are, as for something that only gets worse.
    pub each_tried: bool,
}

/// A moment at which the outcome becomes another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Flip {
    /// The first second of it.
    pub at: Moment,
    /// The outcome from then on.
    pub outcome: Outcome,
    /// What happens then.
    pub causes: Vec<Cause>,
}

/// Something that happens by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Cause {
    /// A waiver expires.
    WaiverExpires {
        /// Its id.
        waiver: String,
    },
    /// A policy is enforced from then on.
    PolicyTakesEffect {
        /// Its name.
        policy: String,
    },
    /// A report is older than the gate allows.
    ReportTooOld {
        /// Its name.
        report: String,
    },
    /// A feed is older than the gate allows.
    FeedTooOld {
        /// What it says.
        feed: FeedKind,
    },
    /// The days are over that a policy gives for a finding.
    DaysAreOver {
        /// The policy.
        policy: String,
        /// The threshold that gives the days.
        threshold: String,
        /// The finding.
        finding: Fingerprint,
    },
}

impl Dates {
    /// Tries what is known to happen, in order.
    pub(super) fn of(verdict: &Verdict, what_if: &mut WhatIf<'_>) -> Self {
        let request = what_if.request;
        let moments = moments(request);
        let known = u32::try_from(moments.len()).unwrap_or(u32::MAX);
        let mut future = Future { verdict, what_if };
        let near = future.narrow(&moments);
        let mut each_tried = near.len() == moments.len();
        for at in near {
            let Some(later) = future.judge(*at) else {
                each_tried = false;
                break;
            };
            if later.outcome == verdict.outcome {
                continue;
            }
            let next = Flip {
                at: *at,
                outcome: later.outcome,
                causes: likely(&causes(request, *at), verdict, &later, request),
            };
            return Self {
                next: Some(next),
                known,
                each_tried,
            };
        }
        Self {
            next: None,
            known,
            each_tried,
        }
    }
}

/// The same question, later.
struct Future<'a, 'b> {
    verdict: &'a Verdict,
    what_if: &'a mut WhatIf<'b>,
}

impl Future<'_, '_> {
    /// The verdict at a moment; `None` when no evaluation is left.
    fn judge(&mut self, at: Moment) -> Option<Verdict> {
        let question = Question {
            evaluated_at: at,
            ..self.what_if.request.question.clone()
        };
        self.what_if.asked(question)
    }

    fn flips(&mut self, at: Moment) -> bool {
        let later = self.judge(at);
        later.is_some_and(|later| later.outcome != self.verdict.outcome)
    }

    /// Of very many moments those around the first flip, if the outcome only gets worse with time.
    fn narrow<'m>(&mut self, moments: &'m [Moment]) -> &'m [Moment] {
        // Some are left over for the steps that lead there.
        let share = usize::try_from(self.what_if.left() / 2).unwrap_or(usize::MAX);
        let most = share.clamp(1, ONE_BY_ONE);
        let mut near = moments;
        while near.len() > most {
            let (earlier, later) = near.split_at(near.len() / 2);
            near = match earlier.last() {
                Some(last) if self.flips(*last) => earlier,
                _ => later,
            };
        }
        near
    }
}

/// Of what happens at a moment, what concerns findings that weigh from then on, and what concerns no finding.
fn likely(
    causes: &BTreeSet<Cause>,
    before: &Verdict,
    after: &Verdict,
    request: &EvaluationRequest,
) -> Vec<Cause> {
    let (before, after) = (weighing(before), weighing(after));
    let new: BTreeSet<&Fingerprint> = after.difference(&before).copied().collect();
    let waived = |id: &str| {
        let waivers = &request.exemptions().waivers;
        let waiver = waivers.iter().filter(|waiver| waiver.id == id);
        let mut waived = waiver.flat_map(|waiver| &waiver.waived);
        waived.any(|finding| new.contains(finding))
    };
    let concerns = |cause: &&Cause| match cause {
        Cause::WaiverExpires { waiver } => waived(waiver),
        Cause::DaysAreOver { finding, .. } => new.contains(finding),
        Cause::PolicyTakesEffect { .. } | Cause::ReportTooOld { .. } | Cause::FeedTooOld { .. } => {
            true
        }
    };
    let likely: Vec<Cause> = causes.iter().filter(concerns).cloned().collect();
    if likely.is_empty() {
        return causes.iter().cloned().collect();
    }
    likely
}

/// Findings that are counted, or named by a reason that weighs.
fn weighing(verdict: &Verdict) -> BTreeSet<&Fingerprint> {
    let counted = verdict.dispositions.get(&Disposition::Counted);
    let reasons = verdict.reasons.iter();
    let weighing = reasons.filter(|reason| reason.effect() > Outcome::Pass);
    let named = weighing.flat_map(|reason| &reason.findings);
    counted.into_iter().flatten().chain(named).collect()
}

/// The moments after the one of judgement at which something happens, in order. What has happened has been judged.
fn moments(request: &EvaluationRequest) -> Vec<Moment> {
    let now = request.question.evaluated_at;
    let mut moments = BTreeSet::new();
    visit(request, &mut |at, _| {
        if at > now {
            moments.insert(at);
        }
    });
    moments.into_iter().collect()
}

/// What happens at a moment.
fn causes(request: &EvaluationRequest, at: Moment) -> BTreeSet<Cause> {
    let mut causes = BTreeSet::new();
    visit(request, &mut |then, cause| {
        if then == at {
            causes.insert(cause());
        }
    });
    causes
}

/// Goes through everything of a request that ends or begins by itself. There may be several for each finding, so that
/// only those that are asked for are made.
fn visit(request: &EvaluationRequest, happens: &mut dyn FnMut(Moment, &dyn Fn() -> Cause)) {
    let question = &request.question;
    for waiver in &question.waivers {
        happens(waiver.expires, &|| Cause::WaiverExpires {
            waiver: waiver.id.clone(),
        });
    }
    for policy in &question.policies {
        if let Some(from) = policy.terms.effective_on {
            happens(from, &|| Cause::PolicyTakesEffect {
                policy: policy.name.clone(),
            });
        }
    }
    let rules = &question.report_rules;
    for report in request.reports.iter().filter(|report| rules.accept(report)) {
        let until = rules.max_age.zip(report.finished);
        let until = until.and_then(|(age, finished)| age.until(finished));
        // At its end it is not older yet.
        if let Some(after) = until.and_then(|until| moment(until.unix().saturating_add(1))) {
            happens(after, &|| Cause::ReportTooOld {
                report: report.name.clone(),
            });
        }
    }
    for feed in &question.feeds {
        let until = question
            .feed_rules
            .max_age
            .and_then(|age| age.until(feed.date));
        if let Some(after) = until.and_then(|until| moment(until.unix().saturating_add(1))) {
            happens(after, &|| Cause::FeedTooOld { feed: feed.kind });
        }
    }
    for (policy, threshold, days) in days(question) {
        for finding in request.findings.iter().filter(|f| f.is_active()) {
            for at in ends_of(finding, days).into_iter().flatten() {
                happens(at, &|| Cause::DaysAreOver {
                    policy: policy.to_owned(),
                    threshold: threshold.to_owned(),
                    finding: finding.id,
                });
            }
        }
    }
}

/// Thresholds that are a number of days by their name. A name that misleads costs evaluations and no truth.
fn days(question: &Question) -> impl Iterator<Item = (&str, &str, i64)> {
    question.policies.iter().flat_map(|policy| {
        let thresholds = policy.thresholds.iter();
        let thresholds = thresholds.filter(|(name, _)| name.split('-').any(|word| word == "days"));
        thresholds.filter_map(|(name, given)| match given.value {
            Value::Count(days) => Some((&*policy.name, &**name, i64::from(days))),
            _ => None,
        })
    })
}

/// When a number of days may be over since a finding was first seen: to the second, or with the day in UTC, and with the
/// last day or after it.
fn ends_of(finding: &Finding, days: i64) -> [Option<Moment>; 4] {
    let Some(seen) = finding.first_seen else {
        return [None; 4];
    };
    let end = seen.unix().saturating_add(days.saturating_mul(DAY));
    let midnight = end.div_euclid(DAY).saturating_mul(DAY);
    [
        midnight,
        end,
        end.saturating_add(1),
        midnight.saturating_add(DAY),
    ]
    .map(moment)
}

fn moment(unix: i64) -> Option<Moment> {
    Moment::from_unix(unix).ok()
}
