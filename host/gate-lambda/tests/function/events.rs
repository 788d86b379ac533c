//! Events of a queue: which gate each is for, which are refused, and that each is dealt with once.

use std::fs;

use serde_json::{Value, json};

use crate::lambda::Ended;
use crate::package::{Package, REPOSITORY, batch, digest, event, guardduty, scan};

fn inspector(resource: &Value) -> Value {
    let arn = "arn:aws:inspector2:eu-central-1:111122223333:finding/0a";
    let detail = json!({"findingArn": arn, "type": "PACKAGE_VULNERABILITY", "severity": "HIGH",
        "status": "ACTIVE", "resources": [resource]});
    event("aws.inspector2", "Inspector2 Finding", &detail)
}

fn inspected_image(registry: &str, repository: &str) -> Value {
    let image = json!({"registry": registry, "repositoryName": repository, "imageHash": digest(2)});
    inspector(&json!({"type": "AWS_ECR_CONTAINER_IMAGE", "id": "i",
        "details": {"awsEcrContainerImage": image}}))
}

fn config(resource: &str) -> Value {
    let detail = json!({"configRuleName": "rule", "resourceType": "AWS::S3::Bucket", "resourceId": resource,
        "newEvaluationResult": {"complianceType": "COMPLIANT"}});
    event("aws.config", "Config Rules Compliance Change", &detail)
}

fn scanned(number: u8) -> Value {
    json!({"repositoryName": "shop", "imageId": {"imageDigest": digest(number)},
        "imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": {"findings": []}})
}

#[test]
fn each_known_event_is_for_its_gate_and_its_own_subject() {
    let scan_of_inspector = event(
        "aws.inspector2",
        "Inspector2 Scan",
        &json!({"scan-status": "INITIAL_SCAN_COMPLETE", "image-digest": digest(2),
            "repository-name": "arn:aws:ecr:eu-central-1:111122223333:repository/shop"}),
    );
    let image = format!("--subject={REPOSITORY}@{}", digest(2));
    for (event, gate, tool, subject) in [
        (scan(2), "image", "ecr", &*image),
        (scan_of_inspector, "image", "ecr", &image),
        (
            inspected_image("111122223333", "shop"),
            "image",
            "ecr",
            &image,
        ),
        (
            inspector(&json!({"type": "AWS_EC2_INSTANCE", "id": "i-1"})),
            "runtime",
            "inspector2",
            "--subject=inspector2/arn:aws:inspector2:eu-central-1:111122223333:finding%2F0a",
        ),
        (
            guardduty("0006"),
            "runtime",
            "guardduty",
            "--subject=guardduty/0006",
        ),
        (
            config("bucket/1"),
            "integrity",
            "aws-config",
            "--subject=aws-config/rule/AWS::S3::Bucket/bucket%2F1",
        ),
    ] {
        let package = Package::new();
        package
            .aws
            .answers("DescribeImageScanFindings", &[(200, scanned(2))]);
        let ended = package.events().invoke(&batch(&[event.to_string()]));
        assert_eq!(ended, Ended::Answer(json!({"batchItemFailures": []})));
        let calls = package.calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        let words: Vec<_> = calls[0].split(' ').collect();
        assert_eq!(words[..2], ["evaluate", gate]);
        for word in [
            subject,
            "--environment=production",
            "--publish=securityhub",
            "--format=json",
            &format!("--evidence={}", package.path("store").display()),
            &format!("--config={}", package.path("gate.toml").display()),
        ] {
            assert!(words.contains(&word), "{word} in {words:?}");
        }
        let report = format!("--report={tool}=");
        assert!(
            words.iter().any(|word| word.starts_with(&report)),
            "{words:?}"
        );
        let report: Value =
            serde_json::from_str(&fs::read_to_string(package.path("report")).unwrap()).unwrap();
        match tool {
            "ecr" => assert_eq!(report, scanned(2)),
            _ => assert_eq!(report, event, "the report is the event"),
        }
    }
}

#[test]
fn what_is_not_known_or_not_ours_is_an_error_of_that_message_alone() {
    let with = |changes: &[(&str, Value)]| {
        let mut event = scan(1);
        for (pointer, value) in changes {
            *event.pointer_mut(pointer).unwrap() = value.clone();
        }
        event.to_string()
    };
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bad = [
        with(&[("/detail-type", json!("ECR Image Action"))]),
        with(&[("/source", json!("aws.ecr.evil"))]),
        with(&[("/source", json!("my.own"))]),
        with(&[("/account", json!("999988887777"))]),
        with(&[("/region", json!("us-east-1"))]),
        with(&[("/detail/repository-name", json!("other"))]),
        with(&[("/detail/repository-name", json!("../shop"))]),
        with(&[("/detail/image-digest", json!("latest"))]),
        with(&[("/detail/image-digest", Value::Null)]),
        with(&[("/detail", Value::Null)]),
        inspected_image("999988887777", "shop").to_string(),
        inspected_image("111122223333", "other").to_string(),
        inspector(&json!({"type": "AWS_ECR_CONTAINER_IMAGE"})).to_string(),
        event(
            "aws.inspector2",
            "Inspector2 Finding",
            &json!({"findingArn": "a", "resources": []}),
        )
        .to_string(),
        guardduty("").to_string(),
        event("aws.config", "Config Rules Compliance Change", &json!({})).to_string(),
        scan(1).to_string()[..80].to_owned(),
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "\"text\"".to_owned(),
        deep,
    ];
    let package = Package::new();
    let function = package.events();
    let mut bodies = bad.to_vec();
    bodies.insert(3, guardduty("good").to_string());
    let failed = function.invoke(&batch(&bodies)).failed();
    let all_but = (0..bodies.len()).filter(|n| *n != 3);
    let expected: Vec<_> = all_but.map(|n| format!("m{n}")).collect();
    assert_eq!(failed, expected);
    let calls = package.calls();
    assert_eq!(
        calls.len(),
        1,
        "the program ran for the good one only: {calls:?}"
    );
    assert!(
        package.aws.asked().is_empty(),
        "nobody was asked about another image"
    );
    for line in function.log() {
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(said.is_object());
    }
}

#[test]
fn a_record_that_is_none_of_a_queue_fails_and_one_without_a_name_fails_all() {
    let package = Package::new();
    let function = package.events();
    let mut event = batch(&[guardduty("1").to_string()]);
    event["Records"][0]["eventSource"] = json!("aws:sns");
    assert_eq!(function.invoke(&event).failed(), ["m0"]);
    let mut event = batch(&[guardduty("1").to_string(), guardduty("2").to_string()]);
    event["Records"][1]["messageId"] = Value::Null;
    assert!(matches!(function.invoke(&event), Ended::Error(_)));
    for event in [
        json!({}),
        json!([]),
        json!({"Records": {}}),
        json!({"awslogs": 1}),
    ] {
        assert!(
            matches!(function.invoke(&event), Ended::Error(_)),
            "{event}"
        );
    }
    assert!(package.calls().is_empty());
    let ended = function.invoke_for("{\"Records\": [", crate::lambda::LONG);
    assert!(matches!(ended, Ended::Error(_)));
    let good = batch(&[guardduty("1").to_string()]);
    assert!(
        function.invoke(&good).failed().is_empty(),
        "it works on after all of that"
    );
}

#[test]
fn the_same_event_twice_is_dealt_with_once_however_it_is_delivered() {
    for store in ["directory", "s3://evidence-bucket/shop"] {
        let package = Package::new();
        let mut command = package.command();
        if store != "directory" {
            command.env("GATE_EVIDENCE", store);
        }
        let function = crate::lambda::Lambda::start(&mut command);
        let first = guardduty("1");
        let mut replayed = first.clone();
        replayed["replay-name"] = json!("archive");
        let pretty = serde_json::to_string_pretty(&first).unwrap();
        let twice = batch(&[first.to_string(), first.to_string(), pretty]);
        assert!(function.invoke(&twice).failed().is_empty());
        assert!(
            function
                .invoke(&batch(&[replayed.to_string()]))
                .failed()
                .is_empty()
        );
        assert_eq!(package.calls().len(), 1, "{store}");
        // Another process of the function knows it, too.
        let again = crate::lambda::Lambda::start(&mut command);
        assert!(
            again
                .invoke(&batch(&[first.to_string()]))
                .failed()
                .is_empty()
        );
        assert_eq!(package.calls().len(), 1, "{store}");
        let mut other = first;
        other["id"] = json!("another delivery of the service itself");
        assert!(
            again
                .invoke(&batch(&[other.to_string()]))
                .failed()
                .is_empty()
        );
        assert_eq!(package.calls().len(), 2, "{store}");
        if store != "directory" {
            let objects = package.aws.objects();
            assert_eq!(objects.len(), 2);
            let there = "/evidence-bucket/shop/state/events/";
            assert!(
                objects.iter().all(|key| key.starts_with(there)),
                "{objects:?}"
            );
        }
    }
}

#[test]
fn what_can_not_be_remembered_is_not_said_to_be_done() {
    let package = Package::new();
    let mut command = package.command();
    command.env("GATE_EVIDENCE", "s3://evidence-bucket");
    let function = crate::lambda::Lambda::start(&mut command);
    package.aws.deny(true);
    let event = batch(&[guardduty("1").to_string()]);
    assert_eq!(function.invoke(&event).failed(), ["m0"]);
    assert!(
        package.calls().is_empty(),
        "who may not read the notes does nothing"
    );
    package.aws.deny(false);
    assert!(function.invoke(&event).failed().is_empty());
}

#[test]
fn the_program_gets_a_clean_environment_and_leaves_nothing_behind() {
    let package = Package::new();
    let function = package.events();
    let event = batch(&[guardduty("1").to_string()]);
    assert!(function.invoke(&event).failed().is_empty());
    let given = fs::read_to_string(package.path("env")).unwrap();
    let mut names: Vec<_> = given
        .lines()
        .filter_map(|l| l.split_once('='))
        .map(|(n, _)| n)
        .collect();
    // What the shell that stands in sets by itself.
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_", "PATH"].contains(name));
    names.sort_unstable();
    let expected = [
        "AWS_ACCESS_KEY_ID",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "HOME",
        "TMPDIR",
    ];
    assert_eq!(names, expected);
    let left = fs::read_dir(package.path("tmp/gate-lambda"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "a run's folder is gone after it");
    let log = function.log().join("\n");
    assert!(
        log.contains("{\"_aws\":{\"metrics\":\"canary\"}}"),
        "metrics stand in the log as they are"
    );
    for canary in [
        "canary-of-the-secret",
        "canary-of-the-token",
        "canary-of-the-environment",
    ] {
        assert!(!log.contains(canary), "{canary}");
    }
}

#[test]
fn hostile_words_choose_nothing() {
    let package = Package::new();
    let function = package.events();
    let ids = [
        "--config=/etc/passwd",
        "a b\n--monitor",
        "x@sha256:00",
        "$(id)`id`';\"",
        "../../../x",
        "\u{202e}\u{1b}[2J",
        &"y".repeat(20_000),
    ];
    let bodies: Vec<_> = ids.iter().map(|id| guardduty(id).to_string()).collect();
    assert!(function.invoke(&batch(&bodies)).failed().is_empty());
    let calls = package.calls();
    assert_eq!(calls.len(), ids.len());
    for call in calls {
        let words: Vec<_> = call.split(' ').collect();
        assert_eq!(words.len(), 10, "an id is one word: {call}");
        let subject = words
            .iter()
            .find_map(|word| word.strip_prefix("--subject="))
            .unwrap();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/.:_-%".contains(c);
        assert!(
            subject.starts_with("guardduty/") && subject.chars().all(plain),
            "{subject}"
        );
        assert!(subject.len() <= 200);
    }
}
