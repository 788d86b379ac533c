//! What several tools say of the same risks, for people and as JSON.

use std::fmt;

use serde::Serialize;

use gate_core::corroboration::Corroboration;
use gate_core::digest::Digest;
use gate_core::request::EvaluationRequest;
use gate_core::time::Moment;

use crate::table::Table;
use crate::text::safe;

/// What `gate explain RECORD --corroboration --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CorroborationDocument<'a> {
    /// Version of this format.
    pub format: &'static str,
    /// Name of the evaluation record.
    pub record: Digest,
    /// The gate that asked.
    pub gate: &'a str,
    /// The moment of judgement.
    pub evaluated_at: Moment,
    /// How many of the risks the tools rate otherwise.
    pub disagreements: u32,
    /// Risks that several tools report, by the key that their findings share.
    pub corroborations: Vec<Corroboration<'a>>,
}

impl<'a> CorroborationDocument<'a> {
    /// The document of a record.
    #[must_use]
    pub fn new(
        record: Digest,
        request: &'a EvaluationRequest,
        corroborations: Vec<Corroboration<'a>>,
    ) -> Self {
        let disagreements = corroborations.iter().filter(|c| c.disagree).count();
        Self {
            format: "gate-corroboration/1",
            record,
            gate: request.question.gate.as_str(),
            evaluated_at: request.question.evaluated_at,
            disagreements: u32::try_from(disagreements).unwrap_or(u32::MAX),
            corroborations,
        }
    }

    /// The document for people.
    #[must_use]
    pub fn human(&self, width: usize) -> impl fmt::Display {
        Human {
            document: self,
            width,
        }
    }
}

struct Human<'a> {
    document: &'a CorroborationDocument<'a>,
    width: usize,
}

impl fmt::Display for Human<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CorroborationDocument {
            corroborations,
            disagreements,
            ..
        } = self.document;
        writeln!(
            f,
            "gate {} · {} risks that several tools report, {disagreements} of them rated otherwise",
            self.document.gate,
            corroborations.len()
        )?;
        for (title, disagree) in [("rated otherwise:", true), ("rated alike:", false)] {
            let mut table = Table::default();
            for risk in corroborations.iter().filter(|c| c.disagree == disagree) {
                let levels = risk.levels.iter();
                let levels: Vec<_> = levels
                    .map(|(tool, level)| format!("{} {level}", safe(tool)))
                    .collect();
                table.row(vec![levels.join(", "), safe(risk.key).into_owned()]);
            }
            let lines = table.lines(self.width.saturating_sub(2));
            if !lines.is_empty() {
                writeln!(f, "\n{title}")?;
            }
            for line in lines {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}
