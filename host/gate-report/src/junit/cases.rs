//! What stands for a test: a report, a policy, a reason, or a finding that a reason names.

use std::io;

use gate_core::finding::Finding;
use gate_core::request::PolicyUse;
use gate_core::verdict::{Outcome, PolicyVerdict, Reason};

use crate::answer::Answer;
use crate::cells::{counts, ended, place, tool};

/// The cases of one suite.
pub(super) struct Cases<'a> {
    pub(super) name: String,
    answer: Answer<'a>,
    /// Absent in the suite of the gate's own checks.
    policy: Option<(&'a PolicyVerdict, &'a PolicyUse)>,
}

/// One case.
pub(super) struct Case<'a> {
    what: What<'a>,
    pub(super) state: State<'a>,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Named(&'a str),
    Finding(&'a Finding),
}

/// How a case ended.
#[derive(Clone)]
pub(super) enum State<'a> {
    /// It holds, or is only a warning.
    Passed { told: String },
    /// It closes the gate.
    Failed { reason: Why<'a> },
    /// Nobody can say whether it holds, which closes the gate, too.
    Undecided { reason: Why<'a> },
    /// It was kept from counting.
    Skipped { why: &'static str },
}

/// Why a case did not pass.
#[derive(Clone, Copy)]
pub(super) enum Why<'a> {
    Reason(&'a Reason),
    /// A policy said so without a reason.
    Unexplained,
}

/// What is told of a case that did not pass.
pub(super) struct Problem<'a> {
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    pub(super) lines: Vec<String>,
}

/// What is done with each case.
type Each<'f, 'a> = dyn FnMut(Case<'a>) -> io::Result<()> + 'f;

impl<'a> Cases<'a> {
    /// The gate's own suite, then one for each policy.
    pub(super) fn suites(answer: Answer<'a>) -> Vec<Self> {
        let gate = &answer.verdict.gate;
        let policies = answer.verdict.policies.iter();
        let policies = policies.zip(&answer.request.question.policies);
        let own = Self {
            name: format!("gate.{gate}"),
            answer,
            policy: None,
        };
        let policies = policies.map(|(verdict, using)| Self {
            name: format!("gate.{gate}.{}", verdict.name),
            answer,
            policy: Some((verdict, using)),
        });
        std::iter::once(own).chain(policies).collect()
    }

    /// What is known of the suite as a whole.
    pub(super) fn properties(&self) -> Vec<(String, String)> {
        let mut properties = Vec::new();
        let mut add = |name: &str, value: String| properties.push((name.to_owned(), value));
        let verdict = self.answer.verdict;
        if let Some((policy, using)) = self.policy {
            add("outcome", policy.outcome.to_string());
            add("digest", policy.digest.to_string());
            for (name, given) in &using.thresholds {
                add(name, format!("{} ({})", given.value, given.source));
            }
            return properties;
        }
        add("outcome", verdict.outcome.to_string());
        add("exit-code", self.answer.exit_code.to_string());
        if let Some(subject) = self.answer.subject() {
            add("subject", subject);
        }
        add("record", self.answer.record.to_string());
        for flag in &self.answer.request.question.overrides {
            add("override", flag.clone());
        }
        properties
    }

    /// Gives each case away, in an order that is always the same.
    pub(super) fn each(&self, each: &mut Each<'_, 'a>) -> io::Result<()> {
        match self.policy {
            Some((policy, _)) => self.policy(policy, each),
            None => self.own(each),
        }
    }

    fn own(&self, each: &mut Each<'_, 'a>) -> io::Result<()> {
        let reasons = &self.answer.verdict.reasons;
        for report in &self.answer.request.reports {
            let blamed = |reason: &Reason| reason.report.as_ref() == Some(&report.name);
            if !reasons.iter().any(blamed) {
                let told = format!("{}, {}: {}", tool(report), ended(report), counts(report));
                each(Case {
                    what: What::Named(&report.name),
                    state: State::Passed { told },
                })?;
            }
        }
        let policies = &self.answer.verdict.policies;
        let of_a_policy = |reason: &Reason| {
            let name = reason.policy.as_ref();
            policies.iter().any(|policy| Some(&policy.name) == name)
        };
        for reason in reasons.iter().filter(|reason| !of_a_policy(reason)) {
            self.reason(reason, each)?;
        }
        for (finding, why) in self.answer.exempted() {
            each(Case {
                what: What::Finding(finding),
                state: State::Skipped { why },
            })?;
        }
        Ok(())
    }

    fn policy(&self, policy: &'a PolicyVerdict, each: &mut Each<'_, 'a>) -> io::Result<()> {
        let mut outcome = policy.effect();
        let reasons = self.answer.verdict.reasons.iter();
        for reason in reasons.filter(|reason| reason.policy.as_ref() == Some(&policy.name)) {
            // Told by a case of its own.
            if reason.effect() >= outcome {
                outcome = Outcome::Pass;
            }
            self.reason(reason, each)?;
        }
        let told = policy.counters.map_or_else(
            || "no answer".to_owned(),
            |c| {
                format!(
                    "{} of {} findings matched; {} rules",
                    c.matched, c.seen, c.rules
                )
            },
        );
        let reason = Why::Unexplained;
        let state = match outcome {
            Outcome::Error => State::Undecided { reason },
            Outcome::Fail => State::Failed { reason },
            _ if policy.effect() > Outcome::Warn => return Ok(()),
            Outcome::Pass | Outcome::Warn => State::Passed { told },
        };
        each(Case {
            what: What::Named(&policy.name),
            state,
        })
    }

    /// A case for each finding that a failing reason names, or else one for the reason.
    fn reason(&self, reason: &'a Reason, each: &mut Each<'_, 'a>) -> io::Result<()> {
        let why = Why::Reason(reason);
        let state = match reason.effect() {
            Outcome::Error => State::Undecided { reason: why },
            Outcome::Fail => State::Failed { reason: why },
            Outcome::Pass | Outcome::Warn => State::Passed {
                told: format!("{}: {}", reason.outcome, reason.message),
            },
        };
        let findings = self.answer.named(reason);
        let mut findings = findings
            .filter(|_| matches!(state, State::Failed { .. }))
            .peekable();
        if findings.peek().is_none() {
            let what = What::Named(&reason.code);
            return each(Case { what, state });
        }
        findings.try_for_each(|finding| {
            each(Case {
                what: What::Finding(finding),
                state: state.clone(),
            })
        })
    }
}

impl Case<'_> {
    /// The name: for a finding its rule, its place and the beginning of its identity.
    pub(super) fn name(&self) -> String {
        match self.what {
            What::Named(name) => name.to_owned(),
            What::Finding(finding) => {
                let id = finding.id.to_string();
                let id = id.get(..12).unwrap_or_default();
                format!("{} {} [{id}]", finding.rule.id, place(finding))
            }
        }
    }

    /// What is told when the case did not pass.
    pub(super) fn problem<'a>(&self, why: &Why<'a>) -> Problem<'a> {
        let (code, message, help) = match why {
            Why::Reason(reason) => (&*reason.code, &*reason.message, reason.help.as_deref()),
            Why::Unexplained => ("policy", "the policy gave no reason", None),
        };
        let mut lines = Vec::new();
        if let What::Finding(finding) = self.what {
            lines.push(format!("finding: {}", finding.title));
            lines.push(format!("severity: {}", finding.severity.level));
            lines.push(format!("tool: {}", finding.tool));
            lines.push(format!("identity: {}", finding.id));
        }
        if let Why::Reason(reason) = why
            && let Some(report) = &reason.report
        {
            lines.push(format!("report: {report}"));
        }
        lines.extend(help.map(|help| format!("help: {help}")));
        Problem {
            code,
            message,
            lines,
        }
    }
}
