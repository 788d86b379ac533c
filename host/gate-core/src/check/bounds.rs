//! Every threshold is within the bounds of the profile.

use crate::code::Code;
use crate::request::{EvaluationRequest, PolicyUse};
use crate::threshold::{Given, Refused};
use crate::verdict::Reason;

/// What somebody gave beyond a bound is not in force, and that is worth knowing: who reads the sources alone would
/// believe that it is.
pub(super) fn check(request: &EvaluationRequest) -> Vec<Reason> {
    let policies = request.question.policies.iter();
    let given =
        policies.flat_map(|policy| policy.thresholds.iter().map(move |given| (policy, given)));
    let beyond = |(policy, (name, given)): (&PolicyUse, (&String, &Given))| {
        let Refused { source, value } = given.refused.as_ref()?;
        let message = format!(
            "threshold `{name}` of policy `{}`: {source} gives {value}, which is beyond the bound of {}; {} holds",
            policy.name, given.source, given.value
        );
        Some(Reason::warn(Code::ThresholdBeyondBound, message))
    };
    given.filter_map(beyond).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{codes, request};
    use super::*;
    use crate::digest::Digest;
    use crate::request::Terms;
    use crate::threshold::Value;
    use crate::verdict::Outcome;

    #[test]
    fn what_is_beyond_a_bound_is_named_and_no_more_than_a_warning() {
        let given = |refused| Given {
            source: "profile gates.image".to_owned(),
            value: Value::Count(5),
            refused,
        };
        let refused = Refused {
            source: "file:t.json".to_owned(),
            value: Value::Unlimited,
        };
        let mut request = request(Vec::new());
        request.question.policies = vec![PolicyUse {
            name: "severity-over-budget".to_owned(),
            digest: Digest::of(b""),
            thresholds: BTreeMap::from([
                ("max-high".to_owned(), given(Some(refused))),
                ("max-low".to_owned(), given(None)),
            ]),
            settings: BTreeMap::new(),
            terms: Terms::default(),
        }];
        let reasons = check(&request);
        assert_eq!(codes(&reasons), ["threshold-beyond-bound"]);
        assert_eq!(reasons[0].outcome, Outcome::Warn);
        assert_eq!(
            reasons[0].message,
            "threshold `max-high` of policy `severity-over-budget`: file:t.json gives unlimited, which is beyond \
             the bound of profile gates.image; 5 holds"
        );
    }
}
