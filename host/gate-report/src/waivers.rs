//! What `gate waiver` answers, as text for people and as JSON.

use std::fmt;

use serde::Serialize;

use gate_core::digest::Digest;
use gate_core::time::Moment;
use gate_core::waiver::Waiver;
use gate_core::waiver::hygiene::Remark;

use crate::table::Table;
use crate::text::safe;

/// What `gate waiver check` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaiversDocument<'a> {
    /// Version of this format: `gate-waivers/1`.
    pub format: &'static str,
    /// The file.
    pub file: String,
    /// As of when.
    pub at: Moment,
    /// Records that the waivers were held against.
    pub records: Vec<Digest>,
    /// All waivers, in order of id.
    pub waivers: Vec<WaiverLine<'a>>,
    /// What is to be said of them.
    pub remarks: Vec<PlacedRemark<'a>>,
    /// How many of the remarks ask for a change of the file.
    pub to_mend: usize,
}

/// A waiver, in short.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaiverLine<'a> {
    /// Its name.
    pub id: &'a str,
    /// Where it begins in the file.
    pub line: usize,
    /// Who answers for it.
    pub owner: &'a str,
    /// Who allowed it.
    pub approved_by: &'a [String],
    /// Where it was discussed.
    pub ticket: &'a str,
    /// Since when.
    pub created: Moment,
    /// Until when.
    pub expires: Moment,
}

/// A remark, and where its waiver begins.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlacedRemark<'a> {
    /// Line of the waiver.
    pub line: usize,
    /// The remark.
    #[serde(flatten)]
    pub remark: &'a Remark,
}

impl<'a> WaiversDocument<'a> {
    /// The document of waivers, with a line for each, and of what was said of them.
    #[must_use]
    pub fn new(
        file: String,
        at: Moment,
        records: Vec<Digest>,
        waivers: &'a [(usize, Waiver)],
        remarks: &'a [Remark],
    ) -> Self {
        let of = |(line, waiver): &'a (usize, Waiver)| WaiverLine {
            id: &waiver.id,
            line: *line,
            owner: &waiver.owner,
            approved_by: &waiver.approved_by,
            ticket: &waiver.ticket,
            created: waiver.created,
            expires: waiver.expires,
        };
        let placed = |remark: &'a Remark| {
            let line = waivers
                .iter()
                .find(|(_, waiver)| waiver.id == remark.waiver);
            PlacedRemark {
                line: line.map_or(0, |(line, _)| *line),
                remark,
            }
        };
        let to_mend = remarks.iter().filter(|r| r.matter.is_to_mend()).count();
        let mut remarks: Vec<_> = remarks.iter().map(placed).collect();
        remarks.sort_by_key(|placed| (!placed.remark.matter.is_to_mend(), placed.line));
        Self {
            format: "gate-waivers/1",
            file,
            at,
            records,
            waivers: waivers.iter().map(of).collect(),
            remarks,
            to_mend,
        }
    }
}

impl fmt::Display for WaiversDocument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        for waiver in &self.waivers {
            table.row(vec![
                safe(waiver.id).into_owned(),
                format!("until {}", waiver.expires),
                safe(waiver.ticket).into_owned(),
                safe(waiver.owner).into_owned(),
                format!("approved by {}", safe(&waiver.approved_by.join(", "))),
            ]);
        }
        writeln!(f, "waivers of `{}` as of {}:", safe(&self.file), self.at)?;
        for line in table.lines(120) {
            writeln!(f, "  {line}")?;
        }
        for PlacedRemark { line, remark } in &self.remarks {
            let weight = if remark.matter.is_to_mend() {
                "warn"
            } else {
                "note"
            };
            writeln!(
                f,
                "{weight}[gate::waiver::{}]: `{}`, line {line}: {}",
                remark.matter.as_str(),
                safe(&remark.waiver),
                safe(&remark.message)
            )?;
        }
        let (waivers, records) = (self.waivers.len(), self.records.len());
        writeln!(
            f,
            "{waivers} waivers, held against {records} records: {} to mend",
            self.to_mend
        )
    }
}
