//! The builds: what they run, as whom, and with what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::stack::{ACCOUNT, REGION, stack};

const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The builds by the ends of their names.
fn builds() -> BTreeMap<&'static str, &'static Value> {
    let all = stack("pipeline").all("AWS::CodeBuild::Project").into_iter();
    all.map(|(_, project)| {
        (
            project["Name"]
                .as_str()
                .unwrap()
                .strip_prefix("shop-production-")
                .unwrap(),
            project,
        )
    })
    .collect()
}

fn variables(project: &Value) -> BTreeMap<&str, &str> {
    let list = project["Environment"]["EnvironmentVariables"]
        .as_array()
        .unwrap();
    let pairs = list
        .iter()
        .map(|v| (v["Name"].as_str().unwrap(), v["Value"].as_str().unwrap()));
    let all: BTreeMap<_, _> = pairs.collect();
    assert_eq!(all.len(), list.len(), "one is given twice");
    all
}

/// Privileged, in the network, and the variables beside those of all.
type Differs = (bool, bool, &'static [&'static str]);

const STAGING: &[&str] = &[
    "STAGING_AUTOSCALING_GROUP",
    "STAGING_CLUSTER",
    "STAGING_SERVICE",
    "STAGING_URL",
];

#[test]
fn builds_differ_only_where_they_have_to() {
    let gate = ["GATE_SIGN", "GATE_THRESHOLDS"];
    let expected: BTreeMap<&str, Differs> = BTreeMap::from([
        ("secrets", (false, false, &[][..])),
        ("build", (true, false, &[])),
        ("image", (false, false, &["IMAGE_REPOSITORY_NAME"])),
        ("dast", (false, true, STAGING)),
        (
            "deploy-staging",
            (
                false,
                true,
                &[
                    "STAGING_AUTOSCALING_GROUP",
                    "STAGING_CLUSTER",
                    "STAGING_SERVICE",
                    "STAGING_TASK_FAMILY",
                    "STAGING_URL",
                ],
            ),
        ),
        (
            "deploy-production",
            (
                false,
                true,
                &[
                    "HOOK_ROLE",
                    "PRODUCTION_ALTERNATE_TARGET_GROUP",
                    "PRODUCTION_CLUSTER",
                    "PRODUCTION_LISTENER_RULE",
                    "PRODUCTION_SERVICE",
                    "PRODUCTION_TARGET_GROUP",
                    "PRODUCTION_TASK_FAMILY",
                    "PRODUCTION_URL",
                    "TRAFFIC_ROLE",
                    "VERIFY_FUNCTION",
                ],
            ),
        ),
    ]);
    assert_eq!(
        builds().keys().copied().collect::<Vec<_>>(),
        expected.keys().copied().collect::<Vec<_>>()
    );
    let common = [
        ("GATE_APPLICATION", "shop"),
        ("GATE_DIGEST", DIGEST),
        ("GATE_ENVIRONMENT", "production"),
        ("GATE_EVIDENCE", "s3://shop-evidence/shop"),
        (
            "IMAGE_REPOSITORY",
            "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop",
        ),
        ("PROFILE_DIGEST", DIGEST),
        ("TOOLS_BUCKET", "shop-tools"),
    ];
    for (name, project) in builds() {
        let (privileged, network, own) = expected[name];
        assert_eq!(
            project["Environment"]["PrivilegedMode"], privileged,
            "{name}: docker runs in one build alone"
        );
        let inside = json!({"VpcId": "vpc-1", "Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]});
        assert_eq!(
            project["VpcConfig"],
            if network { inside } else { Value::Null },
            "{name}"
        );
        let variables = variables(project);
        for (variable, value) in common {
            assert_eq!(variables[variable], value, "{name}");
        }
        let mut names: BTreeSet<_> = common
            .iter()
            .map(|(name, _)| *name)
            .chain(own.iter().copied())
            .collect();
        if !name.starts_with("deploy") {
            names.extend(gate);
        }
        assert_eq!(
            variables.keys().copied().collect::<BTreeSet<_>>(),
            names,
            "{name}"
        );
        if let Some(key) = variables.get("GATE_SIGN") {
            assert_eq!(*key, "awskms:///alias/shop-production-verdicts");
        }
    }
}

/// Whoever can change the repository that is judged can't change its judge.
#[test]
fn what_builds_run_comes_from_the_locked_bucket_by_digest() {
    for (name, project) in builds() {
        let source = json!({"Type": "CODEPIPELINE", "BuildSpec": format!("arn:aws:s3:::shop-tools/buildspecs/{DIGEST}/{name}.yml")});
        assert_eq!(project["Source"], source, "{name}");
        let environment = &project["Environment"];
        let image =
            format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop-toolbox@sha256:{DIGEST}");
        assert_eq!(environment["Image"], image, "{name}");
        assert_eq!(
            environment["ImagePullCredentialsType"], "SERVICE_ROLE",
            "{name}"
        );
    }
}

#[test]
fn each_build_has_a_role_of_its_own() {
    let roles: BTreeMap<_, _> = builds()
        .into_iter()
        .map(|(name, project)| (project["ServiceRole"].as_str().unwrap(), name))
        .collect();
    assert_eq!(roles.len(), 6, "{roles:?}");
    for (role, name) in roles {
        let short = if name.starts_with("deploy") {
            name.to_owned()
        } else {
            format!("gate-{name}")
        };
        assert_eq!(
            role,
            format!("arn:aws:iam::{ACCOUNT}:role/shop-production-{short}")
        );
    }
}

/// In clear, and so nothing secret; what looks like a secret's name is none of ours.
#[test]
fn no_build_is_given_a_secret() {
    for (name, project) in builds() {
        for variable in project["Environment"]["EnvironmentVariables"]
            .as_array()
            .unwrap()
        {
            assert!(variable["Type"].is_null(), "{name}: {variable}");
        }
        for variable in variables(project).into_keys() {
            let suspicious = ["PASSWORD", "TOKEN", "SECRET", "ACCESS_KEY", "API_KEY"]
                .iter()
                .any(|word| variable.contains(word));
            assert!(!suspicious, "{name}: {variable}");
        }
    }
}

#[test]
fn builds_end_are_logged_and_are_encrypted() {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/PipelineKey");
    let logs: BTreeMap<_, _> = stack("pipeline")
        .all("AWS::Logs::LogGroup")
        .into_iter()
        .map(|(_, log)| (log["LogGroupName"].as_str().unwrap(), log))
        .collect();
    assert_eq!(logs.len(), 6);
    for (name, project) in builds() {
        assert_eq!(project["EncryptionKey"], key, "{name}");
        let minutes = project["TimeoutInMinutes"].as_u64().unwrap();
        assert!((5..=120).contains(&minutes), "{name}: {minutes}");
        assert_eq!(project["QueuedTimeoutInMinutes"], 30, "{name}");
        assert_eq!(
            project["ConcurrentBuildLimit"], 1,
            "{name}: two deployments at once"
        );
        let log = format!("/aws/codebuild/shop-production-{name}");
        assert_eq!(
            project["LogsConfig"]["CloudWatchLogs"],
            json!({"Status": "ENABLED", "GroupName": log})
        );
        assert_eq!(logs[&*log]["RetentionInDays"], 90, "{name}");
        assert_eq!(logs[&*log]["KmsKeyId"], key, "{name}");
    }
}
