//! The contract between Terraform, CloudFormation, buildspecs and Parameter Store: nothing in it that nobody gives or takes.

mod broken;
mod sides;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::files::{iac, json};

/// The contract as it is.
fn contract() -> Value {
    json(&iac("contract.json"))
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// What is wrong with a contract by itself. `scripts` are the names of values that the scripts read.
fn problems(contract: &Value, scripts: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    let known = ["stacks", "environments", "kept", "settings", "values"];
    for key in contract.as_object().into_iter().flat_map(|map| map.keys()) {
        if !known.contains(&key.as_str()) {
            problems.push(format!("`{key}` is no part of a contract"));
        }
    }
    for key in known {
        if contract[key].is_null() {
            problems.push(format!("`{key}` is missing"));
        }
    }
    let stacks = texts(&contract["stacks"]);
    twice("stack", &stacks, &mut problems);
    for (name, setting) in contract["settings"].as_object().into_iter().flatten() {
        for key in ["says", "pattern"] {
            let text = setting[key].as_str().unwrap_or_default();
            if text.is_empty() || text.contains(['\t', '\n']) {
                problems.push(format!("setting `{name}` has no `{key}` of one line"));
            }
        }
        let pattern = setting["pattern"].as_str().unwrap_or_default();
        // One that takes a part of a text takes anything around it.
        if !pattern.starts_with('^') || !pattern.ends_with('$') {
            problems.push(format!(
                "the pattern of setting `{name}` is not about the whole text"
            ));
        }
        // Empty, it would refuse everything; and the scripts read one line.
        let not = setting["not"].as_str();
        let usable = not.is_some_and(|not| not.starts_with('^') && !not.contains(['\t', '\n']));
        if !setting["not"].is_null() && !usable {
            problems.push(format!(
                "what setting `{name}` may not be is no pattern from its beginning"
            ));
        }
    }
    let rows = contract["values"].as_array().map_or(&[][..], Vec::as_slice);
    let mut names = Vec::new();
    let mut environment = Vec::new();
    let mut variables = Vec::new();
    let mut parameters = Vec::new();
    let mut sources = Vec::new();
    for row in rows {
        let Some(name) = row["name"].as_str() else {
            problems.push(format!("a value without a name: {row}"));
            continue;
        };
        names.push(name);
        for key in row.as_object().into_iter().flat_map(|map| map.keys()) {
            if ![
                "name",
                "from",
                "variable",
                "parameters",
                "environment",
                "ssm",
            ]
            .contains(&key.as_str())
            {
                problems.push(format!("`{name}`: there is no key `{key}`"));
            }
        }
        let after = source(name, row, contract, &stacks, &mut problems);
        sources.push(row["from"].to_string());
        environment.extend(row["environment"].as_str());
        variables.extend(row["variable"].as_str());
        if row["variable"].is_string() && row["from"]["setting"].is_null() {
            problems.push(format!(
                "`{name}`: a variable of Terraform has to be a setting"
            ));
        }
        for (parameter, takers) in row["parameters"].as_object().into_iter().flatten() {
            if texts(takers).is_empty() {
                problems.push(format!("`{name}`: no stack takes `{parameter}`"));
            }
            for stack in texts(takers) {
                parameters.push(format!("{parameter} of stack {stack}"));
                match stacks.iter().position(|known| *known == stack) {
                    None => problems.push(format!("`{name}`: there is no stack `{stack}`")),
                    Some(place) if Some(place) <= after => problems.push(format!(
                        "`{name}`: stack `{stack}` takes it before it is given"
                    )),
                    Some(_) => {}
                }
            }
        }
        for part in row["ssm"].as_str().unwrap_or_default().split('{').skip(1) {
            let placeholder = part.split('}').next().unwrap_or_default();
            if !rows.iter().any(|other| other["name"] == placeholder) {
                problems.push(format!(
                    "`{name}`: the path names `{placeholder}`, which is no value"
                ));
            }
        }
        let taken = row["parameters"]
            .as_object()
            .is_some_and(|map| !map.is_empty())
            || row["variable"].is_string();
        if !taken && !scripts.contains(name) {
            problems.push(format!("nobody takes `{name}`"));
        }
    }
    for name in scripts {
        if !names.contains(&name.as_str()) {
            problems.push(format!("the scripts read `{name}`, which is no value"));
        }
    }
    let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    for (what, list) in [
        ("value", &names),
        ("variable of builds", &environment),
        ("variable of Terraform", &variables),
        ("parameter", &parameters),
        ("source", &sources),
    ] {
        twice(what, list, &mut problems);
    }
    problems
}

/// Checks where a value comes from, and gives the place of the stack that gives it.
fn source(
    name: &str,
    row: &Value,
    contract: &Value,
    stacks: &[&str],
    problems: &mut Vec<String>,
) -> Option<usize> {
    let from = &row["from"];
    let keys: Vec<&str> = from
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys())
        .map(String::as_str)
        .collect();
    let right = match keys.as_slice() {
        ["output" | "setting"] => from
            .as_object()
            .is_some_and(|map| map.values().all(Value::is_string)),
        ["file"] => ["gate", "profile", "buildspecs", "function"]
            .iter()
            .any(|file| from["file"] == *file),
        // The order is the one of the map, not of the file.
        ["output", "stack"] | ["stack", "output"] => from["output"].is_string(),
        _ => false,
    };
    if !right {
        problems.push(format!("`{name}`: it comes from nowhere: {from}"));
    }
    if let Some(setting) = from["setting"].as_str()
        && contract["settings"][setting].is_null()
    {
        problems.push(format!("`{name}`: there is no setting `{setting}`"));
    }
    let stack = from["stack"].as_str()?;
    let place = stacks.iter().position(|known| *known == stack);
    if place.is_none() {
        problems.push(format!("`{name}`: there is no stack `{stack}`"));
    }
    place
}

fn twice(what: &str, list: &[&str], problems: &mut Vec<String>) {
    let mut seen = BTreeMap::new();
    for name in list {
        *seen.entry(*name).or_insert(0) += 1;
    }
    for (name, count) in seen {
        if count > 1 {
            problems.push(format!("the {what} {name} stands there {count} times"));
        }
    }
}

/// Names that the scripts ask for: `$(value NAME)`, and those that `for` goes through.
fn read_by_scripts() -> BTreeSet<String> {
    let mut files = crate::files::below(&iac("lib"));
    files.extend([iac("deploy"), iac("destroy")]);
    let mut names = BTreeSet::new();
    for file in files {
        let text = crate::files::text(&file);
        for part in text.split("$(value ").skip(1) {
            let name = part.split(')').next().unwrap();
            if !name.starts_with('"') {
                names.insert(name.to_owned());
            }
        }
        for line in text.lines().map(str::trim) {
            if let Some(list) = line
                .strip_prefix("for name in ")
                .and_then(|rest| rest.strip_suffix("; do"))
                && list
                    .split(' ')
                    .all(|word| word.ends_with("_arn") || word.ends_with("_name"))
            {
                names.extend(list.split(' ').map(str::to_owned));
            }
        }
    }
    names
}

#[test]
fn it_is_whole() {
    let read = read_by_scripts();
    assert!(read.len() > 10, "{read:?}");
    assert_eq!(problems(&contract(), &read), [""; 0]);
}

/// Names of parts of the scripts that no value has are settings.
#[test]
fn every_setting_is_used() {
    let contract = contract();
    let mut files = crate::files::below(&iac("lib"));
    files.extend([iac("deploy"), iac("destroy")]);
    let scripts: String = files.iter().map(|file| crate::files::text(file)).collect();
    let given: Vec<&str> = contract["values"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["from"]["setting"].as_str())
        .collect();
    for name in contract["settings"].as_object().unwrap().keys() {
        assert!(
            given.contains(&name.as_str())
                || scripts.contains(&format!("setting[{name}]"))
                || scripts.contains(&format!("${{setting[$key]}} for {name}")),
            "{name}"
        );
    }
}
