//! What a policy says of itself, what it answers, and every way in which it can fail to answer.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::gate::is_name;
use crate::threshold::Parameter;
use crate::verdict::Outcome;

/// What a policy says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Description {
    /// Kebab-case name.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// The one question it answers.
    pub question: String,
    /// Thresholds that it reads.
    pub thresholds: Vec<Parameter>,
    /// Settings that it reads.
    pub settings: Vec<Parameter>,
    /// Fields of a finding that it reads; no other arrives.
    pub reads: Vec<String>,
}

impl Description {
    /// The columns in which findings arrive: the fields of `batch` in `wit/policy.wit`.
    pub const COLUMNS: [&'static str; 34] = [
        "attributes",
        "class",
        "confidence",
        "count",
        "description",
        "endpoint",
        "first-seen",
        "id",
        "keys",
        "locations",
        "references",
        "remediation",
        "resource",
        "rule.id",
        "rule.name",
        "rule.tags",
        "rule.url",
        "severity.level",
        "severity.origin",
        "severity.original",
        "severity.score",
        "severity.source",
        "status",
        "suppression",
        "title",
        "tool",
        "vulnerability.cvss",
        "vulnerability.cwes",
        "vulnerability.epss",
        "vulnerability.fix-state",
        "vulnerability.fixed-in",
        "vulnerability.ids",
        "vulnerability.known-exploited",
        "vulnerability.software",
    ];

    /// The columns of a name in `reads`: a column, or a record of several, such as `severity`. None for a name that
    /// is neither.
    pub fn columns_of(name: &str) -> impl Iterator<Item = &'static str> {
        Self::COLUMNS.into_iter().filter(move |column| {
            let rest = column.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// Refuses a description that can't be true.
    ///
    /// # Errors
    /// With the first thing that is wrong, as a sentence without subject.
    pub fn check(&self) -> Result<(), String> {
        if !is_name(&self.name) {
            return Err("has a name that is not lower-case letters, digits and hyphens".to_owned());
        }
        if self.question.trim().is_empty() || self.version.trim().is_empty() {
            return Err("has no question or no version".to_owned());
        }
        let parameters = || self.thresholds.iter().chain(&self.settings);
        for parameter in parameters() {
            if !is_name(&parameter.name) {
                return Err("has a threshold or setting whose name is not a name".to_owned());
            }
            if !parameter.default.is(parameter.kind) {
                return Err(format!(
                    "gives `{}` a default of another kind",
                    parameter.name
                ));
            }
        }
        let mut names: Vec<_> = parameters().map(|p| &p.name).collect();
        names.sort_unstable();
        if names
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a == b))
        {
            return Err("names a threshold or setting twice".to_owned());
        }
        Ok(())
    }
}

/// What became of a finding in one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyDisposition {
    /// Considered, and within what the thresholds allow.
    Tolerated,
    /// It weighs against the outcome.
    Counted,
}

/// Why a policy answered as it did. Untrusted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyReason {
    /// Kebab-case name of the situation.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What the reader can do.
    pub help: Option<String>,
    /// Findings meant, by position.
    pub findings: Vec<u32>,
    /// How bad this reason alone is; never [`Outcome::Error`].
    pub outcome: Outcome,
}

/// A policy's proof that it worked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// Findings that its question concerns.
    pub matched: u32,
    /// Rules that it evaluated.
    pub rules: u32,
    /// Findings that it was given.
    pub seen: u32,
}

/// A policy's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Never [`Outcome::Error`].
    pub outcome: Outcome,
    /// Why.
    pub reasons: Vec<PolicyReason>,
    /// What became of the findings that its question concerns, by position.
    pub dispositions: Vec<(u32, PolicyDisposition)>,
    /// Proof of work.
    pub counters: Counters,
}

/// How an answer contradicts itself or the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDecision {
    /// It claims to have seen another number of findings than it was given.
    #[error("claims to have seen {claimed} findings, was given {given}")]
    Seen {
        /// Its number.
        claimed: u32,
        /// The true one.
        given: u32,
    },
    /// It evaluated no rule.
    #[error("evaluated no rule: nothing that it could ask is limited")]
    NoRule,
    /// It refers to a finding that does not exist.
    #[error("refers to finding {0}, which does not exist")]
    NoSuchFinding(u32),
    /// It disposes of one finding twice.
    #[error("disposes of finding {0} twice")]
    DisposedTwice(u32),
    /// The number of matched findings is not the number it disposes of.
    #[error("claims to have matched {claimed} findings, disposes of {disposed}")]
    Matched {
        /// Its number.
        claimed: u32,
        /// The true one.
        disposed: u32,
    },
    /// It warns or fails without a reason.
    #[error("does not pass and gives no reason")]
    NoReason,
    /// Its outcome is not the worst of its reasons.
    #[error("is another than the worst of its reasons")]
    Outcome,
    /// It passes although it counted findings.
    #[error("passes although it counted finding {0}")]
    PassWithCounted(u32),
    /// It can't be read: no UTF-8, a case that does not exist, a place outside its memory.
    #[error("can't be read")]
    Unreadable,
    /// A reason's code is not a name, or its message is empty.
    #[error("gives a reason without a proper code or message")]
    BadReason,
}

impl Decision {
    /// Refuses an answer that contradicts itself or the number of findings given.
    ///
    /// # Errors
    /// With the first contradiction.
    pub fn check(&self, given: u32) -> Result<(), BadDecision> {
        let Counters {
            matched,
            rules,
            seen,
        } = self.counters;
        if seen != given {
            return Err(BadDecision::Seen {
                claimed: seen,
                given,
            });
        }
        if rules == 0 {
            return Err(BadDecision::NoRule);
        }
        let mut disposed: Vec<u32> = self
            .dispositions
            .iter()
            .map(|(finding, _)| *finding)
            .collect();
        let mentioned = self
            .reasons
            .iter()
            .flat_map(|reason| &reason.findings)
            .chain(&disposed);
        if let Some(finding) = mentioned.copied().find(|finding| *finding >= given) {
            return Err(BadDecision::NoSuchFinding(finding));
        }
        disposed.sort_unstable();
        if let Some([twice, _]) = disposed.array_windows().find(|[a, b]| a == b) {
            return Err(BadDecision::DisposedTwice(*twice));
        }
        // The length fits: positions are distinct and below a `u32`.
        let count = u32::try_from(disposed.len()).unwrap_or(u32::MAX);
        if matched != count {
            return Err(BadDecision::Matched {
                claimed: matched,
                disposed: count,
            });
        }
        if self
            .reasons
            .iter()
            .any(|r| !is_name(&r.code) || r.message.trim().is_empty())
        {
            return Err(BadDecision::BadReason);
        }
        let worst = self.reasons.iter().map(|r| r.outcome).max();
        if worst.is_some_and(|worst| worst != self.outcome) {
            return Err(BadDecision::Outcome);
        }
        if self.outcome == Outcome::Pass {
            let counted = self
                .dispositions
                .iter()
                .find(|(_, what)| *what == PolicyDisposition::Counted);
            return counted.map_or(Ok(()), |(at, _)| Err(BadDecision::PassWithCounted(*at)));
        }
        if self.reasons.is_empty() {
            return Err(BadDecision::NoReason);
        }
        Ok(())
    }
}

/// Every way in which a policy can fail to answer. Each is outcome `error`; what the engine had to say about it
/// stays outside the record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFailure {
    /// The component is not at hand.
    #[error("its component is not at hand")]
    Missing,
    /// The bytes are not a component, or not one that exports our interface.
    #[error("its component does not export the `gate:policy` interface")]
    Invalid,
    /// Its component goes beyond a cap of what is compiled.
    #[error("its component has {0}; that is not compiled")]
    TooLarge(String),
    /// Its compilation broke, or went beyond the limits of its process.
    #[error("its component could not be compiled within the limits of compilation")]
    Compile,
    /// The component wants something from outside.
    #[error("its component imports `{0}`; a policy imports nothing")]
    Import(String),
    /// What it says of itself can't be true.
    #[error("its description {0}")]
    Description(String),
    /// It could not be instantiated: a trap in its initialisation, or more memories, tables or instances
    /// than allowed.
    #[error("it could not be instantiated within its limits")]
    Instantiate,
    /// It used up its fuel.
    #[error("it used up its fuel")]
    OutOfFuel,
    /// It asked for more memory or table space than it may have.
    #[error("it asked for more memory than it may have")]
    OutOfMemory,
    /// Its calls nested too deep.
    #[error("its calls nested too deep")]
    StackOverflow,
    /// It trapped: a panic, a division by zero, an access outside its memory.
    #[error("it trapped")]
    Trap,
    /// Its answer is larger than allowed.
    #[error("its answer is larger than allowed")]
    AnswerTooLarge,
    /// It said itself that it can't decide.
    #[error("it can't decide: {0}")]
    Refused(String),
    /// Its answer contradicts itself or the facts.
    #[error("its answer {0}")]
    BadDecision(#[from] BadDecision),
    /// The outer time limit ran out. Depends on the machine, as [`PolicyFailure::Compile`] may.
    #[error("it ran into the wall-clock guard")]
    WallClock,
    /// The engine itself failed.
    #[error("the engine failed")]
    Engine,
}

impl PolicyFailure {
    /// The code under which the failure is recorded and explained.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Missing => Code::PolicyMissing,
            Self::Invalid => Code::PolicyInvalid,
            Self::TooLarge(_) => Code::PolicyTooLarge,
            Self::Compile => Code::PolicyCompile,
            Self::Import(_) => Code::PolicyImport,
            Self::Description(_) => Code::PolicyDescription,
            Self::Instantiate => Code::PolicyInstantiate,
            Self::OutOfFuel => Code::PolicyOutOfFuel,
            Self::OutOfMemory => Code::PolicyOutOfMemory,
            Self::StackOverflow => Code::PolicyStackOverflow,
            Self::Trap => Code::PolicyTrap,
            Self::AnswerTooLarge => Code::PolicyAnswerTooLarge,
            Self::Refused(_) => Code::PolicyRefused,
            Self::BadDecision(BadDecision::NoRule) => Code::PolicyAsksNothing,
            Self::BadDecision(_) => Code::PolicyBadDecision,
            Self::WallClock => Code::PolicyWallClock,
            Self::Engine => Code::PolicyEngine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision() -> Decision {
        Decision {
            outcome: Outcome::Fail,
            reasons: vec![PolicyReason {
                code: "over".into(),
                message: "m".into(),
                help: None,
                findings: vec![0, 2],
                outcome: Outcome::Fail,
            }],
            dispositions: vec![
                (2, PolicyDisposition::Counted),
                (0, PolicyDisposition::Tolerated),
            ],
            counters: Counters {
                matched: 2,
                rules: 1,
                seen: 3,
            },
        }
    }

    #[test]
    fn a_consistent_answer_is_accepted() {
        assert_eq!(decision().check(3), Ok(()));
    }

    #[test]
    fn every_contradiction_is_named() {
        type Spoil = fn(&mut Decision);
        let cases: [(Spoil, BadDecision); 10] = [
            (
                |d| d.counters.seen = 2,
                BadDecision::Seen {
                    claimed: 2,
                    given: 3,
                },
            ),
            (|d| d.counters.rules = 0, BadDecision::NoRule),
            (
                |d| d.counters.matched = 1,
                BadDecision::Matched {
                    claimed: 1,
                    disposed: 2,
                },
            ),
            (
                |d| d.reasons[0].findings.push(3),
                BadDecision::NoSuchFinding(3),
            ),
            (|d| d.dispositions[0].0 = 7, BadDecision::NoSuchFinding(7)),
            (|d| d.dispositions[0].0 = 0, BadDecision::DisposedTwice(0)),
            (|d| d.reasons.clear(), BadDecision::NoReason),
            (|d| d.outcome = Outcome::Pass, BadDecision::Outcome),
            (
                |d| (d.outcome, d.reasons[0].outcome) = (Outcome::Pass, Outcome::Pass),
                BadDecision::PassWithCounted(2),
            ),
            (
                |d| d.reasons[0].code = "Not A Name".into(),
                BadDecision::BadReason,
            ),
        ];
        for (spoil, expected) in cases {
            let mut spoilt = decision();
            spoil(&mut spoilt);
            assert_eq!(spoilt.check(3), Err(expected));
        }
    }
}
