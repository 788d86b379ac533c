//! The commands of the toolbox that wait, deploy and tell, each by itself.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::buildspecs::BUILDSPECS;
use crate::buildspecs::rehearsal::{DIGEST, ready};
use crate::files::{self, below, iac, root, text};
use crate::tool::{Ran, run, tool};

pub(crate) fn bin(name: &str) -> Command {
    Command::new(iac("buildspecs/toolbox/bin").join(name))
}

/// A program that is a few lines of bash.
pub(crate) fn program(folder: &Path, name: &str, body: &str) {
    let text = format!("#!/usr/bin/env bash\n{body}\n");
    files::program(&folder.join(name), &text);
}

/// A command with a folder of programs in front of its PATH.
pub(crate) fn with(folder: &Path, name: &str, arguments: &[&str]) -> Ran {
    let mut places = vec![folder.to_owned(), iac("buildspecs/toolbox/bin")];
    places.extend(tool("jq").and_then(|jq| Some(jq.parent()?.to_owned())));
    places.extend(["/usr/bin".into(), "/bin".into()]);
    let path = std::env::join_paths(places).unwrap();
    run(bin(name).args(arguments).env("PATH", path))
}

#[test]
fn each_command_is_used_and_described() {
    let readme = text(&iac("buildspecs/toolbox/README.md"));
    let scripts: String = BUILDSPECS
        .map(|name| text(&iac(&format!("buildspecs/{name}.yml"))))
        .concat();
    let commands = below(&iac("buildspecs/toolbox/bin"));
    let all: String = commands.iter().map(|file| text(file)).collect();
    for file in &commands {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            readme.contains(&format!("`{name}`")),
            "{name} is not in the README"
        );
        let by_others = [" \"$@\"", " \"$cluster\""].map(|rest| format!(" {name}{rest}"));
        let called = scripts.contains(&format!("{name} "))
            || by_others.iter().any(|call| all.contains(call));
        assert!(called, "nothing calls {name}");
        assert_ne!(
            file.metadata().unwrap().permissions().mode() & 0o111,
            0,
            "{name}"
        );
    }
}

#[test]
fn waiting_ends() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note");
    fs::write(&note, "").unwrap();
    program(
        folder.path(),
        "sleep",
        &format!("echo \"sleep $1\" >> '{}'", note.display()),
    );
    let count = format!("echo try >> '{}'", note.display());
    // How it goes, with which code and output it ends, after how many tries.
    let table = [
        ("echo yes; exit 0", 0, "yes\n", 1),
        ("echo no; exit 5", 5, "", 4),
        ("echo never; exit 69", 69, "", 1),
    ];
    for (body, code, output, tries) in table {
        fs::write(&note, "").unwrap();
        program(folder.path(), "asked", &format!("{count}\n{body}"));
        let ran = with(folder.path(), "await", &["4", "7", "asked"]);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(code), output),
            "{body}: {ran:?}"
        );
        let note = text(&note);
        assert_eq!(note.matches("try").count(), tries, "{body}: {note}");
        assert_eq!(note.matches("sleep 7").count(), tries - 1, "{body}: {note}");
    }
    // Only what it printed in the end.
    let later = format!(
        "echo try >> '{0}'\necho \"$(wc -l < '{0}')\"\n[ \"$(grep -c try '{0}')\" -eq 3 ]",
        note.display()
    );
    fs::write(&note, "").unwrap();
    program(folder.path(), "asked", &later);
    let ran = with(folder.path(), "await", &["4", "7", "asked"]);
    assert_eq!((ran.code, ran.stdout.trim()), (Some(0), "5"), "{ran:?}");
}

#[test]
fn the_registry_is_asked_until_it_has_counted() {
    if !ready() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let table = [
        ("clean.json", true),
        ("basic.json", true),
        ("enhanced.json", true),
        ("in-progress.json", false),
        ("not-counted.json", false),
        ("unsupported.json", false),
    ];
    for (report, ready) in table {
        let file = root().join("tests/reports/ecr").join(report);
        program(folder.path(), "aws", &format!("cat '{}'", file.display()));
        let ran = with(folder.path(), "ecr-report", &["shop", DIGEST]);
        assert_eq!(ran.code == Some(0), ready, "{report}: {ran:?}");
        // The report is handed on as it came, or not at all.
        let expected = if ready { text(&file) } else { String::new() };
        assert_eq!(ran.stdout.trim_end(), expected.trim_end(), "{report}");
    }
    for answer in [
        "exit 0",
        "exit 254",
        "echo null",
        "echo '[]'",
        "echo '{'",
        "echo '{}{}'",
    ] {
        program(folder.path(), "aws", answer);
        let ran = with(folder.path(), "ecr-report", &["shop", DIGEST]);
        assert!(
            ran.code != Some(0) && ran.stdout.is_empty(),
            "{answer}: {ran:?}"
        );
    }
}

#[test]
fn only_a_digest_is_registered_and_only_in_its_container() {
    if !ready() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let call = |container: &str, image: &str| {
        let body = format!(
            "case $2 in describe-services) echo '{container}' ;;\n\
             describe-task-definition) echo '{{\"containerDefinitions\": [{{\"name\": \"application\"}}, {{\"name\": \"falco\"}}]}}' ;;\n\
             *) echo arn:2 ;; esac"
        );
        program(folder.path(), "aws", &body);
        with(
            folder.path(),
            "register",
            &["cluster", "service", "family", image],
        )
    };
    let image = format!("r.example/shop@{DIGEST}");
    assert_eq!(call("application", &image).success(), "arn:2\n");
    for (container, image) in [
        ("application", "r.example/shop:latest"),
        ("application", "r.example/shop"),
        ("application", "r.example/shop@sha256:1"),
        ("application", &format!("{image}:latest")),
        ("None", image.as_str()),
        ("other", image.as_str()),
    ] {
        let ran = call(container, image);
        assert!(
            ran.code != Some(0) && ran.stdout.is_empty(),
            "{container} {image}: {ran:?}"
        );
    }
}

#[test]
fn every_task_has_to_run_the_digest() {
    if !ready() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let other = "sha256:2222222222222222222222222222222222222222222222222222222222222222";
    let container = |name: &str, digest: &str| json!({"name": name, "imageDigest": digest});
    let ours = container("application", DIGEST);
    let table = [
        (json!([[ours]]), true),
        (json!([[ours, container("falco", other)], [ours]]), true),
        (json!([[ours], [container("application", other)]]), false),
        (json!([[container("falco", DIGEST)]]), false),
        (json!([[{"name": "application"}]]), false),
        (json!([]), false),
    ];
    for (tasks, holds) in table {
        let arns: Vec<_> = tasks.as_array().unwrap().iter().map(|_| "arn").collect();
        let described = json!({"tasks": tasks.as_array().unwrap().iter().map(|task| json!({"containers": task})).collect::<Vec<_>>()});
        let body = format!(
            "case $2 in describe-services) echo application ;;\nlist-tasks) echo '{}' ;;\n*) echo '{described}' ;; esac",
            json!(arns)
        );
        program(folder.path(), "aws", &body);
        let ran = with(folder.path(), "runs", &["cluster", "service", DIGEST]);
        assert_eq!(ran.code == Some(0), holds, "{tasks}: {ran:?}");
    }
}

#[test]
fn an_outcome_is_a_pass_only_with_the_exit_code_of_gate() {
    if !ready() {
        return;
    }
    let table = [
        // What the verdict says, whether gate ended with 0, what is exported.
        (Some("pass"), true, "PASS"),
        (Some("warn"), true, "WARN"),
        (Some("fail"), false, "FAIL"),
        (Some("error"), false, "ERROR"),
        // Exit code 4: decided, and not kept.
        (Some("pass"), false, "ERROR"),
        (Some("warn"), false, "ERROR"),
        (Some("\\u0050ASS"), false, "ERROR"),
        (None, false, "ERROR"),
    ];
    for (said, passed, expected) in table {
        let folder = tempfile::tempdir().unwrap();
        let reports = folder.path().join("reports");
        fs::create_dir_all(&reports).unwrap();
        let write = |name: &str, said: Option<&str>, passed: bool| {
            if let Some(said) = said {
                let verdict = format!("{{\"outcome\": \"{said}\", \"record\": \"sha256:{name}\"}}");
                fs::write(reports.join(format!("{name}.verdict.json")), verdict).unwrap();
            }
            if passed {
                fs::write(reports.join(format!("{name}.passed")), "").unwrap();
            }
        };
        write("first", Some("pass"), true);
        write("gate", said, passed);
        write("last", Some("pass"), true);
        let ask = |name: &str, gates: &[&str]| {
            run(bin(name).args(gates).env("GATE_HOME", folder.path())).success()
        };
        assert_eq!(ask("outcome", &["gate"]).trim(), expected, "{said:?}");
        // Of several, the worst.
        assert_eq!(
            ask("outcome", &["first", "gate", "last"]).trim(),
            expected,
            "{said:?}"
        );
        let record = if said.is_some() {
            "sha256:gate"
        } else {
            "none"
        };
        assert_eq!(
            ask("record", &["first", "gate"]).trim(),
            format!("sha256:first,{record}")
        );
    }
}

#[test]
fn the_toolbox_is_pinned() {
    let file = iac("buildspecs/toolbox/Containerfile");
    let said = text(&file);
    let from: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("FROM "))
        .collect();
    // Its base is given by digest; there is no default that could move.
    assert_eq!(from, ["FROM ${BASE}"]);
    assert!(
        said.contains("sha256sum --check --strict") && said.contains("--require-hashes"),
        "{said}"
    );
    let sums: BTreeSet<_> = said
        .lines()
        .filter(|line| line.starts_with("ARG ") && line.contains("_SHA256"))
        .collect();
    let given = sums.iter().all(|sum| !sum.contains('='));
    assert!(given && !sums.is_empty(), "{sums:?}");
    let requirements = text(&iac("buildspecs/toolbox/requirements.txt"));
    let packages = requirements.lines().filter(|line| line.contains("=="));
    for package in packages.clone() {
        assert!(package.ends_with('\\'), "{package} has no sum");
    }
    for name in ["awscli", "bandit", "detect-secrets", "semgrep"] {
        assert_eq!(
            packages
                .clone()
                .filter(|line| line.starts_with(&format!("{name}==")))
                .count(),
            1,
            "{name}"
        );
    }
    if let Some(hadolint) = tool("hadolint") {
        run(Command::new(hadolint).arg(&file)).success();
    }
}
