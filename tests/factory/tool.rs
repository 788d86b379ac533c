//! Other people's programs.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::{env, thread};

/// A program, from the folder of tools (`GATE_TOOLS`) or from `PATH`. Without it the test says that it was skipped and why;
/// where the tools were installed, or every check has to be made, it fails.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let tools = env::var_os("GATE_TOOLS").map(PathBuf::from);
    let installed = tools.iter().flat_map(|tools| {
        ["python", "scanners", "checkov", "debian/usr"].map(|folder| tools.join(folder).join("bin"))
    });
    let path = env::var_os("PATH").unwrap_or_default();
    let found = installed
        .chain(env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        assert!(env::var_os("CI").is_none(), "`{name}` is not there");
        skipped(&format!(
            "`{name}` is not installed; `cargo dev tools` says why"
        ));
    }
    found
}

/// Says that a test was left out. Not with `eprintln!`, which the harness hides when a test passes.
pub(crate) fn skipped(why: &str) {
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("SKIPPED: {test}: {why}\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}

/// What a program said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()));
    Ran {
        code: status.code(),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

impl Ran {
    /// What it printed, if it ended with 0.
    pub(crate) fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }
}

/// The program: `GATE_PROGRAM`, or the one that `cargo dev build` built. Without it the test says that it was skipped.
pub(crate) fn gate() -> Option<PathBuf> {
    let given = env::var_os("GATE_PROGRAM").map(PathBuf::from);
    let program = given.unwrap_or_else(|| crate::files::root().join("target/release/gate"));
    if program.is_file() {
        return Some(program);
    }
    assert!(
        env::var_os("CI").is_none(),
        "{} is not there",
        program.display()
    );
    skipped("the program is not built; `cargo dev build` builds it");
    None
}

/// Terraform, if it can have its provider: from the folder that `GATE_TERRAFORM_PLUGINS` names, else from the registry. Without
/// it the test says that it was skipped and why.
pub(crate) fn terraform() -> Option<PathBuf> {
    static REFUSED: OnceLock<Option<String>> = OnceLock::new();
    let program = tool("terraform")?;
    let refused = REFUSED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let versions = crate::files::iac("terraform/modules/network/versions.tf");
        fs::copy(versions, folder.path().join("versions.tf")).unwrap();
        let mut command = Command::new(&program);
        command
            .args(["init", "-input=false", "-no-color"])
            .args(plugins())
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .current_dir(folder.path());
        let ran = run(&mut command);
        (ran.code != Some(0)).then_some(ran.stderr)
    });
    let Some(why) = refused else {
        return Some(program);
    };
    assert!(env::var_os("CI").is_none(), "{why}");
    skipped(&format!(
        "Terraform's provider can't be had; `GATE_TERRAFORM_PLUGINS` can name a folder that has it: {}",
        why.trim()
    ));
    None
}

/// What `terraform init` is told of where its provider is.
pub(crate) fn plugins() -> Option<OsString> {
    let folder = env::var_os("GATE_TERRAFORM_PLUGINS")?;
    let mut argument = OsString::from("-plugin-dir=");
    argument.push(folder);
    Some(argument)
}
