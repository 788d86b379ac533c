//! The quality gate: conditions on measures.

use serde::Deserialize;

use gate_core::finding::{Class, Finding, Status, Text};
use gate_core::severity::{Level, Severity};

use super::ADAPTER;
use crate::adapter::{Record, Run};
use crate::normalize::level;

const STATES: &[(&str, Level)] = &[("ERROR", Level::High), ("WARN", Level::Medium)];

/// A condition as the interface writes it. Numbers are texts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Condition {
    actual_value: Option<Text>,
    comparator: Option<Text>,
    error_threshold: Option<Text>,
    metric_key: Text,
    status: Text,
}

impl Condition {
    /// What was measured, if it is a whole number.
    pub(super) fn measure(&self) -> Option<(String, u64)> {
        let value = self.actual_value.as_deref()?.parse().ok()?;
        Some((self.metric_key.replace(['_', ' '], "-"), value))
    }

    /// As a finding, unless it is met.
    pub(super) fn read(self, record: &Record<'_>) -> Option<Finding> {
        if &*self.status == "OK" {
            return None;
        }
        let beyond = match self.comparator.as_deref() {
            Some("GT") => "above",
            Some("LT") => "below",
            _ => "not as demanded by",
        };
        let title = match (&self.actual_value, &self.error_threshold) {
            (Some(value), Some(limit)) => {
                format!("{} is {value}, {beyond} {limit}", self.metric_key)
            }
            _ => format!("the condition on {} is not met", self.metric_key),
        };
        let level = level(&self.status, STATES);
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Compliance,
            self.metric_key,
            Severity::tool(level, self.status),
            title,
            record.evidence(),
        );
        if level == Level::Unknown {
            finding.status = Status::Open;
        }
        for (name, value) in [
            ("actual", self.actual_value),
            ("comparator", self.comparator),
            ("threshold", self.error_threshold),
        ] {
            if let Some(value) = value {
                finding.attributes.insert(name.into(), value);
            }
        }
        Some(finding)
    }
}

/// Takes in what the gate as a whole says, of which `unmet` conditions are not met.
pub(super) fn judge(status: &str, unmet: u64, run: &mut Run) {
    match status {
        "OK" => {}
        "NONE" => run.nothing_scanned("SonarQube computed no quality gate"),
        "ERROR" | "WARN" if unmet > 0 => {}
        _ => run.left_out(
            "/projectStatus",
            "the quality gate is not OK, and no condition says why",
        ),
    }
}
