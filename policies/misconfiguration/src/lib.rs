//! Is something misconfigured beyond what is allowed?
//!
//! Misconfigurations at or above a level have a budget; some rules nobody may break, whatever level their tool gives
//! them.

use std::collections::BTreeSet;

use gate_guest::{
    Answer, Class, Context, Description, Findings, Level, Refusal, Threshold, named, number_of,
};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "misconfiguration",
    version: env!("CARGO_PKG_VERSION"),
    question: "Is something misconfigured beyond what is allowed?",
    thresholds: &[
        Threshold::level(
            "misconfiguration-level",
            Level::High,
            "the level from which a misconfiguration uses up the budget; one of unknown level always does",
        ),
        Threshold::count(
            "max-misconfigurations",
            0,
            "misconfigurations allowed at that level or above",
        ),
        Threshold::texts(
            "denied-rules",
            &[],
            "rules that no misconfiguration may break, whatever its level",
        ),
    ],
    settings: &[],
    reads: &[
        "class",
        "rule.id",
        "severity.level",
        "status",
        "suppression",
    ],
};

/// The policy.
///
/// # Errors
/// When a threshold is missing, which the gate sees to.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let level = context.level("misconfiguration-level")?;
    let budget = context.budget("max-misconfigurations")?;
    let denied_rules = context.texts("denied-rules")?;
    let rules = context.limited(["max-misconfigurations"])?;
    let mut answer = Answer::of_rules(rules + u32::from(!denied_rules.is_empty()));
    let (mut denied, mut bad, mut below) = (Vec::new(), Vec::new(), Vec::new());
    let mut broken = BTreeSet::new();
    while let Some(finding) = findings.next().await {
        if finding.class() != Class::Misconfiguration || !finding.is_active() {
            continue;
        }
        let position = finding.position();
        let rule = denied_rules
            .iter()
            .find(|rule| **rule == finding.rule().id());
        if let Some(rule) = rule {
            denied.push(position);
            broken.insert(rule.as_str());
        }
        // One that breaks a denied rule is a misconfiguration of its level all the same.
        if finding.level().is_at_least(level) {
            bad.push(position);
        } else {
            below.push(position);
        }
    }
    if !denied.is_empty() {
        let found = number_of(
            denied.len(),
            "misconfiguration breaks",
            "misconfigurations break",
        );
        let message = format!("{found} a rule that nobody may break");
        let help = format!("mend what breaks {}", named(broken));
        answer.fail("denied-rule", message).help(help).count(denied);
    }
    if budget.allows(bad.len()) {
        answer.tolerate(bad);
    } else {
        let found = number_of(bad.len(), "misconfiguration", "misconfigurations");
        let message = format!(
            "{found} at {} or above, more than `max-misconfigurations` allows",
            level.word()
        );
        answer
            .fail("misconfigurations-over-budget", message)
            .help("mend the misconfigurations named, the worst first")
            .count(bad);
    }
    answer.tolerate(below);
    Ok(answer)
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Outcome, Value, native};

    use super::*;

    #[test]
    fn a_denied_rule_is_no_part_of_the_budget_s_slack() {
        let mut broken = native::finding("CKV_AWS_24", Level::Low);
        broken.class = Class::Misconfiguration;
        for (rule, outcome) in [("CKV_AWS_24", Outcome::Fail), ("CKV_AWS_2", Outcome::Pass)] {
            let mut context = native::context_with("denied-rules", Value::Texts(vec![rule.into()]));
            let budget = ("max-misconfigurations".to_owned(), Value::Unlimited);
            context.thresholds.push(budget);
            let findings = [broken.clone()];
            let decision = native::run(&DESCRIPTION, policy, context, findings).unwrap();
            assert_eq!(decision.outcome, outcome, "{rule}");
        }
    }
}
