//! A finding keeps its identity when the lines of its file move and when its tool rates it otherwise.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

#[path = "../common/mod.rs"]
mod common;

mod change;
mod table;

use std::collections::BTreeSet;
use std::fs;

use gate_adapters::registry;
use gate_core::finding::Finding;
use gate_core::fingerprint::Fingerprint;
use gate_core::severity::{Level, Origin};

use change::{Change, SHIFT};
use common::{assembled, read_bytes, reports};
use table::{ROWS, Row};

/// The findings of each report of a tool before and after a change.
fn changed(row: &Row, change: &Change) -> Vec<(String, Vec<Finding>, Vec<Finding>)> {
    let own = reports().into_iter().filter(|(tool, _)| *tool == row.tool);
    own.map(|(tool, path)| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let report = fs::read(&path).unwrap();
        let read = |change: &Change| {
            let (read, _) = read_bytes(Some(tool), &name, &change.apply(&report));
            assembled(read)
        };
        let (before, after) = (read(&Change::Nothing), read(change));
        let ids = |all: &[Finding]| all.iter().map(|one| one.id).collect::<Vec<Fingerprint>>();
        assert_eq!(ids(&before), ids(&after), "{tool}/{name}");
        (format!("{tool}/{name}"), before, after)
    })
    .collect()
}

fn lines(finding: &Finding) -> Vec<u64> {
    let lines = finding.locations.iter();
    let lines = lines.flat_map(|at| [at.start_line, at.end_line]);
    lines.flatten().map(u64::from).collect()
}

#[test]
fn identities_stay_when_lines_move() {
    for row in ROWS {
        let mut moved = false;
        for (report, before, after) in changed(row, &Change::Lines(row.lines)) {
            for (before, after) in before.iter().zip(&after) {
                let further: Vec<u64> = lines(before).iter().map(|line| line + SHIFT).collect();
                // A first line that stands for none is one after the shift.
                if further.is_empty() {
                    continue;
                }
                // Were one left where it was, the table would lack a key and this test prove nothing.
                assert_eq!(lines(after), further, "{report}: {}", before.title);
                moved = true;
            }
        }
        assert_eq!(moved, !row.lines.is_empty(), "{}", row.tool);
    }
}

#[test]
fn identities_stay_when_ratings_change() {
    for row in ROWS {
        let mut rated = false;
        for (report, before, after) in changed(row, &Change::Ratings(row.ratings)) {
            for (before, after) in before.iter().zip(&after) {
                let (before, after) = (&before.severity, &after.severity);
                rated |= before.level != after.level;
                let said = before.origin != Origin::Default && before.level != Level::Unknown;
                assert!(
                    !said || !row.ratings.is_empty(),
                    "{report} has a rating that the table does not know: {before:?}"
                );
            }
        }
        assert_eq!(rated, !row.ratings.is_empty(), "{}", row.tool);
    }
}

#[test]
fn every_tool_with_findings_says_where_its_lines_and_ratings_are_or_why_there_are_none() {
    let with_findings = reports().into_iter().filter(|(tool, path)| {
        let report = fs::read(path).unwrap();
        !read_bytes(Some(tool), "report", &report)
            .0
            .findings
            .is_empty()
    });
    let tools: BTreeSet<&str> = with_findings.map(|(tool, _)| tool).collect();
    let rows: Vec<&str> = ROWS.iter().map(|row| row.tool).collect();
    assert_eq!(rows, tools.into_iter().collect::<Vec<_>>());
    for row in ROWS {
        assert!(!registry::of_tool(row.tool).is_empty(), "{}", row.tool);
        assert_eq!(
            row.because.is_empty(),
            !row.lines.is_empty() && !row.ratings.is_empty(),
            "{}",
            row.tool
        );
    }
}
