//! What ZAP says about its own run.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::adapter::Run;

/// How the values of several sites become one.
#[derive(Clone, Copy)]
enum Of {
    Sum,
    Lowest,
    Highest,
}

/// What is measured, and under which name. Shares are in percent; of several sites the worst stands for all.
/// The shares of methods and content types are no measure of anything.
const MEASURES: &[(&str, &str, Of)] = &[
    (
        "insight.auth.failure",
        "percent-authentication-failures",
        Of::Highest,
    ),
    ("insight.code.1xx", "percent-1xx", Of::Highest),
    ("insight.code.2xx", "percent-2xx", Of::Lowest),
    ("insight.code.3xx", "percent-3xx", Of::Highest),
    ("insight.code.4xx", "percent-4xx", Of::Highest),
    ("insight.code.5xx", "percent-5xx", Of::Highest),
    ("insight.endpoint.total", "endpoints", Of::Sum),
    ("insight.log.error", "logged-errors", Of::Highest),
    ("insight.log.warn", "logged-warnings", Of::Highest),
    (
        "insight.network.failure",
        "percent-network-failures",
        Of::Highest,
    ),
    (
        "insight.response.slow",
        "percent-slow-responses",
        Of::Highest,
    ),
];

/// What ZAP can't have looked at everything with, whatever the level.
const STOPS: &[&str] = &["insight.database.full", "insight.diskspace.full"];
/// What it says so of with a level above low.
const FAILURES: &[&str] = &["insight.auth.failure", "insight.network.failure"];

#[derive(Deserialize)]
pub(super) struct Insight {
    level: Option<String>,
    site: Option<String>,
    key: String,
    description: Option<String>,
    statistic: Option<String>,
}

impl Insight {
    /// ZAP stopped the scan because of this.
    pub(super) fn stopped(&self, place: &str, run: &mut Run) {
        run.left_out(place, format!("ZAP stopped the scan: {}", self.text()));
    }

    fn text(&self) -> String {
        let what = self.description.as_deref().unwrap_or(&self.key);
        let value = self.statistic.as_deref().unwrap_or("no value");
        match self.site.as_deref().filter(|site| !site.is_empty()) {
            Some(site) => format!("{what}: {value} ({site})"),
            None => format!("{what}: {value}"),
        }
    }

    /// Whether ZAP itself says that something was left out. Its words are in the user's language: one that is not
    /// known to be harmless is not taken to be.
    fn leaves_out(&self) -> bool {
        let key = self.key.as_str();
        let harmless = matches!(self.level.as_deref(), Some("Info" | "Low"));
        STOPS.contains(&key) || (FAILURES.contains(&key) && !harmless)
    }
}

/// Takes in what a report says about its run.
pub(super) fn account(insights: Vec<Insight>, run: &mut Run) {
    // A site is said once for each key; the last word counts where it is said again with another level.
    let mut values: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (at, insight) in insights.into_iter().enumerate() {
        if insight.leaves_out() {
            run.left_out(format!("/insights/{at}"), insight.text());
        }
        let value = insight.statistic.and_then(|number| number.parse().ok());
        if let Some(value) = value {
            values.insert((insight.key, insight.site.unwrap_or_default()), value);
        }
    }
    for ((key, _), value) in values {
        let Some((_, name, of)) = MEASURES.iter().find(|(known, ..)| *known == key) else {
            continue;
        };
        let measure = run.measures.entry((*name).to_owned());
        let all = |before: u64| match of {
            Of::Sum => before.saturating_add(value),
            Of::Lowest => before.min(value),
            Of::Highest => before.max(value),
        };
        measure
            .and_modify(|before| *before = all(*before))
            .or_insert(value);
    }
}
