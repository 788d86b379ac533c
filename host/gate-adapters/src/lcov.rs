//! LCOV's text report of test coverage (`.info`), as lcov, gcovr, coverage.py, Istanbul and LLVM write it.
//!
//! Format: the manual page geninfo(1) of <https://github.com/linux-test-project/lcov>, section "Files", version 2.3,
//! and what coverage.py 7.17.3 writes. A section goes from `SF:` to `end_of_record`; a report cut off in a section is
//! malformed.
//!
//! Nothing in it is a finding: it measures. Each line is a record, and one that nobody knows makes the report partial.
//! A file of one section has the numbers that the section gives. Where several tests have each a section of a file,
//! the numbers are those of its lines and branches, counted once.
//!
//! The checksum after a line's hits is the plain MD5 of the source line.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::finding::Text;
use gate_core::scan_report::{Completeness, Content};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::array;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::path;
use crate::redact::secret;
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "lcov",
    id: "lcov-text@1",
    reads: "text of sections from `SF:` to `end_of_record`, lcov 1 and 2",
    severity: "none; nothing in it is a finding",
    completeness: "partial when a line is not understood, or a section counts more lines than it has; empty without a \
                   line; failed when it is cut off in a section",
    format: Format::Lines(before_checksum),
    lists: &["/*"],
    unread: &[],
    sensitive: &[secret("secret")],
    exits: Exits::ZERO,
    recognizes: &|shape| {
        let mut lines = shape.text.lines().map(str::trim);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        let begins = first.is_some_and(|line| line.starts_with("TN:") || line.starts_with("SF:"));
        shape.root == Root::Other && begins
    },
    start: &|| Box::new(Lcov::default()),
};

/// What says nothing that is read here: test names, versions, functions, conditions (MC/DC), and numbers of these.
const OTHER: &[&str] = &[
    "FN", "FNA", "FNDA", "FNF", "FNH", "FNL", "MCDC", "MCF", "MCH", "TN", "VER",
];

/// How much of a line is not the checksum.
fn before_checksum(line: &str) -> usize {
    let data = line.trim_start().starts_with("DA:");
    let mut commas = line.match_indices(',').map(|(at, _)| at);
    commas.nth(1).filter(|_| data).unwrap_or(line.len())
}

#[derive(Default)]
struct Lcov {
    files: BTreeMap<Text, Measured>,
    /// The file whose section is open.
    open: Option<Text>,
    /// A section began in another, or a line stood outside of all.
    disordered: bool,
}

/// What was measured of a file.
#[derive(Default)]
struct Measured {
    sections: u32,
    /// Whether a line was hit, by its number.
    lines: BTreeMap<u64, bool>,
    /// Whether a branch was taken, by line, block and branch.
    branches: BTreeMap<Text, bool>,
    /// `LF`, `LH`, `BRF`, `BRH` of the last section.
    given: [Option<u64>; 4],
}

/// Names of [`Measured::given`].
const GIVEN: [&str; 4] = ["LF", "LH", "BRF", "BRH"];

impl Measured {
    /// `LF`, `LH`, `BRF`, `BRH`: given, or counted.
    fn numbers(&self) -> [u64; 4] {
        let hit = |all: usize, hit: usize| [all as u64, hit as u64];
        let [lines, lines_hit] = hit(
            self.lines.len(),
            self.lines.values().filter(|hit| **hit).count(),
        );
        let [branches, taken] = hit(
            self.branches.len(),
            self.branches.values().filter(|taken| **taken).count(),
        );
        let counted = [lines, lines_hit, branches, taken];
        if self.sections > 1 {
            return counted;
        }
        let [lf, lh, brf, brh] = self.given;
        [
            lf.unwrap_or(lines),
            lh.unwrap_or(lines_hit),
            brf.unwrap_or(branches),
            brh.unwrap_or(taken),
        ]
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

impl Reader for Lcov {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let line: Line<'_> = record.parse()?;
        self.line(line.text.trim())?;
        findings.passed();
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        if let Some(file) = &self.open {
            return Err(ReadError::Malformed {
                what: "it is cut off: its last section has no `end_of_record`".to_owned(),
                place: file.to_string(),
            });
        }
        let mut run = Run::new(Completeness::Complete);
        run.content = Content::Measurement;
        run.scanned = Some(self.files.len() as u64);
        if self.disordered {
            run.left_out(
                "SF",
                "a section begins in another, or a line stands outside of all",
            );
        }
        let mut all = [0_u64; 4];
        for (file, measured) in &self.files {
            let numbers = measured.numbers();
            let [lines, hit, branches, taken] = numbers;
            for (sum, number) in all.iter_mut().zip(numbers) {
                *sum = sum.saturating_add(number);
            }
            let seen = measured.lines.len() as u64;
            if lines > seen {
                run.left_out(
                    &**file,
                    format!("the section counts {lines} lines, the report has {seen}"),
                );
            } else if hit > lines || taken > branches {
                run.left_out(&**file, "more was hit than there is");
            }
        }
        let names = [
            "lines-valid",
            "lines-covered",
            "branches-valid",
            "branches-covered",
        ];
        run.measures = names.map(str::to_owned).into_iter().zip(all).collect();
        if self
            .files
            .values()
            .all(|measured| measured.lines.is_empty())
        {
            run.nothing_scanned("no line was measured");
        }
        Ok(run)
    }
}

impl Lcov {
    fn line(&mut self, line: &str) -> Result<(), RecordError> {
        if line == "end_of_record" {
            self.disordered |= self.open.take().is_none();
            return Ok(());
        }
        if line.starts_with('#') {
            return Ok(());
        }
        let odd = |what: &str| RecordError::Shape(what.to_owned());
        let Some((key, value)) = line.split_once(':') else {
            return Err(odd("it has no keyword"));
        };
        if key == "SF" {
            let file = path(value);
            self.disordered |= self.open.replace(file.clone()).is_some();
            self.files.entry(file).or_default().sections += 1;
            return Ok(());
        }
        if OTHER.contains(&key) {
            return Ok(());
        }
        let open = self.open.as_ref();
        let Some(file) = open.and_then(|file| self.files.get_mut(file)) else {
            return Err(odd("it stands outside of a section"));
        };
        if let Some(given) = GIVEN.iter().position(|known| *known == key) {
            let number = value.trim().parse();
            let number = number.map_err(|_| odd("its number is none"))?;
            if let Some(place) = file.given.get_mut(given) {
                *place = Some(number);
            }
            return Ok(());
        }
        match key {
            "DA" => {
                let mut fields = value.split(',').map(str::trim);
                let number = fields.next().and_then(|n| n.parse().ok());
                let hits = fields.next().and_then(|n| n.parse::<i64>().ok());
                let (Some(number), Some(hits)) = (number, hits) else {
                    return Err(odd("its line and hits are no two numbers"));
                };
                *file.lines.entry(number).or_default() |= hits > 0;
            }
            "BRDA" => {
                // The name of a branch may hold a comma.
                let Some((branch, taken)) = value.rsplit_once(',') else {
                    return Err(odd("its branch has no hits"));
                };
                let hit = match taken.trim() {
                    // The line was never reached.
                    "-" => false,
                    taken => {
                        let taken = taken.parse::<i64>();
                        taken.map_err(|_| odd("its number of hits is none"))? > 0
                    }
                };
                *file.branches.entry(branch.into()).or_default() |= hit;
            }
            _ => return Err(odd("its keyword is not known")),
        }
        Ok(())
    }
}
