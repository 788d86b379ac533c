//! From the start of the process to its end, beside the bare start of the program and, if asked for, another engine.

use std::fs;

use super::Setting;
use super::input::trivy;
use super::page::{Table, headed};
use super::peers::Peer;
use super::process::{Process, Taken, in_turn};
use crate::run::Result;

/// What whole processes took, on reports of several sizes.
pub struct Whole {
    /// `gate --version`.
    pub start: Taken,
    /// A row for each size.
    pub rows: Vec<Row>,
}

/// What whole processes took on one report.
pub struct Row {
    /// Findings in the report.
    pub findings: usize,
    /// Length of the report.
    pub bytes: u64,
    /// `gate evaluate`.
    pub gate: Taken,
    /// The other engine.
    pub peer: Option<Taken>,
}

/// Measures all of them in one run, in turn.
pub fn measure(setting: &Setting, peer: Option<&Peer>) -> Result<Whole> {
    let mut processes = vec![Process::new(&setting.gate, "--version")];
    for n in setting.scale.sizes {
        fs::write(setting.folder.join(format!("{n}.json")), trivy(*n))?;
        let arguments = format!("evaluate image --report trivy={n}.json");
        processes.push(Process::new(&setting.gate, &arguments));
        processes.extend(peer.map(|peer| peer.process(*n)));
    }
    let taken = in_turn(&processes, &setting.folder, setting.scale.runs)?;
    let mut taken = taken.into_iter();
    let mut next = || taken.next().ok_or("a process was not measured");
    let start = next()?;
    let mut rows = Vec::new();
    for findings in setting.scale.sizes {
        rows.push(Row {
            findings: *findings,
            bytes: fs::metadata(setting.folder.join(format!("{findings}.json")))?.len(),
            gate: next()?,
            peer: peer.map(|_| next()).transpose()?,
        });
    }
    Ok(Whole { start, rows })
}

impl Whole {
    /// What the gate alone took.
    pub fn section(&self, setting: &Setting) -> String {
        let heads = ["run", "report"].into_iter().chain(Taken::HEADS);
        let mut table = Table::new(heads.chain(["wall ÷ `gate --version`"]));
        let mut row = |name: String, report: String, taken: &Taken| {
            let ratio = format!("{:.1}", taken.wall_ms / self.start.wall_ms);
            let cells = std::iter::once(report).chain(taken.cells());
            table.row(headed(name, cells.chain([ratio])));
        };
        row("`gate --version`".to_owned(), "–".to_owned(), &self.start);
        for at in &self.rows {
            row(findings(at.findings), megabytes(at.bytes), &at.gate);
        }
        format!(
            "{}\n\n### Whole process: the image gate's policies, evidence kept durably\n\n{table}",
            setting.made()
        )
    }
}

/// A number of findings, in words.
pub fn findings(n: usize) -> String {
    match n {
        1 => "1 finding".to_owned(),
        n => format!("{n} findings"),
    }
}

/// A length in millions of bytes.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}
