//! What runs where there is no CodeBuild: workflows of GitHub, manifests of Kubernetes, rules of Prometheus, dashboards.

mod github;
mod hooks;
mod kubernetes;
mod monitoring;

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::files::program;
use crate::tool::{gate, run};

/// `PATH` with folders before it.
fn path(first: &[&Path]) -> OsString {
    let before = first.iter().map(|folder| folder.to_path_buf());
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(before.chain(env::split_paths(&path))).unwrap()
}

/// Copies what is in a folder: by another process, as [`program`] writes, since there are programs in it.
fn copy(from: &Path, to: &Path) {
    let mut copy = Command::new("cp");
    run(copy.arg("-R").arg(from.join(".")).arg(to)).success();
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
