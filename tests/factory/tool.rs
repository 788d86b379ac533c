//! Other people's programs.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::{env, fs, thread};

use crate::files::{iac, target};

/// The folders of tools that `cargo dev tools` installs, and what tests run of each. All else is the machine's own.
const TOOLS: [(&str, &[&str]); 4] = [
    ("python", &["aws", "cfn-lint", "moto_server"]),
    (
        "scanners",
        &[
            "bandit",
            "check-jsonschema",
            "detect-secrets",
            "hadolint",
            "kubernetes-validate",
            "shellcheck",
        ],
    ),
    ("checkov", &["checkov"]),
    ("debian", &["git-secrets", "promtool"]),
];

/// A program, from the folder of tools (`GATE_TOOLS`, or the one in the target folder) or from `PATH`. Without it the test
/// says that it was skipped and why.
///
/// # Panics
/// When it is missing where every check has to be made, or where `cargo dev test` says that it has installed it.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let given = env::var_os("GATE_TOOLS").map(PathBuf::from);
    let tools = given.clone().unwrap_or_else(|| target().join("tools"));
    let installed = ["python", "scanners", "checkov", "debian/usr"];
    let installed = installed.map(|folder| tools.join(folder).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let found = installed
        .into_iter()
        .chain(env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        let why = missing(name, given.as_deref());
        let why = why.unwrap_or_else(|fault| panic!("{fault}"));
        assert!(env::var_os("CI").is_none(), "{why}");
        skipped(&why);
    }
    found
}

/// Why a program is not there; what is wrong, if it has to be, since the folder of tools was given.
fn missing(name: &str, given: Option<&Path>) -> Result<String, String> {
    let ours = TOOLS.iter().find(|(_, programs)| programs.contains(&name));
    let Some((folder, _)) = ours else {
        return Ok(format!("`{name}` is not on `PATH`"));
    };
    let Some(tools) = given else {
        return Ok(format!(
            "`{name}` is missing; `cargo dev tools` installs it"
        ));
    };
    match fs::read_to_string(tools.join(format!("{folder}.missing"))) {
        Ok(why) => Ok(format!("`{name}` could not be installed: {}", why.trim())),
        Err(error) => Err(format!(
            "`{name}` is not in {}, and nothing says why: {error}",
            tools.join(folder).display()
        )),
    }
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
    let program = given.unwrap_or_else(|| target().join("release/gate"));
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

/// Terraform, if it can have its provider. Without it the test says that it was skipped and why.
pub(crate) fn terraform() -> Option<PathBuf> {
    let program = tool("terraform")?;
    let Err(why) = provider(&program) else {
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
pub(crate) fn plugins() -> String {
    let program = tool("terraform").unwrap();
    plugin_dir(provider(&program).as_ref().unwrap())
}

fn plugin_dir(folder: &Path) -> String {
    format!("-plugin-dir={}", folder.display())
}

/// The folder that has the provider, or why there is none: the one that `GATE_TERRAFORM_PLUGINS` names, else one in the
/// target folder, filled from the registry once.
fn provider(program: &Path) -> &'static Result<PathBuf, String> {
    static PROVIDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let init = |folder: &Path, argument: &str| {
        fs::create_dir_all(folder).unwrap();
        let versions = iac("terraform/modules/network/versions.tf");
        fs::copy(versions, folder.join("versions.tf")).unwrap();
        let mut command = Command::new(program);
        command
            .args(["init", "-input=false", "-no-color", argument])
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .current_dir(folder);
        let ran = run(&mut command);
        (ran.code == Some(0)).then_some(()).ok_or(ran.stderr)
    };
    PROVIDER.get_or_init(|| {
        let given = env::var_os("GATE_TERRAFORM_PLUGINS").map(PathBuf::from);
        let kept = target().join("terraform");
        let folder = given.clone();
        let folder = folder.unwrap_or_else(|| kept.join(".terraform/providers"));
        let probe = tempfile::tempdir().unwrap();
        match init(probe.path(), &plugin_dir(&folder)) {
            // Nothing is there, or another version than is asked for.
            Err(_) if given.is_none() => init(&kept, "-upgrade")?,
            other => other?,
        }
        Ok(folder)
    })
}

#[test]
fn a_folder_of_tools_that_was_given_lacks_nothing_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let asked = |name: &str, given: Option<&Path>| match missing(name, given) {
        Ok(why) => format!("skipped: {why}"),
        Err(fault) => format!("wrong: {fault}"),
    };
    let given = Some(folder.path());
    for (name, given, says) in [
        ("checkov", None, "skipped: `checkov` is missing; "),
        ("jq", given, "skipped: `jq` is not on `PATH`"),
        ("checkov", given, "wrong: `checkov` is not in "),
    ] {
        let said = asked(name, given);
        assert!(said.starts_with(says), "{said}");
    }
    fs::write(folder.path().join("checkov.missing"), "no network\n").unwrap();
    let why = "skipped: `checkov` could not be installed: no network";
    assert_eq!(asked("checkov", given), why);
}
