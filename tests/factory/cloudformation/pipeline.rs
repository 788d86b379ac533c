//! The pipeline: its form, as the service takes it, and that nothing is deployed but after its gates.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::stack::{ACCOUNT, REGION, deploy, stack};
use crate::files::{iac, text};
use crate::iam::texts;
use crate::tool::{run, tool};
use crate::yaml::yaml;

/// The stages in order, and the project that each runs.
const STAGES: &[(&str, Option<&str>)] = &[
    ("Source", None),
    ("Secrets", Some("secrets")),
    ("Build", Some("build")),
    ("Image", Some("image")),
    ("Staging", Some("deploy-staging")),
    ("Dast", Some("dast")),
    ("Approval", None),
    ("Production", Some("deploy-production")),
];

fn pipeline() -> &'static Value {
    stack("pipeline").properties("Pipeline")
}

fn stages() -> &'static Vec<Value> {
    pipeline()["Stages"].as_array().unwrap()
}

fn action(stage: &Value) -> &Value {
    let [action] = &**stage["Actions"].as_array().unwrap() else {
        panic!("{}: one action in a stage", stage["Name"])
    };
    action
}

fn rules(stage: &Value) -> Vec<&Value> {
    let conditions = stage["BeforeEntry"]["Conditions"].as_array();
    let rules = conditions
        .into_iter()
        .flatten()
        .flat_map(|condition| condition["Rules"].as_array().unwrap());
    rules.collect()
}

fn provider(rule: &Value) -> &str {
    rule["RuleTypeId"]["Provider"].as_str().unwrap()
}

#[test]
fn stages_stand_in_their_order_and_each_runs_its_build() {
    let found: Vec<_> = stages()
        .iter()
        .map(|stage| {
            let project = action(stage)["Configuration"]["ProjectName"].as_str();
            let project = project.map(|name| name.strip_prefix("shop-production-").unwrap());
            (stage["Name"].as_str().unwrap(), project)
        })
        .collect();
    assert_eq!(found, STAGES);
    assert_eq!(
        (&pipeline()["PipelineType"], &pipeline()["ExecutionMode"]),
        (&json!("V2"), &json!("QUEUED"))
    );
    let store = &pipeline()["ArtifactStore"];
    assert_eq!(store["Location"], "shop-artifacts");
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/PipelineKey");
    assert_eq!(store["EncryptionKey"], json!({"Type": "KMS", "Id": key}));
}

#[test]
fn a_push_to_the_branch_that_was_set_starts_it() {
    let set = deploy(&[
        ("source_repository", "group/other"),
        ("source_branch", "trunk"),
    ]);
    let pipeline = set.iter().find(|stack| stack.name == "pipeline").unwrap();
    let source = action(&pipeline.properties("Pipeline")["Stages"][0]);
    let configuration = &source["Configuration"];
    assert_eq!(
        source["ActionTypeId"]["Provider"],
        "CodeStarSourceConnection"
    );
    assert_eq!(configuration["BranchName"], "trunk");
    assert_eq!(configuration["FullRepositoryId"], "group/other");
    assert_eq!(configuration["DetectChanges"], true);
    // With a clone, builds would need the connection.
    assert_eq!(configuration["OutputArtifactFormat"], "CODE_ZIP");
}

/// What would have to hold for a stage to be left out: a condition that skips, or none at all.
#[test]
fn no_stage_after_the_first_gate_is_entered_without_a_condition_that_fails() {
    for (at, stage) in stages().iter().enumerate() {
        let name = &stage["Name"];
        let conditions = stage["BeforeEntry"]["Conditions"].as_array();
        assert_eq!(conditions.is_some(), at >= 2, "{name}");
        for condition in conditions.into_iter().flatten() {
            assert_eq!(condition["Result"], "FAIL", "{name}");
        }
        assert!(
            stage["OnFailure"].is_null() && stage["OnSuccess"].is_null(),
            "{name}: no way around"
        );
    }
}

/// Each condition asks what the build before it said, and takes only words that open a gate.
#[test]
fn conditions_ask_the_stage_before() {
    let opens = "^(PASS|WARN)$";
    let mut last = "";
    for stage in stages() {
        let asked = rules(stage)
            .into_iter()
            .filter(|rule| provider(rule) == "VariableCheck");
        let asked = asked.map(|rule| {
            let configuration = &rule["Configuration"];
            assert_eq!(configuration["Operator"], "MATCHES");
            (
                configuration["Variable"].as_str().unwrap(),
                configuration["Value"].as_str().unwrap(),
            )
        });
        let asked: BTreeSet<_> = asked.collect();
        let outcome = format!("#{{{last}.GATE_OUTCOME}}");
        if !last.is_empty() {
            assert!(
                asked.contains(&(&*outcome, opens)),
                "{}: {asked:?}",
                stage["Name"]
            );
        }
        // From the push on, only the digest says what it is about.
        let digest = asked.contains(&("#{build.IMAGE_DIGEST}", "^sha256:[0-9a-f]{64}$"));
        let named = stage["Name"].as_str().unwrap();
        assert_eq!(
            digest,
            ["Image", "Staging", "Production"].contains(&named),
            "{named}"
        );
        // Source says nothing of gates, and a person says nothing that is a variable.
        let namespace = action(stage)["Namespace"].as_str().unwrap_or(last);
        last = if namespace == "source" { "" } else { namespace };
    }
}

/// A gate's build stands before each deployment, and signed verdicts are asked for right at its door.
#[test]
fn nothing_is_deployed_before_its_gates_and_a_proof() {
    let deploys = ["DeployStaging", "DeployProduction"];
    let gates = |before: usize| {
        let names = STAGES[..before].iter().filter_map(|(_, project)| *project);
        names
            .filter(|project| !project.starts_with("deploy"))
            .collect::<Vec<_>>()
    };
    let mut doors = Vec::new();
    for (at, stage) in stages().iter().enumerate() {
        let deploying = action(stage)["Configuration"]["ProjectName"]
            .as_str()
            .is_some_and(|name| name.contains("-deploy-"));
        let proofs: Vec<_> = rules(stage)
            .into_iter()
            .filter(|rule| provider(rule) == "LambdaInvoke")
            .collect();
        assert_eq!(proofs.len(), usize::from(deploying), "{}", stage["Name"]);
        let [proof] = &*proofs else { continue };
        assert_eq!(
            proof["Configuration"]["FunctionName"],
            "shop-production-verify"
        );
        let asked = proof["Configuration"]["UserParameters"].as_str().unwrap();
        let mut asked: Map<String, Value> = serde_json::from_str(asked).unwrap();
        assert_eq!(asked.remove("digest").unwrap(), "#{build.IMAGE_DIGEST}");
        let cluster = asked.remove("cluster").unwrap();
        assert!(
            asked.is_empty(),
            "the function refuses what it does not know: {asked:?}"
        );
        doors.push((cluster, gates(at)));
    }
    assert_eq!(deploys.len(), doors.len());
    let expected = [
        (json!("shop-staging"), vec!["secrets", "build", "image"]),
        (
            json!("shop-production"),
            vec!["secrets", "build", "image", "dast"],
        ),
    ];
    assert_eq!(doors, expected);
    // What the function requires there.
    let function = stack("events").properties("VerifyFunction");
    let required =
        "shop-staging=secrets,sast,sca,sbom,image;shop-production=secrets,sast,sca,sbom,image,dast";
    assert_eq!(
        function["Environment"]["Variables"]["GATE_REQUIRE"],
        required
    );
}

/// A variable comes from a stage before, by a name that its buildspec exports or the source gives.
#[test]
fn variables_come_from_stages_before() {
    assert_eq!(unknown_variables(stages()), [""; 0]);
    // Not of a stage after, and not what another build exports.
    for variable in ["dast.GATE_OUTCOME", "secrets.IMAGE_DIGEST"] {
        let mut stages = stages().clone();
        stages[3]["Actions"][0]["Configuration"]["X"] = json!(format!("#{{{variable}}}"));
        assert_eq!(unknown_variables(&stages), [format!("Image: {variable}")]);
    }
}

/// What stages ask for and nobody before them gives.
fn unknown_variables(stages: &[Value]) -> Vec<String> {
    let mut known = vec!["source.CommitId".to_owned()];
    let mut unknown = Vec::new();
    for (stage, (name, project)) in stages.iter().zip(STAGES) {
        let mut asked: Vec<_> = rules(stage)
            .iter()
            .map(|rule| &rule["Configuration"])
            .collect();
        asked.push(&action(stage)["Configuration"]);
        for text in asked.iter().map(ToString::to_string) {
            for part in text.split("#{").skip(1) {
                let (variable, _) = part.split_once('}').unwrap();
                if !known.iter().any(|name| name == variable) {
                    unknown.push(format!("{name}: {variable}"));
                }
            }
        }
        if let (Some(namespace), Some(project)) = (action(stage)["Namespace"].as_str(), project) {
            let buildspec = yaml(&text(&iac(&format!("buildspecs/{project}.yml"))));
            let exported = texts(&buildspec["env"]["exported-variables"]);
            known.extend(exported.iter().map(|name| format!("{namespace}.{name}")));
        }
    }
    unknown
}

/// A person approves a digest with an outcome, not a sentence that is always the same.
#[test]
fn the_approval_says_what_is_approved() {
    let approval = action(&stages()[6]);
    assert_eq!(approval["ActionTypeId"]["Category"], "Approval");
    let configuration = &approval["Configuration"];
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:shop-production-approval");
    assert_eq!(configuration["NotificationArn"], topic);
    let text = configuration["CustomData"].as_str().unwrap();
    for variable in [
        "#{dast.GATE_OUTCOME}",
        "#{build.IMAGE_DIGEST}",
        "#{dast.APPROVAL_SUMMARY}",
    ] {
        assert!(text.contains(variable), "{text}");
    }
    assert_eq!(configuration["ExternalEntityLink"], "#{dast.REPORT_URL}");
    // The service takes 1000 characters; the summary has 900 at most.
    let longest = text
        .replace("#{dast.GATE_OUTCOME}", "ERROR")
        .replace("#{build.IMAGE_DIGEST}", &"0".repeat(71));
    assert!(
        longest
            .replace("#{dast.APPROVAL_SUMMARY}", &"0".repeat(900))
            .len()
            <= 1000
    );
    assert_eq!(
        approval["TimeoutInMinutes"], 4080,
        "as long as verdicts are proven"
    );
}

#[test]
fn builds_are_told_the_commit_and_the_digest() {
    for stage in &stages()[1..] {
        let configuration = &action(stage)["Configuration"];
        let Some(variables) = configuration["EnvironmentVariables"].as_str() else {
            assert_eq!(stage["Name"], "Approval");
            continue;
        };
        assert!(variables.len() <= 1000, "the service's limit");
        let variables: Vec<Value> = serde_json::from_str(variables).unwrap();
        let told: Vec<_> = variables
            .iter()
            .map(|v| (v["name"].as_str().unwrap(), v["value"].as_str().unwrap()))
            .collect();
        let mut expected = vec![("SOURCE_COMMIT", "#{source.CommitId}")];
        if !["Secrets", "Build"].contains(&stage["Name"].as_str().unwrap()) {
            expected.push(("IMAGE_DIGEST", "#{build.IMAGE_DIGEST}"));
        }
        assert_eq!(told, expected, "{}", stage["Name"]);
    }
    // The build judges the reports about secrets again, with the image as their subject.
    let inputs: Vec<_> = action(&stages()[2])["InputArtifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input["Name"].as_str().unwrap())
        .collect();
    assert_eq!(inputs, ["Source", "SecretsReports"]);
    assert_eq!(
        action(&stages()[2])["Configuration"]["PrimarySource"],
        "Source"
    );
}

#[test]
fn artifacts_are_made_once_and_before_they_are_taken() {
    let mut made = BTreeSet::new();
    for action in stages().iter().map(action) {
        let names = |key: &str| -> Vec<String> {
            let list = action[key].as_array().into_iter().flatten();
            list.map(|artifact| artifact["Name"].as_str().unwrap().to_owned())
                .collect()
        };
        assert!(
            names("InputArtifacts")
                .iter()
                .all(|name| made.contains(name)),
            "{action}"
        );
        assert!(
            names("OutputArtifacts")
                .into_iter()
                .all(|name| made.insert(name)),
            "{action}"
        );
    }
}

/// The service's own model, as botocore has it: kinds, lengths, which words there are, what has to be there. A linter lets
/// two conditions and unknown words pass.
#[test]
fn the_service_takes_the_pipeline() {
    let Some(model) = model() else { return };
    let mut problems = Vec::new();
    let question = lower(pipeline(), "");
    check(
        &model,
        "PipelineDeclaration",
        &question,
        "pipeline",
        &mut problems,
    );
    assert_eq!(problems, Vec::<String>::new());
}

/// That the check above can fail.
#[test]
fn the_service_would_not_take_another() {
    let Some(model) = model() else { return };
    let right = lower(pipeline(), "");
    let condition = "/stages/4/beforeEntry/conditions";
    let cases: [(&str, Value, &str); 6] = [
        (
            "/stages/4/beforeEntry/conditions/0/result",
            json!("EXPLODE"),
            "EXPLODE",
        ),
        (condition, json!([{}, {}]), "2 of 1"),
        (
            "/stages/4/beforeEntry/conditions/0/rules",
            json!([]),
            "0 of 1",
        ),
        ("/executionMode", json!("QUEUE"), "QUEUE"),
        (
            "/stages/1/actions/0/actionTypeId",
            json!({"category": "Build"}),
            "no owner",
        ),
        ("/stages/6/actions/0/timeoutInMinutes", json!(1), "1 of 5"),
    ];
    for (at, wrong, said) in cases {
        let mut question = right.clone();
        *question.pointer_mut(at).unwrap() = wrong;
        let mut problems = Vec::new();
        check(
            &model,
            "PipelineDeclaration",
            &question,
            "pipeline",
            &mut problems,
        );
        assert!(
            problems.iter().any(|problem| problem.contains(said)),
            "{at}: {problems:?}"
        );
    }
}

/// The providers of actions and rules that the service's documents name, each with its category, owner and version.
#[test]
fn providers_are_ones_that_there_are() {
    let known = [
        ("Source", "CodeStarSourceConnection"),
        ("Build", "CodeBuild"),
        ("Approval", "Manual"),
        ("Rule", "VariableCheck"),
        ("Rule", "LambdaInvoke"),
    ];
    let actions = stages().iter().map(|stage| &action(stage)["ActionTypeId"]);
    let rules = stages()
        .iter()
        .flat_map(rules)
        .map(|rule| &rule["RuleTypeId"]);
    let mut used = BTreeSet::new();
    for kind in actions.chain(rules) {
        assert_eq!(
            (&kind["Owner"], &kind["Version"]),
            (&json!("AWS"), &json!("1"))
        );
        used.insert((
            kind["Category"].as_str().unwrap(),
            kind["Provider"].as_str().unwrap(),
        ));
    }
    assert_eq!(used, BTreeSet::from(known));
}

#[test]
fn people_hear_of_approvals() {
    let rule = stack("pipeline").properties("Notifications");
    assert_eq!(
        rule["Resource"],
        format!("arn:aws:codepipeline:{REGION}:{ACCOUNT}:shop-production")
    );
    assert!(texts(&rule["EventTypeIds"]).contains(&"codepipeline-pipeline-manual-approval-needed"));
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:shop-production-pipeline");
    assert_eq!(
        rule["Targets"],
        json!([{"TargetType": "SNS", "TargetAddress": topic}])
    );
}

/// The shapes of CodePipeline.
fn model() -> Option<Value> {
    let python = tool("moto_server")?.parent()?.join("python");
    let program = "
import json, botocore.session
print(json.dumps(botocore.session.get_session().get_service_model('codepipeline')._service_description['shapes']))
";
    let shapes = run(Command::new(python).args(["-c", program])).success();
    Some(serde_json::from_str(&shapes).unwrap())
}

/// Keys as the interface has them; of a configuration they are its own, and its values texts.
fn lower(value: &Value, of: &str) -> Value {
    match value {
        Value::Object(map) if of == "Configuration" => {
            let text = |value: &Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            map.iter()
                .map(|(key, value)| (key.clone(), Value::from(text(value))))
                .collect()
        }
        Value::Object(map) => map
            .iter()
            // Of CloudFormation alone.
            .filter(|(key, _)| *key != "RestartExecutionOnUpdate")
            .map(|(key, value)| (key[..1].to_ascii_lowercase() + &key[1..], lower(value, key)))
            .collect(),
        Value::Array(list) => list.iter().map(|item| lower(item, "")).collect(),
        plain => plain.clone(),
    }
}

fn check(model: &Value, shape: &str, value: &Value, at: &str, problems: &mut Vec<String>) {
    let shape = &model[shape];
    let bounds = |what: usize, problems: &mut Vec<String>| {
        let what = what as u64;
        if shape["min"].as_u64().is_some_and(|min| what < min) {
            problems.push(format!("{at}: {what} of {} at least", shape["min"]));
        }
        if shape["max"].as_u64().is_some_and(|max| what > max) {
            problems.push(format!("{at}: {what} of {} at most", shape["max"]));
        }
    };
    match (shape["type"].as_str().unwrap(), value) {
        ("structure", Value::Object(map)) => {
            for required in texts(&shape["required"]) {
                if !map.contains_key(required) {
                    problems.push(format!("{at}: no {required}"));
                }
            }
            for (key, value) in map {
                match shape["members"][key]["shape"].as_str() {
                    Some(member) => check(model, member, value, &format!("{at}.{key}"), problems),
                    None => problems.push(format!("{at}: {key} is not known")),
                }
            }
        }
        ("list", Value::Array(list)) => {
            bounds(list.len(), problems);
            let member = shape["member"]["shape"].as_str().unwrap();
            for (number, value) in list.iter().enumerate() {
                check(model, member, value, &format!("{at}[{number}]"), problems);
            }
        }
        ("map", Value::Object(map)) => {
            for (key, value) in map {
                let (keys, values) = (&shape["key"]["shape"], &shape["value"]["shape"]);
                check(
                    model,
                    keys.as_str().unwrap(),
                    &json!(key),
                    &format!("{at}.{key}"),
                    problems,
                );
                check(
                    model,
                    values.as_str().unwrap(),
                    value,
                    &format!("{at}.{key}"),
                    problems,
                );
            }
        }
        ("string", Value::String(text)) => {
            bounds(text.chars().count(), problems);
            let words = shape["enum"].as_array();
            if words.is_some_and(|words| !words.contains(value)) {
                problems.push(format!("{at}: {text} is no word of it"));
            }
        }
        ("integer", Value::Number(number)) => {
            bounds(usize::try_from(number.as_u64().unwrap()).unwrap(), problems);
        }
        ("boolean", Value::Bool(_)) => {}
        (kind, other) => problems.push(format!("{at}: no {kind}: {other}")),
    }
}
