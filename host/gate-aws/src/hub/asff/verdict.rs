//! From a verdict to what Security Hub takes: a finding of its own, with the answer as the status of a check.

use std::fmt::Write as _;

use gate_core::severity::Level;
use gate_core::verdict::Outcome;

use super::finding::{Said, sealed};
use super::limits::{self, shorten};
use super::{Asff, Compliance, Mapper, PRODUCT, Severity, label, resources};
use crate::hub::scope::VERDICT;

/// What an outcome is there: how bad, and the status of a check.
const fn words(outcome: Outcome) -> (Level, &'static str) {
    match outcome {
        Outcome::Pass => (Level::Info, "PASSED"),
        Outcome::Warn => (Level::Low, "WARNING"),
        Outcome::Fail => (Level::High, "FAILED"),
        // It closes the gate as a fail does.
        Outcome::Error => (Level::High, "NOT_AVAILABLE"),
    }
}

impl Mapper<'_> {
    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Asff {
        let (question, verdict) = (&self.record.question, &self.record.verdict);
        let (level, status) = words(verdict.outcome);
        let outcome = verdict.outcome.as_str();
        let subject = question.subject.as_ref();
        let about = subject.map_or(&*question.scope, |subject| &*subject.name);
        let title = format!("gate {}: {outcome} for {about}", question.gate);
        let mut reasons = String::new();
        for reason in &verdict.reasons {
            let end = if reasons.is_empty() { "" } else { "; " };
            // Writing to a text can't fail.
            let _ = write!(reasons, "{end}{}: {}", reason.code, reason.message);
        }
        if reasons.is_empty() {
            "everything that was asked for was looked at and is within its thresholds"
                .clone_into(&mut reasons);
        }
        let enforcement = serde_json::to_value(verdict.enforcement).unwrap_or_default();
        let mut fields = std::collections::BTreeMap::from([
            ("gate/outcome", outcome.to_owned()),
            (
                "gate/enforcement",
                enforcement.as_str().unwrap_or_default().to_owned(),
            ),
            ("gate/findings", verdict.counts.findings.to_string()),
            ("gate/reasons", verdict.reasons.len().to_string()),
        ]);
        for (level, name) in [
            (Level::Critical, "gate/critical"),
            (Level::High, "gate/high"),
            (Level::Medium, "gate/medium"),
            (Level::Low, "gate/low"),
            (Level::Info, "gate/info"),
            (Level::Unknown, "gate/unknown"),
        ] {
            let count = verdict
                .counts
                .by_level
                .get(&level)
                .copied()
                .unwrap_or_default();
            fields.insert(name, count.to_string());
        }
        let image = self
            .record
            .reports
            .iter()
            .any(|report| report.digest.is_some_and(|digest| self.is_image(&digest)));
        let mut asff = self.document(Said {
            id: self.id(VERDICT),
            generator: format!("{PRODUCT}/{}/{VERDICT}", question.gate),
            title: shorten(&title, limits::TITLE).unwrap_or_else(|| PRODUCT.to_owned()),
            description: shorten(&reasons, limits::DESCRIPTION),
            severity: Severity {
                label: label(level),
                original: Some(outcome.to_owned()),
            },
            types: vec!["Software and Configuration Checks/Policy Gate".to_owned()],
            resources: vec![resources::judged(&question.scope, subject, image)],
            fields,
        });
        asff.compliance = Some(Compliance { status });
        sealed(asff)
    }
}
