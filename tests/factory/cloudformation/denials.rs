//! Each Deny: what it refuses to somebody who may do everything else, and what stands right beside it and is left alone.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::stack::{ACCOUNT, REGION, factory, stack};
use crate::iam::{Answer, Request, ask, statements, texts};

type Context = &'static [(&'static str, &'static str)];
/// Statement, action, resource and context.
type Refused = (&'static str, &'static str, &'static str, Context);
/// The same, but for the statement.
type Neighbour = (&'static str, &'static str, Context);

/// What is refused by each statement, and its neighbour.
const GUARD: &[(Refused, Neighbour)] = &[
    (
        (
            "NoChangeOfThePipeline",
            "codepipeline:OverrideStageCondition",
            "arn:aws:codepipeline:x",
            &[],
        ),
        (
            "codepipeline:GetPipelineState",
            "arn:aws:codepipeline:x",
            &[],
        ),
    ),
    (
        (
            "NoChangeOfBuilds",
            "codebuild:UpdateProject",
            "arn:aws:codebuild:x",
            &[],
        ),
        ("codebuild:StartBuild", "arn:aws:codebuild:x", &[]),
    ),
    (
        (
            "NoChangeOfFunctions",
            "lambda:UpdateFunctionCode",
            "arn:aws:lambda:x",
            &[],
        ),
        ("lambda:InvokeFunction", "arn:aws:lambda:x", &[]),
    ),
    (
        (
            "NoChangeOfStacks",
            "cloudformation:UpdateStack",
            "arn:aws:cloudformation:x",
            &[],
        ),
        (
            "cloudformation:DescribeStacks",
            "arn:aws:cloudformation:x",
            &[],
        ),
    ),
    (
        (
            "NoHiding",
            "cloudtrail:StopLogging",
            "arn:aws:cloudtrail:x",
            &[],
        ),
        ("cloudtrail:LookupEvents", "arn:aws:cloudtrail:x", &[]),
    ),
    (
        (
            "NoChangeOfThresholds",
            "ssm:PutParameter",
            "arn:aws:ssm:eu-central-1:111122223333:parameter/gate/shop/production/image",
            &[],
        ),
        (
            "ssm:PutParameter",
            "arn:aws:ssm:eu-central-1:111122223333:parameter/other",
            &[],
        ),
    ),
    (
        (
            "NoChangeOfKeys",
            "kms:ScheduleKeyDeletion",
            "arn:aws:kms:x",
            &[],
        ),
        ("kms:Decrypt", "arn:aws:kms:x", &[]),
    ),
    (
        (
            "NoChangeOfEvidence",
            "s3:PutBucketPolicy",
            "arn:aws:s3:::shop-evidence",
            &[],
        ),
        ("s3:GetBucketPolicy", "arn:aws:s3:::shop-evidence", &[]),
    ),
    (
        (
            "OnlyTheOutboxGoes",
            "s3:DeleteObject",
            "arn:aws:s3:::shop-evidence/shop/state/attestations/1",
            &[],
        ),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::shop-evidence/shop/state/outbox/1",
            &[],
        ),
    ),
    (
        (
            "NoChangeOfTheRegistry",
            "ecr:PutImageTagMutability",
            "arn:aws:ecr:x",
            &[],
        ),
        ("ecr:PutImage", "arn:aws:ecr:x", &[]),
    ),
    (
        (
            "NoChangeOfRights",
            "iam:AttachRolePolicy",
            "arn:aws:iam:x",
            &[],
        ),
        ("iam:GetRole", "arn:aws:iam:x", &[]),
    ),
    (
        (
            "PassOnlyToTasks",
            "iam:PassRole",
            "arn:aws:iam:x",
            &[("iam:PassedToService", "lambda.amazonaws.com")],
        ),
        (
            "iam:PassRole",
            "arn:aws:iam:x",
            &[("iam:PassedToService", "ecs-tasks.amazonaws.com")],
        ),
    ),
];

fn everything() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}

#[test]
fn the_guard_refuses_each_thing_and_leaves_its_neighbour() {
    let guard = statements(&stack("foundation").properties("Guard")["PolicyDocument"]);
    let everything = everything();
    let says = |(action, resource, context): (&str, &str, &[(&str, &str)])| {
        ask(
            guard.iter().copied().chain([&everything]),
            &Request {
                action,
                resource,
                context,
            },
        )
    };
    for ((sid, action, resource, context), neighbour) in GUARD {
        let refused = Answer::Denied((*sid).to_owned());
        assert_eq!(says((action, resource, context)), refused, "{action}");
        assert_eq!(says(*neighbour), Answer::Allowed, "{neighbour:?}");
        // And every other action of the statement.
        let statement = guard
            .iter()
            .find(|statement| statement["Sid"] == *sid)
            .unwrap();
        for action in texts(&statement["Action"]) {
            assert_eq!(says((action, resource, context)), refused, "{action}");
        }
    }
    let listed: Vec<_> = GUARD.iter().map(|((sid, ..), _)| *sid).collect();
    let written: Vec<_> = guard
        .iter()
        .map(|statement| statement["Sid"].as_str().unwrap())
        .collect();
    assert_eq!(written, listed);
    // Who is asked to pass a role without saying to whom is refused, too.
    let nobody = ("iam:PassRole", "arn:aws:iam:x", &[][..]);
    assert_eq!(says(nobody), Answer::Denied("PassOnlyToTasks".to_owned()));
    assert!(
        guard.iter().all(|statement| statement["Effect"] == "Deny"),
        "it gives nobody anything"
    );
}

/// Topics and queues are not spoken to in clear.
#[test]
fn topics_and_queues_refuse_what_is_not_encrypted() {
    let mut found = BTreeSet::new();
    let everything = everything();
    for stack in factory() {
        let policies =
            ["AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"].map(|kind| stack.all(kind));
        for (name, policy) in policies.into_iter().flatten() {
            let all = statements(&policy["PolicyDocument"]);
            let deny = all
                .iter()
                .copied()
                .find(|statement| statement["Effect"] == "Deny")
                .unwrap();
            // SQS takes no statement with several.
            assert!(
                all.iter().all(|s| texts(&s["Resource"]).len() == 1),
                "{name}"
            );
            for resource in texts(&deny["Resource"]) {
                for action in texts(&deny["Action"]) {
                    for (clear, expected) in [
                        ("false", Answer::Denied("OnlyEncrypted".to_owned())),
                        ("true", Answer::Allowed),
                    ] {
                        let context = &[("aws:SecureTransport", clear)];
                        let answer = ask(
                            [deny, &everything],
                            &Request {
                                action,
                                resource,
                                context,
                            },
                        );
                        assert_eq!(answer, expected, "{name} {action} {clear}");
                    }
                }
            }
            found.insert(name);
        }
    }
    assert_eq!(
        found,
        BTreeSet::from([
            "AlertTopicPolicy",
            "ApprovalTopicPolicy",
            "DeadLettersPolicy",
            "PipelineTopicPolicy",
            "QueuePolicy"
        ])
    );
}

/// A Deny that no test of this page knows would not be tested.
#[test]
fn every_deny_of_every_template_is_tested() {
    fn denies<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
        match value {
            Value::Object(map) if map.get("Effect").is_some_and(|effect| effect == "Deny") => {
                found.push(value);
            }
            Value::Object(map) => map.values().for_each(|value| denies(value, found)),
            Value::Array(list) => list.iter().for_each(|value| denies(value, found)),
            _ => {}
        }
    }
    let mut known: BTreeSet<_> = GUARD.iter().map(|((sid, ..), _)| *sid).collect();
    // `topics_and_queues_refuse_what_is_not_encrypted`, `the_key_lets_nobody_sign_but_roles_of_gates`
    known.extend(["OnlyEncrypted", "NobodyElseSigns"]);
    let mut sids = BTreeSet::new();
    for stack in factory() {
        let mut found = Vec::new();
        stack
            .resources()
            .for_each(|(_, resource)| denies(&resource.properties, &mut found));
        sids.extend(
            found
                .into_iter()
                .map(|statement| statement["Sid"].as_str().unwrap()),
        );
    }
    assert_eq!(sids, known);
}

/// The queue takes events of our rules, and of no other account's.
#[test]
fn the_queue_takes_events_of_our_rules_alone() {
    let policy = statements(&stack("events").properties("QueuePolicy")["PolicyDocument"]);
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:shop-production-events");
    let rule = |account: &str, name: &str| format!("arn:aws:events:{REGION}:{account}:rule/{name}");
    for (account, name, expected) in [
        (ACCOUNT, "shop-production-guardduty", Answer::Allowed),
        (ACCOUNT, "other", Answer::Silent),
        ("999999999999", "shop-production-guardduty", Answer::Silent),
    ] {
        let rule = rule(account, name);
        let context = &[("aws:SourceArn", &*rule)];
        let request = Request {
            action: "sqs:SendMessage",
            resource: &queue,
            context,
        };
        assert_eq!(ask(policy.clone(), &request), expected, "{rule}");
    }
}
