//! Statements about exploitability (VEX): what their four statuses make of a finding, whatever format they are in.

use gate_core::finding::{Finding, Status, Suppression, SuppressionKind, SuppressionState, Text};

/// What somebody says of a vulnerability in a product, in the words of OpenVEX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vex {
    NotAffected,
    Affected,
    Fixed,
    UnderInvestigation,
}

impl Vex {
    /// Applies the statement. One that takes the finding out does so as a suppression, too, so that a policy can
    /// leave statements aside; one that does not leaves it standing.
    pub(crate) fn apply(self, finding: &mut Finding, justification: Option<Text>) {
        match self {
            Self::Affected => finding.status = Status::Fail,
            Self::UnderInvestigation => finding.status = Status::Open,
            Self::NotAffected | Self::Fixed => {
                finding.status = if self == Self::Fixed {
                    Status::Pass
                } else {
                    Status::NotApplicable
                };
                finding.suppression = Some(Suppression {
                    justification,
                    kind: SuppressionKind::Vex,
                    state: SuppressionState::Accepted,
                });
            }
        }
    }
}

impl Vex {
    /// The statement of a word that OpenVEX has; other formats have some words more.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "not_affected" => Some(Self::NotAffected),
            "affected" => Some(Self::Affected),
            "fixed" => Some(Self::Fixed),
            "under_investigation" => Some(Self::UnderInvestigation),
            _ => None,
        }
    }
}

/// A machine-readable reason and somebody's own words, either of which may be missing.
pub(crate) fn reason(code: Option<Text>, words: Option<Text>) -> Option<Text> {
    let said = [code, words].into_iter().flatten();
    let said: Vec<Text> = said.filter(|text| !text.trim().is_empty()).collect();
    (!said.is_empty()).then(|| said.join(": ").into())
}
