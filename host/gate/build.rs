//! Lists the standard policies for embedding. `cargo dev build` makes them and says where they are.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-env-changed=GATE_POLICIES_DIR");
    // Where the script runs, not where it was compiled: several checkouts may share a target folder.
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let workspace = Path::new(&here).join("../..");
    let folder = env::var_os("GATE_POLICIES_DIR").map_or_else(
        || workspace.join("target/policies"),
        |named| workspace.join(named),
    );
    let mut names: Vec<String> = fs::read_dir(workspace.join("policies"))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    println!(
        "cargo:rerun-if-changed={}",
        workspace.join("policies").display()
    );

    let mut table = String::from("&[\n");
    for name in &names {
        let files = ["wasm", "cwasm", "json"].map(|kind| folder.join(format!("{name}.{kind}")));
        for file in &files {
            println!("cargo:rerun-if-changed={}", file.display());
            if !file.is_file() {
                println!(
                    "cargo:error=`{}` is missing: run `cargo dev build`",
                    file.display()
                );
            }
        }
        let [component, code, loaded] = files;
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "(\"{name}\", gate_runtime::embedded_policy!({component:?}, {code:?}, {loaded:?})),"
        );
    }
    table.push_str("]\n");
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    if let Err(error) = fs::write(out.join("standard.rs"), table) {
        println!("cargo:error=writing the table of standard policies: {error}");
    }
}
