//! A project of its own with the scripts and the contract, and stand-ins on the path that answer for AWS and Terraform.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::call::Call;
use crate::cloudformation::stack::{Stack, deploy};
use crate::files::{self, below, iac, json as json_of, root, text};
use crate::tool::{Ran, run};

/// Settings as they must be, of the environment `dev`.
pub(super) const SETTINGS: [(&str, &str); 18] = [
    ("PROJECT", "shop"),
    ("ENVIRONMENT", "dev"),
    ("ACCOUNT", "111122223333"),
    ("REGION", "eu-central-1"),
    ("STATE_BUCKET", "state-bucket"),
    ("SOURCE_PROVIDER", "GitHub"),
    ("SOURCE_REPOSITORY", "owner/shop"),
    ("SOURCE_BRANCH", "main"),
    ("APPROVER_MAIL", "approver@shop.example"),
    ("NOTIFICATION_MAIL", "team@shop.example"),
    (
        "TOOLBOX_DIGEST",
        "sha256:1111111111111111111111111111111111111111111111111111111111111111",
    ),
    ("GATE_PROGRAM", "built here/gate"),
    ("FUNCTION_PROGRAM", "built here/gate-lambda"),
    ("FUNCTION_ARCHITECTURE", "arm64"),
    ("FUNCTION_GATE_PROGRAM", "built here/gate for arm"),
    ("DOMAIN_NAME", "shop.example.org"),
    (
        "CERTIFICATE_ARN",
        "arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000000",
    ),
    (
        "FALCO_IMAGE",
        "docker.io/falcosecurity/falco@sha256:2222222222222222222222222222222222222222222222222222222222222222",
    ),
];

/// A folder with everything. Its path has a space, as that of many people's home.
pub(super) struct Room {
    folder: TempDir,
}

impl Room {
    pub(super) fn new() -> Self {
        let room = Self {
            folder: tempfile::Builder::new()
                .prefix("a room ")
                .tempdir()
                .unwrap(),
        };
        for folder in [
            "project/iac/lib",
            "project/iac/profile",
            "project/iac/buildspecs",
            "project/iac/cloudformation",
            "project/iac/terraform/environments/dev",
            "project/built here",
            "bin",
            "tmp",
            "state/answers",
            "state/objects",
            "state/checksums",
            "state/stacks",
            "state/states",
            "state/parameters",
        ] {
            fs::create_dir_all(room.path(folder)).unwrap();
        }
        for script in ["deploy", "destroy"] {
            room.program(
                &format!("project/iac/{script}"),
                text(&iac(script)).as_bytes(),
            );
        }
        room.write("project/iac/contract.json", &text(&iac("contract.json")));
        for file in below(&iac("lib")) {
            let name = file.file_name().unwrap().to_str().unwrap();
            fs::copy(&file, room.path(&format!("project/iac/lib/{name}"))).unwrap();
        }
        room.write(
            "project/iac/profile/gate.toml",
            "format = 1\nscope = \"application\"\n",
        );
        room.write("project/iac/profile/waivers.toml", "");
        for name in ["secrets", "build"] {
            room.write(
                &format!("project/iac/buildspecs/{name}.yml"),
                "version: 0.2\n",
            );
        }
        for stack in room.stacks() {
            room.write(
                &format!("project/iac/cloudformation/{stack}.yaml"),
                "Resources: {}\n",
            );
        }
        room.write("project/iac/cloudformation/foundation.yaml", THRESHOLDS);
        fs::copy(
            iac("cloudformation/events.yaml"),
            room.path("project/iac/cloudformation/events.yaml"),
        )
        .unwrap();
        for name in ["gate-lambda", "gate for arm"] {
            room.program(&format!("project/built here/{name}"), &elf(ARM, name));
        }
        let stand_in = fs::read(root().join("tests/factory/scripts/stand-in.bash")).unwrap();
        for name in ["bin/aws", "bin/terraform", "project/built here/gate"] {
            room.program(name, &stand_in);
        }
        room.settings(&SETTINGS);
        room.answers();
        room
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    pub(super) fn program(&self, path: &str, bytes: &[u8]) {
        files::program(&self.path(path), bytes);
    }

    pub(super) fn settings(&self, settings: &[(&str, &str)]) {
        let lines: Vec<String> = settings
            .iter()
            .map(|(key, value)| format!("{key}={value}\n"))
            .collect();
        self.write("project/iac/settings.env", &lines.concat());
    }

    pub(super) fn contract(&self) -> Value {
        json_of(&self.path("project/iac/contract.json"))
    }

    pub(super) fn stacks(&self) -> Vec<String> {
        let contract = self.contract();
        let stacks = contract["stacks"].as_array().unwrap();
        stacks
            .iter()
            .map(|stack| stack.as_str().unwrap().to_owned())
            .collect()
    }

    pub(super) fn answer(&self, name: &str, answer: &Value) {
        self.write(&format!("state/answers/{name}"), &answer.to_string());
    }

    /// The names that a source of the contract gives.
    pub(super) fn given(&self, source: &str) -> Vec<String> {
        let contract = self.contract();
        let values = contract["values"].as_array().unwrap();
        let of_terraform = values
            .iter()
            .map(|row| &row["from"])
            .filter(|from| from["stack"].is_null());
        of_terraform
            .filter_map(|from| from[source].as_str())
            .map(str::to_owned)
            .collect()
    }

    /// What Terraform gives.
    pub(super) fn outputs(&self) -> Map<String, Value> {
        self.given("output")
            .into_iter()
            .map(|name| {
                let value = match output(&name) {
                    list if list.contains(',') => list.split(',').map(Value::from).collect(),
                    text => Value::from(text),
                };
                (name, json!({ "value": value }))
            })
            .collect()
    }

    fn answers(&self) {
        self.answer("terraform.output", &Value::Object(self.outputs()));
        let mut stacks: BTreeMap<String, Vec<Value>> = self
            .stacks()
            .into_iter()
            .map(|stack| (stack, Vec::new()))
            .collect();
        for row in self.contract()["values"].as_array().unwrap() {
            if let Some(stack) = row["from"]["stack"].as_str() {
                let name = row["from"]["output"].as_str().unwrap();
                let output = json!({ "OutputKey": name, "OutputValue": output(name) });
                stacks.get_mut(stack).unwrap().push(output);
            }
        }
        for (stack, outputs) in stacks {
            self.answer(&format!("stack.{stack}"), &Value::Array(outputs));
        }
        let digest = SETTINGS[10].1;
        for (name, answer) in [
            (
                "sts.get-caller-identity",
                json!({"Account": "111122223333", "Arn": "arn:aws:sts::111122223333:assumed-role/deployer/ci"}),
            ),
            (
                "s3api.get-bucket-encryption",
                json!({"ServerSideEncryptionConfiguration": {"Rules": [
                    {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "the state key"}},
                ]}}),
            ),
            (
                "kms.get-public-key",
                json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", "PublicKey": "MFkw".repeat(31)}),
            ),
            (
                "kms.describe-key",
                json!({"KeyMetadata": {"KeyState": "Enabled", "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}}),
            ),
            (
                "kms.get-key-rotation-status",
                json!({"KeyRotationEnabled": true}),
            ),
            (
                "ssm.get-parameters-by-path",
                json!({"Parameters": [
                    {"Name": "/gate/shop/dev/image", "Version": 3, "Value": "{\"max-high\": 1}"},
                    {"Name": "/gate/shop/dev/secrets", "Version": 1, "Value": "{\"max-high\": 0}"},
                ]}),
            ),
            ("ssm.label-parameter-version", json!({"InvalidLabels": []})),
            ("codepipeline.get-pipeline", PIPELINE[0].clone()),
            ("codebuild.batch-get-projects", PIPELINE[1].clone()),
            (
                "lambda.get-account-settings",
                json!({"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}}),
            ),
            (
                "sns.list-subscriptions-by-topic",
                json!({"Subscriptions": [{"SubscriptionArn": "arn:aws:sns:x"}]}),
            ),
            (
                "s3api.get-object-lock-configuration",
                json!({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}),
            ),
            (
                "cloudformation.list-stack-resources",
                json!({"StackResourceSummaries": [
                    {"ResourceType": "AWS::CloudTrail::Trail", "PhysicalResourceId": "shop-dev-trail"},
                ]}),
            ),
            ("cloudtrail.get-trail-status", json!({"IsLogging": true})),
            (
                "codeconnections.get-connection",
                json!({"Connection": {"ConnectionStatus": "AVAILABLE"}}),
            ),
            (
                "ecr.list-images",
                json!({"imageIds": [{"imageDigest": digest}]}),
            ),
        ] {
            self.answer(name, &answer);
        }
        self.write(
            "state/answers/terraform.state",
            "module.factory.data.aws_region.this\nmodule.factory.module.evidence.aws_s3_bucket.this[\"evidence\"]\nmodule.factory.module.network.aws_vpc.this\n",
        );
    }

    /// A script, ready to be run: `Command` has a process id of its own that the stand-ins know.
    pub(super) fn script(&self, name: &str, arguments: &[&str]) -> Command {
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new("bash");
        command
            .args(["-c", "SCRIPT=$$ exec \"$0\" \"$@\""])
            .arg(self.path(&format!("project/iac/{name}")))
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(std::process::Stdio::null())
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("STAND_IN", self.path("state"))
            .env("TMPDIR", self.path("tmp"));
        for name in [
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_PROFILE",
            "TF_CLI_ARGS",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Runs it with nobody to ask, and asserts what always holds: nothing is left in the folder for temporary files.
    pub(super) fn run(&self, name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.script(name, arguments);
        command.envs(variables.iter().copied());
        let ran = run(&mut command);
        let left: Vec<PathBuf> = fs::read_dir(self.path("tmp"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(
            left.is_empty(),
            "{left:?} was left by {arguments:?} {variables:?}"
        );
        ran
    }

    pub(super) fn deploy(&self, variables: &[(&str, &str)]) -> Ran {
        self.run("deploy", &["--yes"], variables)
    }

    /// What was asked so far, and forgets it.
    pub(super) fn calls(&self) -> Vec<Call> {
        let calls = self.read("state/calls");
        let _ = fs::remove_file(self.path("state/calls"));
        calls.lines().map(Call::of).collect()
    }

    pub(super) fn there(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Processors as the head of a program names them.
pub(super) const ARM: u8 = 0xb7;
pub(super) const X86: u8 = 0x3e;

/// The head of a program, with something that tells it from others.
pub(super) fn elf(machine: u8, text: &str) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([3, 0, machine, 0]);
    bytes.extend(text.bytes());
    bytes
}

/// The two first thresholds of a template, as the one of the project has them.
const THRESHOLDS: &str = r#"Resources:
  Image:
    Type: AWS::SSM::Parameter
    Properties:
      Name: !Sub /gate/${Project}/${Environment}/image
      Value: '{"max-high": 1}'
  Secrets:
    Type: AWS::SSM::Parameter
    Properties:
      Name: !Sub /gate/${Project}/${Environment}/secrets
      Value: '{"max-high": 0}'
"#;

/// What an output says: its name, but where its form is looked at.
pub(super) fn output(name: &str) -> String {
    match name {
        "private_subnet_ids" => "subnet-1,subnet-2".to_owned(),
        "ThresholdsPath" => "/gate/shop/dev".to_owned(),
        "evidence_bucket_name" => "shop-dev-evidence-111122223333".to_owned(),
        "VerifyFunctionArn" => {
            "arn:aws:lambda:eu-central-1:111122223333:function:shop-dev-verify".to_owned()
        }
        other => format!("the {other}"),
    }
}

/// The templates of the project, deployed with what the stand-ins give.
pub(super) static STACKS: LazyLock<Vec<Stack>> = LazyLock::new(|| {
    let verify = output("VerifyFunctionArn");
    deploy(&[
        ("environment", "dev"),
        ("staging_cluster_name", "the staging_cluster_name"),
        ("production_cluster_name", "the production_cluster_name"),
        ("tools_bucket_name", "the tools_bucket_name"),
        ("toolbox_digest", SETTINGS[10].1),
        ("buildspecs_digest", "DIGEST"),
        ("verify_function_arn", &verify),
    ])
});

pub(super) fn stack(name: &str) -> &'static Stack {
    STACKS.iter().find(|stack| stack.name == name).unwrap()
}

/// The pipeline and its builds, as the services show what the template made.
static PIPELINE: LazyLock<[Value; 2]> = LazyLock::new(|| {
    let stack = stack("pipeline");
    let projects = stack.all("AWS::CodeBuild::Project");
    let projects = projects.into_iter().map(|(_, project)| {
        json!({
            "name": project["Name"],
            "source": {"buildspec": project["Source"]["BuildSpec"]},
            "environment": {"image": project["Environment"]["Image"]},
        })
    });
    [
        json!({ "pipeline": as_shown(stack.properties("Pipeline")) }),
        json!({ "projects": projects.collect::<Vec<_>>() }),
    ]
});

/// Properties as the service calls them: with a small letter first, but for those of a configuration.
fn as_shown(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(as_shown).collect(),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| {
                    let (first, rest) = key.split_at(1);
                    let shown = if key == "Configuration" {
                        value.clone()
                    } else {
                        as_shown(value)
                    };
                    (first.to_lowercase() + rest, shown)
                })
                .collect(),
        ),
        plain => plain.clone(),
    }
}
