//! What each role may do, and what no role may.

use std::collections::BTreeSet;

use serde_json::Value;

use super::policy::{Role, roles};
use super::stack::{ACCOUNT, REGION, factory};
use crate::iam::{Answer, Request, statements, texts};

const GATES: &[&str] = &[
    "gate-build",
    "gate-dast",
    "gate-events",
    "gate-image",
    "gate-secrets",
];
const BUILDS: &[&str] = &[
    "deploy-production",
    "deploy-staging",
    "gate-build",
    "gate-dast",
    "gate-image",
    "gate-secrets",
];
const NOBODY: &[&str] = &[];

/// An action, a resource, the context, and the roles that may.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

/// An ARN whose `:::` stands for the region and the account in between.
fn arn(text: &str) -> String {
    text.replace(":::", &format!(":{REGION}:{ACCOUNT}:"))
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn roles_may_do_what_they_are_for_and_nothing_else() {
    let tasks: &[(&str, &str)] = &[("iam:PassedToService", "ecs-tasks.amazonaws.com")];
    let ecs: &[(&str, &str)] = &[("iam:PassedToService", "ecs.amazonaws.com")];
    let ec2: &[(&str, &str)] = &[("iam:PassedToService", "ec2.amazonaws.com")];
    let ours: &[(&str, &str)] = &[("s3:prefix", "shop/records/")];
    let others: &[(&str, &str)] = &[("s3:prefix", "other/records/")];
    let staging: &[(&str, &str)] = &[(
        "ecs:cluster",
        "arn:aws:ecs:eu-central-1:111122223333:cluster/shop-staging",
    )];
    let network: &[(&str, &str)] = &[
        ("ec2:Vpc", "arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-1"),
        ("ec2:AuthorizedService", "codebuild.amazonaws.com"),
    ];
    let strange: &[(&str, &str)] = &[
        ("ec2:Vpc", "arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-1"),
        ("ec2:AuthorizedService", "ec2.amazonaws.com"),
    ];
    let none: &[(&str, &str)] = &[];
    let in_network: &[&str] = &["deploy-production", "deploy-staging", "gate-dast"];
    let table: &[Case<'_>] = &[
        // The image is pushed by the build that judged it; others read it at most.
        (
            "ecr:PutImage",
            "arn:aws:ecr:::repository/shop",
            none,
            &["gate-build"],
        ),
        (
            "ecr:PutImage",
            "arn:aws:ecr:::repository/shop-toolbox",
            none,
            NOBODY,
        ),
        (
            "ecr:BatchGetImage",
            "arn:aws:ecr:::repository/shop",
            none,
            &["gate-build", "gate-image"],
        ),
        (
            "ecr:BatchGetImage",
            "arn:aws:ecr:::repository/shop-toolbox",
            none,
            BUILDS,
        ),
        (
            "ecr:DescribeImageScanFindings",
            "arn:aws:ecr:::repository/shop",
            none,
            &["gate-events", "gate-image"],
        ),
        (
            "ecr:BatchDeleteImage",
            "arn:aws:ecr:::repository/shop",
            none,
            NOBODY,
        ),
        // Only gates sign and write evidence; whoever deploys reads it.
        ("kms:Sign", "arn:aws:kms:::key/SigningKey", none, GATES),
        (
            "kms:CreateGrant",
            "arn:aws:kms:::key/SigningKey",
            none,
            NOBODY,
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::shop-evidence/shop/records/1",
            none,
            GATES,
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::shop-evidence/other/records/1",
            none,
            NOBODY,
        ),
        (
            "s3:GetObject",
            "arn:aws:s3:::shop-evidence/shop/records/1",
            none,
            &[
                "deploy-production",
                "deploy-staging",
                "gate-build",
                "gate-dast",
                "gate-events",
                "gate-image",
                "gate-secrets",
                "verify",
            ],
        ),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::shop-evidence/shop/state/outbox/1",
            none,
            GATES,
        ),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::shop-evidence/shop/records/1",
            none,
            NOBODY,
        ),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::shop-evidence/shop/state/attestations/1",
            none,
            NOBODY,
        ),
        (
            "s3:DeleteObjectVersion",
            "arn:aws:s3:::shop-evidence/shop/state/outbox/1",
            none,
            NOBODY,
        ),
        (
            "s3:ListBucket",
            "arn:aws:s3:::shop-evidence",
            ours,
            &[
                "deploy-production",
                "deploy-staging",
                "gate-build",
                "gate-dast",
                "gate-events",
                "gate-image",
                "gate-secrets",
                "verify",
            ],
        ),
        (
            "s3:ListBucket",
            "arn:aws:s3:::shop-evidence",
            others,
            NOBODY,
        ),
        (
            "securityhub:BatchImportFindings",
            "arn:aws:securityhub:::product/111122223333/default",
            none,
            GATES,
        ),
        (
            "securityhub:BatchUpdateFindings",
            "arn:aws:securityhub:::hub/default",
            none,
            NOBODY,
        ),
        // Thresholds are read by who judges, and written by people.
        (
            "ssm:GetParametersByPath",
            "arn:aws:ssm:::parameter/gate/shop/production",
            none,
            GATES,
        ),
        (
            "ssm:GetParameters",
            "arn:aws:ssm:::parameter/gate/shop/production/image",
            none,
            GATES,
        ),
        (
            "ssm:GetParameters",
            "arn:aws:ssm:::parameter/gate/shop/dev/image",
            none,
            NOBODY,
        ),
        (
            "ssm:PutParameter",
            "arn:aws:ssm:::parameter/gate/shop/production/image",
            none,
            NOBODY,
        ),
        // Tools come from the locked bucket, and nobody here puts anything there.
        (
            "s3:GetObject",
            "arn:aws:s3:::shop-tools/gate/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/gate",
            none,
            BUILDS,
        ),
        (
            "s3:GetObject",
            "arn:aws:s3:::shop-tools/gate/another/gate",
            none,
            NOBODY,
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::shop-tools/gate/another/gate",
            none,
            NOBODY,
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::shop-artifacts/x",
            none,
            &[
                "deploy-production",
                "deploy-staging",
                "gate-build",
                "gate-dast",
                "gate-image",
                "gate-secrets",
                "pipeline",
            ],
        ),
        // What runs is changed by who deploys there.
        (
            "ecs:RegisterTaskDefinition",
            "*",
            none,
            &["deploy-production", "deploy-staging"],
        ),
        (
            "ecs:UpdateService",
            "arn:aws:ecs:::service/shop-production/web",
            none,
            &["deploy-production"],
        ),
        (
            "ecs:UpdateService",
            "arn:aws:ecs:::service/shop-production/other",
            none,
            NOBODY,
        ),
        (
            "ecs:UpdateService",
            "arn:aws:ecs:::service/shop-staging/web-staging",
            none,
            &["deploy-staging", "gate-dast"],
        ),
        (
            "ecs:StopServiceDeployment",
            "arn:aws:ecs:::service-deployment/shop-production/web/1",
            none,
            &["deploy-production"],
        ),
        (
            "ecs:RunTask",
            "arn:aws:ecs:::task-definition/shop-production:1",
            none,
            NOBODY,
        ),
        (
            "ecs:ListTasks",
            "*",
            staging,
            &["deploy-staging", "gate-dast"],
        ),
        (
            "ecs:DescribeServiceRevisions",
            "arn:aws:ecs:::service-revision/shop-production/web/1",
            none,
            &["deploy-production", "verify"],
        ),
        (
            "autoscaling:SetDesiredCapacity",
            "arn:aws:autoscaling:::autoScalingGroup:1:autoScalingGroupName/hosts-staging",
            none,
            &["deploy-staging", "gate-dast"],
        ),
        (
            "autoscaling:SetDesiredCapacity",
            "arn:aws:autoscaling:::autoScalingGroup:1:autoScalingGroupName/hosts",
            none,
            NOBODY,
        ),
        // Roles are passed to tasks and to the hook, and each only to its service.
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/shop-task",
            tasks,
            &["deploy-production", "deploy-staging"],
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/shop-execution",
            tasks,
            &["deploy-production", "deploy-staging"],
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/shop-task",
            ec2,
            NOBODY,
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/shop-task",
            none,
            NOBODY,
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/Administrator",
            tasks,
            NOBODY,
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/shop-production-gate-build",
            tasks,
            NOBODY,
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/shop-production-hook",
            ecs,
            &["deploy-production"],
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/shop-production-hook",
            tasks,
            NOBODY,
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/shop-task",
            ecs,
            NOBODY,
        ),
        // The pipeline starts builds and asks; nobody changes it, and no build approves.
        (
            "codebuild:StartBuild",
            "arn:aws:codebuild:::project/shop-production-build",
            none,
            &["pipeline"],
        ),
        (
            "codebuild:StartBuild",
            "arn:aws:codebuild:::project/other",
            none,
            NOBODY,
        ),
        (
            "codeconnections:UseConnection",
            "arn:aws:codeconnections:::connection/shop-production",
            none,
            &["pipeline"],
        ),
        (
            "sns:Publish",
            "arn:aws:sns:::shop-production-approval",
            none,
            &["pipeline"],
        ),
        (
            "sns:Publish",
            "arn:aws:sns:::shop-production-alerts",
            none,
            NOBODY,
        ),
        (
            "lambda:InvokeFunction",
            "arn:aws:lambda:::function:shop-production-verify",
            none,
            &["hook", "pipeline"],
        ),
        (
            "lambda:InvokeFunction",
            "arn:aws:lambda:::function:shop-production-events",
            none,
            NOBODY,
        ),
        ("codepipeline:PutJobSuccessResult", "*", none, &["verify"]),
        (
            "codepipeline:PutApprovalResult",
            "arn:aws:codepipeline:::shop-production/Approval/Approve",
            none,
            NOBODY,
        ),
        (
            "codepipeline:OverrideStageCondition",
            "arn:aws:codepipeline:::shop-production/Production",
            none,
            NOBODY,
        ),
        (
            "codepipeline:UpdatePipeline",
            "arn:aws:codepipeline:::shop-production",
            none,
            NOBODY,
        ),
        (
            "codepipeline:DeletePipeline",
            "arn:aws:codepipeline:::shop-production",
            none,
            NOBODY,
        ),
        (
            "codebuild:UpdateProject",
            "arn:aws:codebuild:::project/shop-production-build",
            none,
            NOBODY,
        ),
        (
            "codebuild:DeleteProject",
            "arn:aws:codebuild:::project/shop-production-build",
            none,
            NOBODY,
        ),
        (
            "cloudtrail:StopLogging",
            "arn:aws:cloudtrail:::trail/shop-production",
            none,
            NOBODY,
        ),
        (
            "cloudtrail:DeleteTrail",
            "arn:aws:cloudtrail:::trail/shop-production",
            none,
            NOBODY,
        ),
        (
            "sts:AssumeRole",
            "arn:aws:iam::111122223333:role/Administrator",
            none,
            NOBODY,
        ),
        // Inside the network, for CodeBuild alone.
        (
            "ec2:CreateNetworkInterface",
            "arn:aws:ec2:::subnet/subnet-1",
            network,
            in_network,
        ),
        (
            "ec2:CreateNetworkInterface",
            "arn:aws:ec2:::subnet/subnet-1",
            none,
            NOBODY,
        ),
        (
            "ec2:CreateNetworkInterface",
            "arn:aws:ec2:::security-group/sg-1",
            none,
            in_network,
        ),
        (
            "ec2:CreateNetworkInterface",
            "arn:aws:ec2:::security-group/sg-2",
            none,
            NOBODY,
        ),
        (
            "ec2:CreateNetworkInterfacePermission",
            "arn:aws:ec2:::network-interface/eni-1",
            network,
            in_network,
        ),
        (
            "ec2:CreateNetworkInterfacePermission",
            "arn:aws:ec2:::network-interface/eni-1",
            strange,
            NOBODY,
        ),
        // Queues and logs.
        (
            "sqs:ReceiveMessage",
            "arn:aws:sqs:::shop-production-events",
            none,
            &["gate-events"],
        ),
        (
            "sqs:DeleteMessage",
            "arn:aws:sqs:::shop-production-events-dead",
            none,
            NOBODY,
        ),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:::shop-production-events-dead",
            none,
            &["gate-events", "verify"],
        ),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:::log-group:/aws/codebuild/shop-production-build:log-stream:1",
            none,
            BUILDS,
        ),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:::log-group:/aws/cloudtrail/shop-production:log-stream:111122223333_CloudTrail_eu-central-1",
            none,
            &["trail"],
        ),
        (
            "logs:DeleteLogGroup",
            "arn:aws:logs:::log-group:/aws/codebuild/shop-production-build",
            none,
            NOBODY,
        ),
    ];
    let roles = roles();
    for (action, resource, context, expected) in table {
        let resource = if resource.starts_with("arn:aws:s3") {
            (*resource).to_owned()
        } else {
            arn(resource)
        };
        let request = Request {
            action,
            resource: &resource,
            context,
        };
        let may = |role: &&Role| role.ask(&request) == Answer::Allowed;
        let found: Vec<_> = roles
            .iter()
            .filter(|(_, role)| may(role))
            .map(|(name, _)| &**name)
            .collect();
        assert_eq!(found, *expected, "{request:?}");
    }
}

#[test]
fn no_statement_allows_a_whole_service_or_more_than_one_thing_on_everything() {
    // Of these IAM knows no resource.
    let of_nothing = [
        "codepipeline:PutJobFailureResult",
        "codepipeline:PutJobSuccessResult",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ecr:GetAuthorizationToken",
        "ecs:DescribeTaskDefinition",
        "ecs:RegisterTaskDefinition",
    ];
    let mut used = BTreeSet::new();
    for (name, role) in roles() {
        for statement in &role.statements {
            let actions = texts(&statement["Action"]);
            let wild = actions.iter().find(|action| action.contains('*'));
            assert_eq!(wild, None, "{name}: an action that nobody wrote out");
            if statement["Effect"] == "Deny" {
                continue;
            }
            for resource in texts(&statement["Resource"]) {
                let free = resource == "*" && statement["Condition"].is_null();
                let strange = actions.iter().find(|action| !of_nothing.contains(action));
                assert!(
                    !free || strange.is_none(),
                    "{name}: {strange:?} on everything"
                );
                if free {
                    used.extend(actions.iter().copied());
                }
                // `arn:aws:s3:::*` is everything, too.
                assert!(
                    resource == "*"
                        || resource
                            .split(':')
                            .nth(5)
                            .is_some_and(|r| !r.starts_with('*')),
                    "{name}: {resource}"
                );
            }
        }
    }
    assert_eq!(
        used,
        BTreeSet::from(of_nothing),
        "an exception that nobody needs"
    );
}

#[test]
fn roles_are_passed_by_name_and_to_a_named_service() {
    let mut passes = 0;
    for (name, role) in roles() {
        for statement in role.statements {
            if statement["Effect"] == "Allow"
                && texts(&statement["Action"]).contains(&"iam:PassRole")
            {
                passes += 1;
                assert_eq!(texts(&statement["Action"]), ["iam:PassRole"], "{name}");
                assert!(
                    texts(&statement["Resource"])
                        .iter()
                        .all(|r| !r.contains('*')),
                    "{name}"
                );
                assert!(
                    statement["Condition"]["StringEquals"]["iam:PassedToService"].is_string(),
                    "{name}"
                );
            }
        }
    }
    assert_eq!(passes, 3);
}

/// A service takes a role only for what is ours; Lambda and ECS say nothing of the sort, but take none of another account.
#[test]
fn each_role_is_taken_by_one_service() {
    for (name, role) in roles() {
        let [trust] = &*statements(role.trust) else {
            panic!("{name}: one statement")
        };
        assert_eq!(trust["Action"], "sts:AssumeRole", "{name}");
        let service = trust["Principal"]["Service"].as_str().unwrap();
        let account = &trust["Condition"]["StringEquals"]["aws:SourceAccount"];
        let source = &trust["Condition"]["ArnEquals"]["aws:SourceArn"];
        let (expected, of) = match &*name {
            "gate-events" | "verify" => ("lambda", None),
            "hook" => ("ecs", None),
            "trail" => ("cloudtrail", None),
            "pipeline" => ("codepipeline", Some("shop-production".to_owned())),
            build => {
                let project = build.strip_prefix("gate-").unwrap_or(build);
                (
                    "codebuild",
                    Some(format!("project/shop-production-{project}")),
                )
            }
        };
        assert_eq!(service, format!("{expected}.amazonaws.com"), "{name}");
        assert_eq!(
            account.is_null(),
            ["lambda", "ecs"].contains(&expected),
            "{name}"
        );
        let of = of.map(|of| Value::from(format!("arn:aws:{expected}:{REGION}:{ACCOUNT}:{of}")));
        assert_eq!(*source, of.unwrap_or_default(), "{name}");
    }
}

#[test]
fn every_role_has_the_guard_and_fits_the_limits() {
    let guard = format!("arn:aws:iam::{ACCOUNT}:policy/shop-production-guard");
    for stack in factory() {
        for (name, role) in stack.all("AWS::IAM::Role") {
            // The trail's role is CloudTrail's: it can write two things and is in no build.
            let has = texts(&role["ManagedPolicyArns"]).contains(&&*guard);
            assert_eq!(has, name != "TrailRole", "{name}");
            assert!(
                role["RoleName"].as_str().unwrap().len() + 16 <= 64,
                "{name} of a longer application"
            );
            for policy in role["Policies"].as_array().into_iter().flatten() {
                assert!(
                    policy["PolicyDocument"].to_string().len() <= 10_240,
                    "{name}"
                );
            }
        }
        for (name, policy) in stack.all("AWS::IAM::ManagedPolicy") {
            assert!(
                policy["PolicyDocument"].to_string().len() <= 6_144,
                "{name}"
            );
        }
    }
}
