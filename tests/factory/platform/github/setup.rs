//! What is around the workflows: environments, variables, who agrees to what, and which checks have to pass.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{jobs, workflow};
use crate::files::{iac, json, text};
use crate::platform::{list, said};

/// Which environment has which rules, and which variable gets which role: as the example uses them, as Terraform gives them.
#[test]
fn the_readme_says_what_each_environment_and_variable_is() {
    let readme = text(&iac("github/README.md"));
    let (_, set_up) = readme.split_once("\n## Set up").unwrap();
    let rows: Vec<Vec<&str>> = set_up
        .lines()
        .filter_map(|line| line.trim().strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").collect())
        .collect();
    let quoted = |cell: &str| -> Vec<String> {
        let parts = cell.split('`').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };

    // Environment, variable with the role, output that it is.
    let written: BTreeSet<[String; 2]> = rows
        .iter()
        .filter(|row| row.len() == 5 && row[3].ends_with("_ROLE`"))
        .map(|row| [quoted(row[0]).remove(0), quoted(row[3]).remove(0)])
        .collect();
    let example = workflow("example");
    let mut used = BTreeSet::new();
    let mut variables = BTreeSet::new();
    for job in jobs(&example).values() {
        let given = job["with"].as_object().unwrap();
        let variable = |input: &str| {
            let value = given.get(input)?.as_str()?;
            let name = value.strip_prefix("${{ vars.")?.strip_suffix(" }}")?;
            Some(name.to_owned())
        };
        for (environment, role) in [
            ("github-environment", "role"),
            ("staging-environment", "staging-role"),
        ] {
            if let Some(environment) = given.get(environment) {
                let environment = environment.as_str().unwrap().to_owned();
                used.insert([environment, variable(role).unwrap()]);
            }
        }
        variables.extend(given.keys().filter_map(|input| variable(input)));
    }
    assert_eq!(written, used);
    let named: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| match row.len() {
            2 => quoted(row[0]),
            5 => quoted(row[3]),
            _ => Vec::new(),
        })
        .filter(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
        .collect();
    assert_eq!(named, variables);

    let outputs = text(&iac("terraform/environments/prod/outputs.tf"));
    for row in rows.iter().filter(|row| row.len() == 5).skip(1) {
        for output in quoted(row[4]).iter().filter(|name| name.contains('_')) {
            assert!(
                outputs.contains(&format!("output \"{output}\"")),
                "{output}"
            );
        }
    }
}

/// Who owns what calls the gates has to agree to a change of it.
#[test]
fn the_platform_owns_what_calls_the_gates() {
    let owners = text(&iac("github/CODEOWNERS"));
    let rules: Vec<&str> = owners
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert_eq!(rules, ["/.github/ @YOUR_ORGANISATION/platform"]);
    let protection = json(&iac("github/required-checks.json"));
    for rule in ["require_code_owner_reviews", "require_last_push_approval"] {
        let reviews = &protection["required_pull_request_reviews"];
        assert_eq!(reviews[rule], json!(true), "{rule}");
    }
}

#[test]
fn every_gate_of_a_review_is_required() {
    let protection = json(&iac("github/required-checks.json"));
    let contexts = list(&protection, "/required_status_checks/contexts").iter();
    let contexts: BTreeSet<String> = contexts
        .map(|one| one.as_str().unwrap().to_owned())
        .collect();
    let workflow = workflow("gates");
    let mut expected = BTreeSet::new();
    for (name, job) in jobs(&workflow) {
        // Nothing is pushed in a review.
        if job.get("if").and_then(Value::as_str) == Some("${{ inputs.push }}") {
            continue;
        }
        let matrix = list(job, "/strategy/matrix/include");
        if matrix.is_empty() {
            expected.insert(format!("review / {name}"));
        }
        for one in matrix {
            // GitHub calls a job of a matrix by all its values.
            let values = one
                .as_object()
                .unwrap()
                .values()
                .map(|value| value.as_str().unwrap());
            let values: Vec<&str> = values.collect();
            expected.insert(match job.get("name") {
                Some(_) => format!("review / {name} ({})", said(one, "/gate")),
                None => format!("review / {name} ({})", values.join(", ")),
            });
        }
    }
    assert_eq!(contexts, expected);
    for (pointer, value) in [
        ("/required_status_checks/strict", json!(true)),
        ("/enforce_admins", json!(true)),
        (
            "/required_pull_request_reviews/required_approving_review_count",
            json!(1),
        ),
        ("/required_linear_history", json!(true)),
        ("/allow_force_pushes", json!(false)),
        ("/allow_deletions", json!(false)),
    ] {
        assert_eq!(protection.pointer(pointer), Some(&value), "{pointer}");
    }
}
