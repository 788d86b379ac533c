//! What holds for every template.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::stack::{NAMES, Stack, deploy, factory};
use crate::files::{iac, json, text};
use crate::tool::tool;

fn names(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| &**name)
        .collect()
}

/// Every name that a function refers to.
fn referred<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (&**key, value) {
                    ("Ref", Value::String(name)) => drop(found.insert(name)),
                    ("Fn::Sub", Value::String(text)) => {
                        let names = text
                            .split("${")
                            .skip(1)
                            .filter_map(|part| part.split_once('}'));
                        found.extend(names.map(|(name, _)| name));
                    }
                    _ => referred(value, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| referred(value, found)),
        _ => {}
    }
}

fn written(stack: &Stack) -> String {
    text(&iac(&format!("cloudformation/{}.yaml", stack.name)))
}

#[test]
fn there_is_a_template_for_each_stack_of_the_contract_and_no_other() {
    let files = crate::files::below(&iac("cloudformation"));
    let files: BTreeSet<_> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect();
    let stacks: Vec<_> = factory()
        .iter()
        .map(|stack| format!("{}.yaml", stack.name))
        .collect();
    assert_eq!(files, stacks.iter().map(|name| &**name).collect());
}

#[test]
fn every_parameter_is_given_used_described_and_bounded() {
    for stack in factory() {
        let parameters = &stack.template["Parameters"];
        let given = stack.parameters.keys().map(|name| &**name).collect();
        assert_eq!(
            names(parameters),
            given,
            "{}: what the contract gives it",
            stack.name
        );
        let mut used = BTreeSet::new();
        for part in ["Conditions", "Resources", "Outputs"] {
            referred(&stack.template[part], &mut used);
        }
        for (name, parameter) in parameters.as_object().unwrap() {
            let at = format!("{}: {name}", stack.name);
            assert!(used.contains(&**name), "{at} is not used");
            assert!(
                parameter["Description"]
                    .as_str()
                    .is_some_and(|text| text.ends_with('.')),
                "{at}"
            );
            let kind = parameter["Type"].as_str().unwrap();
            // A type of AWS's own is looked up in the account.
            let bounds = ["AllowedPattern", "AllowedValues"].map(|key| !parameter[key].is_null());
            assert!(
                kind.contains("AWS::") || bounds.contains(&true),
                "{at} takes anything"
            );
            // Nothing is taken for granted, and nothing secret comes this way.
            assert!(parameter["Default"].is_null(), "{at}");
            assert!(parameter["NoEcho"].is_null(), "{at}");
            let secret = ["Password", "Token", "ApiKey", "SecretKey"]
                .iter()
                .any(|word| name.contains(word));
            assert!(!secret, "{at}: secrets are no parameters");
        }
    }
}

#[test]
fn every_parameter_is_shown_in_one_group_with_a_label() {
    for stack in factory() {
        let interface = &stack.template["Metadata"]["AWS::CloudFormation::Interface"];
        let groups = interface["ParameterGroups"].as_array().unwrap();
        let shown: Vec<_> = groups
            .iter()
            .flat_map(|group| group["Parameters"].as_array().unwrap())
            .collect();
        let of: BTreeSet<_> = shown.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(of, names(&stack.template["Parameters"]), "{}", stack.name);
        assert_eq!(of.len(), shown.len(), "{}: one is shown twice", stack.name);
        assert_eq!(of, names(&interface["ParameterLabels"]), "{}", stack.name);
        for label in groups
            .iter()
            .map(|group| &group["Label"])
            .chain(interface["ParameterLabels"].as_object().unwrap().values())
        {
            assert!(
                label["default"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{}",
                stack.name
            );
        }
    }
}

/// By the engine of patterns of Python, which agrees with Java's on what stands here.
#[test]
fn what_is_wrong_is_refused_before_anything_is_made() {
    let Some(python) = tool("python3") else {
        return;
    };
    let wrong: &[(&str, &[&str])] = &[
        (
            "Project",
            &[
                "",
                "x",
                "Shop",
                "9shop",
                "shop-",
                "-shop",
                "a--b",
                "a_b",
                "shop production",
                "abcdefghijklmnopqrstu",
            ],
        ),
        ("Environment", &["", "prod", "staging", "Production"]),
        ("SourceProvider", &["", "github", "CodeCommit"]),
        (
            "ApproverMail",
            &["", "nobody", "a@b", "a b@example.com", "a@b@example.com"],
        ),
        (
            "NotificationMail",
            &["nobody", "team@example.com,other@example.com x"],
        ),
        (
            "RepositoryUrl",
            &[
                "",
                "docker.io/shop",
                "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop:latest",
                "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:0",
                "111122223333.dkr.ecr.eu-central-1.amazonaws.com.evil.example/shop",
            ],
        ),
        (
            "ToolboxDigest",
            &[
                "",
                "latest",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
                "sha256:01",
            ],
        ),
        (
            "GateDigest",
            &[
                "",
                "latest",
                "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "../0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
            ],
        ),
        ("FunctionDigest", &["", "0123456789abcdef"]),
        ("ProfileDigest", &["*", "0123456789abcdef"]),
        ("BuildspecsDigest", &["", "*"]),
        ("Architecture", &["", "amd64"]),
        (
            "FalcoImage",
            &["", "docker.io/falcosecurity/falco:latest", "None"],
        ),
        ("ToolsBucketName", &["", "*", "Bucket", "a/b"]),
        ("EvidenceBucketName", &["", "shop-evidence/*"]),
        (
            "SourceRepository",
            &["", "shop", "https://example.com/owner/shop", "owner/"],
        ),
        ("SourceBranch", &["", "-x", "main main"]),
        (
            "StagingUrl",
            &["", "http://staging.shop.example", "https://", "ftp://x"],
        ),
        (
            "ProductionUrl",
            &["http://shop.example", "https://shop.example x"],
        ),
        (
            "ThresholdsPath",
            &["", "/other/shop", "/gate", "/gate/shop/*"],
        ),
        ("SigningKeyAlias", &["", "shop", "alias/", "alias/*"]),
        (
            "SigningKeyArn",
            &[
                "",
                "*",
                "alias/shop",
                "arn:aws:kms:eu-central-1:111122223333:key/*",
            ],
        ),
        (
            "TaskRoleArn",
            &["", "*", "shop-task", "arn:aws:iam::111122223333:user/shop"],
        ),
        (
            "AlertTopicArn",
            &["", "*", "arn:aws:sqs:eu-central-1:111122223333:q"],
        ),
        (
            "VerifyFunctionArn",
            &[
                "",
                "verify",
                "arn:aws:lambda:eu-central-1:111122223333:function:verify:1",
            ],
        ),
        (
            "ProductionLoadBalancer",
            &["", "arn:aws:elasticloadbalancing:x", "net/shop/0123"],
        ),
        ("ProductionClusterName", &["", "*", "a/b"]),
    ];
    let mut questions = Vec::new();
    for stack in factory() {
        for (name, given) in &stack.parameters {
            let parameter = &stack.template["Parameters"][name];
            if let (Value::String(given), false) =
                (given, parameter["Type"].to_string().contains("AWS::"))
            {
                questions.push(json!([parameter, given, true, name]));
            }
            for (_, values) in wrong.iter().filter(|(wrong, _)| wrong == name) {
                questions.extend(
                    values
                        .iter()
                        .map(|value| json!([parameter, value, false, name])),
                );
            }
        }
    }
    let known: BTreeSet<_> = questions
        .iter()
        .map(|question| question[3].as_str().unwrap())
        .collect();
    assert!(
        wrong.iter().all(|(name, _)| known.contains(name)),
        "a parameter that is not there"
    );
    let program = "
import json, re, sys
for parameter, value, expected, name in json.load(sys.stdin):
    fits = (re.fullmatch(parameter.get('AllowedPattern', '.*'), value) is not None
            and value in parameter.get('AllowedValues', [value])
            and parameter.get('MinLength', 0) <= len(value) <= parameter.get('MaxLength', 9999))
    if fits != expected: print(name, repr(value), 'is taken' if fits else 'is refused')
";
    let mut command = Command::new(python);
    let mut child = command
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), &questions).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}

#[test]
fn no_partition_region_account_or_secret_is_written_down() {
    for stack in factory() {
        for (number, line) in written(stack).lines().enumerate() {
            let at = format!("{}.yaml:{}: {line}", stack.name, number + 1);
            let line = line.split("# ").next().unwrap();
            assert!(!line.contains("arn:aws:"), "{at}");
            assert!(
                !line.contains("-central-1") && !line.contains("us-east-1"),
                "{at}"
            );
            let digits = |c: char| c.is_ascii_digit();
            let account = line.split(|c| !digits(c)).any(|run| run.len() == 12);
            assert!(!account, "{at}");
            assert!(!line.contains("AKIA") && !line.contains("resolve:"), "{at}");
        }
    }
}

/// Roles are taken for an hour. Users and their keys stay until somebody remembers them.
#[test]
fn nobody_has_a_key_that_lasts() {
    let mut roles = 0;
    for (name, resource) in factory().iter().flat_map(Stack::resources) {
        for lasts in [
            "AWS::IAM::AccessKey",
            "AWS::IAM::ServiceSpecificCredential",
            "AWS::IAM::User",
        ] {
            assert!(!resource.kind.starts_with(lasts), "{name}");
        }
        roles += usize::from(resource.kind == "AWS::IAM::Role");
    }
    assert!(roles > 5, "{roles}");
}

/// In another partition everything has its ARNs, but for what the name of a service is.
#[test]
fn every_arn_begins_with_the_partition() {
    for stack in factory() {
        let mut found = 0;
        for (number, line) in written(stack).lines().enumerate() {
            for (at, _) in line.match_indices("arn:") {
                found += 1;
                let rest = &line[at..];
                let fits = rest.starts_with("arn:${AWS::Partition}:")
                    || rest.starts_with("arn:aws[a-z-]*:");
                assert!(fits, "{}.yaml:{}: {rest}", stack.name, number + 1);
            }
        }
        assert!(found > 0, "{}", stack.name);
    }
}

#[test]
fn outputs_are_what_the_contract_takes() {
    let contract = json(&iac("contract.json"));
    for stack in factory() {
        let values = contract["values"].as_array().unwrap().iter();
        let taken = values.filter(|value| value["from"]["stack"] == *stack.name);
        let taken: BTreeSet<_> = taken
            .map(|value| value["from"]["output"].as_str().unwrap())
            .collect();
        assert_eq!(names(&stack.template["Outputs"]), taken, "{}", stack.name);
        for output in taken {
            assert!(
                !stack.template["Outputs"][output]["Description"].is_null(),
                "{output}"
            );
            assert!(
                stack
                    .output(output)
                    .as_str()
                    .is_some_and(|value| !value.is_empty()),
                "{output}"
            );
        }
    }
}

/// `aws cloudformation deploy` without a bucket sends a template whole.
#[test]
fn templates_can_be_sent_as_they_are() {
    for stack in factory() {
        let bytes = written(stack).len();
        assert!(bytes <= 51_200, "{}: {bytes}", stack.name);
        let resources = stack.resources().count();
        assert!(
            resources <= 500 && stack.parameters.len() <= 200,
            "{}",
            stack.name
        );
    }
}

/// Two environments in one account have no name in common.
#[test]
fn names_are_of_one_environment() {
    let own = |stacks: &[Stack]| -> BTreeSet<(String, String)> {
        let resources = stacks.iter().flat_map(Stack::resources).filter(|(_, r)| {
            // These belong to a resource of ours, or name one of somebody else.
            ![
                "AWS::Lambda::Permission",
                "AWS::Lambda::EventSourceMapping",
                "AWS::Logs::MetricFilter",
                "AWS::Logs::SubscriptionFilter",
            ]
            .contains(&&*r.kind)
        });
        let named = resources.flat_map(|(_, resource)| {
            let names = NAMES
                .iter()
                .filter_map(|key| resource.properties[*key].as_str());
            names.map(|name| (resource.kind.clone(), name.to_owned()))
        });
        named.collect()
    };
    let (production, dev) = (own(factory()), own(&deploy(&[("environment", "dev")])));
    assert!(production.len() > 60, "{}", production.len());
    let both: Vec<_> = production.intersection(&dev).collect();
    assert_eq!(both, Vec::<&(String, String)>::new());
}
