//! Notifications of verdicts, to a topic of SNS that moto stands for.

use serde_json::{Value, json};

use crate::aws::{ALWAYS, Aws, Give, REGION};
use crate::gate::{Folder, report};

/// A topic with a queue behind it.
struct Topic {
    arn: String,
    queue: String,
}

impl Topic {
    fn new(aws: &Aws, name: &str) -> Self {
        let account = aws.account();
        let client = aws.client();
        let made = client.json("sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": name}));
        let arn = format!("arn:aws:sns:{REGION}:{account}:{name}");
        let subscribe = format!(
            "Action=Subscribe&Protocol=sqs&TopicArn={arn}&Endpoint=arn:aws:sqs:{REGION}:{account}:{name}&Version=2010-03-31"
        );
        for form in [
            format!("Action=CreateTopic&Name={name}&Version=2010-03-31"),
            subscribe,
        ] {
            let request = client
                .request("sns", "POST", "/")
                .with("content-type", "application/x-www-form-urlencoded")
                .body(form);
            assert_eq!(client.ask(&request).status, 200);
        }
        let queue = made["QueueUrl"].as_str().unwrap().to_owned();
        Self { arn, queue }
    }

    /// What was delivered.
    fn received(&self, aws: &Aws) -> Vec<Value> {
        let ask = json!({"QueueUrl": self.queue, "MaxNumberOfMessages": 10});
        let answer = aws.client().json("sqs", "AmazonSQS.ReceiveMessage", &ask);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        messages
            .iter()
            .map(|m| serde_json::from_str(m["Body"].as_str().unwrap()).unwrap())
            .collect()
    }
}

fn profile(folder: &Folder, topic: &str) {
    folder.file(
        "gate.toml",
        format!("format = 1\nscope = \"shop\"\n[publish]\nsns = \"{topic}\"\n"),
    );
}

#[test]
fn a_topic_is_told_of_every_verdict() {
    let Some(aws) = Aws::with_moto() else { return };
    let topic = Topic::new(&aws, "verdicts");
    let folder = Folder::new();
    profile(&folder, &topic.arn);
    for (name, outcome, code) in [
        ("trivy/clean.json", "pass", 0),
        ("trivy/image.json", "fail", 1),
    ] {
        let path = report(name).display().to_string();
        let ran = aws.gate(
            &folder,
            &["evaluate", "image", "--report", &path, "--format", "json"],
        );
        assert_eq!(ran.code, code, "{ran:?}");
        let [told] = &topic.received(&aws)[..] else {
            panic!("not told once: {ran:?}")
        };
        let message: Value = serde_json::from_str(told["Message"].as_str().unwrap()).unwrap();
        assert_eq!(message["schema"], "gate-notification/1");
        assert!(
            crate::help::schema("notification.schema.json").is_valid(&message),
            "{message}"
        );
        assert_eq!(message["outcome"], outcome);
        assert_eq!(message["record"], ran.json()["record"]);
        assert_eq!(told["Subject"], format!("gate image: {outcome} of shop"));
        assert_eq!(told["MessageAttributes"]["outcome"]["Value"], outcome);
    }
    let again = aws.gate(&folder, &["publish", "--pending"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(topic.received(&aws).is_empty());
}

#[test]
fn a_topic_that_cannot_be_told_leaves_the_verdict_and_is_told_later() {
    let Some(aws) = Aws::with_moto() else { return };
    let topic = Topic::new(&aws, "later");
    let folder = Folder::new();
    profile(&folder, &topic.arn);
    aws.fault("sns", "Publish", ALWAYS, Give::Denied);
    let path = report("trivy/clean.json").display().to_string();
    let ran = aws.gate(
        &folder,
        &["evaluate", "image", "--report", &path, "--format", "json"],
    );
    assert_eq!(
        (ran.code, &ran.json()["outcome"]),
        (4, &json!("pass")),
        "{ran:?}"
    );
    let statement = format!(
        "\"Action\":\"sns:Publish\",\"Effect\":\"Allow\",\"Resource\":\"{}\"",
        topic.arn
    );
    assert!(
        ran.stderr.contains("publish-incomplete") && ran.stderr.contains(&statement),
        "{ran:?}"
    );
    // Nobody is told that a fail is no fail because a topic is missing.
    let fails = report("trivy/image.json").display().to_string();
    let ran = aws.gate(&folder, &["evaluate", "image", "--report", &fails]);
    assert_eq!(ran.code, 1, "{ran:?}");

    aws.heal();
    let ran = aws.gate(&folder, &["publish", "--pending"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(topic.received(&aws).len(), 2, "each verdict is told");
}

#[test]
fn what_is_no_topic_is_refused_before_anything_is_judged() {
    let folder = Folder::new();
    profile(&folder, "verdicts");
    let path = report("trivy/clean.json").display().to_string();
    let ran = folder.gate(&["evaluate", "image", "--report", &path]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("`publish.sns` is `verdicts`"),
        "{ran:?}"
    );
    let folder = Folder::new();
    let ran = Aws::start().gate(
        &folder,
        &["evaluate", "image", "--report", &path, "--publish", "sns"],
    );
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("the profile names no topic"), "{ran:?}");
}
