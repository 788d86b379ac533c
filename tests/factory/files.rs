//! Files of the project.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// The folder of the project.
pub(crate) fn root() -> PathBuf {
    // Where cargo runs the test, not where it was compiled: several checkouts may share a target folder.
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&here).join("../..").canonicalize().unwrap()
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// A file or folder of `iac/`.
pub(crate) fn iac(path: &str) -> PathBuf {
    root().join("iac").join(path)
}

/// What stands in a file.
pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The JSON of a file.
pub(crate) fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder and of the folders in it, in order.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Writes a program. Not itself: a process that another test starts meanwhile would hold the file open for writing, and what
/// is being written can't be executed.
pub(crate) fn program(file: &Path, text: &(impl AsRef<[u8]> + ?Sized)) {
    let mut install = Command::new("install");
    install.args(["-m755", "/dev/stdin"]).arg(file);
    let mut child = install.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_ref()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success(), "{}", file.display());
}
