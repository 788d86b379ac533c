//! The roles of workflows on GitHub, asked as IAM would be.

use serde_json::Value;

use super::{ACCOUNT, applied, ask};
use crate::iam::Answer;

const ROLES: [&str; 3] = ["gate", "staging", "production"];

/// What a token of GitHub says decides which of the roles it gets, and there is no other token.
#[test]
fn each_role_on_github_is_for_one_repository_and_one_environment() {
    let Some(applied) = applied() else { return };
    let audience = "sts.amazonaws.com";
    for (subject, audience, gets) in [
        ("repo:acme/shop:environment:dev-gates", audience, "gate"),
        (
            "repo:acme/shop:environment:dev-staging",
            audience,
            "staging",
        ),
        (
            "repo:acme/shop:environment:dev-production",
            audience,
            "production",
        ),
        ("repo:acme/shop:environment:dev-gates", "api.example", ""),
        ("repo:acme/shop:environment:dev", audience, ""),
        ("repo:acme/shop:environment:staging", audience, ""),
        ("repo:acme/shop:environment:production", audience, ""),
        ("repo:acme/shop:ref:refs/heads/main", audience, ""),
        ("repo:acme/shop:pull_request", audience, ""),
        ("repo:acme/shop2:environment:dev-gates", audience, ""),
        ("repo:mallory/shop:environment:dev-production", audience, ""),
    ] {
        for role in ROLES {
            let made = applied.one(&format!("module.identity.aws_iam_role.github[\"{role}\"]"));
            let mut trust: Value =
                serde_json::from_str(made["assume_role_policy"].as_str().unwrap()).unwrap();
            trust["Statement"][0]["Resource"] = Value::from("*");
            let context = [
                ("token.actions.githubusercontent.com:aud", audience),
                ("token.actions.githubusercontent.com:sub", subject),
            ];
            let expected = if role == gets {
                Answer::Allowed
            } else {
                Answer::Silent
            };
            assert_eq!(
                ask(&trust, "sts:AssumeRoleWithWebIdentity", "*", &context),
                expected,
                "{role}: {subject} {audience}"
            );
        }
    }
}

/// Action, resource, what the request says, and which of the roles may.
type May = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const OF_S3: (&str, &str) = ("kms:ViaService", "s3.eu-central-1.amazonaws.com");
const TO_TASKS: (&str, &str) = ("iam:PassedToService", "ecs-tasks.amazonaws.com");
const VERDICTS: (&str, &str) = ("kms:ResourceAliases", "alias/shop-dev-verdicts");

/// `ACCOUNT` and `KEY` stand for what is known when it was made; ARNs begin behind `arn:aws:`.
const MAY: &[May] = &[
    (
        "ecr:PutImage",
        "ecr:eu-central-1:ACCOUNT:repository/shop-dev-application",
        &[],
        &["gate"],
    ),
    (
        "ecr:PutImage",
        "ecr:eu-central-1:ACCOUNT:repository/shop-dev-toolbox",
        &[],
        &[],
    ),
    (
        "ecr:BatchDeleteImage",
        "ecr:eu-central-1:ACCOUNT:repository/shop-dev-application",
        &[],
        &[],
    ),
    (
        "kms:Sign",
        "kms:eu-central-1:ACCOUNT:key/0",
        &[VERDICTS],
        &["gate"],
    ),
    (
        "kms:Sign",
        "kms:eu-central-1:ACCOUNT:key/0",
        &[("kms:ResourceAliases", "alias/shop-production-verdicts")],
        &[],
    ),
    ("kms:Sign", "kms:eu-central-1:ACCOUNT:key/0", &[], &[]),
    ("kms:Sign", "KEY", &[OF_S3], &[]),
    ("kms:Decrypt", "KEY", &[OF_S3], &ROLES),
    ("kms:Decrypt", "KEY", &[], &[]),
    ("kms:GenerateDataKey", "KEY", &[OF_S3], &["gate"]),
    (
        "s3:GetObject",
        "s3:::shop-dev-evidence-ACCOUNT/shop/records/0",
        &[],
        &ROLES,
    ),
    (
        "s3:PutObject",
        "s3:::shop-dev-evidence-ACCOUNT/shop/records/0",
        &[],
        &["gate"],
    ),
    (
        "s3:PutObject",
        "s3:::shop-dev-evidence-ACCOUNT/other/records/0",
        &[],
        &[],
    ),
    (
        "s3:DeleteObject",
        "s3:::shop-dev-evidence-ACCOUNT/shop/state/outbox/0",
        &[],
        &["gate"],
    ),
    (
        "s3:DeleteObject",
        "s3:::shop-dev-evidence-ACCOUNT/shop/state/attestations/0",
        &[],
        &[],
    ),
    (
        "s3:DeleteObject",
        "s3:::shop-dev-evidence-ACCOUNT/shop/records/0",
        &[],
        &[],
    ),
    (
        "s3:DeleteObjectVersion",
        "s3:::shop-dev-evidence-ACCOUNT/shop/state/outbox/0",
        &[],
        &[],
    ),
    (
        "s3:BypassGovernanceRetention",
        "s3:::shop-dev-evidence-ACCOUNT/shop/records/0",
        &[],
        &[],
    ),
    (
        "s3:ListBucket",
        "s3:::shop-dev-evidence-ACCOUNT",
        &[("s3:prefix", "shop/state/")],
        &ROLES,
    ),
    (
        "s3:ListBucket",
        "s3:::shop-dev-evidence-ACCOUNT",
        &[("s3:prefix", "other/")],
        &[],
    ),
    (
        "s3:GetObject",
        "s3:::shop-dev-tools-ACCOUNT/gate/0/gate",
        &[],
        &ROLES,
    ),
    ("s3:GetObject", "s3:::elsewhere/gate/0/gate", &[], &[]),
    (
        "s3:PutObject",
        "s3:::shop-dev-tools-ACCOUNT/gate/0/gate",
        &[],
        &[],
    ),
    (
        "s3:GetObject",
        "s3:::shop-dev-artifacts-ACCOUNT/x",
        &[],
        &[],
    ),
    (
        "ssm:GetParametersByPath",
        "ssm:eu-central-1:ACCOUNT:parameter/gate/shop/dev",
        &[],
        &["gate"],
    ),
    (
        "ssm:GetParametersByPath",
        "ssm:eu-central-1:ACCOUNT:parameter/gate/shop/production",
        &[],
        &[],
    ),
    (
        "ssm:PutParameter",
        "ssm:eu-central-1:ACCOUNT:parameter/gate/shop/dev/image",
        &[],
        &[],
    ),
    (
        "securityhub:BatchImportFindings",
        "securityhub:eu-central-1:ACCOUNT:product/ACCOUNT/default",
        &[],
        &["gate"],
    ),
    (
        "ecs:DescribeServices",
        "ecs:eu-central-1:ACCOUNT:service/shop-dev-staging/application",
        &[],
        &["gate", "staging"],
    ),
    (
        "ecs:DescribeTasks",
        "ecs:eu-central-1:ACCOUNT:task/shop-dev-production/0",
        &[],
        &["production"],
    ),
    (
        "ecs:UpdateService",
        "ecs:eu-central-1:ACCOUNT:service/shop-dev-staging/application",
        &[],
        &["staging"],
    ),
    (
        "ecs:UpdateService",
        "ecs:eu-central-1:ACCOUNT:service/shop-dev-production/application",
        &[],
        &["production"],
    ),
    (
        "ecs:UpdateService",
        "ecs:eu-central-1:ACCOUNT:service/other/application",
        &[],
        &[],
    ),
    (
        "ecs:StopServiceDeployment",
        "ecs:eu-central-1:ACCOUNT:service-deployment/shop-dev-production/application/0",
        &[],
        &["production"],
    ),
    (
        "ecs:RegisterTaskDefinition",
        "*",
        &[],
        &["staging", "production"],
    ),
    (
        "ecs:RunTask",
        "ecs:eu-central-1:ACCOUNT:task-definition/shop:1",
        &[],
        &[],
    ),
    (
        "ecs:CreateService",
        "ecs:eu-central-1:ACCOUNT:service/shop-dev-production/other",
        &[],
        &[],
    ),
    (
        "iam:PassRole",
        "iam::ACCOUNT:role/shop-dev-task",
        &[TO_TASKS],
        &["staging", "production"],
    ),
    (
        "iam:PassRole",
        "iam::ACCOUNT:role/shop-dev-task",
        &[("iam:PassedToService", "ec2.amazonaws.com")],
        &[],
    ),
    (
        "iam:PassRole",
        "iam::ACCOUNT:role/Administrator",
        &[TO_TASKS],
        &[],
    ),
    (
        "codepipeline:DeletePipeline",
        "codepipeline:eu-central-1:ACCOUNT:shop-dev",
        &[],
        &[],
    ),
];

/// Who judges does not deploy, who deploys neither pushes nor signs, and nobody changes what judges.
#[test]
fn on_github_who_judges_does_not_deploy_and_who_deploys_does_not_judge() {
    let Some(applied) = applied() else { return };
    let key = applied.one("module.evidence.aws_kms_key.this[\"evidence\"]")["arn"]
        .as_str()
        .unwrap();
    for role in ROLES {
        let policy = applied.policy(&format!(
            "module.identity.aws_iam_role_policy.github[\"{role}\"]"
        ));
        for (action, resource, context, who) in MAY {
            let resource = match *resource {
                "KEY" => key.to_owned(),
                "*" => "*".to_owned(),
                named => format!("arn:aws:{}", named.replace("ACCOUNT", ACCOUNT)),
            };
            let expected = if who.contains(&role) {
                Answer::Allowed
            } else {
                Answer::Silent
            };
            assert_eq!(
                ask(&policy, action, &resource, context),
                expected,
                "{role}: {action} {resource} {context:?}"
            );
        }
    }
}
