//! What is refused, stopped or missing halfway: nothing more is changed, all is cleaned up, and a second run gets to the end.

use std::fs;
use std::thread;

use serde_json::{Value, json};

use super::room::{Call, Room};
use crate::tool::Ran;

/// Calls whose failure is no failure of the run.
fn may_fail(call: &Call) -> bool {
    // An object that is there already; whose bytes are looked at then.
    call.short().starts_with("aws s3api head-object")
}

/// Of each call of a run that nothing disturbs whether it changes anything.
fn undisturbed() -> Vec<bool> {
    let room = Room::new();
    room.deploy(&[]).success();
    room.calls().iter().map(Call::changes).collect()
}

/// Runs each numbered case, on all processors.
fn each(cases: usize, case: impl Fn(usize) + Sync) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for worker in 0..workers {
            let case = &case;
            scope.spawn(move || (worker + 1..=cases).step_by(workers).for_each(case));
        }
    });
}

fn asserts_the_end(room: &Room, number: usize, ran: &Ran) {
    let calls = room.calls();
    assert!(calls.len() >= number, "{number}: {ran:?}");
    let refused = &calls[number - 1];
    assert!(!may_fail(refused), "{refused:?}");
    for call in &calls[number..] {
        assert!(
            !call.changes() || call.gives_back(),
            "after {refused:?} came {call:?}"
        );
    }
    // The lock is given back, but where giving it back was what was refused.
    let kept = room.there("state/objects/gate%dev%deploy.lock.json");
    assert_eq!(
        kept,
        refused.gives_back() && ran.code == Some(1),
        "{refused:?}"
    );
}

#[test]
fn each_call_that_is_refused_ends_it_and_a_second_run_gets_to_the_end() {
    let changing = undisturbed();
    assert!(changing.len() > 45, "{changing:?}");
    each(changing.len(), |number| {
        let room = Room::new();
        let ran = room.deploy(&[("REFUSE", &number.to_string())]);
        assert_eq!(ran.code, Some(1), "call {number}: {ran:?}");
        assert!(
            ran.stderr.contains("refused by the test") || ran.stderr.contains("error: "),
            "{ran:?}"
        );
        asserts_the_end(&room, number, &ran);
        // Where nothing was being changed, there is nothing to go on from.
        if !changing[number - 1] {
            return;
        }
        if room.there("state/objects/gate%dev%deploy.lock.json") {
            // It says how, and nothing else is in the way.
            assert!(
                ran.stderr
                    .contains("aws s3 rm s3://state-bucket/gate/dev/deploy.lock.json"),
                "{ran:?}"
            );
            fs::remove_file(room.path("state/objects/gate%dev%deploy.lock.json")).unwrap();
        }
        let said = room.deploy(&[]).success();
        assert!(said.contains("The factory shop-dev stands"), "{said}");
    });
}

#[test]
fn a_signal_at_any_change_ends_it_and_leaves_nothing() {
    let changing = undisturbed();
    each(changing.len() - 1, |number| {
        if !changing[number - 1] {
            return;
        }
        let room = Room::new();
        let ran = room.deploy(&[("STOP", &number.to_string())]);
        assert_eq!(ran.code, Some(128 + 15), "call {number}: {ran:?}");
        let calls = room.calls();
        for call in &calls[number..] {
            assert!(
                call.gives_back(),
                "after {:?} came {call:?}",
                calls[number - 1]
            );
        }
        assert!(
            !room.there("state/objects/gate%dev%deploy.lock.json"),
            "{:?}",
            calls[number - 1]
        );
    });
}

/// A call that takes long is told to end, once, and waited for: Terraform then leaves its state in order.
#[test]
fn a_signal_is_handed_on_to_what_takes_long() {
    for call in ["terraform -chdir", "cloudformation deploy"] {
        let room = Room::new();
        let wanted = if call.starts_with("terraform") {
            "apply -input=false"
        } else {
            call
        };
        let ran = room.deploy(&[("STOP", wanted), ("LINGER", "1")]);
        assert_eq!(ran.code, Some(128 + 15), "{ran:?}");
        assert_eq!(room.read("state/ended"), "ended\n");
        assert!(!room.there("state/objects/gate%dev%deploy.lock.json"));
    }
}

#[test]
fn a_second_deployment_at_once_is_refused() {
    // From another machine or checkout, and from this one.
    let other = Room::new();
    for script in ["deploy", "destroy"] {
        let room = Room::new();
        let (meanwhile, reason) = if script == "deploy" {
            (
                other.path("project/iac/deploy"),
                "another run holds the lock",
            )
        } else {
            (
                room.path("project/iac/destroy"),
                "another run is at work in",
            )
        };
        let option = if script == "deploy" {
            "--yes"
        } else {
            "--yes-destroy shop-dev"
        };
        let command = format!("'{}' {option}", meanwhile.display());
        room.deploy(&[
            ("MEANWHILE", "apply -input=false"),
            ("MEANWHILE_RUN", &command),
        ])
        .success();
        let said = room.read("state/meanwhile.out");
        assert_eq!(room.read("state/meanwhile.code"), "1\n", "{said}");
        assert!(said.contains(reason), "{said}");
        if script == "deploy" {
            for word in [
                "assumed-role/deployer/ci",
                "\"since\":\"2",
                "aws s3 rm s3://state-bucket/gate/dev/deploy.lock.json",
            ] {
                assert!(said.contains(word), "{word}: {said}");
            }
        }
        let changed: Vec<String> = room
            .calls()
            .iter()
            .filter(|call| call.changes())
            .map(Call::short)
            .collect();
        assert_eq!(
            changed
                .iter()
                .filter(|call| *call == "terraform apply")
                .count(),
            1
        );
        // The second run did not give the first one's lock back.
        assert_eq!(
            changed
                .iter()
                .filter(|call| call.contains("delete-object"))
                .count(),
            1
        );
    }
}

/// Nothing is guessed from an output that is not there: CloudFormation takes an empty parameter without a word.
#[test]
fn an_output_that_is_empty_or_missing_stops_it_by_name() {
    let names = Room::new().given("output");
    assert!(names.len() > 15);
    each(names.len(), |number| {
        let room = Room::new();
        let name = &names[number - 1];
        let empty = [
            Value::Null,
            json!(""),
            json!([]),
            json!(" "),
            json!(["subnet-1", ""]),
            json!({}),
        ];
        let mut outputs = room.outputs();
        match empty.get(number % (empty.len() + 1)) {
            Some(value) => outputs[name] = json!({ "value": value }),
            None => drop(outputs.remove(name)),
        }
        room.answer("terraform.output", &Value::Object(outputs));
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.stderr.contains(&format!("terraform gives no `{name}`")),
            "{ran:?}"
        );
        assert!(
            !room
                .calls()
                .iter()
                .any(|call| call.short().starts_with("aws cloudformation deploy"))
        );
    });
}

#[test]
fn a_stack_output_that_is_missing_stops_it_by_name() {
    let contract = Room::new().contract();
    let mut seen = 0;
    for (place, stack) in Room::new().stacks().iter().enumerate() {
        let rows = contract["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["from"]);
        let outputs: Vec<&str> = rows
            .filter(|from| from["stack"] == stack.as_str())
            .filter_map(|from| from["output"].as_str())
            .collect();
        if outputs.is_empty() {
            continue;
        }
        let room = Room::new();
        room.answer(
            &format!("stack.{stack}"),
            &json!([{ "OutputKey": "Another", "OutputValue": "x" }]),
        );
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.stderr.contains(&format!("stack `{stack}` gives no ")),
            "{ran:?}"
        );
        assert!(
            outputs
                .iter()
                .all(|output| ran.stderr.contains(&format!("`{output}`"))),
            "{ran:?}"
        );
        let deployed = room
            .calls()
            .iter()
            .filter(|call| call.short().starts_with("aws cloudformation deploy"))
            .count();
        assert_eq!(deployed, place + 1);
        seen += outputs.len();
    }
    assert!(seen > 10);
}

/// A stack whose first creation failed can only be deleted; one that is at work, or stuck, is left alone.
#[test]
fn a_stack_is_only_deployed_where_it_can_be() {
    for (status, code, says) in [
        ("ROLLBACK_COMPLETE", 0, "can only be removed"),
        ("UPDATE_ROLLBACK_COMPLETE", 0, ""),
        ("REVIEW_IN_PROGRESS", 0, ""),
        ("UPDATE_IN_PROGRESS", 1, "is at work"),
        ("DELETE_IN_PROGRESS", 1, "is at work"),
        ("UPDATE_ROLLBACK_FAILED", 1, "needs a person"),
        ("DELETE_FAILED", 1, "needs a person"),
        ("ROLLBACK_FAILED", 1, "needs a person"),
    ] {
        let room = Room::new();
        room.write("state/stacks/shop-dev-foundation", &format!("{status}\n"));
        room.write("state/parameters/shop-dev-foundation", "[]");
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(code), "{status}: {ran:?}");
        assert!(ran.stderr.contains(says), "{status}: {ran:?}");
        let calls = room.calls();
        let deleted = calls
            .iter()
            .any(|call| call.short() == "aws cloudformation delete-stack shop-dev-foundation");
        assert_eq!(deleted, status == "ROLLBACK_COMPLETE", "{status}");
        let deployed = calls
            .iter()
            .any(|call| call.short() == "aws cloudformation deploy shop-dev-foundation");
        assert_eq!(deployed, code == 0, "{status}");
    }
}

/// What failed in a stack is said with the service's reason.
#[test]
fn a_stack_that_fails_says_why() {
    let room = Room::new();
    room.answer(
        "cloudformation.describe-stack-events",
        &json!({"StackEvents": [
            {"LogicalResourceId": "Rule", "ResourceType": "AWS::Events::Rule", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "the pattern is wrong"},
            {"LogicalResourceId": "Queue", "ResourceType": "AWS::SQS::Queue", "ResourceStatus": "CREATE_COMPLETE"},
        ]}),
    );
    let ran = room.deploy(&[("REFUSE", "deploy --stack-name shop-dev-events")]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("Rule (AWS::Events::Rule): the pattern is wrong"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("Queue"), "{ran:?}");
    assert!(ran.stderr.contains("it ended in: stack events"), "{ran:?}");
}

/// Each answer of a service that is not as it has to be is a problem with a name.
#[test]
fn what_is_not_as_it_has_to_be_is_named() {
    let locked = json!({"ObjectLockConfiguration": {}});
    let pipeline = |change: fn(&mut Value)| {
        let mut answer: Value =
            serde_json::from_str(&Room::new().read("state/answers/codepipeline.get-pipeline"))
                .unwrap();
        change(&mut answer["pipeline"]);
        answer
    };
    let cases: Vec<(&str, Value, &str)> = vec![
        (
            "codepipeline.get-pipeline",
            pipeline(|it| it["pipelineType"] = json!("V1")),
            "it is not of type V2",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| drop(it["stages"].as_array_mut().unwrap().remove(1))),
            "there is no stage `Staging`",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                drop(
                    it["stages"][2]
                        .as_object_mut()
                        .unwrap()
                        .remove("beforeEntry"),
                );
            }),
            "stage `Production` has no entry condition",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| it["stages"][2]["beforeEntry"]["conditions"][0]["rules"] = json!([])),
            "stage `Production` has no entry condition",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                it["stages"][1]["beforeEntry"]["conditions"][0]["result"] = json!("SKIP");
            }),
            "an entry condition of stage `Staging` ends with SKIP",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| it["stages"] = json!([])),
            "it builds nothing",
        ),
        (
            "codebuild.batch-get-projects",
            json!({"projects": [], "projectsNotFound": ["shop-dev-secrets"]}),
            "project `shop-dev-secrets`: it is not there",
        ),
        (
            "codebuild.batch-get-projects",
            json!({"projects": [{"name": "shop-dev-secrets", "source": {"buildspec": "buildspecs/secrets.yml"}, "environment": {"image": "aws/codebuild/standard:7.0"}}]}),
            "its buildspec is not in the locked bucket",
        ),
        (
            "codebuild.batch-get-projects",
            json!({"projects": [{"name": "shop-dev-secrets", "source": {}, "environment": {"image": "aws/codebuild/standard:7.0"}}]}),
            "its image is not the toolbox",
        ),
        (
            "sns.list-subscriptions-by-topic",
            json!({"Subscriptions": []}),
            "nobody is subscribed",
        ),
        (
            "kms.get-key-rotation-status",
            json!({"KeyRotationEnabled": false}),
            "it is not rotated",
        ),
        (
            "kms.describe-key",
            json!({"KeyMetadata": {"KeyState": "PendingDeletion", "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}}),
            "it can not sign: PendingDeletion",
        ),
        (
            "s3api.get-object-lock-configuration",
            locked,
            "what is in it can be altered",
        ),
        (
            "cloudformation.list-stack-resources",
            json!({"StackResourceSummaries": []}),
            "it has no trail",
        ),
        (
            "cloudtrail.get-trail-status",
            json!({"IsLogging": false}),
            "it writes nothing down",
        ),
        (
            "sns.list-subscriptions-by-topic",
            json!([]),
            "not the answer that was expected",
        ),
    ];
    let room = Room::new();
    room.deploy(&[]).success();
    for (answer, value, says) in cases {
        let right = room.read(&format!("state/answers/{answer}"));
        room.answer(answer, &value);
        let ran = room.run("deploy", &["--from", "verify"], &[]);
        assert_eq!(ran.code, Some(1), "{says}: {ran:?}");
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
        assert!(!ran.stdout.contains("stands"), "{ran:?}");
        room.write(&format!("state/answers/{answer}"), &right);
    }
    room.run("deploy", &["--from", "verify"], &[]).success();
}

/// What only a person can do is no problem, and is said.
#[test]
fn what_a_person_has_to_do_is_said() {
    let room = Room::new();
    room.answer(
        "codeconnections.get-connection",
        &json!({"Connection": {"ConnectionStatus": "PENDING"}}),
    );
    room.answer(
        "sns.list-subscriptions-by-topic",
        &json!({"Subscriptions": [{"SubscriptionArn": "PendingConfirmation"}]}),
    );
    room.answer("ecr.list-images", &json!({"imageIds": []}));
    let said = room.deploy(&[]).success();
    for words in [
        "approve the connection",
        "confirm the subscription",
        "push the toolbox image",
        "let shop.example.org lead to the production_load_balancer_dns_name",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn what_can_not_be_used_is_refused_before_it_is_uploaded() {
    for (answer, value, says) in [
        (
            "kms.get-public-key",
            json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "PublicKey": "MFkw"}),
            "the signing key is none of",
        ),
        (
            "ssm.get-parameters-by-path",
            json!({"Parameters": []}),
            "there is no threshold below",
        ),
        (
            "ssm.label-parameter-version",
            json!({"InvalidLabels": ["current"]}),
            "can't be labelled",
        ),
    ] {
        let room = Room::new();
        room.answer(answer, &value);
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    let room = Room::new();
    let ran = room.deploy(&[("REFUSE", "explain profile")]);
    assert!(ran.stderr.contains("does not take the profile"), "{ran:?}");
    assert!(
        !room
            .calls()
            .iter()
            .any(|call| call.short().ends_with("/gate"))
    );
}

/// Somebody who wrote another file under the digest is not believed.
#[test]
fn a_file_in_the_bucket_with_other_bytes_stops_it() {
    let room = Room::new();
    room.deploy(&[]).success();
    for entry in fs::read_dir(room.path("state/checksums")).unwrap() {
        let path = entry.unwrap().path();
        if path.display().to_string().contains("profile%") {
            fs::write(path, "another").unwrap();
        }
    }
    let ran = room.deploy(&[]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("has other bytes than its name says"),
        "{ran:?}"
    );
}
