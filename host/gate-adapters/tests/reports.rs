//! Every report under `tests/reports/<tool>/` read by its adapter, compared with what is written beside it.
//!
//! `BLESS=1 cargo test -p gate-adapters --test reports` writes the comparison anew; read the difference before
//! you commit it.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gate_adapters::read::{Among, Options, ReadReport, read};
use gate_adapters::registry;
use gate_core::fingerprint::assemble;
use serde_json::{Value, json};

use common::{read_bytes, reports, root};

fn read_file(tool: Option<&str>, path: &Path) -> (ReadReport, Vec<u8>) {
    let name = path.file_name().unwrap().to_str().unwrap();
    read_bytes(tool, name, &fs::read(path).unwrap())
}

fn normalized(report: ReadReport) -> Value {
    let assembled = assemble("shop", vec![report.findings]);
    json!({ "scan_report": report.report, "merged": assembled.merged, "findings": assembled.findings })
}

#[test]
fn every_adapter_has_a_report_that_shows_it_and_a_clean_one() {
    let tools: Vec<&str> = reports().iter().map(|(tool, _)| *tool).collect();
    for adapter in registry::ADAPTERS {
        let count = tools.iter().filter(|tool| **tool == adapter.tool).count();
        assert!(
            count >= 2,
            "tests/reports/{} needs a report with findings and a clean one",
            adapter.tool
        );
    }
}

#[test]
fn reports_are_read_as_expected() {
    let mut differences = Vec::new();
    for (tool, path) in reports() {
        let (report, _) = read_file(Some(tool), &path);
        let counts = report.report.counts;
        assert_eq!(
            counts.records,
            counts.findings + counts.passed + counts.quarantined,
            "{path:?}"
        );
        let text = serde_json::to_string_pretty(&normalized(report)).unwrap() + "\n";
        let mut expected = path.clone().into_os_string();
        expected.push(".expected");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &text).unwrap();
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(&text) {
            differences.push(path);
        }
    }
    assert!(
        differences.is_empty(),
        "read otherwise than expected (BLESS=1 to accept): {differences:#?}"
    );
}

#[test]
fn reports_are_recognized_by_content_as_one_tool_or_none() {
    for (tool, path) in reports() {
        let (report, _) = read_file(None, &path);
        let named = report.report.adapter.as_deref();
        let own: Vec<_> = registry::of_tool(tool).iter().map(|a| a.id).collect();
        // `[]` and the like can't be told apart; they must be refused, not guessed.
        let refused = report
            .report
            .problems
            .iter()
            .any(|p| p.code == "report-unrecognized");
        assert!(
            named.is_some_and(|named| own.contains(&named)) || (named.is_none() && refused),
            "{path:?}: {:?}",
            report.report
        );
    }
}

#[test]
fn the_twin_is_read_as_the_report_was() {
    for (tool, path) in reports() {
        let (original, twin) = read_file(Some(tool), &path);
        let options = Options {
            redacted: true,
            ..Options::default()
        };
        let mut again = Vec::new();
        let adapter = registry::by_id(original.report.adapter.as_deref().unwrap()).unwrap();
        let replayed = read(
            &original.report.name,
            Among::Tool(&[adapter]),
            &mut &*twin,
            &mut again,
            &options,
        );
        assert_eq!(again, twin, "{path:?}");
        let strip = |report: ReadReport| {
            let digest = report.report.digest.unwrap().to_string();
            serde_json::to_string(&normalized(report))
                .unwrap()
                .replace(&digest, "DIGEST")
        };
        let (a, b) = (strip(original), strip(replayed));
        // Sizes differ by what was redacted; identities and everything else do not.
        let sizeless = |text: &str| {
            let mut value: Value = serde_json::from_str(text).unwrap();
            value["scan_report"]["size"] = Value::Null;
            value
        };
        assert_eq!(sizeless(&a), sizeless(&b), "{path:?}");
    }
}

#[test]
fn every_file_has_its_expectation_and_every_expectation_its_file() {
    let root = root();
    let known: BTreeSet<PathBuf> = reports().into_iter().map(|(_, path)| path).collect();
    for folder in fs::read_dir(root)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
    {
        for path in fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()) {
            let report = match path.extension() {
                Some(extension) if extension == "expected" => path.with_extension(""),
                _ => path,
            };
            assert!(
                known.contains(&report),
                "{report:?} belongs to no adapter or does not exist"
            );
        }
    }
}
