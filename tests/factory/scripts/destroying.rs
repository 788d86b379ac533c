//! What `destroy` takes down, in which order, and what it leaves.

use super::call::Call;
use super::each::Script;
use super::room::Room;
use serde_json::json;

fn changes(calls: &[Call]) -> Vec<String> {
    let changes = calls.iter().filter(|call| call.changes());
    changes.map(Call::short).collect()
}

/// What a plan is told to destroy.
fn targets(plan: &Call) -> Vec<&String> {
    let words = plan.0.iter();
    words.filter(|word| word.starts_with("-target=")).collect()
}

fn deployed() -> Room {
    let room = Room::new();
    room.write("state/states/gate%shop%dev%terraform.tfstate", "");
    for stack in room.stacks() {
        room.write(&format!("state/stacks/shop-dev-{stack}"), "UPDATE_COMPLETE");
        room.write(&format!("state/parameters/shop-dev-{stack}"), "[]");
    }
    room
}

#[test]
fn stacks_go_first_and_backwards() {
    let room = deployed();
    let said = room
        .run("destroy", &["--yes-destroy", "shop-dev"], &[])
        .success();
    let calls = room.calls();
    let mut wanted = vec!["aws s3api put-object gate/shop/dev/deploy.lock.json".to_owned()];
    for stack in room.stacks().iter().rev() {
        wanted.push(format!(
            "aws cloudformation update-termination-protection shop-dev-{stack}"
        ));
        wanted.push(format!("aws cloudformation delete-stack shop-dev-{stack}"));
    }
    wanted.extend(
        [
            "terraform plan",
            "terraform apply",
            "aws s3api delete-object gate/shop/dev/deploy.lock.json",
        ]
        .map(str::to_owned),
    );
    assert_eq!(changes(&calls), wanted);
    // Each is waited for: the next one's things are used by it.
    assert_eq!(
        calls
            .iter()
            .filter(|call| call.0.contains(&"stack-delete-complete".to_owned()))
            .count(),
        room.stacks().len()
    );

    // What is locked stays, in the bucket and in the state; and it is said.
    let plan = calls
        .iter()
        .find(|call| call.short() == "terraform plan")
        .unwrap();
    assert_eq!(
        targets(plan),
        ["-target=module.factory.module.network.aws_vpc.this"]
    );
    assert!(plan.0.contains(&"-destroy".to_owned()));
    assert!(
        said.contains("Object Lock")
            && said.contains("s3://state-bucket/gate/shop/dev/terraform.tfstate"),
        "{said}"
    );
    assert!(
        !calls.iter().any(|call| call
            .0
            .iter()
            .any(|word| word == "rm" || word.contains("tfstate"))),
        "{calls:?}"
    );
}

/// An address in another module whose name only begins like that of a kept one is no kept one.
#[test]
fn only_what_has_to_stay_stays() {
    let room = deployed();
    room.write(
        "state/answers/terraform.state",
        "module.factory.module.evidence.aws_kms_key.this\nmodule.factory.module.evidence[0].aws_kms_key.this\nmodule.factory.module.evidence_viewer.aws_iam_role.this[\"a b\"]\ndata.aws_region.this\n",
    );
    room.run("destroy", &["--yes-destroy", "shop-dev"], &[])
        .success();
    let plan = room
        .calls()
        .into_iter()
        .find(|call| call.short() == "terraform plan")
        .unwrap();
    assert_eq!(
        targets(&plan),
        ["-target=module.factory.module.evidence_viewer.aws_iam_role.this[\"a b\"]"]
    );

    // Without a single target everything would be destroyed: then nothing is planned.
    room.write(
        "state/answers/terraform.state",
        "module.factory.module.evidence.aws_kms_key.this\n",
    );
    room.run("destroy", &["--yes-destroy", "shop-dev"], &[])
        .success();
    assert!(
        !room
            .calls()
            .iter()
            .any(|call| call.short() == "terraform plan")
    );
}

#[test]
fn the_name_has_to_be_said() {
    let room = deployed();
    for arguments in [
        &[][..],
        &["--yes-destroy", "shop"],
        &["--yes-destroy", "shop-production"],
        &["--yes-destroy", "yes"],
    ] {
        let ran = room.run("destroy", arguments, &[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert_eq!(changes(&room.calls()), [""; 0], "{arguments:?}");
    }
    for arguments in [
        &["--yes-destroy"][..],
        &["--yes-destroy", ""],
        &["--yes"],
        &["--environment", "production"],
        &["shop-dev"],
    ] {
        assert_eq!(
            room.run("destroy", arguments, &[]).code,
            Some(2),
            "{arguments:?}"
        );
    }
}

/// Asked at a terminal, only the name itself is an answer.
#[test]
fn at_a_terminal_the_name_has_to_be_typed() {
    let Some(script) = crate::tool::tool("script") else {
        return;
    };
    for (typed, gone) in [
        ("yes", false),
        ("SHOP-DEV", false),
        ("", false),
        ("shop-dev", true),
    ] {
        let room = deployed();
        let command = room.script("destroy", &[]);
        // `script` gives it a terminal.
        let mut at_terminal = std::process::Command::new(&script);
        let line = format!("'{}'", room.path("project/iac/destroy").display());
        at_terminal
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .current_dir(room.folder());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => at_terminal.env(name, value),
                None => at_terminal.env_remove(name),
            };
        }
        at_terminal
            .env("SCRIPT", "0")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped());
        let mut child = at_terminal.spawn().unwrap();
        std::io::Write::write_all(
            &mut child.stdin.take().unwrap(),
            format!("{typed}\n").as_bytes(),
        )
        .unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            output.status.code(),
            Some(i32::from(!gone)),
            "{typed}: {said}"
        );
        assert!(said.contains("Type `shop-dev`"), "{said}");
        assert_eq!(changes(&room.calls()).is_empty(), !gone, "{typed}: {said}");
    }
}

#[test]
fn a_dry_run_takes_nothing_down() {
    let room = deployed();
    let said = room.run("destroy", &["--dry-run"], &[]).success();
    assert_eq!(changes(&room.calls()), [""; 0]);
    for stack in room.stacks() {
        assert!(
            said.contains(&format!("stack shop-dev-{stack}: would be deleted")),
            "{said}"
        );
    }
}

/// What could not be deleted is named with the reason, and the ground below it is left.
#[test]
fn what_can_not_be_deleted_is_named() {
    let room = deployed();
    room.answer(
        "cloudformation.describe-stack-events",
        &json!({"StackEvents": [{"LogicalResourceId": "Bucket", "ResourceType": "AWS::S3::Bucket", "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "it is not empty"}]}),
    );
    let ran = room.run(
        "destroy",
        &["--yes-destroy", "shop-dev"],
        &[(
            "REFUSE",
            "stack-delete-complete --stack-name shop-dev-pipeline",
        )],
    );
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("Bucket (AWS::S3::Bucket): it is not empty")
            && ran.stderr.contains("`shop-dev-pipeline` was not deleted"),
        "{ran:?}"
    );
    let changed = changes(&room.calls());
    assert!(
        !changed
            .iter()
            .any(|call| call.starts_with("terraform") || call.ends_with("shop-dev-events")),
        "{changed:?}"
    );
    assert!(changed.last().unwrap().contains("delete-object"));
}

#[test]
fn each_call_that_is_refused_ends_it_and_a_second_run_gets_to_the_end() {
    let destroy = Script {
        name: "destroy",
        arguments: &["--yes-destroy", "shop-dev"],
        before: deployed,
        says: "is gone",
    };
    destroy.refused_at_each_call();
}

/// In one account and one bucket of states there are several projects.
#[test]
fn a_mistyped_project_takes_nothing_of_another_down() {
    let room = deployed();
    let settings = room.read("project/iac/settings.env");
    room.write(
        "project/iac/settings.env",
        &settings.replace("PROJECT=shop\n", "PROJECT=shpo\n"),
    );
    let ran = room.run("destroy", &["--yes-destroy", "shpo-dev"], &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stderr.contains("nothing was built as `shpo-dev`")
            && ran.stderr.contains("gate/shpo/dev/terraform.tfstate"),
        "{ran:?}"
    );
    assert_eq!(
        changes(&room.calls()),
        [
            "aws s3api put-object gate/shpo/dev/deploy.lock.json",
            "aws s3api delete-object gate/shpo/dev/deploy.lock.json"
        ]
    );
}

/// Whoever copied a state, or put back the wrong one, has another factory's in the place of their own.
#[test]
fn the_state_of_another_factory_is_left_alone() {
    let others = [
        "other-dev-evidence-111122223333",
        "shop-dev-dev-evidence-111122223333",
        "shop-production-evidence-111122223333",
        "shop-dev-evidence-999999999999",
    ];
    for (other, (script, arguments)) in others.iter().zip(
        [
            ("destroy", &["--yes-destroy", "shop-dev"][..]),
            ("deploy", &["--yes"]),
        ]
        .iter()
        .cycle(),
    ) {
        let room = deployed();
        let mut outputs = room.outputs();
        outputs["evidence_bucket_name"] = json!({ "value": other });
        room.answer("terraform.output", &serde_json::Value::Object(outputs));
        let ran = room.run(script, arguments, &[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.stderr.contains("is the state of another factory")
                && ran.stderr.contains(&format!("`{other}`")),
            "{ran:?}"
        );
        assert!(
            changes(&room.calls())
                .iter()
                .all(|call| call.ends_with("deploy.lock.json"))
        );
    }
}

/// When the stacks are gone there are none to go by; what is left still goes.
#[test]
fn goes_on_where_the_stacks_are_gone() {
    let room = deployed();
    let ran = room.run(
        "destroy",
        &["--yes-destroy", "shop-dev"],
        &[("REFUSE", "apply -input=false")],
    );
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(
        std::fs::read_dir(room.path("state/stacks"))
            .unwrap()
            .count(),
        0
    );
    room.calls();
    room.run("destroy", &["--yes-destroy", "shop-dev"], &[])
        .success();
    let changed = changes(&room.calls());
    assert!(
        changed.contains(&"terraform apply".to_owned()),
        "{changed:?}"
    );
}

/// An answer that is no list of stacks is not taken for "there are none": the ground would go from under them.
#[test]
fn an_answer_that_can_not_be_read_takes_nothing_down() {
    let room = deployed();
    std::fs::remove_dir_all(room.path("state/parameters")).unwrap();
    room.write("state/stacks/shop-dev-broken", "\"");
    let ran = room.run("destroy", &["--yes-destroy", "shop-dev"], &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        !changes(&room.calls())
            .iter()
            .any(|call| call.starts_with("terraform"))
    );
}
