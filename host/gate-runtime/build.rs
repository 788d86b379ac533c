//! Tells the crate which engine it is built with: the full version stands in every record, and code compiled by
//! any other version is refused.

use std::path::Path;

fn main() {
    // Where the script runs, not where it was compiled: several checkouts may share a target folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let lock = Path::new(&here).join("../../Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    let text = std::fs::read_to_string(&lock).unwrap_or_default();
    let version = text
        .split("[[package]]")
        .find(|package| package.lines().any(|line| line == "name = \"wasmtime\""))
        .and_then(|package| {
            package
                .lines()
                .find_map(|line| line.strip_prefix("version = \""))
        })
        .map(|version| version.trim_end_matches('"').to_owned());
    match version {
        Some(version) => println!("cargo:rustc-env=GATE_WASMTIME_VERSION={version}"),
        None => println!("cargo:error=Cargo.lock does not name the version of wasmtime"),
    }
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=GATE_TARGET={target}");
}
