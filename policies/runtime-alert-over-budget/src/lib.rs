//! Did something happen at run time that should not have, more often than allowed?
//!
//! What Falco, GuardDuty and their like report is a budget per level. A rule that fires a thousand times at one place is
//! one finding.

use gate_guest::{
    Answer, Class, Context, Description, Findings, Level, Refusal, Threshold, number_of,
};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "runtime-alert-over-budget",
    version: env!("CARGO_PKG_VERSION"),
    question: "Are there more alerts from run time than allowed?",
    thresholds: &[
        Threshold::count(
            "max-runtime-critical",
            0,
            "critical alerts from run time allowed",
        ),
        Threshold::count("max-runtime-high", 0, "high alerts from run time allowed"),
        Threshold::unlimited("max-runtime-medium", "medium alerts from run time allowed"),
        Threshold::unlimited("max-runtime-low", "low alerts from run time allowed"),
        Threshold::count(
            "max-runtime-unknown",
            0,
            "alerts from run time allowed that nobody gave a level",
        ),
        Threshold::texts(
            "ignored-runtime-rules",
            &[],
            "rules whose alerts from run time are within what is allowed",
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

/// Level, threshold and the code of its reason.
const BUDGETS: [(Level, &str, &str); 5] = [
    (
        Level::Critical,
        "max-runtime-critical",
        "runtime-critical-over-budget",
    ),
    (Level::High, "max-runtime-high", "runtime-high-over-budget"),
    (
        Level::Medium,
        "max-runtime-medium",
        "runtime-medium-over-budget",
    ),
    (Level::Low, "max-runtime-low", "runtime-low-over-budget"),
    (
        Level::Unknown,
        "max-runtime-unknown",
        "runtime-unknown-over-budget",
    ),
];

/// The policy.
///
/// # Errors
/// When a threshold is missing, which the gate sees to.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let mut answer = Answer::of_rules(context.limited(BUDGETS.map(|(_, name, _)| name))?);
    let ignored = context.texts("ignored-runtime-rules")?;
    let mut by_level: [Vec<u32>; BUDGETS.len()] = Default::default();
    while let Some(finding) = findings.next().await {
        if finding.class() != Class::RuntimeEvent || !finding.is_active() {
            continue;
        }
        if ignored.iter().any(|rule| rule == finding.rule().id()) {
            answer.tolerate([finding.position()]);
            continue;
        }
        let mut budgets = BUDGETS.iter().zip(&mut by_level);
        if let Some((_, found)) = budgets.find(|((level, ..), _)| *level == finding.level()) {
            found.push(finding.position());
        }
    }
    for ((level, threshold, code), found) in BUDGETS.iter().zip(by_level) {
        if context.budget(threshold)?.allows(found.len()) {
            answer.tolerate(found);
            continue;
        }
        let alerts = number_of(found.len(), "alert", "alerts");
        let message = format!(
            "{alerts} from run time of level {}, more than `{threshold}` allows",
            level.word()
        );
        answer
            .fail(code, message)
            .help("look at what happened before anything else is rolled out")
            .count(found);
    }
    Ok(answer)
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Outcome, Value, native};

    use super::*;

    #[test]
    fn each_budget_stops_at_its_own_number() {
        for (level, threshold, code) in BUDGETS {
            for (allowed, found, outcome) in [
                (0, 1, Outcome::Fail),
                (1, 1, Outcome::Pass),
                (1, 2, Outcome::Fail),
            ] {
                let context = native::context_with(threshold, Value::Count(allowed));
                let mut finding = native::finding("Terminal shell in container", level);
                finding.class = Class::RuntimeEvent;
                let decision =
                    native::run(&DESCRIPTION, policy, context, vec![finding; found]).unwrap();
                assert_eq!(decision.outcome, outcome, "{threshold} {allowed} {found}");
                assert!(decision.reasons.iter().all(|reason| reason.code == code));
            }
        }
    }
}
