//! What a policy often asks of a finding.

use crate::{Finding, Level, Status, SuppressionState};

impl Finding {
    /// Whether the problem is there and the tool does not ask to leave it out: status `fail` or `open`, and no
    /// accepted suppression. Reads `status` and `suppression`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        let suppressed = self
            .suppression
            .as_ref()
            .is_some_and(|s| s.state == SuppressionState::Accepted);
        matches!(self.status, Status::Fail | Status::Open) && !suppressed
    }
}

impl Level {
    /// The level's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Whether the level is as bad as another one. An unknown level is as bad as any: nobody said that it is
    /// not.
    #[must_use]
    pub fn is_at_least(self, other: Self) -> bool {
        self == Self::Unknown || self as u8 >= other as u8
    }
}
