//! The hook before a commit, in repositories of its own: real git-secrets, real detect-secrets, the real gate.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use super::{gate, path, program, said};
use crate::files::{below, iac, root, text};
use crate::tool::{Ran, run, tool};
use crate::yaml::yaml;

/// Of the form of a key, and nobody's. In two halves: else this file could not be committed.
const KEY: &str = concat!("AKI", "AQ3EGRI7XQ5ZKLMNO");
/// The key of Amazon's own examples, which git-secrets can be told to allow.
const EXAMPLE: &str = concat!("AKI", "AIOSFODNN7EXAMPLE");
const TOKEN: &str = concat!("ghp_", "aB3dE6gH9jaB3dE6gH9jaB3dE6gH9jk5M7nP");

/// A repository without a commit.
struct Repository {
    folder: TempDir,
    gate: PathBuf,
    /// Where detect-secrets is.
    scanners: PathBuf,
}

impl Repository {
    fn new() -> Option<Self> {
        let gate = gate()?;
        tool("git-secrets")?;
        let scanners = tool("detect-secrets")?.parent()?.to_owned();
        let folder = tempfile::tempdir().unwrap();
        let made = Self {
            folder,
            gate,
            scanners,
        };
        made.git(&["init", "--quiet", "--initial-branch=main"]);
        Some(made)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        let file = self.at(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }

    /// Writes a file and stages it.
    fn stage(&self, name: &str, content: &str) {
        self.write(name, content);
        self.git(&["add", "--force", "--", name]);
    }

    fn command(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(self.folder.path());
        command
            .env("PATH", path(&[&self.scanners]))
            .env("GATE", &self.gate);
        for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            command.env_remove(variable);
        }
        command.envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@example.com"),
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@example.com"),
        ]);
        command
    }

    fn git(&self, arguments: &[&str]) -> String {
        run(self.command("git").args(arguments)).success()
    }

    fn hook(&self) -> Ran {
        run(&mut self.command(iac("github/pre-commit-gate")))
    }
}

#[test]
fn what_is_staged_decides() {
    type Prepare = fn(&Repository);
    let rows: &[(&str, Prepare, i32)] = &[
        ("nothing", |_| {}, 0),
        ("an ordinary file", |it| it.stage("a.txt", "a line\n"), 0),
        ("a key of AWS", |it| it.stage("a.txt", KEY), 1),
        (
            "a token of another service",
            |it| it.stage("a.py", &format!("token = '{TOKEN}'\n")),
            1,
        ),
        (
            "in a folder with a space",
            |it| it.stage("a b/c d.txt", KEY),
            1,
        ),
        (
            // git-secrets can't write such a name, so that its report is damaged.
            "in a name with a line break",
            |it| it.stage("a\nb.txt", KEY),
            3,
        ),
        (
            "in a file that git ignores",
            |it| {
                it.stage(".gitignore", "*.env\n");
                it.stage("a.env", KEY);
            },
            1,
        ),
        (
            "staged, and gone from the working tree",
            |it| {
                it.stage("a.txt", KEY);
                it.write("a.txt", "a line\n");
            },
            1,
        ),
        (
            "in the working tree only",
            |it| {
                it.stage("a.txt", "a line\n");
                it.write("a.txt", KEY);
            },
            0,
        ),
        (
            "not staged at all",
            |it| {
                it.write("b.txt", KEY);
                it.stage("a.txt", "a line\n");
            },
            0,
        ),
        (
            "allowed by who commits it, for git-secrets",
            |it| {
                it.stage(".gitallowed", "AKIA.*\n");
                it.stage("a.txt", KEY);
            },
            1,
        ),
        (
            "in the list of what is allowed",
            |it| it.stage(".gitallowed", KEY),
            1,
        ),
        (
            "in one line with a key of Amazon's examples",
            |it| it.stage("a.txt", &format!("{EXAMPLE} {KEY}\n")),
            1,
        ),
        (
            "a password, which only the patterns of the toolbox know",
            |it| it.stage("a.cfg", "password = \"correct horse\"\n"),
            1,
        ),
        (
            "a token in a file that is called like documentation",
            |it| {
                it.stage("swagger.json", &format!("{{\"token\": \"{TOKEN}\"}}\n"));
            },
            1,
        ),
        (
            "allowed by who commits it, for detect-secrets",
            |it| {
                it.stage(
                    "a.py",
                    &format!("token = '{TOKEN}'  # pragma: allowlist secret\n"),
                );
            },
            1,
        ),
        (
            "a link to a file that is not committed",
            |it| {
                it.write("outside", KEY);
                symlink(it.at("outside"), it.at("link")).unwrap();
                it.git(&["add", "link"]);
            },
            0,
        ),
        (
            "moved under another name",
            |it| {
                it.stage("a.txt", KEY);
                it.git(&["commit", "--quiet", "--message=a"]);
                it.git(&["mv", "a.txt", "b.txt"]);
            },
            1,
        ),
        (
            "removed",
            |it| {
                it.stage("a.txt", KEY);
                it.git(&["commit", "--quiet", "--message=a"]);
                it.git(&["rm", "--quiet", "a.txt"]);
            },
            0,
        ),
    ];
    for (what, prepare, code) in rows {
        let Some(repository) = Repository::new() else {
            return;
        };
        prepare(&repository);
        let ran = repository.hook();
        assert_eq!(
            ran.code,
            Some(*code),
            "{what}: {}{}",
            ran.stdout,
            ran.stderr
        );
    }
}

/// Through git itself, which is what counts.
#[test]
fn git_makes_no_commit_of_a_credential() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let hook = repository.at(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    symlink(
        fs::canonicalize(iac("github/pre-commit-gate")).unwrap(),
        hook,
    )
    .unwrap();
    repository.stage("a.txt", "a line\n");
    repository.git(&["commit", "--quiet", "--message=one"]);
    // `--all` gives the hook an index of its own.
    repository.write("a.txt", KEY);
    let refused =
        run(repository
            .command("git")
            .args(["commit", "--quiet", "--all", "--message=two"]));
    assert_eq!(
        refused.code,
        Some(1),
        "{}{}",
        refused.stdout,
        refused.stderr
    );
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
    repository.git(&["checkout", "--quiet", "--force"]);
    assert_eq!(
        repository.git(&["status", "--porcelain"]),
        "",
        "the hook leaves nothing behind"
    );
}

#[test]
fn evidence_stays_here_and_has_no_secret_in_it() {
    let Some(repository) = Repository::new() else {
        return;
    };
    repository.stage("a.txt", KEY);
    let ran = repository.hook();
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(KEY));
    let kept = below(&repository.at(".git/gate"));
    assert!(
        kept.iter()
            .any(|file| file.parent().unwrap().ends_with("records"))
    );
    for file in kept {
        let bytes = fs::read(&file).unwrap();
        let found = bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes());
        assert!(!found, "{}", file.display());
    }
}

/// A tool that is missing, breaks, or says nothing: none of these is a pass.
#[test]
fn a_scan_that_was_not_made_stops_the_commit() {
    let rows = [
        ("git-secrets", "exit 1", "3"),
        // It finds nothing, whatever is there.
        ("git-secrets", "exit 0", "3"),
        ("detect-secrets", "exit 0", "3"),
        ("detect-secrets", "echo '{}'", "3"),
        (
            "detect-secrets",
            "echo '{\"version\": \"1.5.0\", \"plugins_used\": [], \"results\": {}}'",
            "3",
        ),
        ("detect-secrets", "exit 2", "3"),
    ];
    for (name, text, codes) in rows {
        let Some(repository) = Repository::new() else {
            return;
        };
        repository.stage("a.txt", "a line\n");
        let bin = tempfile::tempdir().unwrap();
        program(&bin.path().join(name), &format!("#!/bin/sh\n{text}\n"));
        let mut command = repository.command(iac("github/pre-commit-gate"));
        let before = [bin.path(), &repository.scanners];
        let ran = run(command.env("PATH", path(&before)));
        let code = ran.code.unwrap().to_string();
        assert!(
            codes.split(' ').any(|one| one == code),
            "{name} {text}: {code} {}{}",
            ran.stdout,
            ran.stderr
        );
    }
    let Some(repository) = Repository::new() else {
        return;
    };
    repository.stage("a.txt", "a line\n");
    let mut command = repository.command(iac("github/pre-commit-gate"));
    let ran = run(command.env("GATE", "no-such-gate"));
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("`no-such-gate` is not installed"));
}

/// A profile of one's own takes the place of the hook's, with what it asks.
#[test]
fn a_profile_of_ones_own_is_asked() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let profile = repository.at("gate.toml");
    let demands =
        "format = 1\n[gates.secrets]\nrequire = [{ tool = \"gitleaks\", at-least = 1 }]\n";
    fs::write(&profile, demands).unwrap();
    repository.stage("a.txt", "a line\n");
    let mut command = repository.command(iac("github/pre-commit-gate"));
    let ran = run(command.env("GATE_HOOK_PROFILE", &profile));
    assert_eq!(ran.code, Some(3), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_repository_is_a_source_of_hooks() {
    let hooks = yaml(&text(&root().join(".pre-commit-hooks.yaml")));
    let hook = &hooks[0];
    assert!(root().join(said(hook, "/entry")).is_file());
    assert_eq!(said(hook, "/language"), "script");
    assert_eq!(hook["pass_filenames"], json!(false));
    assert_eq!(hook["stages"], json!(["pre-commit"]));
    let profile = text(&iac("github/pre-commit.toml"));
    for word in ["[publish]", "[signing]", "[thresholds]", "s3://", "ssm:"] {
        assert!(!profile.contains(word), "{word} reaches out of the machine");
    }
}

#[test]
fn the_script_is_clean() {
    let Some(shellcheck) = tool("shellcheck") else {
        return;
    };
    for script in ["github/pre-commit-gate", "k8s/judge", "k8s/deploy"] {
        let script: &Path = &iac(script);
        run(Command::new(&shellcheck)
            .arg("--severity=style")
            .arg(script))
        .success();
        assert!(text(script).contains("\nset -euo pipefail\n"));
    }
}
