//! A validation that nothing fails is a comment.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::hcl::blocks;
use super::{configuration, copy, initialise, is_leaf, modules, sources, terraform};
use crate::files::{iac, text};
use crate::tool::run;

const FAILS: &str = "  expect_failures = [";

/// The tests of a module: their names and texts.
fn tests(module: &str) -> Vec<(String, String)> {
    let files = sources()
        .into_iter()
        .filter(|path| path.starts_with(&format!("{module}/tests/")));
    files
        .map(|path| {
            let content = text(&iac("terraform").join(&path));
            (path, content)
        })
        .collect()
}

/// What a list of expected failures names.
fn named(list: &str) -> BTreeSet<&str> {
    let (list, _) = list.split_once(']').unwrap();
    list.split([',', '\n']).map(str::trim).collect()
}

#[test]
fn each_validation_has_a_value_that_fails_it() {
    for module in modules().into_iter().filter(|module| is_leaf(module)) {
        let tests = tests(&module);
        let lists = tests.iter().flat_map(|(_, text)| text.split(FAILS).skip(1));
        let fail: BTreeSet<&str> = lists.flat_map(named).collect();
        for (_, text) in configuration(&module) {
            for block in blocks(&text) {
                let validated = block.kind == "variable" && block.body.contains("  validation {");
                let name = block.labels.first().copied().unwrap_or_default();
                assert!(
                    !validated || fail.contains(&*format!("var.{name}")),
                    "{module}: nothing fails `{name}`"
                );
            }
        }
    }
}

/// Where a variable has several, a name doesn't say which of them failed; Terraform does, when nobody expects it.
#[test]
fn each_of_several_validations_has_its_own() {
    if crate::tool::terraform().is_none() {
        return;
    }
    let tree = copy();
    let mut seen = 0;
    for module in modules().into_iter().filter(|module| is_leaf(module)) {
        let (variables, places) = several(&module);
        if places.is_empty() {
            continue;
        }
        seen += places.len();
        let folder = tree.path().join(&module);
        expect_nothing(&folder, &module, &variables);
        initialise(&folder).success();
        let ran = run(&mut terraform(&folder, &["test", "-no-color"]).unwrap());
        let said = ran.stdout + &ran.stderr;
        let failed: BTreeSet<usize> = said
            .split("validation rule at variables.tf:")
            .skip(1)
            .map(|rest| rest.split(',').next().unwrap().parse().unwrap())
            .collect();
        let never: Vec<_> = places.difference(&failed).collect();
        assert!(
            never.is_empty(),
            "{module}: nothing fails variables.tf:{never:?}\n{said}"
        );
    }
    assert!(seen > 10, "{seen}");
}

/// The variables with more than one validation, and the lines on which these stand.
fn several(module: &str) -> (BTreeSet<String>, BTreeSet<usize>) {
    let (mut variables, mut places) = (BTreeSet::new(), BTreeSet::new());
    let file = text(&iac("terraform").join(module).join("variables.tf"));
    let mut variable = "";
    let mut lines: Vec<usize> = Vec::new();
    for (number, line) in (1..).zip(file.lines()) {
        if let Some(rest) = line.strip_prefix("variable \"") {
            variable = rest.split('"').next().unwrap();
            lines.clear();
        } else if line == "  validation {" {
            lines.push(number);
        } else if line == "}" && lines.len() > 1 {
            variables.insert(format!("var.{variable}"));
            places.extend(&lines);
        }
    }
    (variables, places)
}

/// Puts in place of a module's tests one file for each run that is to fail one of these variables, without what it expects: after
/// a failure the runs of a file end.
fn expect_nothing(folder: &Path, module: &str, variables: &BTreeSet<String>) {
    fs::remove_dir_all(folder.join("tests")).unwrap();
    fs::create_dir(folder.join("tests")).unwrap();
    let mut number = 0;
    for (_, text) in tests(module) {
        let mut parts = text.split("\nrun \"");
        let head = parts.next().unwrap();
        for part in parts {
            let Some((before, list)) = part.split_once(FAILS) else {
                continue;
            };
            if named(list).is_disjoint(&variables.iter().map(String::as_str).collect()) {
                continue;
            }
            number += 1;
            let (_, after) = list.split_once(']').unwrap();
            let file = folder.join(format!("tests/{number}.tftest.hcl"));
            fs::write(file, format!("{head}\nrun \"{before}{after}")).unwrap();
        }
    }
}
