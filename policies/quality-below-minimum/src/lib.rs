//! Is the code tested less than demanded, or do its tests fail?
//!
//! Coverage is what reports measured, held against a minimum in whole numbers. Failed tests and unmet conditions of a
//! quality gate are findings, so that one can be waived like any other.

use gate_guest::{
    Answer, Budget, Class, Context, Description, Findings, Level, Refusal, Threshold, number_of,
};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "quality-below-minimum",
    version: env!("CARGO_PKG_VERSION"),
    question: "Is the code tested less than demanded, or do its tests fail?",
    thresholds: &[
        Threshold::count(
            "min-line-coverage",
            80,
            "percent of lines that tests have to cover; 0 asks for none",
        ),
        Threshold::count(
            "min-branch-coverage",
            0,
            "percent of branches that tests have to cover; 0 asks for none",
        ),
        Threshold::count(
            "max-failed-tests",
            0,
            "failed tests allowed; with `unlimited` no report of tests is asked for",
        ),
    ],
    settings: &[],
    reads: &[
        "class",
        "count",
        "severity.level",
        "status",
        "suppression",
        "tool",
    ],
};

/// What is covered: the threshold, the measures of the part and of the whole, and the code of its reason.
const COVERAGE: [(&str, &str, &str, &str, &str); 2] = [
    (
        "min-line-coverage",
        "lines-covered",
        "lines-valid",
        "line-coverage-below-minimum",
        "lines",
    ),
    (
        "min-branch-coverage",
        "branches-covered",
        "branches-valid",
        "branch-coverage-below-minimum",
        "branches",
    ),
];

const MAX_FAILED: &str = "max-failed-tests";

/// The tool of reports of tests, which many tools write in its form.
const TESTS: &str = "junit";

/// The policy.
///
/// # Errors
/// When a minimum is above 100 percent, or no report measured what is asked for.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    // The quality gate is asked in any case.
    let mut rules = 1;
    let mut shortfalls = Vec::new();
    for (threshold, part, whole, code, what) in COVERAGE {
        let least = context.percent(threshold)?;
        if least == 0 {
            continue;
        }
        rules += 1;
        let Some(worst) = worst(&context, part, whole) else {
            return Err(Refusal::new(format!(
                "no report measured the coverage of {what}, so that nothing proves `{threshold}`: give one of lcov or \
                 cobertura, or set it to 0"
            )));
        };
        if !worst.is_at_least(least) {
            let message = format!(
                "{} of {} {what} are covered, below {least} percent",
                worst.part, worst.whole
            );
            shortfalls.push((code, message));
        }
    }
    let most = context.budget(MAX_FAILED)?;
    if most != Budget::Unlimited {
        rules += 1;
        if !tests_ran(&context) {
            return Err(Refusal::new(format!(
                "no report counts tests, so that nothing proves `{MAX_FAILED}`: give one in JUnit's form, or set it to \
                 \"unlimited\""
            )));
        }
    }
    let mut answer = Answer::of_rules(rules);
    for (code, message) in shortfalls {
        answer
            .fail(code, message)
            .help("test what is not covered; the coverage report names it")
            .count([]);
    }
    let (mut failed, mut tests) = (Vec::new(), 0_usize);
    let (mut unmet, mut warned) = (Vec::new(), Vec::new());
    while let Some(finding) = findings.next().await {
        if !finding.is_active() {
            continue;
        }
        let position = finding.position();
        match (finding.class(), finding.tool()) {
            (Class::Lint, TESTS) => {
                failed.push(position);
                // Tests that differ in nothing that is known of them are one finding.
                tests = tests.saturating_add(finding.count() as usize);
            }
            (Class::Compliance, "sonarqube") if finding.level() == Level::Medium => {
                warned.push(position);
            }
            (Class::Compliance, "sonarqube") => unmet.push(position),
            _ => {}
        }
    }
    if most.allows(tests) {
        answer.tolerate(failed);
    } else {
        let message = format!(
            "{} failed, more than `{MAX_FAILED}` allows",
            number_of(tests, "test", "tests")
        );
        answer
            .fail("failed-tests-over-budget", message)
            .help("mend the code, or the test")
            .count(failed);
    }
    if !unmet.is_empty() {
        let message = format!("SonarQube's quality gate: {}", conditions(&unmet));
        answer
            .fail("quality-gate-failed", message)
            .help("mend what the conditions are about; SonarQube shows where")
            .count(unmet);
    }
    if !warned.is_empty() {
        let message = format!("SonarQube's quality gate warns: {}", conditions(&warned));
        answer.warn("quality-gate-warned", message).count(warned);
    }
    Ok(answer)
}

/// Whether a report of tests counts any. SonarQube has a metric of the same name, and lists no failed test.
fn tests_ran(context: &Context) -> bool {
    let mut counted = context.measures("tests").filter(|(_, tests)| *tests > 0);
    let tool = |report: usize| context.reports.get(report).map(|report| &*report.tool);
    counted.any(|(report, _)| tool(report) == Some(TESTS))
}

fn conditions(positions: &[u32]) -> String {
    let number = number_of(positions.len(), "condition is", "conditions are");
    format!("{number} not met")
}

/// How much of a whole.
#[derive(Clone, Copy, Debug)]
struct Share {
    part: u64,
    whole: u64,
}

impl Share {
    fn is_at_least(self, percent: u32) -> bool {
        u128::from(self.part) * 100 >= u128::from(percent) * u128::from(self.whole)
    }

    fn is_below(self, other: Self) -> bool {
        let product = |part: u64, whole: u64| u128::from(part) * u128::from(whole);
        product(self.part, other.whole) < product(other.part, self.whole)
    }
}

/// The report that covers least: each is held to the minimum by itself. One that has nothing to cover measured nothing.
fn worst(context: &Context, part: &str, whole: &str) -> Option<Share> {
    let mut worst: Option<Share> = None;
    for (report, whole) in context.measures(whole).filter(|(_, whole)| *whole > 0) {
        let part = context.measure(report, part)?;
        let share = Share { part, whole };
        if worst.is_none_or(|worst| share.is_below(worst)) {
            worst = Some(share);
        }
    }
    worst
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_exact() {
        const MOST: u64 = u64::MAX;
        for (part, whole, percent, enough) in [
            (4, 5, 80, true),
            (79, 100, 80, false),
            (799_999, 1_000_000, 80, false),
            (2, 3, 66, true),
            (2, 3, 67, false),
            (MOST, MOST, 100, true),
            (MOST - 1, MOST, 100, false),
            (0, 1, 1, false),
        ] {
            let share = Share { part, whole };
            assert_eq!(
                share.is_at_least(percent),
                enough,
                "{part}/{whole} {percent}"
            );
        }
        let (third, more) = (
            Share { part: 1, whole: 3 },
            Share {
                part: 334,
                whole: 1000,
            },
        );
        assert!(third.is_below(more) && !more.is_below(third) && !third.is_below(third));
    }
}
