//! What the tests of reports share.

#![allow(
    dead_code,
    reason = "each test is a program of its own and uses what it needs"
)]

use std::fs;
use std::path::{Path, PathBuf};

use gate_adapters::read::{Among, Options, ReadReport, read};
use gate_adapters::registry;
use gate_core::finding::Finding;
use gate_core::fingerprint::assemble;

/// The folder of reports, one folder a tool.
pub(crate) fn root() -> PathBuf {
    // Where cargo runs the test, not where it was compiled: several checkouts may share a target folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&here).join("../../tests/reports")
}

/// Every report with the tool whose it is, sorted.
pub(crate) fn reports() -> Vec<(&'static str, PathBuf)> {
    let root = root();
    let mut found = Vec::new();
    for adapter in registry::ADAPTERS {
        let folder = root.join(adapter.tool);
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|e| e != "expected") {
                found.push((adapter.tool, path));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Reads bytes as a report of a tool, or of the tool that they look like.
pub(crate) fn read_bytes(tool: Option<&str>, name: &str, bytes: &[u8]) -> (ReadReport, Vec<u8>) {
    let among = tool.map_or(Among::Any(registry::ADAPTERS), |tool| {
        Among::Tool(registry::of_tool(tool))
    });
    let mut twin = Vec::new();
    let mut bytes = bytes;
    let report = read(name, among, &mut bytes, &mut twin, &Options::default());
    (report, twin)
}

/// The findings of a report with their identities, exact repeats merged.
pub(crate) fn assembled(report: ReadReport) -> Vec<Finding> {
    assemble("shop", vec![report.findings]).findings
}
