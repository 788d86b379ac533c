//! Exit codes: the contract with every buildspec.

use crate::request::Enforcement;
use crate::verdict::Outcome;

/// How the program ends. Only [`ExitCode::Open`] opens the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// Pass, warn, or a monitored fail.
    Open = 0,
    /// Fail; for `gate replay`: diverged; for `gate verify`: not proven.
    Closed = 1,
    /// The command line or the configuration is wrong; nothing was judged.
    Usage = 2,
    /// Could not decide: an incomplete report, a failed policy, an unreadable threshold, a defect of the program.
    Undecided = 3,
    /// A verdict was reached, but its evidence, its signature or the answer itself could not be written, or not everything
    /// be published.
    NotDurable = 4,
}

impl ExitCode {
    /// All exit codes.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Closed,
        Self::Usage,
        Self::Undecided,
        Self::NotDurable,
    ];

    /// The exit code of a verdict.
    #[must_use]
    pub const fn of(outcome: Outcome, enforcement: Enforcement) -> Self {
        match (outcome, enforcement) {
            (Outcome::Pass | Outcome::Warn, _) | (Outcome::Fail, Enforcement::Monitor) => {
                Self::Open
            }
            (Outcome::Fail, Enforcement::Enforce) => Self::Closed,
            (Outcome::Error, _) => Self::Undecided,
        }
    }

    /// As it is when not everything behind the verdict is complete: an open gate is closed. What was closed stays as it is,
    /// since its reason comes first.
    #[must_use]
    pub const fn not_durable(self) -> Self {
        match self {
            Self::Open => Self::NotDurable,
            other => other,
        }
    }

    /// What it means, for the manual.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Open => "pass or warn, or a fail under --monitor: the gate is open",
            Self::Closed => {
                "fail: the gate is closed (`gate replay`: diverged; `gate verify`: not proven)"
            }
            Self::Usage => "the command line or the configuration is wrong; nothing was judged",
            Self::Undecided => {
                "could not decide: an incomplete report, a failed policy, an unreadable threshold, a defect"
            }
            Self::NotDurable => {
                "a verdict was reached, but its evidence, signature, answer or publishing is not complete"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proven_clean_run_or_a_monitored_fail_opens_the_gate() {
        use Enforcement::{Enforce, Monitor};
        for (outcome, enforcement, code) in [
            (Outcome::Pass, Enforce, 0),
            (Outcome::Pass, Monitor, 0),
            (Outcome::Warn, Enforce, 0),
            (Outcome::Warn, Monitor, 0),
            (Outcome::Fail, Enforce, 1),
            (Outcome::Fail, Monitor, 0),
            (Outcome::Error, Enforce, 3),
            (Outcome::Error, Monitor, 3),
        ] {
            assert_eq!(ExitCode::of(outcome, enforcement) as u8, code);
        }
    }
}
