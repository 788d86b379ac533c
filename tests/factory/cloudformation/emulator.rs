//! What an emulator really makes of the first two stacks. Of the others it makes nothing and says that they are complete,
//! so that there is nothing to see.

use std::process::Command;

use serde_json::{Value, json};

use super::stack::{Stack, deploy};
use crate::files::iac;
use crate::server::emulator;
use crate::tool::{run, tool};

/// The account that the emulator is.
const ACCOUNT: &str = "123456789012";

/// The command line of AWS, led to the emulator.
struct Aws {
    program: std::path::PathBuf,
    endpoint: &'static str,
}

impl Aws {
    fn new() -> Option<Self> {
        Some(Self {
            program: tool("aws")?,
            endpoint: emulator()?,
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["--endpoint-url", self.endpoint, "--output", "json"])
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", "eu-central-1")
            .env("AWS_PAGER", "")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env_remove("AWS_PROFILE");
        command
    }

    fn ask(&self, arguments: &[&str]) -> Value {
        let said = run(&mut self.command(arguments)).success();
        serde_json::from_str(&said).unwrap_or_default()
    }

    /// Makes a stack, each parameter as given, and gives its outputs.
    fn create(&self, stack: &Stack, parameters: &[(&str, Value)]) -> Value {
        let name = format!("emulated-{}", stack.name);
        let template = format!(
            "file://{}",
            iac(&format!("cloudformation/{}.yaml", stack.name)).display()
        );
        let mut given = stack.parameters.clone();
        for (name, value) in parameters {
            *given.get_mut(*name).unwrap() = value.clone();
        }
        let given = given
            .iter()
            .map(|(key, value)| json!({"ParameterKey": key, "ParameterValue": value}));
        let given = Value::Array(given.collect()).to_string();
        self.ask(&[
            "cloudformation",
            "create-stack",
            "--stack-name",
            &name,
            "--template-body",
            &template,
            "--parameters",
            &given,
            "--capabilities",
            "CAPABILITY_NAMED_IAM",
        ]);
        let made = self.ask(&["cloudformation", "describe-stacks", "--stack-name", &name]);
        assert_eq!(made["Stacks"][0]["StackStatus"], "CREATE_COMPLETE");
        made["Stacks"][0]["Outputs"].clone()
    }
}

fn output(outputs: &Value, key: &str) -> Value {
    let found = outputs
        .as_array()
        .unwrap()
        .iter()
        .find(|output| output["OutputKey"] == key);
    found.unwrap_or_else(|| panic!("no {key}"))["OutputValue"].clone()
}

/// One test, for the second stack is given what the first made.
#[test]
fn an_emulator_makes_what_it_can_make() {
    let Some(aws) = Aws::new() else { return };
    // A name of its own: other tests make theirs in the same emulator.
    let stacks = deploy(&[("project", "emulated"), ("environment", "dev")]);
    let stack = |name: &str| stacks.iter().find(|stack| stack.name == name).unwrap();

    let made = aws.create(stack("foundation"), &[]);
    // It can't describe a key that a stack made; names of keys it knows.
    let aliases = aws.ask(&["kms", "list-aliases"]);
    let keys = [
        (
            "alias/emulated-dev-verdicts",
            output(&made, "SigningKeyArn"),
        ),
        (
            "alias/emulated-dev-pipeline",
            output(&made, "PipelineKeyArn"),
        ),
    ];
    for (name, key) in keys {
        let aliases = aliases["Aliases"].as_array().unwrap().iter();
        let alias = aliases
            .filter(|alias| alias["AliasName"] == name)
            .collect::<Vec<_>>();
        let id = alias[0]["TargetKeyId"].as_str().unwrap();
        assert!(key.as_str().unwrap().ends_with(id), "{name}: {key}");
    }
    let topic = output(&made, "ApprovalTopicArn");
    let mails = aws.ask(&[
        "sns",
        "list-subscriptions-by-topic",
        "--topic-arn",
        topic.as_str().unwrap(),
    ]);
    assert_eq!(
        mails["Subscriptions"][0]["Endpoint"],
        "approver@example.com"
    );
    let path = output(&made, "ThresholdsPath");
    assert_eq!(path, "/gate/emulated/dev");
    let thresholds = aws.ask(&[
        "ssm",
        "get-parameters-by-path",
        "--path",
        path.as_str().unwrap(),
    ]);
    assert_eq!(thresholds["Parameters"].as_array().unwrap().len(), 11);
    let guard = output(&made, "GuardPolicyArn");
    let version = aws.ask(&[
        "iam",
        "get-policy-version",
        "--policy-arn",
        guard.as_str().unwrap(),
        "--version-id",
        "v1",
    ]);
    let sid = &version["PolicyVersion"]["Document"]["Statement"][0]["Sid"];
    assert_eq!(*sid, "NoChangeOfThePipeline");

    let package = tempfile::NamedTempFile::new().unwrap();
    // An empty archive.
    std::fs::write(package.path(), [&b"PK\x05\x06"[..], &[0; 18]].concat()).unwrap();
    aws.ask(&[
        "s3api",
        "create-bucket",
        "--bucket",
        "emulated-tools",
        "--create-bucket-configuration",
        "LocationConstraint=eu-central-1",
    ]);
    let digest = stack("events").parameters["FunctionDigest"]
        .as_str()
        .unwrap();
    let key = format!("function/{digest}/function.zip");
    aws.ask(&[
        "s3api",
        "put-object",
        "--bucket",
        "emulated-tools",
        "--key",
        &key,
        "--body",
        package.path().to_str().unwrap(),
    ]);
    let given = [
        "PipelineKeyArn",
        "SigningKeyArn",
        "SigningKeyAlias",
        "GuardPolicyArn",
        "PipelineTopicArn",
        "AlertTopicArn",
        "ThresholdsPath",
    ];
    let mut given: Vec<_> = given
        .iter()
        .map(|name| (*name, output(&made, name)))
        .collect();
    given.push(("ToolsBucketName", json!("emulated-tools")));
    let made = aws.create(stack("events"), &given);
    let verify = output(&made, "VerifyFunctionArn");
    assert_eq!(
        verify,
        format!("arn:aws:lambda:eu-central-1:{ACCOUNT}:function:emulated-dev-verify")
    );
    let mappings = aws.ask(&[
        "lambda",
        "list-event-source-mappings",
        "--function-name",
        "emulated-dev-events",
    ]);
    assert_eq!(
        mappings["EventSourceMappings"][0]["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"])
    );
    let queue = aws.ask(&[
        "sqs",
        "get-queue-url",
        "--queue-name",
        "emulated-dev-events",
    ]);
    let queue = queue["QueueUrl"].as_str().unwrap();
    let attributes = aws.ask(&[
        "sqs",
        "get-queue-attributes",
        "--queue-url",
        queue,
        "--attribute-names",
        "RedrivePolicy",
    ]);
    assert!(
        attributes["Attributes"]["RedrivePolicy"]
            .as_str()
            .unwrap()
            .contains("emulated-dev-events-dead")
    );

    // An event of a rule arrives in the queue, and one of another repository does not.
    let event = |repository: &str| {
        let detail = json!({"repository-name": repository, "scan-status": "COMPLETE"}).to_string();
        json!({"Source": "aws.ecr", "DetailType": "ECR Image Scan", "Detail": detail})
    };
    let entries = json!([event("other"), event("shop")]).to_string();
    aws.ask(&["events", "put-events", "--entries", &entries]);
    let received = aws.ask(&[
        "sqs",
        "receive-message",
        "--queue-url",
        queue,
        "--max-number-of-messages",
        "10",
    ]);
    let [message] = &**received["Messages"].as_array().unwrap() else {
        panic!("{received}")
    };
    let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
    assert_eq!(body["detail"]["repository-name"], "shop");
}
