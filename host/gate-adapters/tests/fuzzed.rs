//! What holds of every report holds of the cases that fuzzing found, of every report under `tests/reports/`, and of
//! changes of those. `cargo dev fuzz` looks for more.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared with the fuzz targets, which also make inputs"
)]
mod invariants;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use gate_adapters::adapter::Adapter;
use gate_adapters::format::Syntax;
use gate_adapters::registry::{self, ADAPTERS};
use proptest::prelude::*;

use invariants::family::{FAMILIES, Header, adapter};
use invariants::mutate::{Chance, mutate};
use invariants::{check, check_report};

fn project() -> PathBuf {
    // Where cargo runs the test, not where it was compiled: several checkouts may share a target folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&here).join("../..")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    files.sort();
    files
}

/// Every report with the adapter that its tool and its syntax name.
fn reports() -> Vec<(&'static Adapter, PathBuf, Vec<u8>)> {
    let folder = project().join("tests/reports");
    let mut found = Vec::new();
    let tools: BTreeSet<&str> = ADAPTERS.iter().map(|adapter| adapter.tool).collect();
    for tool in tools {
        for path in files(&folder.join(tool)) {
            if path.extension().is_some_and(|e| e == "expected") {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let own = registry::of_tool(tool);
            let syntax = Syntax::of(&bytes);
            let fits = own.iter().find(|a| a.format.syntax() == syntax);
            found.push((*fits.unwrap_or(&own[0]), path, bytes));
        }
    }
    found
}

/// Runs each of the checks, and tells which of them failed.
fn all_hold<T>(checks: Vec<(PathBuf, T)>, check: impl Fn(&T)) {
    let failed: Vec<PathBuf> = checks
        .into_iter()
        .filter(|(_, value)| catch_unwind(AssertUnwindSafe(|| check(value))).is_err())
        .map(|(path, _)| path)
        .collect();
    assert!(failed.is_empty(), "does not hold of: {failed:#?}");
}

#[test]
fn every_adapter_is_in_one_family() {
    let rows: Vec<&str> = FAMILIES
        .iter()
        .flat_map(|family| family.rows)
        .copied()
        .collect();
    let mut ids: Vec<&str> = rows.iter().map(|row| adapter(row).expect(row).id).collect();
    ids.sort_unstable();
    let mut all: Vec<&str> = ADAPTERS.iter().map(|adapter| adapter.id).collect();
    all.sort_unstable();
    assert_eq!(
        ids, all,
        "tests/invariants/family.rs lists every adapter once"
    );
}

#[test]
fn it_holds_of_the_cases() {
    let mut cases = Vec::new();
    for family in FAMILIES {
        for path in files(&project().join("fuzz/cases").join(family.name)) {
            let input = fs::read(&path).unwrap();
            cases.push((path, (family, input)));
        }
    }
    assert!(!cases.is_empty());
    all_hold(cases, |(family, input)| check(family, input));
}

#[test]
fn it_holds_of_the_reports() {
    let mut all = Vec::new();
    for (adapter, path, report) in reports() {
        let switches = [0, 4, 5, Header::KEYED, Header::ANY, Header::REDACTED];
        for (chance, switches) in (Header::PIECES - 4..).zip(switches) {
            let header = Header {
                row: 0,
                switches,
                chance,
            };
            all.push((path.clone(), (adapter, header, report.clone())));
        }
    }
    all_hold(all, |(adapter, header, report)| {
        check_report(adapter, *header, report);
    });
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        // The same changes every time; `cargo dev fuzz` makes new ones.
        rng_seed: prop::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]
    #[test]
    fn it_holds_of_changed_reports(
        which in any::<prop::sample::Index>(),
        seed in any::<u64>(),
        switches in 0..64_u8,
        chance in any::<u8>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        static REPORTS: std::sync::LazyLock<Vec<(&'static Adapter, PathBuf, Vec<u8>)>> =
            std::sync::LazyLock::new(reports);
        let (adapter, _, report) = which.get(&REPORTS);
        let mut changed = mutate(report, &mut Chance::new(seed)).unwrap_or_else(|| report.clone());
        if let Some(at) = cut && seed % 4 == 0 {
            changed.truncate(at.index(changed.len() + 1));
        }
        check_report(adapter, Header { row: 0, switches, chance }, &changed);
    }
}
