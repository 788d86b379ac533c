//! Thresholds come from where they are kept.

use crate::code::Code;
use crate::request::EvaluationRequest;
use crate::threshold::Snapshot;
use crate::verdict::Reason;

/// An offline export that stood in for its source may lack what was changed since.
pub(super) fn check(request: &EvaluationRequest) -> Vec<Reason> {
    let offline = |snapshot: &Snapshot| {
        let at = snapshot.exported_at?;
        let message = format!(
            "{} could not be reached; its export of {at} stood in for it",
            snapshot.source
        );
        Some(Reason::warn(Code::ThresholdsOffline, message))
    };
    let sources = request.question.threshold_sources.iter();
    sources.filter_map(offline).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, request};
    use super::*;
    use crate::verdict::Outcome;

    #[test]
    fn an_export_that_stood_in_is_a_warning_and_the_source_itself_is_none() {
        let mut request = request(Vec::new());
        let live = Snapshot {
            source: "ssm:/gate/shop/production".to_owned(),
            parameters: Vec::new(),
            exported_at: None,
        };
        let offline = Snapshot {
            exported_at: "2026-01-31T11:00:00Z".parse().ok(),
            ..live.clone()
        };
        request.question.threshold_sources = vec![live, offline];
        let reasons = check(&request);
        assert_eq!(codes(&reasons), ["thresholds-offline"]);
        assert_eq!(reasons[0].outcome, Outcome::Warn);
        assert_eq!(
            reasons[0].message,
            "ssm:/gate/shop/production could not be reached; its export of 2026-01-31T11:00:00Z stood in for it"
        );
    }
}
