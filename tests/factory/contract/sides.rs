//! The contract against what its sides really have: templates, Terraform, buildspecs.

use std::collections::{BTreeMap, BTreeSet};

use super::{contract, texts};
use crate::files::{below, iac, json, text};
use crate::hcl::{Block, blocks};
use crate::yaml::yaml;

/// The configuration in a folder below `iac/terraform`, all of it.
fn configuration(folder: &str) -> String {
    let files = below(&iac("terraform").join(folder));
    let files = files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "tf"));
    files.map(|file| text(file)).collect()
}

/// Its blocks of one kind, by their names.
fn named<'a>(configuration: &'a str, kind: &str) -> BTreeMap<&'a str, Block<'a>> {
    let mut named = BTreeMap::new();
    for block in blocks(configuration) {
        if block.kind == kind {
            let name = block.labels[0];
            assert!(named.insert(name, block).is_none(), "{name}");
        }
    }
    named
}

#[test]
fn both_environments_give_the_outputs_and_take_the_variables() {
    let contract = contract();
    let rows = contract["values"].as_array().unwrap();
    for folder in contract["environments"].as_object().unwrap().values() {
        let folder = format!("environments/{}", folder.as_str().unwrap());
        let configuration = configuration(&folder);
        let outputs = named(&configuration, "output");
        let variables = named(&configuration, "variable");
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
                assert!(outputs[output].argument("sensitive").is_none(), "{output}");
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
        let figures = text(&iac(&format!("terraform/{folder}/terraform.tfvars")));
        for (variable, block) in &variables {
            let given = rows.iter().any(|row| row["variable"] == *variable);
            let figure = figures.lines().any(|line| {
                line.split('=')
                    .next()
                    .is_some_and(|name| name.trim() == *variable)
            });
            assert!(
                given || figure || block.argument("default").is_some(),
                "{folder}: nobody gives `{variable}`"
            );
            assert!(!(given && figure), "{folder}: `{variable}` is given twice");
        }
    }
    // Each folder is the environment by whose name gates know it.
    for (name, folder) in contract["environments"].as_object().unwrap() {
        let folder = configuration(&format!("environments/{}", folder.as_str().unwrap()));
        let environment = &named(&folder, "variable")["environment"];
        assert_eq!(environment.quoted("default"), Some(&**name));
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
        let factory = configuration("modules/factory");
        let module = &named(&factory, "module")[names[1]];
        assert_eq!(
            module.quoted("source"),
            Some(&*format!("../{}", names[1])),
            "{kept}"
        );
        // It depends on no other module: `terraform destroy -target` takes with it what depends on a target.
        assert!(!module.body.contains("module."), "{kept}");
        for several in ["count", "for_each"] {
            assert!(module.argument(several).is_none(), "{kept}: {several}");
        }
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
