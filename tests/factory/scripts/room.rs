//! A project of its own with the scripts and the contract, and stand-ins on the path that answer for AWS and Terraform.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

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

/// Operations that change nothing, by how they begin.
pub(super) const READING: [&str; 6] = [
    "get-",
    "list-",
    "describe-",
    "head-",
    "batch-get-",
    "validate-",
];

/// A folder with everything. Its path has a space, as that of many people's home.
pub(super) struct Room {
    folder: TempDir,
}

/// One call that a stand-in wrote down, its words apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call(pub Vec<String>);

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

    /// What Terraform gives: each output its name, but for the one list.
    pub(super) fn outputs(&self) -> Map<String, Value> {
        self.given("output")
            .into_iter()
            .map(|name| {
                let value = if name == "private_subnet_ids" {
                    json!(["subnet-1", "subnet-2"])
                } else {
                    json!(format!("the {name}"))
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
                let output = json!({ "OutputKey": name, "OutputValue": format!("the {name}") });
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
                    {"Name": "/gate/shop/dev/image/max-high", "Version": 3}, {"Name": "/gate/shop/dev/max-critical", "Version": 1},
                ]}),
            ),
            ("ssm.label-parameter-version", json!({"InvalidLabels": []})),
            ("codepipeline.get-pipeline", pipeline()),
            (
                "codebuild.batch-get-projects",
                json!({"projects": [
                    project("shop-dev-secrets", digest), project("shop-dev-deploy-production", digest),
                ]}),
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

fn pipeline() -> Value {
    let entry = json!({"conditions": [{"result": "FAIL", "rules": [{"name": "verify"}]}]});
    let action = |project: &str| json!([{"actionTypeId": {"provider": "CodeBuild"}, "configuration": {"ProjectName": project}}]);
    json!({"pipeline": {"pipelineType": "V2", "stages": [
        {"name": "Secrets", "actions": action("shop-dev-secrets")},
        {"name": "Staging", "beforeEntry": entry, "actions": []},
        {"name": "Production", "beforeEntry": entry, "actions": action("shop-dev-deploy-production")},
    ]}})
}

fn project(name: &str, toolbox: &str) -> Value {
    json!({
        "name": name,
        "source": {"buildspec": "arn:aws:s3:::the tools_bucket_name/buildspecs/DIGEST/secrets.yml"},
        "environment": {"image": format!("registry/toolbox@{toolbox}")},
    })
}

impl Call {
    /// As bash's `%q` wrote it: words with a backslash before what is special. None of ours has `$'…'`.
    fn of(line: &str) -> Self {
        let mut words = Vec::new();
        let mut word = String::new();
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => word.extend(letters.next()),
                ' ' => words.push(std::mem::take(&mut word)),
                other => word.push(other),
            }
        }
        Self(words)
    }

    /// Tool and operation, and the stack or file that it is about: what an order of calls is told by.
    pub(super) fn short(&self) -> String {
        let words: Vec<&str> = self
            .0
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with("-chdir="))
            .collect();
        let of_interest = ["--stack-name", "--key", "--name"];
        let about = words
            .windows(2)
            .find(|pair| of_interest.contains(&pair[0]))
            .map_or("", |pair| pair[1]);
        let operation = if words[0] == "terraform" {
            words[1].to_owned()
        } else {
            words[1..words.len().min(3)].join(" ")
        };
        format!("{} {operation} {about}", words[0])
            .trim_end()
            .to_owned()
    }

    /// Whether it can change anything outside of this machine.
    pub(super) fn changes(&self) -> bool {
        let words: Vec<&str> = self
            .0
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with("-chdir="))
            .collect();
        match words[0] {
            "aws" => {
                words[1] != "--version"
                    && words[2] != "wait"
                    && !READING.iter().any(|begin| words[2].starts_with(begin))
            }
            "terraform" => {
                let reads = ["version", "init", "validate", "output"].contains(&words[1])
                    || words[1..].starts_with(&["state", "list"]);
                // A plan takes the lock of the state but where it is told not to.
                let unlocked = words[1] == "plan" && words.contains(&"-lock=false");
                !(reads || unlocked)
            }
            "gate" => false,
            other => panic!("{other}"),
        }
    }

    /// The lock is given back, whatever happened.
    pub(super) fn gives_back(&self) -> bool {
        self.short() == "aws s3api delete-object gate/dev/deploy.lock.json"
    }
}
