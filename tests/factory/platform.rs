//! What runs where there is no CodeBuild: workflows of GitHub, manifests of Kubernetes, rules of Prometheus, dashboards.

mod github;
mod hooks;
mod kubernetes;
mod monitoring;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::files;

/// The program itself: the one that `GATE_PROGRAM` names, else the one that was built last.
fn gate() -> Option<PathBuf> {
    let named = env::var_os("GATE_PROGRAM").map(PathBuf::from);
    let built = files::root().join("target/release/gate");
    let found = named.clone().unwrap_or(built);
    if found.is_file() {
        return Some(found);
    }
    let asked = env::var_os("CI").is_some() || named.is_some();
    assert!(!asked, "`{}` is not there", found.display());
    println!("SKIPPED: gate is not built; `cargo dev build`, or name it in GATE_PROGRAM");
    None
}

/// `PATH` with folders before it.
fn path(first: &[&Path]) -> OsString {
    let before = first.iter().map(|folder| folder.to_path_buf());
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(before.chain(env::split_paths(&path))).unwrap()
}

/// Writes a program.
fn program(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Copies a folder and what is in it.
fn copy(from: &Path, to: &Path) {
    for file in files::below(from) {
        let into = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(into.parent().unwrap()).unwrap();
        fs::copy(&file, into).unwrap();
    }
}

/// The text at a pointer, or a failure that says where there is none.
fn said<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {value:#}"))
}

/// The members of the list at a pointer; none where there is no list.
fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}
