//! What stands in a buildspec: commands that are texts, shell that is sound, and variables that somebody gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::buildspecs::BUILDSPECS;
use crate::buildspecs::runner::PHASES;
use crate::files::{below, iac, json, root, text};
use crate::tool::{run, tool};
use crate::yaml::yaml;

fn buildspec(name: &str) -> Value {
    yaml(&text(&iac(&format!("buildspecs/{name}.yml"))))
}

/// The commands of a buildspec, with the place of each.
fn commands(name: &str) -> Vec<(String, String)> {
    let commands = commands_of(&buildspec(name));
    commands
        .unwrap_or_else(|at| panic!("{name} {at}"))
        .into_iter()
        .map(|(at, command)| (format!("{name} {at}"), command))
        .collect()
}

/// The commands, or the place of one that is no text: a colon in a line makes a mapping of it, and the build does not start.
fn commands_of(buildspec: &Value) -> Result<Vec<(String, String)>, String> {
    let mut commands = Vec::new();
    for phase in PHASES {
        for part in ["commands", "finally"] {
            let list = buildspec["phases"][phase][part].as_array();
            for (number, command) in list.into_iter().flatten().enumerate() {
                let at = format!("{phase} {part} {number}");
                match command.as_str() {
                    Some(command) => commands.push((at, command.to_owned())),
                    None => return Err(format!("{at}: no text: {command}")),
                }
            }
        }
    }
    Ok(commands)
}

/// The names of environment variables that a text reads or sets: `$NAME` and `${NAME…}`, capital letters.
fn variables(text: &str) -> BTreeSet<String> {
    let parts = text.split('$').skip(1);
    let names = parts.map(|part| {
        let part = part.strip_prefix('{').unwrap_or(part);
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        part[..end.unwrap_or(part.len())].to_owned()
    });
    names
        .filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect()
}

#[test]
fn each_has_its_form() {
    let files = below(&iac("buildspecs"));
    let found: BTreeSet<_> = files
        .iter()
        .filter(|file| {
            file.parent() == Some(&iac("buildspecs"))
                && file.extension().is_some_and(|end| end == "yml")
        })
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(found, BUILDSPECS.map(str::to_owned).into());

    for name in BUILDSPECS {
        let said = buildspec(name);
        // YAML reads it as a number; it has no other spelling.
        assert!(
            text(&iac(&format!("buildspecs/{name}.yml"))).contains("\nversion: 0.2\n"),
            "{name}"
        );
        assert_eq!(said["env"]["shell"], "bash", "{name}");
        let keys: Vec<_> = said
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(keys, ["artifacts", "env", "phases", "version"], "{name}");
        for (phase, said) in said["phases"].as_object().unwrap() {
            assert!(PHASES.contains(&phase.as_str()), "{name} {phase}");
            assert_eq!(said["on-failure"], "ABORT", "{name} {phase}");
            assert!(
                !said["commands"].as_array().unwrap().is_empty(),
                "{name} {phase}"
            );
        }
        assert!(!commands(name).is_empty(), "{name}");
        // Reports are kept, and lie where commands put them.
        let home = said["env"]["variables"]["GATE_HOME"].as_str().unwrap();
        assert_eq!(
            said["artifacts"]["base-directory"],
            format!("{home}/reports"),
            "{name}"
        );
        // Nothing is said of an outcome until there is one.
        assert_eq!(said["env"]["variables"]["GATE_OUTCOME"], "ERROR", "{name}");
    }
}

#[test]
fn a_command_that_is_a_mapping_is_seen() {
    let wrong = yaml("phases: {build: {commands: [a], finally: [a, echo a: b]}}");
    let at = commands_of(&wrong).unwrap_err();
    assert_eq!(at, "build finally 1: no text: {\"echo a\":\"b\"}");
}

#[test]
fn each_exports_what_the_pipeline_reads() {
    let table = [
        ("secrets", "GATE_OUTCOME GATE_RECORD"),
        ("build", "GATE_OUTCOME GATE_RECORD IMAGE_DIGEST"),
        ("image", "GATE_OUTCOME GATE_RECORD"),
        ("deploy-staging", "GATE_OUTCOME"),
        (
            "dast",
            "GATE_OUTCOME GATE_RECORD APPROVAL_SUMMARY REPORT_URL",
        ),
        ("deploy-production", "GATE_OUTCOME"),
    ];
    for (name, expected) in table {
        let exported = buildspec(name)["env"]["exported-variables"].clone();
        let exported: Vec<_> = exported
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(exported.join(" "), expected, "{name}");
        let text: String = commands(name)
            .into_iter()
            .map(|(_, command)| command)
            .collect();
        for variable in exported {
            assert!(
                text.contains(&format!("{variable}=\"")),
                "{name} never sets {variable}"
            );
        }
    }
}

/// `gate` comes by its digest in each of them, in the same words, and before anything else is done.
#[test]
fn gate_comes_by_its_digest() {
    let first: BTreeSet<String> = BUILDSPECS.map(|name| commands(name)[0].1.clone()).into();
    assert_eq!(first.len(), 1, "{first:#?}");
    let install = first.first().unwrap();
    let (fetched, checked) = (
        install.find("aws s3 cp"),
        install.find("sha256sum --check --strict"),
    );
    let unpacked = install.find("tar -xf");
    assert!(
        fetched < checked && checked < unpacked && fetched.is_some(),
        "{install}"
    );
    for name in BUILDSPECS {
        for (place, command) in &commands(name)[1..] {
            assert!(
                !command.contains("s3 cp"),
                "{place} takes more from somewhere"
            );
            let network = [
                "wget",
                "pip install",
                "npm ",
                "apt-get",
                "| sh",
                "| bash",
                "git clone",
            ];
            assert!(
                !network.iter().any(|word| command.contains(word)),
                "{place} installs something"
            );
        }
    }
}

#[test]
fn no_answer_of_a_gate_is_swallowed() {
    let table = [
        "|| true",
        "|| :",
        "set +e",
        "--exit-zero",
        "--monitor",
        "continue",
        "|| exit 0",
        "; true",
    ];
    for name in BUILDSPECS {
        for (place, command) in commands(name) {
            for way in table {
                assert!(!command.contains(way), "{place}: {way}");
            }
            // A command of several lines ends with its first line that fails, and leaves the shell as it was.
            if command.lines().count() > 1 {
                assert!(command.starts_with("(\n  set -euo pipefail\n"), "{place}");
                assert!(command.trim_end().ends_with("\n)"), "{place}");
            }
            // Severities and counts are for `gate` alone.
            let severe = [
                "CRITICAL",
                "HIGH",
                "critical",
                "severity",
                " grep ",
                "--exit-code",
                "fail-on",
            ];
            assert!(
                !severe.iter().any(|word| command.contains(word)),
                "{place} decides by itself"
            );
            // What is not a digest moves.
            assert!(!command.contains("latest"), "{place}");
        }
    }
}

#[test]
fn what_a_build_leaves_behind_is_taken_away() {
    let table = [
        ("build", "post_build", "rm -f \"$GATE_HOME/registry.json\""),
        ("image", "pre_build", "rm -rf \"$GATE_HOME/registry\""),
        ("deploy-staging", "build", "scale-down"),
        ("dast", "build", "scale-down"),
        ("deploy-production", "build", "roll-back"),
    ];
    for (name, phase, expected) in table {
        let finally = buildspec(name)["phases"][phase]["finally"].to_string();
        let expected = expected.replace('"', "\\\"");
        assert!(finally.contains(&expected), "{name} {phase}: {finally}");
    }
    // In the build that scans staging nothing is in front of that phase: it could end before staging is taken down.
    assert_eq!(buildspec("dast")["phases"].as_object().unwrap().len(), 1);
}

#[test]
fn the_shell_of_commands_is_sound() {
    let (bash, shellcheck) = (tool("bash"), tool("shellcheck"));
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for name in BUILDSPECS {
        for (place, command) in commands(name) {
            let file = folder.path().join(place.replace(' ', "-"));
            // CodeBuild names it after an artifact, in letters that look like a variable of the command's own.
            let given = "export CODEBUILD_SRC_DIR_SecretsReports=given";
            fs::write(&file, format!("#!/usr/bin/env bash\n{given}\n{command}\n")).unwrap();
            files.push(file);
        }
    }
    let of_project = [
        iac("buildspecs/toolbox/bin"),
        root().join("tests/factory/buildspecs/standins"),
    ];
    files.extend(of_project.iter().flat_map(|folder| below(folder)));
    if let Some(bash) = bash {
        for file in &files {
            run(Command::new(&bash).arg("-n").arg(file)).success();
        }
    }
    if let Some(shellcheck) = shellcheck {
        run(Command::new(shellcheck).args(&files)).success();
    }
}

/// The environment that nobody's contract names: of CodeBuild itself, of the pipeline, and put together by the template.
const GIVEN: [(&str, &[&str]); 4] = [
    (
        "CodeBuild",
        &[
            "CODEBUILD_BUILD_SUCCEEDING",
            "CODEBUILD_BUILD_URL",
            "CODEBUILD_SRC_DIR",
        ],
    ),
    (
        "the pipeline",
        &[
            "CODEBUILD_SRC_DIR_SecretsReports",
            "IMAGE_DIGEST",
            "SOURCE_COMMIT",
        ],
    ),
    ("the template", &["GATE_EVIDENCE", "GATE_SIGN"]),
    ("the buildspec", &["GATE_HOME"]),
];

/// Variables of the contract that are for people who read a project's settings.
const UNREAD: [&str; 1] = ["GATE_APPLICATION"];

#[test]
fn variables_are_those_of_the_contract() {
    let contract = json(&iac("contract.json"));
    let values = contract["values"].as_array().unwrap();
    let contract: BTreeSet<&str> = values
        .iter()
        .filter_map(|value| value["environment"].as_str())
        .collect();
    let given: BTreeSet<&str> = GIVEN
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .collect();
    let mut read = BTreeMap::new();
    for name in BUILDSPECS {
        for (place, command) in commands(name) {
            for variable in variables(&command) {
                let set_here = command.contains(&format!("{variable}=\""));
                if !set_here || variable == "IMAGE_DIGEST" {
                    read.insert(variable, place.clone());
                }
            }
        }
    }
    for (variable, place) in &read {
        let known = contract.contains(variable.as_str()) || given.contains(variable.as_str());
        assert!(known, "{place}: nobody gives ${variable}");
    }
    for variable in contract.iter().chain(&given) {
        let wanted = read.contains_key(*variable) || UNREAD.contains(variable);
        assert!(wanted, "nobody reads ${variable}");
    }
}

/// The table of the README says, for each buildspec, what it reads.
#[test]
fn the_table_of_variables_is_true() {
    let readme = text(&iac("buildspecs/README.md"));
    for name in BUILDSPECS {
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` | ")));
        let row = row.unwrap_or_else(|| panic!("README.md has no row of {name}"));
        let said: BTreeSet<String> = row
            .split('`')
            .skip(3)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        let common: BTreeSet<String> = variables(&commands(name)[0].1);
        let own = commands(name).into_iter().flat_map(|(_, command)| {
            variables(&command)
                .into_iter()
                .filter(|variable| !command.contains(&format!("{variable}=\"")))
                .collect::<Vec<_>>()
        });
        let builtin = GIVEN[0].1;
        let own: BTreeSet<String> = own
            .filter(|variable| !common.contains(variable) && !builtin.contains(&variable.as_str()))
            .collect();
        assert_eq!(said, own, "{name}");
    }
}
