//! A baseline as it is shown.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use gate_core::baseline::Baseline;
use gate_core::digest::Digest;
use gate_core::gate::GateName;
use gate_core::severity::Level;
use gate_core::time::Moment;
use gate_report::text::safe;

use crate::baseline;
use crate::failure::Result;

/// What a baseline says, in numbers.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    format: &'static str,
    file: String,
    gate: GateName,
    scope: String,
    record: Digest,
    taken: Moment,
    /// Of the canonical bytes, as verdicts name it.
    digest: Digest,
    existing: u32,
    fixed: u32,
    by_level: BTreeMap<Level, u32>,
    budgets: BTreeMap<Level, u32>,
    /// Whether the file is another than before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) changed: Option<bool>,
    /// Budgets that fell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fell: Vec<String>,
    /// Budgets that are too small for what is there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) over: Vec<String>,
}

impl Shown {
    pub(super) fn new(path: &Path, made: &Baseline) -> Result<Self> {
        let by_level = made.present();
        let existing = by_level.values().sum();
        let all = u32::try_from(made.findings.len()).unwrap_or(u32::MAX);
        Ok(Self {
            format: "gate-baseline-summary/1",
            file: path.display().to_string(),
            gate: made.gate.clone(),
            scope: made.scope.clone(),
            record: made.record,
            taken: made.taken,
            digest: baseline::digest(made)?,
            existing,
            fixed: all.saturating_sub(existing),
            by_level,
            budgets: made.budgets.clone(),
            changed: None,
            fell: Vec::new(),
            over: Vec::new(),
        })
    }
}

/// The budgets that are less than before.
pub(super) fn fell(before: &BTreeMap<Level, u32>, now: &BTreeMap<Level, u32>) -> Vec<String> {
    let fell = now.iter().filter_map(|(level, budget)| {
        let was = before.get(level).map(u32::to_string);
        let was = was.unwrap_or_else(|| "unlimited".to_owned());
        (was != budget.to_string()).then(|| format!("{level} fell from {was} to {budget}"))
    });
    fell.collect()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "baseline {}", safe(&self.file))?;
        writeln!(f, "  gate {} · scope {}", self.gate, safe(&self.scope))?;
        writeln!(f, "  taken at {} from {}", self.taken, self.record)?;
        let levels = |counts: &BTreeMap<Level, u32>, all: bool| {
            let shown = Level::ALL.into_iter().filter_map(|level| {
                let count = counts.get(&level).filter(|count| all || **count > 0)?;
                Some(format!("{count} {level}"))
            });
            shown.collect::<Vec<_>>().join(", ")
        };
        let by_level = levels(&self.by_level, false);
        let by_level = match by_level.as_str() {
            "" => String::new(),
            levels => format!(" ({levels})"),
        };
        writeln!(
            f,
            "  {} existing{by_level}, {} fixed",
            self.existing, self.fixed
        )?;
        if !self.budgets.is_empty() {
            writeln!(f, "  budgets: {}", levels(&self.budgets, true))?;
        }
        for line in self.fell.iter().chain(&self.over) {
            writeln!(f, "  note: {line}")?;
        }
        match self.changed {
            Some(true) => writeln!(f, "  written"),
            Some(false) => writeln!(f, "  nothing changed"),
            None => Ok(()),
        }
    }
}
