//! Runs the program as a user would: in a folder of its own, with a clean environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    // Where cargo runs the test, not where it was compiled: several checkouts may share a target folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&here).join("..").canonicalize().unwrap()
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => workspace().join(folder),
        None => workspace().join("target"),
    }
}

/// The component of a standard policy.
pub(crate) fn component(policy: &str) -> Vec<u8> {
    let path = target().join("policies").join(format!("{policy}.wasm"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path:?}: {e}; run `cargo dev build` first"))
}

/// A report of `tests/reports/`.
pub(crate) fn report(name: &str) -> PathBuf {
    workspace().join("tests/reports").join(name)
}

/// Runs a test for every row of a table and shows all rows that fail, not the first alone.
pub(crate) fn each<T>(rows: impl IntoIterator<Item = T>, test: impl Fn(T)) {
    let test = std::panic::AssertUnwindSafe(test);
    let run = |row| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(row)));
    let failed = rows.into_iter().map(run).filter(Result::is_err).count();
    assert_eq!(failed, 0, "rows failed; each is shown above");
}

/// All files below a folder, in order of path.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Every line of an answer for people begins with words of ours: a report can't write a line of a build log.
pub(crate) fn assert_own_lines(text: &str) {
    const OURS: [&str; 15] = [
        "  ",
        "error[gate::",
        "warn[gate::",
        "fail[gate::",
        "reports:",
        "policies:",
        "baseline:",
        "statements:",
        "waivers:",
        "verdict: ",
        "   gate: ",
        "subject: ",
        "weakened by: ",
        " record: sha256:",
        "         `gate replay ",
    ];
    for line in text.lines() {
        let ours = line.is_empty() || OURS.iter().any(|beginning| line.starts_with(beginning));
        let plain = !line.chars().any(char::is_control);
        assert!(ours && plain, "{line:?} in {text}");
    }
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Runs a command.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The answer as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// A folder in which the program is run.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts a file into the folder.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The program with these arguments, ready to run in the folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let program = target().join("release").join("gate");
        assert!(
            program.is_file(),
            "{program:?} is missing: run `cargo dev build` first"
        );
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub(crate) fn gate(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }
}
