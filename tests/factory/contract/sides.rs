//! The contract against what its sides really have: templates, Terraform, buildspecs.

use std::collections::{BTreeMap, BTreeSet};

use super::{contract, texts};
use crate::files::{below, iac, json, text};
use crate::yaml::yaml;

/// Names of blocks of one kind in the files of a folder: `variable "x" {`.
fn blocks(folder: &str, kind: &str) -> BTreeMap<String, String> {
    let files = below(&iac(folder))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "tf"));
    let mut blocks = BTreeMap::new();
    for file in files {
        let text = text(&file);
        for part in text
            .split(&format!("\n{kind} \""))
            .skip(1)
            .chain(text.strip_prefix(&format!("{kind} \"")))
        {
            let (name, rest) = part.split_once('"').unwrap();
            let body = rest.split("\n}").next().unwrap();
            assert!(
                blocks.insert(name.to_owned(), body.to_owned()).is_none(),
                "{name}"
            );
        }
    }
    blocks
}

#[test]
fn each_template_takes_its_parameters_and_no_others() {
    let contract = contract();
    let stacks: BTreeSet<&str> = texts(&contract["stacks"]).into_iter().collect();
    let templates: BTreeSet<String> = below(&iac("cloudformation"))
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "yaml"))
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        templates,
        stacks.iter().map(|stack| (*stack).to_owned()).collect()
    );
    let mut problems = Vec::new();
    for stack in stacks {
        let template = yaml(&text(&iac(&format!("cloudformation/{stack}.yaml"))));
        let declared = template["Parameters"].as_object().unwrap();
        let mut given = BTreeSet::new();
        for row in contract["values"].as_array().unwrap() {
            for (parameter, takers) in row["parameters"].as_object().into_iter().flatten() {
                if texts(takers).contains(&stack) {
                    given.insert(parameter.as_str());
                }
            }
            if row["from"]["stack"] == stack {
                let output = row["from"]["output"].as_str().unwrap();
                if template["Outputs"][output].is_null() {
                    problems.push(format!("stack {stack} has no output {output}"));
                }
            }
        }
        for parameter in &given {
            if !declared.contains_key(*parameter) {
                problems.push(format!("stack {stack} takes no {parameter}"));
            }
        }
        for (parameter, terms) in declared {
            // What has a default need not be given; what has none and is not given would stop the stack.
            if !given.contains(parameter.as_str()) && terms["Default"].is_null() {
                problems.push(format!("nobody gives stack {stack} its {parameter}"));
            }
            // A parameter that hides itself would be a secret, and secrets have no way through here.
            assert!(terms["NoEcho"].is_null(), "{stack} {parameter}");
        }
    }
    assert_eq!(problems, [""; 0]);
}

#[test]
fn both_environments_give_the_outputs_and_take_the_variables() {
    let contract = contract();
    let rows = contract["values"].as_array().unwrap();
    for folder in contract["environments"].as_object().unwrap().values() {
        let folder = format!("terraform/environments/{}", folder.as_str().unwrap());
        let outputs = blocks(&folder, "output");
        let variables = blocks(&folder, "variable");
        assert!(outputs.len() > 20 && variables.len() > 5, "{folder}");
        let mut wanted = 0;
        for row in rows {
            if let Some(output) = row["from"]["output"]
                .as_str()
                .filter(|_| row["from"]["stack"].is_null())
            {
                assert!(
                    outputs.contains_key(output),
                    "{folder} has no output `{output}`"
                );
                assert!(!outputs[output].contains("sensitive"), "{output}");
                wanted += 1;
            }
            if let Some(variable) = row["variable"].as_str() {
                assert!(
                    variables.contains_key(variable),
                    "{folder} has no variable `{variable}`"
                );
            }
        }
        assert!(wanted > 20, "{wanted}");
        // What has no default comes from the contract, or from the figures beside it.
        let figures = text(&iac(&format!("{folder}/terraform.tfvars")));
        for (variable, body) in &variables {
            let given = rows.iter().any(|row| row["variable"] == variable.as_str());
            let figure = figures.lines().any(|line| {
                line.split('=')
                    .next()
                    .is_some_and(|name| name.trim() == variable)
            });
            assert!(
                given || figure || body.contains("default"),
                "{folder}: nobody gives `{variable}`"
            );
            assert!(!(given && figure), "{folder}: `{variable}` is given twice");
        }
    }
    // Each folder is the environment by whose name gates know it.
    for (name, folder) in contract["environments"].as_object().unwrap() {
        let variables = blocks(
            &format!("terraform/environments/{}", folder.as_str().unwrap()),
            "variable",
        );
        assert!(
            variables["environment"].contains(&format!("default     = \"{name}\"")),
            "{name}"
        );
    }
}

/// What `destroy` leaves is really there to be left.
#[test]
fn what_is_kept_is_a_module() {
    for kept in texts(&contract()["kept"]) {
        let names: Vec<&str> = kept
            .split("module.")
            .skip(1)
            .map(|name| name.trim_end_matches('.'))
            .collect();
        assert_eq!(names[0], "factory");
        assert_eq!(names.len(), 2);
        let modules = blocks("terraform/modules/factory", "module");
        let body = &modules[names[1]];
        assert!(
            body.contains(&format!("source = \"../{}\"", names[1])),
            "{body}"
        );
        // It depends on no other module: `terraform destroy -target` takes with it what depends on a target.
        assert!(!body.contains("module."), "{body}");
        assert!(
            !body.contains("count ") && !body.contains("for_each "),
            "{body}"
        );
    }
}

/// Variables of a buildspec that are neither in the contract nor CodeBuild's own.
const ELSEWHERE: [&str; 3] = ["GATE_EVIDENCE", "GATE_SIGN", "SOURCE_COMMIT"];

#[test]
fn each_project_gives_variables_that_the_contract_knows() {
    let contract = contract();
    let known: BTreeSet<&str> = contract["values"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["environment"].as_str())
        .collect();
    assert!(known.len() > 15);
    let template = yaml(&text(&iac("cloudformation/pipeline.yaml")));
    let mut given: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, resource) in template["Resources"].as_object().unwrap() {
        if resource["Type"] != "AWS::CodeBuild::Project" {
            continue;
        }
        let buildspec = resource["Properties"]["Source"]["BuildSpec"]["Fn::Sub"]
            .as_str()
            .unwrap();
        let file = buildspec.rsplit('/').next().unwrap().to_owned();
        let variables = resource["Properties"]["Environment"]["EnvironmentVariables"]
            .as_array()
            .unwrap();
        for variable in variables {
            let variable = variable["Name"].as_str().unwrap();
            assert!(
                known.contains(variable)
                    || ELSEWHERE.contains(&variable)
                    || variable == "IMAGE_DIGEST",
                "{name}: {variable}"
            );
            given
                .entry(file.clone())
                .or_default()
                .insert(variable.to_owned());
        }
    }
    let files: BTreeSet<String> = below(&iac("buildspecs"))
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "yml"))
        .filter(|file| file.parent() == Some(&iac("buildspecs")))
        .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(given.keys().cloned().collect::<BTreeSet<_>>(), files);
    // Each of the contract's names that a buildspec uses is given to it.
    let mut problems = Vec::new();
    for (file, given) in &given {
        let buildspec = text(&iac(&format!("buildspecs/{file}")));
        for name in known.iter().chain(&ELSEWHERE) {
            let used = [
                format!("${name}"),
                format!("${{{name}}}"),
                format!("${{{name}:"),
            ]
            .iter()
            .any(|form| {
                buildspec
                    .match_indices(form.as_str())
                    .any(|(place, found)| {
                        let next = buildspec[place + found.len()..].chars().next();
                        !found.ends_with(|letter: char| letter.is_ascii_alphanumeric())
                            || !next.is_some_and(|letter| {
                                letter.is_ascii_alphanumeric() || letter == '_'
                            })
                    })
            });
            let by_pipeline = *name == "SOURCE_COMMIT";
            if used && !given.contains(*name) && !by_pipeline {
                problems.push(format!(
                    "{file} uses {name}, which its project does not have"
                ));
            }
        }
    }
    assert_eq!(problems, [""; 0]);
}

/// Where thresholds stand is said by a stack, in the contract and in the profile; all three say the same.
#[test]
fn thresholds_stand_where_the_contract_says() {
    let contract = contract();
    let rows = contract["values"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == "thresholds").unwrap();
    let path = row["ssm"].as_str().unwrap();
    let as_parameters = path
        .replace("{project}", "${Project}")
        .replace("{environment}", "${Environment}");
    let template = yaml(&text(&iac("cloudformation/foundation.yaml")));
    let said = &template["Outputs"][row["from"]["output"].as_str().unwrap()]["Value"];
    assert_eq!(said["Fn::Sub"], as_parameters.as_str());
    let mut seen = 0;
    for resource in template["Resources"].as_object().unwrap().values() {
        if resource["Type"] == "AWS::SSM::Parameter" {
            let name = resource["Properties"]["Name"]["Fn::Sub"].as_str().unwrap();
            assert!(name.starts_with(&format!("{as_parameters}/")), "{name}");
            seen += 1;
        }
    }
    assert!(seen > 0);
    // Every stack is named in the order in which it is made.
    assert_eq!(json(&iac("contract.json"))["stacks"][0], "foundation");
}
