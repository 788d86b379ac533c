//! What is refused, stopped or missing halfway: nothing more is changed, all is cleaned up, and a second run gets to the end.

use std::fs;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::each::{Script, each};
use super::room::Room;

const DEPLOY: Script = Script {
    name: "deploy",
    arguments: &["--yes"],
    before: Room::new,
    says: "The factory shop-dev stands",
};

#[test]
fn each_call_that_is_refused_ends_it_and_a_second_run_gets_to_the_end() {
    DEPLOY.refused_at_each_call();
}

#[test]
fn a_signal_at_any_change_ends_it_and_leaves_nothing() {
    let changing: Vec<bool> = DEPLOY.undisturbed().iter().map(Call::changes).collect();
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
            !room.there("state/objects/gate%shop%dev%deploy.lock.json"),
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
        assert!(!room.there("state/objects/gate%shop%dev%deploy.lock.json"));
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
                "aws s3 rm s3://state-bucket/gate/shop/dev/deploy.lock.json",
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

/// Nothing is guessed from outputs that are not there: CloudFormation takes an empty parameter without a word.
#[test]
fn an_output_that_is_empty_or_missing_stops_it_by_name() {
    let names = Room::new().given("output");
    assert!(names.len() > 15);
    let forms = [
        None,
        Some(Value::Null),
        Some(json!("")),
        Some(json!([])),
        Some(json!(" ")),
        Some(json!(["subnet-1", ""])),
        Some(json!({})),
    ];
    each(forms.len(), |number| {
        let room = Room::new();
        // Besides one that is there: it is no other program's answer.
        let mut outputs = Map::from_iter([("another".to_owned(), json!({ "value": "x" }))]);
        if let Some(value) = &forms[number - 1] {
            outputs.extend(
                names
                    .iter()
                    .map(|name| (name.clone(), json!({ "value": value }))),
            );
        }
        room.answer("terraform.output", &Value::Object(outputs));
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let missing = ran
            .stderr
            .split_once("error: terraform gives no ")
            .unwrap()
            .1;
        let missing = missing.lines().next().unwrap();
        for name in &names {
            assert!(missing.contains(&format!("`{name}`")), "{name}: {missing}");
        }
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
            "there is no threshold `/gate/shop/dev/image`",
        ),
        (
            "ssm.label-parameter-version",
            json!({"InvalidLabels": ["deployed"]}),
            "can't be labelled `deployed`",
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
