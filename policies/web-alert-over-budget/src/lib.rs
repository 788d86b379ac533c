//! Has a scan of a running application more alerts than allowed, or looked at too little?
//!
//! A scan that could not log in or was sent away finds nothing. So the number of addresses that it looked at counts as
//! much as what it found there.

use gate_guest::{
    Answer, Class, Context, Description, Findings, Level, Refusal, Threshold, number_of,
};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "web-alert-over-budget",
    version: env!("CARGO_PKG_VERSION"),
    question: "Has a scan of a running application more alerts than allowed, or looked at too little?",
    thresholds: &[
        Threshold::count("max-web-high", 0, "critical and high web alerts allowed"),
        Threshold::unlimited("max-web-medium", "medium web alerts allowed"),
        Threshold::unlimited("max-web-low", "low web alerts allowed"),
        Threshold::count(
            "max-web-unknown",
            0,
            "web alerts allowed that nobody gave a level",
        ),
        Threshold::count(
            "min-web-urls",
            1,
            "web addresses that a scan has to have looked at; 0 asks for none",
        ),
        Threshold::count(
            "min-web-success-percent",
            0,
            "percent of a scan's answers that have to be successes (2xx); 0 asks for none",
        ),
    ],
    settings: &[],
    reads: &["class", "severity.level", "status", "suppression"],
};

/// Threshold, code of its reason, what is too much, and the levels that share the budget.
const BUDGETS: [(&str, &str, &str, &[Level]); 4] = [
    (
        "max-web-high",
        "web-high-over-budget",
        "high",
        &[Level::Critical, Level::High],
    ),
    (
        "max-web-medium",
        "web-medium-over-budget",
        "medium",
        &[Level::Medium],
    ),
    ("max-web-low", "web-low-over-budget", "low", &[Level::Low]),
    (
        "max-web-unknown",
        "web-unknown-over-budget",
        "unrated",
        &[Level::Unknown],
    ),
];

/// What a scan looked at: the measure, the threshold, and the code of its reason.
const URLS: (&str, &str, &str) = ("endpoints", "min-web-urls", "web-urls-below-minimum");
const SUCCESS: (&str, &str, &str) = (
    "percent-2xx",
    "min-web-success-percent",
    "web-success-below-minimum",
);

/// The policy.
///
/// # Errors
/// When a minimum is asked for and no report says what it is held against, or it is more than 100 percent.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let urls = context.count(URLS.1)?;
    let success = context.percent(SUCCESS.1)?;
    let minimums = [(URLS, urls), (SUCCESS, success)];
    let asked = minimums.iter().filter(|(_, least)| *least > 0).count();
    let limited = context.limited(BUDGETS.map(|(name, ..)| name))?;
    let rules = limited.saturating_add(u32::try_from(asked).unwrap_or(u32::MAX));
    let mut answer = Answer::of_rules(rules);
    for ((measure, threshold, code), least) in minimums {
        let lowest = context.measures(measure).map(|(_, value)| value).min();
        match lowest {
            _ if least == 0 => {}
            None => {
                return Err(Refusal::new(format!(
                    "no report says its `{measure}`, so that nothing proves `{threshold}`: give a report of ZAP with \
                     its insights, or set it to 0"
                )));
            }
            Some(lowest) if lowest < u64::from(least) => {
                let message = match threshold {
                    "min-web-urls" => {
                        format!("{lowest} web addresses were looked at, {least} demanded")
                    }
                    _ => format!("{lowest} percent of the answers are successes, {least} demanded"),
                };
                answer
                    .fail(code, message)
                    .help("see that the scanner reaches the application, logs in, and is given where to begin")
                    .count([]);
            }
            Some(_) => {}
        }
    }
    let mut by_budget: [Vec<u32>; BUDGETS.len()] = Default::default();
    while let Some(finding) = findings.next().await {
        if finding.class() != Class::WebAlert || !finding.is_active() {
            continue;
        }
        let mut budgets = BUDGETS.iter().zip(&mut by_budget);
        let own = budgets.find(|((.., levels), _)| levels.contains(&finding.level()));
        if let Some((_, found)) = own {
            found.push(finding.position());
        }
    }
    for ((threshold, code, level, _), found) in BUDGETS.iter().zip(by_budget) {
        if context.budget(threshold)?.allows(found.len()) {
            answer.tolerate(found);
            continue;
        }
        let alerts = number_of(found.len(), "alert", "alerts");
        let message = format!("{alerts} of level {level}, more than `{threshold}` allows");
        answer
            .fail(code, message)
            .help("mend the addresses named, or set the alert to be ignored in the scan's configuration")
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
    fn each_scan_is_held_to_the_minimum_by_itself() {
        for (least, outcome) in [(3, Outcome::Pass), (4, Outcome::Fail)] {
            let context = native::context_with("min-web-urls", Value::Count(least));
            let context = native::with_report(context, "zap", &[("endpoints", 900)]);
            let context = native::with_report(context, "zap", &[("endpoints", 3)]);
            let decision = native::run(&DESCRIPTION, policy, context, []).unwrap();
            assert_eq!(decision.outcome, outcome, "{least}");
        }
    }
}
