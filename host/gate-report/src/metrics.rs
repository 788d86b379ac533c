//! A verdict as one line of the CloudWatch embedded metric format.
//!
//! Source: "Specification: Embedded metric format", Amazon CloudWatch User Guide. A line in a log group becomes metrics, with
//! no call to a service. Its limits are 100 metrics a line, 30 dimensions, 1024 characters of a dimension's value
//! and 1 MB a line; what is written here has a fixed number of each and one text of somebody else's, which is cut.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use gate_core::severity::Level;
use gate_core::time::Moment;
use gate_core::verdict::{Disposition, Outcome};

use crate::answer::Answer;
use crate::text::safe;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "gate";

/// Longest value of a dimension, in characters.
const DIMENSION: usize = 1024;

const COUNT: &str = "Count";

/// One line: the outcome, findings by level and disposition, how long it took, and the fuel of all policies.
///
/// A metric stands for each outcome and level in every line, 0 or more: an alarm on a metric that is missing where there
/// is nothing can't tell a quiet gate from one that did not run.
#[must_use]
pub fn line(answer: Answer<'_>, took: Duration, ended: Moment) -> String {
    let mut metrics = Metrics::default();
    let verdict = answer.verdict;
    metrics.add("Evaluations", COUNT, 1);
    for outcome in [Outcome::Pass, Outcome::Warn, Outcome::Fail, Outcome::Error] {
        let is = u64::from(verdict.outcome == outcome);
        metrics.add(capital(outcome.as_str()), COUNT, is);
    }
    metrics.add("Open", COUNT, u64::from(answer.exit_code == 0));
    metrics.add("Findings", COUNT, u64::from(verdict.counts.findings));
    for level in Level::ALL {
        let count = verdict.counts.by_level.get(&level).copied();
        let name = format!("Findings{}", capital(level.as_str()));
        metrics.add(name, COUNT, u64::from(count.unwrap_or_default()));
    }
    for (disposition, name) in [
        (Disposition::Counted, "FindingsCounted"),
        (Disposition::Waived, "FindingsWaived"),
    ] {
        let count = verdict.counts.by_disposition.get(&disposition).copied();
        metrics.add(name, COUNT, u64::from(count.unwrap_or_default()));
    }
    let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    metrics.add("Duration", "Milliseconds", took);
    let fuel = answer.diagnostics.iter().map(|policy| policy.fuel_used);
    metrics.add("Fuel", COUNT, fuel.fold(0, u64::saturating_add));

    let environment = answer.request.question.environment.as_deref().map(cut);
    let mut dimensions = vec![vec!["Gate"], vec!["Gate", "Scope"]];
    if environment.is_some() {
        // Two environments in one account have alarms of their own.
        dimensions.push(vec!["Gate", "Scope", "Environment"]);
    }
    let mut line = json!({
        "_aws": {
            "Timestamp": ended.unix().saturating_mul(1000),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": dimensions,
                "Metrics": metrics.described,
            }],
        },
        "Gate": verdict.gate.as_str(),
        "Scope": cut(&answer.request.question.scope),
        "Outcome": verdict.outcome.as_str(),
        "Record": answer.record.to_string(),
    });
    if let Value::Object(line) = &mut line {
        line.extend(
            metrics
                .values
                .into_iter()
                .map(|(name, value)| (name, value.into())),
        );
        if let Some(environment) = environment {
            line.insert("Environment".to_owned(), environment.into());
        }
    }
    line.to_string()
}

/// Metrics of one line: what each is, and its value.
#[derive(Default)]
struct Metrics {
    described: Vec<Described>,
    values: BTreeMap<String, u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    name: String,
    unit: &'static str,
}

impl Metrics {
    fn add(&mut self, name: impl Into<String>, unit: &'static str, value: u64) {
        let name = name.into();
        self.values.insert(name.clone(), value);
        self.described.push(Described { name, unit });
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn cut(text: &str) -> String {
    safe(text).to_string().chars().take(DIMENSION).collect()
}
