//! Are there more new findings than allowed?
//!
//! New is what the gate's baseline does not have, and everything where there is no baseline. A finding that was fixed
//! and is back has a budget of its own, whatever its level.

use gate_guest::{
    Answer, Budget, Context, Description, Findings, Level, Refusal, Threshold, number_of,
};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "new-finding",
    version: env!("CARGO_PKG_VERSION"),
    question: "Are there more new findings than allowed?",
    thresholds: &[
        Threshold::count("max-new-critical", 0, "new critical findings allowed"),
        Threshold::count("max-new-high", 0, "new high findings allowed"),
        Threshold::unlimited("max-new-medium", "new medium findings allowed"),
        Threshold::unlimited("max-new-low", "new low findings allowed"),
        Threshold::count(
            "max-new-unknown",
            0,
            "new findings allowed that nobody gave a level",
        ),
        Threshold::count(
            "max-regressed",
            0,
            "findings allowed that were gone and are back, whatever their level",
        ),
    ],
    settings: &[],
    reads: &[
        "attributes.baseline",
        "severity.level",
        "status",
        "suppression",
    ],
};

/// Level, threshold and the code of its reason.
const NEW: [(Level, &str, &str); 5] = [
    (Level::Critical, "max-new-critical", "new-critical"),
    (Level::High, "max-new-high", "new-high"),
    (Level::Medium, "max-new-medium", "new-medium"),
    (Level::Low, "max-new-low", "new-low"),
    (Level::Unknown, "max-new-unknown", "new-unknown"),
];

/// The policy.
///
/// # Errors
/// When a threshold is missing, which the gate sees to.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let mut answer = Answer::of_rules(
        context.limited(NEW.map(|(_, name, _)| name))? + context.limited(["max-regressed"])?,
    );
    let mut by_level: [Vec<u32>; NEW.len()] = Default::default();
    let mut regressed = Vec::new();
    while let Some(finding) = findings.next().await {
        if !finding.is_active() {
            continue;
        }
        let mut budgets = NEW.iter().zip(&mut by_level);
        // `info` has no budget.
        let Some((_, new)) = budgets.find(|((level, ..), _)| *level == finding.level()) else {
            continue;
        };
        // What is not said to have been there is new.
        match finding.attribute("baseline") {
            Some("existing") => {}
            Some("regressed") => regressed.push(finding.position()),
            _ => new.push(finding.position()),
        }
    }
    for ((level, threshold, code), found) in NEW.into_iter().zip(by_level) {
        let what = format!("new {} finding", level.word());
        let help = match level {
            Level::Unknown => "have the scanner rate them, or look at each one",
            _ => "mend what the change brought in",
        };
        judge(
            &mut answer,
            context.budget(threshold)?,
            code,
            &what,
            help,
            found,
        );
    }
    let budget = context.budget("max-regressed")?;
    let help = "find out why the fix did not last";
    judge(
        &mut answer,
        budget,
        "regressed",
        "regressed finding",
        help,
        regressed,
    );
    Ok(answer)
}

fn judge(answer: &mut Answer, budget: Budget, code: &str, what: &str, help: &str, found: Vec<u32>) {
    match budget {
        Budget::AtMost(most) if found.len() > most as usize => {
            let message = number_of(found.len(), what, &format!("{what}s"));
            answer
                .fail(code, format!("{message}, {most} allowed"))
                .help(help)
                .count(found);
        }
        _ => answer.tolerate(found),
    }
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Decision, Outcome, Value, native};

    use super::*;

    fn ask(context: Context, baseline: &str, level: Level, found: usize) -> Decision {
        let mut finding = native::finding("R1", level);
        finding.attributes = vec![("baseline".to_owned(), baseline.to_owned())];
        native::run(&DESCRIPTION, policy, context, vec![finding; found]).unwrap()
    }

    #[test]
    fn each_budget_stops_at_its_own_number() {
        for (level, threshold, code) in NEW {
            let regressed = ("regressed", "max-regressed", "regressed");
            for (baseline, threshold, code) in [("new", threshold, code), regressed] {
                for (allowed, found, outcome) in [
                    (0, 1, Outcome::Fail),
                    (1, 1, Outcome::Pass),
                    (1, 2, Outcome::Fail),
                ] {
                    let context = native::context_with(threshold, Value::Count(allowed));
                    let decision = ask(context, baseline, level, found);
                    assert_eq!(decision.outcome, outcome, "{threshold} {allowed} {found}");
                    assert!(decision.reasons.iter().all(|reason| reason.code == code));
                }
            }
        }
    }
}
