//! Are there more findings of a level than allowed?
//!
//! Every active finding counts, whatever its class, at the level that its tool gave. `unknown` has a budget of its
//! own: a level that nobody gave is not a low one.

use gate_guest::{Answer, Budget, Context, Description, Findings, Level, Refusal, Threshold};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "severity-over-budget",
    version: env!("CARGO_PKG_VERSION"),
    question: "Are there more findings of a level than allowed?",
    thresholds: &[
        Threshold::count("max-critical", 0, "critical findings allowed"),
        Threshold::count("max-high", 0, "high findings allowed"),
        Threshold::unlimited("max-medium", "medium findings allowed"),
        Threshold::unlimited("max-low", "low findings allowed"),
        Threshold::count(
            "max-unknown",
            0,
            "findings allowed that nobody gave a level",
        ),
    ],
    settings: &[],
    reads: &["severity.level", "status", "suppression"],
};

/// Level, threshold and the code of its reason.
const BUDGETS: [(Level, &str, &str); 5] = [
    (Level::Critical, "max-critical", "critical-over-budget"),
    (Level::High, "max-high", "high-over-budget"),
    (Level::Medium, "max-medium", "medium-over-budget"),
    (Level::Low, "max-low", "low-over-budget"),
    (Level::Unknown, "max-unknown", "unknown-over-budget"),
];

/// The policy.
///
/// # Errors
/// When a threshold is missing, which the gate sees to.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let mut answer = Answer::of_rules(context.limited(BUDGETS.map(|(_, name, _)| name))?);
    let mut by_level: [Vec<u32>; BUDGETS.len()] = Default::default();
    while let Some(finding) = findings.next().await {
        let budget = BUDGETS.iter().zip(&mut by_level);
        let mut budget = budget.filter(|((level, ..), _)| *level == finding.level());
        if let Some((_, found)) = budget.next().filter(|_| finding.is_active()) {
            found.push(finding.position());
        }
    }
    for ((level, threshold, code), found) in BUDGETS.iter().zip(by_level) {
        match context.budget(threshold)? {
            Budget::AtMost(most) if found.len() > most as usize => {
                let findings = if found.len() == 1 {
                    "finding"
                } else {
                    "findings"
                };
                let message = format!(
                    "{} {} {findings}, {most} allowed",
                    found.len(),
                    level.word()
                );
                let help = match level {
                    Level::Unknown => "have the scanner rate them, or look at each one",
                    _ => "mend the findings named, those with a fix first",
                };
                answer.fail(code, message).help(help).count(found);
            }
            _ => answer.tolerate(found),
        }
    }
    Ok(answer)
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Decision, Outcome, Value, native};

    use super::*;

    fn ask(context: Context, levels: &[Level]) -> Decision {
        let findings = levels
            .iter()
            .map(|level| native::finding("CVE-2026-0001", *level));
        native::run(&DESCRIPTION, policy, context, findings).unwrap()
    }

    #[test]
    fn each_budget_stops_at_its_own_number() {
        for (level, threshold, code) in BUDGETS {
            for (allowed, found, outcome) in [
                (0, 1, Outcome::Fail),
                (1, 1, Outcome::Pass),
                (1, 2, Outcome::Fail),
            ] {
                let context = native::context_with(threshold, Value::Count(allowed));
                let decision = ask(context, &vec![level; found]);
                assert_eq!(decision.outcome, outcome, "{threshold} {allowed} {found}");
                assert!(decision.reasons.iter().all(|reason| reason.code == code));
            }
        }
    }

    #[test]
    fn medium_low_and_info_are_free_by_default() {
        let decision = ask(native::context(), &[Level::Medium, Level::Low, Level::Info]);
        assert_eq!(decision.outcome, Outcome::Pass);
        assert_eq!((decision.counters.seen, decision.counters.matched), (3, 2));
    }
}
