//! `cargo dev tidy`: house rules as checks.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::build::policy_names;
use crate::run::{Result, command, output, root};

/// Which room may name which: the arrows of ARCHITECTURE.md. What is not here is a mistake.
const ROOMS: &[(&str, &[&str])] = &[
    ("gate-core", &[]),
    ("gate-adapters", &["gate-core"]),
    ("gate-aws", &["gate-core"]),
    ("gate-runtime", &["gate-core"]),
    ("gate-evidence", &["gate-core"]),
    ("gate-report", &["gate-core"]),
    (
        "gate",
        &[
            "gate-adapters",
            "gate-aws",
            "gate-core",
            "gate-evidence",
            "gate-report",
            "gate-runtime",
        ],
    ),
    // It runs the program as a process, and links none of the rooms that make it.
    ("gate-lambda", &["gate-core"]),
    ("gate-guest", &[]),
];

/// Longest source file that is let through without a word, and at all. Tests count half.
const LONG: usize = 500;
const TOO_LONG: usize = 800;

/// Checks every rule and reports all that are broken.
pub fn tidy() -> Result {
    let mut broken = Vec::new();
    let files = tracked()?;
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
    {
        source(path, &mut broken)?;
    }
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
    {
        links(path, &mut broken)?;
    }
    dependencies(&mut broken)?;
    rooms(&mut broken)?;
    for policy in policy_names()? {
        let folder = root().join("policies").join(&policy);
        let cases = fs::read_dir(folder.join("cases")).map_or(0, Iterator::count);
        if cases < 5 || !folder.join("README.md").is_file() {
            broken.push(format!(
                "policies/{policy}: needs a README.md and at least 5 cases, has {cases}"
            ));
        }
    }
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "LICENSE",
    ] {
        if !root().join(name).is_file() {
            broken.push(format!("{name} is missing"));
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    for rule in &broken {
        println!("tidy: {rule}");
    }
    Err(format!("{} house rules are broken", broken.len()).into())
}

/// Files that belong to the project, relative to its folder.
fn tracked() -> Result<Vec<PathBuf>> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let (_, list) = output(&mut command("git", arguments))?;
    Ok(list
        .lines()
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect())
}

fn source(path: &Path, broken: &mut Vec<String>) -> Result {
    let text = fs::read_to_string(root().join(path))?;
    let shown = path.display();
    if !text.starts_with("//!") {
        broken.push(format!(
            "{shown}: begins with no `//!` that says what it is for"
        ));
    }
    let inline_tests = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let (code, tests) = text.split_at(inline_tests);
    let length = code.lines().count() + tests.lines().count() / 2;
    match length {
        0..=LONG => {}
        length if length <= TOO_LONG => {
            println!("tidy: note: {shown} has {length} lines; is it two files?")
        }
        length => broken.push(format!("{shown}: {length} lines are too many")),
    }
    // Written apart, so that this file does not break its own rule.
    for (word, why) in [
        (concat!("#[", "ignore"), "a test that does not run"),
        (concat!("todo", "!("), "unfinished"),
        (concat!("thread::", "sleep"), "waiting by the clock"),
        (concat!("FIX", "ME"), "unfinished"),
    ] {
        if text.contains(word) {
            broken.push(format!("{shown}: `{word}`: {why}"));
        }
    }
    Ok(())
}

/// Links to files of the project lead somewhere.
fn links(path: &Path, broken: &mut Vec<String>) -> Result {
    let text = fs::read_to_string(root().join(path))?;
    let folder = root().join(path.parent().unwrap_or(Path::new("")));
    for link in text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
    {
        let file = link.split('#').next().unwrap_or_default();
        let outside = link.contains("://") || link.starts_with("mailto:") || link.contains(' ');
        if !file.is_empty() && !outside && !folder.join(file).exists() {
            broken.push(format!(
                "{}: the link `{link}` leads nowhere",
                path.display()
            ));
        }
    }
    Ok(())
}

/// Every dependency from outside has a comment above it that says why.
fn dependencies(broken: &mut Vec<String>) -> Result {
    let text = fs::read_to_string(root().join("Cargo.toml"))?;
    let table = text
        .split("[workspace.dependencies]")
        .nth(1)
        .unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    let mut explained = false;
    for line in table.lines() {
        match line.split_once(" = ") {
            _ if line.starts_with('#') => explained = true,
            Some((name, _)) if !explained => {
                broken.push(format!(
                    "Cargo.toml: `{name}` has no comment that says why it is there"
                ));
            }
            Some(_) => {}
            None => explained = false,
        }
    }
    Ok(())
}

fn rooms(broken: &mut Vec<String>) -> Result {
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ];
    let (_, metadata) = output(&mut command("cargo", arguments))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let ours = |name: &str| packages.iter().any(|p| p["name"] == name);
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == name) else {
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let used = dependency["name"].as_str().unwrap_or_default();
            if ours(used) && dependency["kind"].is_null() && !allowed.contains(&used) {
                broken.push(format!("the room `{name}` may not know `{used}`"));
            }
        }
    }
    Ok(())
}
