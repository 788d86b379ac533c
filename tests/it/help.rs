//! What the program says of itself: help, completions, the manual page, and the form of its answers.

use std::fs;

use crate::gate::{Folder, each, report, workspace};
use crate::tools::TOOLS;

/// The program and all its subcommands, as words of a command line.
fn commands() -> Vec<Vec<String>> {
    let mut all = vec![vec![]];
    let mut at = 0;
    while let Some(command) = all.get(at).cloned() {
        for name in subcommands(&help(&command)) {
            all.push([&command[..], &[name]].concat());
        }
        at += 1;
    }
    all
}

/// Run with no terminal and no environment, so that the width is the same everywhere.
fn help(command: &[String]) -> String {
    let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    arguments.push("--help");
    let ran = Folder::new().gate(&arguments);
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{arguments:?}");
    ran.stdout
}

/// The names in the list of commands, without `help`, which is not ours.
fn subcommands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_help_is_as_it_was() {
    let commands = commands();
    assert!(commands.len() >= 9, "{commands:?}");
    let folder = workspace().join("tests/snapshots/help");
    let bless = std::env::var_os("BLESS").is_some();
    let mut names = Vec::new();
    for command in &commands {
        let name = format!(
            "{}.txt",
            [&["gate".to_owned()], &command[..]].concat().join("-")
        );
        let (seen, path) = (help(command), folder.join(&name));
        names.push(name);
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &seen).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            seen == kept,
            "{path:?} differs; BLESS=1 writes it anew:\n{seen}"
        );
        for line in seen.lines() {
            assert!(line.chars().count() <= 100, "{command:?}: {line}");
        }
    }
    names.sort();
    let kept = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut kept: Vec<_> = kept.collect();
    kept.sort();
    assert_eq!(
        kept, names,
        "a snapshot without its command, or the reverse"
    );
}

#[test]
fn the_help_names_every_exit_code_and_ends_well() {
    let text = help(&[]);
    for code in gate_core::exit_code::ExitCode::ALL {
        let line = format!("  {}  {}", code as u8, code.meaning());
        assert!(text.contains(&line), "{line}");
    }
    for arguments in [["help", "evaluate"], ["evaluate", "-h"]] {
        let ran = Folder::new().gate(&arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("--report"), "{ran:?}");
    }
    let ran = Folder::new().gate(&["--version"]);
    assert_eq!((ran.code, ran.stdout.split(' ').next()), (0, Some("gate")));
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let script = Folder::new().gate(&["completions", "bash"]);
    let page = Folder::new().gate(&["man"]);
    assert_eq!((script.code, page.code), (0, 0));
    for command in commands().into_iter().filter(|command| !command.is_empty()) {
        let function = format!("\"gate__subcmd__{}\"", command.join("__subcmd__"));
        assert!(script.stdout.contains(&function), "{function}");
        let title = format!(".TH gate-{} 1 ", command.join("-"));
        assert!(page.stdout.contains(&title), "{title}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Folder::new().gate(&["completions", shell]);
        assert!(
            script.code == 0 && script.stdout.contains("evaluate"),
            "{shell}"
        );
    }
}

/// Every code that the program can report is explained by it.
#[test]
fn every_code_is_explained() {
    let folder = Folder::new();
    for code in gate_core::code::Code::ALL {
        for name in [code.as_str().to_owned(), format!("gate::image::{code}")] {
            let ran = folder.gate(&["explain", &name, "--format", "json"]);
            assert_eq!(ran.code, 0, "{ran:?}");
            assert_eq!(ran.json()["advice"], code.advice());
        }
    }
}

/// A published schema; `cargo dev generate` writes it from the types that write the answers.
pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let path = workspace().join("docs/schema").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn answers_have_the_form_that_their_schema_says() {
    let (verdict, normalized) = (
        schema("verdict.schema.json"),
        schema("normalized.schema.json"),
    );
    // A schema that takes anything would say nothing.
    for validator in [&verdict, &normalized] {
        assert!(!validator.is_valid(&serde_json::json!({ "format": "another" })));
    }
    let reports = TOOLS.iter().flat_map(|tool| {
        let names = [tool.clean, tool.findings].into_iter();
        let names = names.filter(|name| !name.is_empty());
        names.map(move |name| (tool, tool.path(name)))
    });
    each(reports, |(tool, name)| {
        let argument = format!("{}={}", tool.name, report(&name).display());
        let form = ["--report", &argument, "--format", "json"];
        for (command, validator) in [
            (&["evaluate", "image", "--subject", "shop"][..], &verdict),
            (
                &["evaluate", "image", "--report", "missing.json", "--monitor"],
                &verdict,
            ),
            (&["normalize"], &normalized),
        ] {
            let answer = Folder::new().gate(&[command, &form].concat()).json();
            let errors: Vec<_> = validator
                .iter_errors(&answer)
                .map(|e| e.to_string())
                .collect();
            assert!(errors.is_empty(), "{name} {command:?}: {errors:?}");
        }
    });
}
