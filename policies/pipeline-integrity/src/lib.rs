//! Does what delivers the software break the rules that it is held to?
//!
//! A compliance check that failed is a failure, and one that could not tell is, too: what is not known to comply does
//! not. A rule can be named that has to have been evaluated, because one that was switched off never fails.

use std::collections::BTreeSet;

use gate_guest::{
    Answer, Class, Context, Description, Findings, Refusal, Status, Threshold, named, number_of,
};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "pipeline-integrity",
    version: env!("CARGO_PKG_VERSION"),
    question: "Is a compliance rule broken, undecided or not evaluated at all?",
    thresholds: &[Threshold::texts(
        "required-rules",
        &[],
        "compliance rules that have to have been evaluated",
    )],
    settings: &[],
    reads: &["class", "rule.id", "status", "suppression"],
};

/// The policy.
///
/// # Errors
/// When the threshold is missing, which the gate sees to.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let required = context.texts("required-rules")?;
    let rules = 2 + u32::from(!required.is_empty());
    let mut answer = Answer::of_rules(rules);
    // What complies is no finding; a report that names it does so in a measure.
    let evaluated = |rule: &&String| {
        let measure = format!("evaluations.{rule}");
        context.measures(&measure).any(|(_, number)| number > 0)
    };
    let missing = required.iter().filter(|rule| !evaluated(rule));
    let mut missing: BTreeSet<&str> = missing.map(String::as_str).collect();
    let mut broken = Broken::default();
    let mut undecided = Broken::default();
    while let Some(finding) = findings.next().await {
        if finding.class() != Class::Compliance {
            continue;
        }
        let rule = finding.rule().id();
        missing.remove(rule);
        match finding.status() {
            Status::Fail if finding.is_active() => broken.add(rule, finding.position()),
            Status::Open if finding.is_active() => undecided.add(rule, finding.position()),
            _ => {}
        }
    }
    for (found, code, what, advice) in [
        (
            broken,
            "non-compliant",
            "not met",
            "bring the resources in line with",
        ),
        (
            undecided,
            "compliance-unknown",
            "undecided",
            "find out why there is no answer from",
        ),
    ] {
        if !found.positions.is_empty() {
            let checks = number_of(
                found.positions.len(),
                "compliance check is",
                "compliance checks are",
            );
            let help = format!("{advice} {}", named(found.rules.iter().map(String::as_str)));
            answer
                .fail(code, format!("{checks} {what}"))
                .help(help)
                .count(found.positions);
        }
    }
    if !missing.is_empty() {
        let rules = number_of(missing.len(), "required rule was", "required rules were");
        let help = format!(
            "see that they are active and that the report has them: {}",
            named(missing)
        );
        answer
            .fail(
                "required-rule-missing",
                format!("{rules} not evaluated in any report"),
            )
            .help(help)
            .count([]);
    }
    Ok(answer)
}

/// Checks that say one thing, and their rules.
#[derive(Default)]
struct Broken {
    positions: Vec<u32>,
    rules: BTreeSet<String>,
}

impl Broken {
    fn add(&mut self, rule: &str, position: u32) {
        self.positions.push(position);
        if !self.rules.contains(rule) {
            self.rules.insert(rule.to_owned());
        }
    }
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Level, Outcome, Value, native};

    use super::*;

    #[test]
    fn a_rule_that_was_evaluated_is_in_a_finding_or_a_measure() {
        for (measure, rule, outcome) in [
            (("evaluations.a", 1), "b", Outcome::Pass),
            (("evaluations.a", 0), "b", Outcome::Fail),
            (("evaluations.a", 1), "c", Outcome::Fail),
            (("evaluations", 1), "b", Outcome::Fail),
        ] {
            let rules = ["a", "b"].map(str::to_owned).to_vec();
            let context = native::context_with("required-rules", Value::Texts(rules));
            let context = native::with_report(context, "aws-config", &[measure]);
            let mut finding = native::finding(rule, Level::High);
            (finding.class, finding.status) = (Class::Compliance, Status::Pass);
            let decision = native::run(&DESCRIPTION, policy, context, [finding]).unwrap();
            assert_eq!(decision.outcome, outcome, "{measure:?} {rule}");
        }
    }
}
