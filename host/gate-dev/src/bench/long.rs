//! Long reports: memory follows the findings, not the text, and several reports are read at once.

use std::fs;

use super::Setting;
use super::input::{trivy, trivy_inventory};
use super::page::{Table, headed};
use super::process::{Process, Taken, in_turn};
use crate::run::Result;

const ROWS: [(&str, &str); 3] = [
    ("all findings, one report", "--report trivy=findings.json"),
    (
        "all findings, two reports",
        "--report trivy=half-1.json --report trivy=half-2.json",
    ),
    (
        "one finding, the rest an inventory",
        "--report trivy=inventory.json",
    ),
];

/// A row for each kind of long report.
pub fn section(setting: &Setting) -> Result<String> {
    let megabytes = setting.scale.long_megabytes;
    // A finding of the made report takes about 1.4 KB.
    let findings = megabytes * 700;
    for (name, report) in [
        ("findings", trivy(findings)),
        ("half-1", trivy(findings / 2)),
        // Another text, so that the halves are two reports.
        ("half-2", trivy(findings / 2 + 1)),
        ("inventory", trivy_inventory(megabytes << 20)),
    ] {
        fs::write(setting.folder.join(format!("{name}.json")), report)?;
    }
    let processes =
        ROWS.map(|(_, reports)| Process::new(&setting.gate, &format!("evaluate image {reports}")));
    let taken = in_turn(&processes, &setting.folder, setting.scale.long_runs)?;
    let mut table = Table::new(["`gate evaluate image`"].into_iter().chain(Taken::HEADS));
    for ((name, _), taken) in ROWS.iter().zip(taken) {
        table.row(headed(name, taken.cells()));
    }
    Ok(format!(
        "### Long reports: {megabytes} MB, {findings} findings or one\n\n{table}"
    ))
}
