//! `deploy` with the real command line of AWS against an emulator, and a stand-in for Terraform. The emulator keeps keys,
//! topics, parameters and objects; pipeline and builds it takes without making them, which the last step has to find out.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::room::Room;
use crate::files::{iac, text};
use crate::server::emulator;
use crate::tool::{run, tool};

const ACCOUNT: &str = "123456789012";

/// What the emulator lacks: it knows no protection and no settings of an account, and gives no outputs of a stack that a change set made. So the change set
/// is made as asked, not executed, and the stack made in one call with the same template and parameters.
const SHIM: &str = r#"#!/usr/bin/env bash
set -euo pipefail
case "$1 ${2-}" in
    'cloudformation update-termination-protection') exit 0 ;;
    'lambda get-account-settings') echo '{"AccountLimit": {"UnreservedConcurrentExecutions": 1000}}' ;;
    'cloudformation deploy')
        # The second time nothing is new.
        [[ ! -f $STAND_IN/made-$4 ]] || exit 0
        'REAL' "$@" --no-execute-changeset
        'REAL' cloudformation delete-stack --stack-name "$4"
        jq 'map(capture("^(?<ParameterKey>[^=]+)=(?<ParameterValue>.*)$"))' "${8#file://}" >"$STAND_IN/again.json"
        'REAL' cloudformation create-stack --stack-name "$4" --template-body "file://$6" --parameters "file://$STAND_IN/again.json" \
            --capabilities CAPABILITY_NAMED_IAM
        touch "$STAND_IN/made-$4"
        ;;
    *) exec 'REAL' "$@" ;;
esac
"#;

struct Cloud {
    aws: PathBuf,
    address: &'static str,
}

impl Cloud {
    fn variables(&self) -> [(&'static str, &'static str); 6] {
        [
            ("AWS_ENDPOINT_URL", self.address),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ]
    }

    fn asks(&self, words: &[&str]) -> Value {
        let mut command = Command::new(&self.aws);
        command
            .args(words)
            .args(["--region", "eu-central-1", "--output", "json"])
            .env_remove("AWS_PROFILE")
            .envs(self.variables());
        let said = run(&mut command).success();
        serde_json::from_str(&said).unwrap_or(Value::Null)
    }
}

/// A template with the parameters and outputs of a stack, and a single topic.
fn outline(room: &Room, stack: &str) -> String {
    let mut parameters = serde_json::Map::new();
    let mut outputs = serde_json::Map::new();
    for row in room.contract()["values"].as_array().unwrap() {
        for (parameter, takers) in row["parameters"].as_object().into_iter().flatten() {
            if takers
                .as_array()
                .unwrap()
                .iter()
                .any(|taker| taker == stack)
            {
                parameters.insert(parameter.clone(), json!({ "Type": "String" }));
            }
        }
        if row["from"]["stack"] == stack {
            let output = row["from"]["output"].as_str().unwrap();
            outputs.insert(
                output.to_owned(),
                json!({ "Value": format!("the-{output}") }),
            );
        }
    }
    let template = json!({
        "Parameters": parameters,
        "Resources": { "Topic": { "Type": "AWS::SNS::Topic" } },
        "Outputs": outputs,
    });
    // A section without anything in it is refused.
    template.to_string().replace("\"Outputs\":{},", "")
}

#[test]
fn what_the_emulator_can_hold_is_there_afterwards() {
    let Some(address) = emulator() else { return };
    let Some(aws) = tool("aws") else {
        return;
    };
    let room = Room::new();
    let shim = SHIM.replace("REAL", &aws.display().to_string());
    let cloud = Cloud { aws, address };
    room.program("bin/aws", shim.as_bytes());
    // The first stack as it is, but for the connection, which the emulator does not know, and the key that signs: it makes each
    // key of a template a symmetric one. Of the other stacks what they take and give.
    let key = cloud.asks(&[
        "kms",
        "create-key",
        "--key-spec",
        "ECC_NIST_P256",
        "--key-usage",
        "SIGN_VERIFY",
    ]);
    let foundation = text(&iac("cloudformation/foundation.yaml"));
    let (resources, outputs) = foundation.split_once("\nOutputs:\n").unwrap();
    let outputs = outputs
        .replace("!Ref Connection\n", "the-connection\n")
        .replace(
            "!GetAtt SigningKey.Arn\n",
            &format!("{}\n", key["KeyMetadata"]["Arn"]),
        );
    room.write(
        "project/iac/cloudformation/foundation.yaml",
        &format!("{resources}\nOutputs:\n{outputs}"),
    );
    for stack in room.stacks().iter().skip(1) {
        room.write(
            &format!("project/iac/cloudformation/{stack}.yaml"),
            &outline(&room, stack),
        );
    }
    let settings = room
        .read("project/iac/settings.env")
        .replace("=111122223333", &format!("={ACCOUNT}"))
        .replace("PROJECT=shop", "PROJECT=deployed")
        .replace("=state-bucket", "=deployed-state");
    room.write("project/iac/settings.env", &settings);
    let mut outputs = room.outputs();
    outputs["tools_bucket_name"] = json!({ "value": "deployed-tools" });
    let evidence = format!("deployed-dev-evidence-{ACCOUNT}");
    outputs["evidence_bucket_name"] = json!({ "value": evidence });
    room.answer("terraform.output", &Value::Object(outputs));
    let at = "LocationConstraint=eu-central-1";
    cloud.asks(&[
        "s3api",
        "create-bucket",
        "--bucket",
        "deployed-state",
        "--create-bucket-configuration",
        at,
    ]);
    let encryption = r#"{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/state"}}]}"#;
    cloud.asks(&[
        "s3api",
        "put-bucket-encryption",
        "--bucket",
        "deployed-state",
        "--server-side-encryption-configuration",
        encryption,
    ]);
    cloud.asks(&[
        "s3api",
        "create-bucket",
        "--bucket",
        "deployed-tools",
        "--create-bucket-configuration",
        at,
        "--object-lock-enabled-for-bucket",
    ]);

    let variables = cloud.variables();
    let first = room.run("deploy", &["--yes"], &variables);

    // The thresholds of the first stack, each labelled.
    let path = "/gate/deployed/dev";
    let thresholds = cloud.asks(&[
        "ssm",
        "get-parameters-by-path",
        "--path",
        path,
        "--recursive",
    ]);
    let names: Vec<&str> = thresholds["Parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Name"].as_str().unwrap())
        .collect();
    assert!(names.len() >= 5, "{}", first.stderr);
    for name in names {
        let labelled = cloud.asks(&[
            "ssm",
            "get-parameter",
            "--name",
            &format!("{name}:deployed"),
        ]);
        assert_eq!(labelled["Parameter"]["Version"], 1, "{name}");
    }
    // What was uploaded, in the bucket that nobody can alter, under its digest.
    let listed = cloud.asks(&[
        "s3api",
        "list-object-versions",
        "--bucket",
        "deployed-tools",
    ]);
    let keys: Vec<&str> = listed["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Key"].as_str().unwrap())
        .collect();
    assert_eq!(keys.len(), 5, "{keys:?}");
    for (kind, name) in [
        ("gate/", "/gate"),
        ("profile/", "/profile.tar"),
        ("buildspecs/", "/build.yml"),
        ("function/", "/function.zip"),
    ] {
        assert!(
            keys.iter()
                .any(|key| key.starts_with(kind) && key.ends_with(name)),
            "{keys:?}"
        );
    }
    // The emulator says that every stack is complete, and has made no pipeline: that is found out, and named.
    let stacks = cloud.asks(&["cloudformation", "describe-stacks"]);
    let complete = stacks["Stacks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| {
            it["StackName"]
                .as_str()
                .unwrap()
                .starts_with("deployed-dev-")
        })
        .count();
    assert_eq!(complete, room.stacks().len());
    assert_eq!(first.code, Some(1));
    assert!(
        first.stderr.contains("== verify") && first.stderr.contains("error: pipeline `"),
        "{}",
        first.stderr
    );
    assert!(!first.stdout.contains("stands"), "{}", first.stdout);
    // The lock was given back, and a second run uploads nothing again.
    room.run("deploy", &["--yes", "--from", "files"], &variables);
    let listed = cloud.asks(&[
        "s3api",
        "list-object-versions",
        "--bucket",
        "deployed-tools",
    ]);
    assert_eq!(listed["Versions"].as_array().unwrap().len(), 5);
    let locks = cloud.asks(&["s3api", "list-objects-v2", "--bucket", "deployed-state"]);
    assert!(
        locks["Contents"].as_array().is_none_or(Vec::is_empty),
        "{locks}"
    );
}
