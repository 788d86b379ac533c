//! The function `verify`: a deployment goes on only when every image of it is proven, or known by digest.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::lambda::{Ended, Lambda};
use crate::package::{ACCOUNT, Package, REPOSITORY, digest};

const DEFINITION: &str = "arn:aws:ecs:eu-central-1:111122223333:task-definition/shop:7";

fn sidecar() -> String {
    format!("public.ecr.aws/falcosecurity/falco@{}", digest(8))
}

fn ours() -> String {
    format!("{REPOSITORY}@{}", digest(1))
}

fn command(package: &Package) -> Command {
    let mut command = package.command();
    command
        .env("GATE_FUNCTION", "verify")
        .env(
            "GATE_REQUIRE",
            "production=secrets,image,dast;staging=image",
        )
        .env("GATE_SIDECARS", sidecar());
    command
}

fn revision(path: &str) -> String {
    format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:service-revision/{path}/9313423515462893900")
}

/// As the developer guide has it.
fn hook(path: &str) -> Value {
    json!({"executionId": "e8d5a28f-eb01-4f3c-9454-a30ba6dc54bc", "lifecycleStage": "PRE_SCALE_UP",
        "resourceArn": format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:service-deployment/{path}/EZe5RNVLH6PPzHXINuP28"),
        "executionDetails": {"serviceArn": format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:service/{path}"),
            "targetServiceRevisionArn": revision(path), "testTrafficWeights": {}, "productionTrafficWeights": {}}})
}

fn revisions(path: &str, resolved: &Value) -> Value {
    json!({"failures": [], "serviceRevisions": [{"serviceRevisionArn": revision(path),
        "taskDefinition": DEFINITION, "containerImages": resolved}]})
}

fn definition(images: &[&str]) -> Value {
    let container = |(n, image): (usize, &&str)| json!({"name": format!("c{n}"), "image": image});
    let containers: Vec<_> = images.iter().enumerate().map(container).collect();
    json!({"taskDefinition": {"taskDefinitionArn": DEFINITION, "containerDefinitions": containers}})
}

/// A deployment to production of some images, about which the program says `true` or something else.
fn deploy(mode: &str, images: &[&str]) -> (Package, Lambda) {
    let package = Package::new();
    package.mode(mode);
    package.aws.answers(
        "DescribeServiceRevisions",
        &[(200, revisions("production/shop", &json!([])))],
    );
    package
        .aws
        .answers("DescribeTaskDefinition", &[(200, definition(images))]);
    let function = Lambda::start(&mut command(&package));
    (package, function)
}

#[test]
fn a_proven_deployment_goes_on() {
    let (package, function) = deploy("true 0", &[&ours(), &sidecar()]);
    assert_eq!(
        function.invoke(&hook("production/shop")),
        Ended::Answer(json!({"hookStatus": "SUCCEEDED"}))
    );
    let calls = package.calls();
    assert_eq!(calls.len(), 1, "the sidecar is known: {calls:?}");
    for word in [
        "verify".to_owned(),
        format!("--subject={}", ours()),
        "--environment=production".to_owned(),
        "--require=secrets,image,dast".to_owned(),
        format!("--evidence={}", package.path("store").display()),
    ] {
        assert!(
            calls[0].split(' ').any(|w| w == word),
            "{word} in {calls:?}"
        );
    }
    let asked = package.aws.asked();
    let asked: Vec<_> = asked
        .iter()
        .map(|(operation, question)| (&**operation, question))
        .collect();
    let revision = json!({"serviceRevisionArns": [revision("production/shop")]});
    let definition = json!({"taskDefinition": DEFINITION});
    assert_eq!(
        asked,
        [
            ("DescribeServiceRevisions", &revision),
            ("DescribeTaskDefinition", &definition)
        ]
    );
}

#[test]
fn every_image_of_ours_is_proven() {
    let second = format!("{REPOSITORY}@{}", digest(2));
    let (package, function) = deploy("true 0", &[&ours(), &second, &ours()]);
    assert_eq!(
        function.invoke(&hook("production/shop")).hook(),
        "SUCCEEDED"
    );
    assert_eq!(package.calls().len(), 2);
}

#[test]
fn an_image_that_may_be_another_tomorrow_or_that_nobody_knows_is_refused() {
    let tag = format!("{REPOSITORY}:latest");
    let both = format!("{REPOSITORY}:1@{}", digest(1));
    let short = format!("{REPOSITORY}@sha256:00");
    let other = format!("{REPOSITORY}-other@{}", digest(1));
    let foreign = ours().replace(ACCOUNT, "999988887777");
    let tagged = "public.ecr.aws/falcosecurity/falco:latest";
    let newer = format!("public.ecr.aws/falcosecurity/falco@{}", digest(9));
    for images in [
        vec![&*tag],
        vec![&ours(), &tag],
        vec![&both],
        vec![&short],
        vec![&other],
        vec![&foreign],
        vec![&ours(), tagged],
        vec![&ours(), &newer],
        vec![&sidecar()],
        vec![],
    ] {
        let (package, function) = deploy("true 0", &images);
        assert_eq!(
            function.invoke(&hook("production/shop")).hook(),
            "FAILED",
            "{images:?}"
        );
        assert!(package.calls().is_empty(), "{images:?}");
    }
}

#[test]
fn whatever_the_program_says_but_yes_is_no() {
    for mode in [
        "false 1",
        "true 1",
        "false 0",
        "true 2",
        "true 3",
        "true 4",
        "garbage 0",
        "silent 0",
        "killed",
    ] {
        let (package, function) = deploy(mode, &[&ours()]);
        assert_eq!(
            function.invoke(&hook("production/shop")).hook(),
            "FAILED",
            "{mode}"
        );
        package.mode("true 0");
        let again = function.invoke(&hook("production/shop"));
        assert_eq!(again.hook(), "SUCCEEDED", "a no is not remembered");
    }
    let (package, function) = deploy("late", &[&ours()]);
    let event = hook("production/shop").to_string();
    assert_eq!(
        function.invoke_for(&event, Duration::from_secs(5)).hook(),
        "FAILED"
    );
    assert_eq!(function.invoke_for(&event, Duration::ZERO).hook(), "FAILED");
    fs::remove_file(package.path("gate")).unwrap();
    assert_eq!(
        function.invoke_for(&event, Duration::from_secs(60)).hook(),
        "FAILED"
    );
}

#[test]
fn an_event_that_is_not_about_a_deployment_of_ours_is_refused() {
    let with = |pointer: &str, value: Value| {
        let mut event = hook("production/shop");
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    let arn = "/executionDetails/serviceArn";
    let target = "/executionDetails/targetServiceRevisionArn";
    for event in [
        json!({}),
        json!([]),
        json!(null),
        with("/lifecycleStage", json!("POST_SCALE_UP")),
        with("/lifecycleStage", json!("PRODUCTION_TRAFFIC_SHIFT")),
        with("/executionDetails", Value::Null),
        with(
            arn,
            json!("arn:aws:ecs:eu-central-1:111122223333:service/production/other"),
        ),
        with(
            arn,
            json!("arn:aws:ecs:eu-central-1:999988887777:service/production/shop"),
        ),
        with(
            arn,
            json!("arn:aws:ecs:us-east-1:111122223333:service/production/shop"),
        ),
        with(
            arn,
            json!("arn:aws:ecs:eu-central-1:111122223333:service/production"),
        ),
        with(
            target,
            json!(revision("production/shop").replace(ACCOUNT, "999988887777")),
        ),
        with(target, json!(revision("staging/shop"))),
        hook("unknown/shop"),
    ] {
        let (package, function) = deploy("true 0", &[&ours()]);
        assert_eq!(function.invoke(&event).hook(), "FAILED", "{event}");
        assert!(
            package.calls().is_empty() && package.aws.asked().is_empty(),
            "{event}"
        );
    }
}

#[test]
fn a_deployment_that_can_not_be_looked_at_is_refused() {
    let path = "production/shop";
    let right = revisions(path, &json!([]));
    let two =
        json!({"serviceRevisions": [right["serviceRevisions"][0], right["serviceRevisions"][0]]});
    let mut failed = right.clone();
    failed["failures"] = json!([{"reason": "MISSING"}]);
    let other = |name: &str, digest: &str| {
        revisions(
            path,
            &json!([{"containerName": name, "image": ours(), "imageDigest": digest}]),
        )
    };
    let denied = (
        400,
        json!({"__type": "AccessDeniedException", "message": "no"}),
    );
    let mut other_definition = definition(&[&ours()]);
    other_definition["taskDefinition"]["taskDefinitionArn"] = json!(DEFINITION.replace(":7", ":8"));
    for (operation, answer, status) in [
        (
            "DescribeServiceRevisions",
            (200, other("c0", &digest(1))),
            "SUCCEEDED",
        ),
        (
            "DescribeServiceRevisions",
            (200, other("c0", &digest(9))),
            "FAILED",
        ),
        ("DescribeServiceRevisions", (200, two), "FAILED"),
        ("DescribeServiceRevisions", (200, failed), "FAILED"),
        (
            "DescribeServiceRevisions",
            (200, revisions("staging/shop", &json!([]))),
            "FAILED",
        ),
        (
            "DescribeServiceRevisions",
            (200, json!({"serviceRevisions": []})),
            "FAILED",
        ),
        ("DescribeServiceRevisions", (200, json!({})), "FAILED"),
        ("DescribeServiceRevisions", denied.clone(), "FAILED"),
        ("DescribeServiceRevisions", (0, Value::Null), "FAILED"),
        ("DescribeServiceRevisions", (200, Value::Null), "FAILED"),
        ("DescribeTaskDefinition", denied, "FAILED"),
        ("DescribeTaskDefinition", (500, json!({})), "FAILED"),
        ("DescribeTaskDefinition", (200, other_definition), "FAILED"),
        (
            "DescribeTaskDefinition",
            (200, json!({"taskDefinition": {}})),
            "FAILED",
        ),
    ] {
        let (package, function) = deploy("true 0", &[&ours()]);
        package
            .aws
            .answers(operation, std::slice::from_ref(&answer));
        assert_eq!(
            function.invoke(&hook(path)).hook(),
            status,
            "{operation} {answer:?}"
        );
    }
}

fn job(parameters: &str) -> Value {
    json!({"CodePipeline.job": {"id": "11111111-abcd-1111-abcd-111111abcdef", "accountId": ACCOUNT,
        "data": {"actionConfiguration": {"configuration": {"FunctionName": "gate", "UserParameters": parameters}},
            "artifactCredentials": {"secretAccessKey": "canary-of-the-job"}}}})
}

#[test]
fn a_pipeline_is_told_how_it_ended() {
    let right = json!({"digest": digest(1), "cluster": "staging"}).to_string();
    let elsewhere = json!({"digest": digest(1), "cluster": "unknown"}).to_string();
    let tag = json!({"digest": "latest", "cluster": "staging"}).to_string();
    let more = json!({"digest": digest(1), "cluster": "staging", "require": "none"}).to_string();
    for (parameters, mode, told) in [
        (&right, "true 0", "PutJobSuccessResult"),
        (&right, "false 1", "PutJobFailureResult"),
        (&right, "true 2", "PutJobFailureResult"),
        (&right, "killed", "PutJobFailureResult"),
        (&elsewhere, "true 0", "PutJobFailureResult"),
        (&tag, "true 0", "PutJobFailureResult"),
        (&more, "true 0", "PutJobFailureResult"),
        (&String::new(), "true 0", "PutJobFailureResult"),
    ] {
        let package = Package::new();
        package.mode(mode);
        for operation in ["PutJobSuccessResult", "PutJobFailureResult"] {
            package.aws.answers(operation, &[(200, Value::Null)]);
        }
        let function = Lambda::start(&mut command(&package));
        assert_eq!(
            function.invoke(&job(parameters)),
            Ended::Answer(Value::Null)
        );
        let asked = package.aws.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].0, told, "{parameters} {mode}");
        assert_eq!(asked[0].1["jobId"], "11111111-abcd-1111-abcd-111111abcdef");
        if mode == "true 0" && told == "PutJobSuccessResult" {
            assert!(
                package.calls()[0].contains("--require=image "),
                "{:?}",
                package.calls()
            );
        }
        assert!(!function.log().join("\n").contains("canary-of-the-job"));
    }
}

#[test]
fn a_pipeline_is_told_while_there_is_time() {
    let package = Package::new();
    package.mode("late");
    let operation = "PutJobFailureResult";
    package.aws.answers(operation, &[(200, Value::Null)]);
    let function = Lambda::start(&mut command(&package));
    let right = json!({"digest": digest(1), "cluster": "staging"}).to_string();
    let event = job(&right).to_string();
    let ended = function.invoke_for(&event, Duration::from_secs(15));
    assert_eq!(ended, Ended::Answer(Value::Null));
    assert_eq!(package.aws.asked().pop().unwrap().0, operation);
}

#[test]
fn a_pipeline_that_can_not_be_told_is_an_error() {
    let package = Package::new();
    package.mode("true 0");
    let function = Lambda::start(&mut command(&package));
    let right = json!({"digest": digest(1), "cluster": "staging"}).to_string();
    assert!(matches!(function.invoke(&job(&right)), Ended::Error(_)));
    let mut other = job(&right);
    other["CodePipeline.job"]["accountId"] = json!("999988887777");
    package
        .aws
        .answers("PutJobFailureResult", &[(200, json!({}))]);
    assert_eq!(function.invoke(&other), Ended::Answer(Value::Null));
    assert_eq!(package.aws.asked().pop().unwrap().0, "PutJobFailureResult");
    assert!(matches!(
        function.invoke(&json!({"CodePipeline.job": {}})),
        Ended::Error(_)
    ));
}
