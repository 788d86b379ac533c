//! What the last step of `deploy` asks, and what it says of answers that are not as they have to be.

use serde_json::{Value, json};

use super::room::Room;

fn stage<'a>(pipeline: &'a mut Value, name: &str) -> &'a mut Value {
    let stages = pipeline["stages"].as_array_mut().unwrap();
    stages
        .iter_mut()
        .find(|stage| stage["name"] == name)
        .unwrap()
}

fn rules<'a>(pipeline: &'a mut Value, name: &str) -> &'a mut Vec<Value> {
    let rules = &mut stage(pipeline, name)["beforeEntry"]["conditions"][0]["rules"];
    rules.as_array_mut().unwrap()
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
            pipeline(|it| drop(it["stages"].as_array_mut().unwrap().remove(4))),
            "there is no stage `Staging`",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                drop(
                    stage(it, "Production")
                        .as_object_mut()
                        .unwrap()
                        .remove("beforeEntry"),
                );
            }),
            "stage `Production` has no entry condition",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                stage(it, "Production")["beforeEntry"]["conditions"][0]["rules"] = json!([]);
            }),
            "stage `Production` has no entry condition",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                drop(
                    stage(it, "Dast")
                        .as_object_mut()
                        .unwrap()
                        .remove("beforeEntry"),
                );
            }),
            "stage `Dast` has no entry condition",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                stage(it, "Build")["beforeEntry"]["conditions"][0]["result"] = json!("SKIP");
            }),
            "an entry condition of stage `Build` ends with SKIP",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                drop(
                    stage(it, "Approval")["beforeEntry"]["conditions"][0]
                        .as_object_mut()
                        .unwrap()
                        .remove("result"),
                );
            }),
            "an entry condition of stage `Approval` ends with nothing",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| stage(it, "Image")["name"] = json!("Deploy")),
            "stage `Deploy` is none of ours",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| it["stages"].as_array_mut().unwrap().swap(5, 6)),
            "its stages are in another order",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| rules(it, "Staging").retain(|rule| rule["name"] != "Verify")),
            "stage `Staging` does not ask `shop-dev-verify` about cluster `the staging_cluster_name`",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                rules(it, "Production")[2]["configuration"]["FunctionName"] = json!("yes");
            }),
            "stage `Production` does not ask `shop-dev-verify`",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| rules(it, "Production")[2]["ruleTypeId"]["provider"] = json!("Commands")),
            "stage `Production` does not ask `shop-dev-verify`",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                // Of staging there is a pass already.
                let other = rules(it, "Staging")[2]["configuration"]["UserParameters"].clone();
                rules(it, "Production")[2]["configuration"]["UserParameters"] = other;
            }),
            "about cluster `the production_cluster_name`",
        ),
        (
            "codepipeline.get-pipeline",
            pipeline(|it| {
                let one = json!({"digest": "sha256:1", "cluster": "the production_cluster_name"});
                rules(it, "Production")[2]["configuration"]["UserParameters"] =
                    json!(one.to_string());
            }),
            "about cluster `the production_cluster_name`",
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
