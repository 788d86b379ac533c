//! Builds a decision.

use crate::bindings::exports::gate::policy::guest::Counters;
use crate::{Decision, Disposition, Outcome, Reason};

/// A decision in the making. It passes until a reason is given to warn or to fail.
#[derive(Debug, Clone)]
pub struct Answer {
    outcome: Outcome,
    reasons: Vec<Reason>,
    dispositions: Vec<(u32, Disposition)>,
    rules: u32,
}

impl Answer {
    /// An answer to which this many rules lead. A policy that evaluates no rule is an error, so that nothing
    /// passes because nothing was asked.
    #[must_use]
    pub const fn of_rules(rules: u32) -> Self {
        Self {
            outcome: Outcome::Pass,
            reasons: Vec::new(),
            dispositions: Vec::new(),
            rules,
        }
    }

    /// The question concerns these findings, and they are within what the thresholds allow.
    pub fn tolerate(&mut self, positions: impl IntoIterator<Item = u32>) {
        self.dispositions
            .extend(positions.into_iter().map(|at| (at, Disposition::Tolerated)));
    }

    /// Warns. `code` is a kebab-case name that never changes; `message` a lower-case sentence without a final
    /// stop.
    pub fn warn(&mut self, code: &str, message: impl Into<String>) -> ReasonBuilder<'_> {
        self.reason(Outcome::Warn, code, message.into())
    }

    /// Fails. As [`Answer::warn`].
    pub fn fail(&mut self, code: &str, message: impl Into<String>) -> ReasonBuilder<'_> {
        self.reason(Outcome::Fail, code, message.into())
    }

    fn reason(&mut self, outcome: Outcome, code: &str, message: String) -> ReasonBuilder<'_> {
        if outcome as u8 > self.outcome as u8 {
            self.outcome = outcome;
        }
        let reason = Reason {
            outcome,
            code: code.to_owned(),
            message,
            help: None,
            findings: Vec::new(),
        };
        ReasonBuilder {
            answer: self,
            reason: Some(reason),
        }
    }

    /// The decision, with the number of findings that arrived.
    pub(crate) fn into_decision(mut self, seen: u32) -> Decision {
        // A finding may be counted for several reasons; it has one disposition, the worst. What stands here are a few
        // runs in order, which this sort merges.
        self.dispositions
            .sort_by_key(|(at, what)| (*at, *what as u8));
        self.dispositions.dedup_by(|(b, b_what), (a, a_what)| {
            let twin = a == b;
            if twin && *b_what == Disposition::Counted {
                *a_what = Disposition::Counted;
            }
            twin
        });
        let matched = u32::try_from(self.dispositions.len()).unwrap_or(u32::MAX);
        Decision {
            outcome: self.outcome,
            reasons: self.reasons,
            dispositions: self.dispositions,
            counters: Counters {
                seen,
                matched,
                rules: self.rules,
            },
        }
    }
}

/// Completes a reason. It is part of the answer when this value is dropped.
#[derive(Debug)]
pub struct ReasonBuilder<'a> {
    answer: &'a mut Answer,
    reason: Option<Reason>,
}

impl ReasonBuilder<'_> {
    /// Says what the reader can do.
    #[must_use = "call `count` to name the findings, or drop it deliberately"]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(reason) = &mut self.reason {
            reason.help = Some(help.into());
        }
        self
    }

    /// Names the findings that weigh against the outcome.
    pub fn count(mut self, positions: impl IntoIterator<Item = u32>) {
        let Some(reason) = &mut self.reason else {
            return;
        };
        for at in positions {
            reason.findings.push(at);
            self.answer.dispositions.push((at, Disposition::Counted));
        }
    }
}

impl Drop for ReasonBuilder<'_> {
    fn drop(&mut self) {
        self.answer.reasons.extend(self.reason.take());
    }
}
