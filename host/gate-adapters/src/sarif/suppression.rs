//! Whether a tool, or those who use it, decided not to count a result (sections 3.27.23, 3.27.24 and 3.35).

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{Suppression, SuppressionKind, SuppressionState, Text};

/// A suppression. What is `status` in the published schema was `state` in drafts, and in the specification's
/// own example.
#[derive(Deserialize)]
pub(super) struct Declared<'a> {
    justification: Option<Text>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    state: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
}

/// The suppression that holds. A result is suppressed when it has suppressions and all of them are accepted;
/// without a status one is accepted (sections 3.27.23 and 3.35). One that is under review or rejected, or has
/// a status of another word, keeps the result in force. A result that the tool's comparison with a baseline
/// found gone (section 3.27.24) is no current problem, whatever else it says.
pub(super) fn suppression(
    declared: &[Declared<'_>],
    baseline: Option<&str>,
) -> Option<Suppression> {
    if baseline == Some("absent") {
        return Some(Suppression {
            justification: None,
            kind: SuppressionKind::Baseline,
            state: SuppressionState::Accepted,
        });
    }
    let weakest = declared.iter().rev().max_by_key(|one| one.doubt())?;
    Some(Suppression {
        justification: weakest.justification.clone(),
        kind: match weakest.kind.as_deref() {
            Some("inSource") => SuppressionKind::InSource,
            _ => SuppressionKind::External,
        },
        state: match weakest.doubt() {
            0 => SuppressionState::Accepted,
            1 => SuppressionState::Rejected,
            _ => SuppressionState::UnderReview,
        },
    })
}

impl Declared<'_> {
    /// How far from accepted: 0 is accepted, 1 rejected, 2 under review or unheard of.
    fn doubt(&self) -> u8 {
        let word = self.status.as_deref().or(self.state.as_deref());
        match word.unwrap_or("accepted") {
            "accepted" => 0,
            "rejected" => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_doubtful_suppression_keeps_a_result_in_force() {
        let state = |json: &str| {
            let declared: Vec<Declared<'_>> = serde_json::from_str(json).unwrap();
            suppression(&declared, None).map(|s| s.state)
        };
        for (json, expected) in [
            ("[]", None),
            (r#"[{"kind":"external"}]"#, Some(SuppressionState::Accepted)),
            (r#"[{"status":null}]"#, Some(SuppressionState::Accepted)),
            (
                r#"[{"kind":"inSource","status":"accepted"},{"status":"rejected"}]"#,
                Some(SuppressionState::Rejected),
            ),
            (
                r#"[{"state":"accepted"},{"state":"underReview"},{"status":"rejected"}]"#,
                Some(SuppressionState::UnderReview),
            ),
            (
                r#"[{"status":"Accepted?"}]"#,
                Some(SuppressionState::UnderReview),
            ),
        ] {
            assert_eq!(state(json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_absent_from_the_baseline_run_is_suppressed_by_it() {
        let kind = |word| suppression(&[], Some(word)).map(|s| s.kind);
        assert_eq!(kind("absent"), Some(SuppressionKind::Baseline));
        assert_eq!((kind("new"), kind("unchanged")), (None, None));
    }
}
