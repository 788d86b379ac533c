//! What a scanner's report says about its own run.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::digest::Digest;
use crate::time::Moment;

/// What a report says about its own run, and what reading it gave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScanReport {
    /// The tool's name in lower case, such as `trivy`; `unknown` when the report could not be read so far.
    pub tool: String,
    /// The adapter and its version, such as `trivy-json@1`; absent when none could be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// Digest of the report as the scanner wrote it; absent when it could not be read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The report's name as it was given.
    pub name: String,
    /// Length of the report in bytes.
    pub size: u64,
    /// Digest of what is kept of the report: the same bytes, or its redacted twin when it held source text or
    /// secrets. Absent when nothing is kept, because the report could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Digest>,
    /// What kind of report it is.
    #[serde(default, skip_serializing_if = "Content::is_scan")]
    pub content: Content,
    /// The code with which the scanner exited, as the caller gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Version of the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
    /// Version or date of the tool's vulnerability database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_version: Option<String>,
    /// Who issued the document, in its own words, where it is one that somebody answers for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// When the tool says it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Moment>,
    /// What was scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Whether the run proves that everything was looked at.
    pub completeness: Completeness,
    /// What the completeness would be but for the records in quarantine; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub but_for_quarantine: Option<Completeness>,
    /// Why it is not complete, and what else the tool complained about.
    pub problems: Vec<Problem>,
    /// How many things (files, packages, results) the tool says it looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned: Option<u64>,
    /// What the tool measured, in whole numbers, such as `lines-covered`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<String, u64>,
    /// Where every record of the report went.
    pub counts: RecordCounts,
}

/// What kind of report it is: what it can prove.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Something was searched for problems.
    #[default]
    Scan,
    /// Components are listed (an SBOM); nothing was searched for problems, so that none of them is no news.
    Inventory,
    /// Components are listed, and were searched for problems: it proves what either of the two above does.
    SearchedInventory,
    /// Somebody's statements about known vulnerabilities (VEX).
    Statements,
    /// Something was measured: tests, coverage.
    Measurement,
}

impl Content {
    /// The word for it, as used in files and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Inventory => "inventory",
            Self::SearchedInventory => "searched-inventory",
            Self::Statements => "statements",
            Self::Measurement => "measurement",
        }
    }

    /// Whether a report of this kind proves what one of another kind is asked for.
    #[must_use]
    pub fn proves(self, asked: Self) -> bool {
        let both = self == Self::SearchedInventory;
        self == asked || (both && matches!(asked, Self::Scan | Self::Inventory))
    }

    /// What a report of this kind is and does, as the end of a sentence.
    pub(crate) const fn described(self) -> &'static str {
        match self {
            Self::Scan => "a scan, which searches for problems",
            Self::Inventory => {
                "an inventory, which lists components and searches nothing for problems"
            }
            Self::SearchedInventory => "an inventory whose components were searched for problems",
            Self::Statements => {
                "a list of statements, which says what somebody knows and searches nothing for problems"
            }
            Self::Measurement => "a measurement, which searches nothing for problems",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    fn is_scan(&self) -> bool {
        *self == Self::Scan
    }
}

/// Whether a run proves that everything was looked at. Only `Complete` may pass a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Completeness {
    /// The run ended well and looked at something.
    Complete,
    /// The tool says that it left something out.
    Partial,
    /// The run failed, or its report could not be read.
    Failed,
    /// The tool looked at nothing. Not the same as clean.
    Empty,
}

impl Completeness {
    /// The word for it, as used in files and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Empty => "empty",
        }
    }
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a tool says it scanned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Image manifest digests that the tool names, as `sha256:…`; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<String>,
    /// The tool's word for what it is, such as `container_image` or `directory`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its name.
    pub name: String,
}

/// Something that a tool, or the reading of its report, complained about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Kebab-case name of the situation.
    pub code: String,
    /// One sentence; untrusted text.
    pub message: String,
    /// Where in the report: JSON pointer, or line and column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What the reader can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Problem {
    /// A problem without a place and without advice of its own.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code: code.as_str().to_owned(),
            message: message.into(),
            place: None,
            help: None,
        }
    }

    /// A problem with its code's own advice.
    #[must_use]
    pub fn advised(code: Code, message: impl Into<String>) -> Self {
        Self {
            help: Some(code.advice().to_owned()),
            ..Self::new(code, message)
        }
    }

    /// The sentence about a report of this name that could not be read.
    #[must_use]
    pub fn in_report(&self, name: &str) -> String {
        let place = self
            .place
            .as_ref()
            .map_or_else(String::new, |place| format!(", {place}"));
        format!("reading `{name}`: {}{place}", self.message)
    }

    /// Says where in the report.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }
}

/// Where every record of a report went: `records = findings + merged + passed + quarantined`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordCounts {
    /// Findings that stand for themselves.
    pub findings: u32,
    /// Records that said exactly what another one says, counted there.
    pub merged: u32,
    /// Checks that passed or did not apply, which are no findings.
    pub passed: u32,
    /// Records that could not be understood. Their presence makes the report partial.
    pub quarantined: u32,
    /// All records; one that gives several findings counts once for each.
    pub records: u32,
    /// Of the findings, those that the tool itself suppressed; at most as many.
    pub suppressed: u32,
}

impl RecordCounts {
    /// Whether every record went somewhere, and none twice.
    #[must_use]
    pub fn add_up(&self) -> bool {
        let parts = [self.findings, self.merged, self.passed, self.quarantined];
        let sum: u64 = parts.into_iter().map(u64::from).sum();
        sum == u64::from(self.records) && self.suppressed <= self.findings
    }
}

impl fmt::Display for RecordCounts {
    /// All of them as a sum: `9 records = 7 findings + 1 merged + 1 passed, 2 of the findings suppressed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records = {} findings", self.records, self.findings)?;
        for (number, what) in [
            (self.merged, "merged"),
            (self.passed, "passed"),
            (self.quarantined, "quarantined"),
        ] {
            if number > 0 {
                write!(f, " + {number} {what}")?;
            }
        }
        if self.suppressed > 0 {
            write!(f, ", {} of the findings suppressed", self.suppressed)?;
        }
        Ok(())
    }
}

impl ScanReport {
    /// The report as messages call it, such as: the trivy report `trivy.json`.
    pub(crate) fn called(&self) -> String {
        format!("the {} report `{}`", self.tool, self.name)
    }

    /// A report of which nothing could be read.
    #[must_use]
    pub fn unreadable(name: impl Into<String>, problem: Problem) -> Self {
        Self {
            tool: "unknown".to_owned(),
            adapter: None,
            digest: None,
            name: name.into(),
            size: 0,
            stored: None,
            content: Content::Scan,
            exit_code: None,
            tool_version: None,
            database_version: None,
            issuer: None,
            finished: None,
            target: None,
            completeness: Completeness::Failed,
            but_for_quarantine: None,
            problems: vec![problem],
            scanned: None,
            measures: BTreeMap::new(),
            counts: RecordCounts::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_a_sum() {
        let counts =
            |[records, findings, merged, passed, quarantined, suppressed]: [u32; 6]| RecordCounts {
                findings,
                merged,
                passed,
                quarantined,
                records,
                suppressed,
            };
        for (numbers, add_up, shown) in [
            ([0, 0, 0, 0, 0, 0], true, "0 records = 0 findings"),
            (
                [2, 2, 0, 0, 0, 2],
                true,
                "2 records = 2 findings, 2 of the findings suppressed",
            ),
            (
                [9, 3, 1, 4, 1, 0],
                true,
                "9 records = 3 findings + 1 merged + 4 passed + 1 quarantined",
            ),
            ([3, 2, 0, 0, 0, 0], false, "3 records = 2 findings"),
            ([2, 3, 0, 0, 0, 0], false, "2 records = 3 findings"),
            (
                [1, 1, 0, 0, 0, 2],
                false,
                "1 records = 1 findings, 2 of the findings suppressed",
            ),
            (
                [0, u32::MAX, 1, 0, 0, 0],
                false,
                "0 records = 4294967295 findings + 1 merged",
            ),
        ] {
            let counts = counts(numbers);
            assert_eq!((counts.add_up(), &*counts.to_string()), (add_up, shown));
        }
    }
}
