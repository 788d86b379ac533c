//! Events: which are heard, where they go, and that none is lost without a word.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::filter::Pattern;
use super::pattern::matches;
use super::stack::{ACCOUNT, REGION, deploy, stack};

fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{name}")
}

/// A rule, an event that it waits for, and what becomes of the event with one thing otherwise.
type Case<'a> = (&'a str, Value, &'a [(&'a str, Value, bool)]);

/// What each rule waits for, and what it lets pass: the same event with one thing otherwise.
#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn rules_hear_what_is_ours_and_nothing_else() {
    let scan = json!({"source": "aws.ecr", "detail-type": "ECR Image Scan", "account": ACCOUNT, "detail": {
        "scan-status": "COMPLETE", "repository-name": "shop", "image-digest": "sha256:0",
        "finding-severity-counts": {"HIGH": 2}}});
    let inspector = json!({"source": "aws.inspector2", "detail-type": "Inspector2 Finding", "detail": {
        "severity": "HIGH", "status": "ACTIVE", "type": "PACKAGE_VULNERABILITY", "resources": [
            {"type": "AWS_EC2_INSTANCE", "id": "i-1"},
            {"type": "AWS_ECR_CONTAINER_IMAGE", "details": {"awsEcrContainerImage": {"repositoryName": "shop", "imageHash": "sha256:0"}}}]}});
    let threat = json!({"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {
        "severity": 7.5, "type": "Runtime:ECS/ReverseShell"}});
    let compliance = json!({"source": "aws.config", "detail-type": "Config Rules Compliance Change", "detail": {
        "messageType": "ComplianceChangeNotification", "configRuleName": "shop-production-trail-is-validated",
        "newEvaluationResult": {"complianceType": "NON_COMPLIANT"}}});
    let execution = json!({"source": "aws.codepipeline", "detail-type": "CodePipeline Pipeline Execution State Change",
        "detail": {"pipeline": "shop-production", "state": "FAILED", "execution-id": "1"}});
    let stage = json!({"source": "aws.codepipeline", "detail-type": "CodePipeline Stage Execution State Change",
        "detail": {"pipeline": "shop-production", "stage": "Dast", "state": "FAILED", "execution-id": "1"}});
    let build = json!({"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": {
        "build-status": "FAILED", "project-name": "shop-production-dast", "build-id": "b"}});
    let connection = json!({"source": "aws.codestar-connections", "detail-type": "CodeStar Source Connection State Change",
        "detail": {"connectionStatus": "AVAILABLE"}});
    let deployment = json!({"source": "aws.ecs", "detail-type": "ECS Deployment State Change",
        "resources": [arn("ecs", "service/shop-production/web")], "detail": {"eventName": "SERVICE_DEPLOYMENT_FAILED"}});
    let service = |name: &str| json!([arn("ecs", name)]);
    let rules: [Case<'_>; 9] = [
        (
            "ImageScanned",
            scan,
            &[
                ("/detail/scan-status", json!("FAILED"), true),
                ("/detail/finding-severity-counts", json!({}), true),
                ("/detail/repository-name", json!("other"), false),
                ("/detail/repository-name", json!("shop-toolbox"), false),
                ("/source", json!("my.ecr"), false),
                ("/detail-type", json!("ECR Image Action"), false),
            ],
        ),
        (
            "ImageFound",
            inspector,
            &[
                ("/detail/status", json!("CLOSED"), true),
                ("/detail/severity", json!("LOW"), true),
                (
                    "/detail/resources/1/details/awsEcrContainerImage/repositoryName",
                    json!("other"),
                    false,
                ),
                (
                    "/detail/resources/1/type",
                    json!("AWS_LAMBDA_FUNCTION"),
                    false,
                ),
                ("/detail/resources", json!([]), false),
            ],
        ),
        (
            "ThreatFound",
            threat,
            &[
                ("/detail/severity", json!(4), true),
                ("/detail/severity", json!(4.0), true),
                ("/detail/severity", json!(8.9), true),
                ("/detail/severity", json!(3.9), false),
                ("/detail/severity", json!("8"), false),
            ],
        ),
        (
            "ComplianceChanged",
            compliance,
            &[
                (
                    "/detail/newEvaluationResult/complianceType",
                    json!("COMPLIANT"),
                    true,
                ),
                (
                    "/detail/configRuleName",
                    json!("shop-dev-trail-is-validated"),
                    false,
                ),
                ("/detail/configRuleName", json!("securityhub-x"), false),
                (
                    "/detail/messageType",
                    json!("ConfigurationItemChangeNotification"),
                    false,
                ),
            ],
        ),
        (
            "PipelineChanged",
            execution,
            &[
                ("/detail/state", json!("SUCCEEDED"), true),
                ("/detail/pipeline", json!("other"), false),
                ("/detail/pipeline", json!("shop-dev"), false),
                (
                    "/detail-type",
                    json!("CodePipeline Action Execution State Change"),
                    false,
                ),
            ],
        ),
        (
            "StageChanged",
            stage,
            &[
                ("/detail/state", json!("STOPPED"), true),
                ("/detail/state", json!("SUCCEEDED"), false),
                ("/detail/pipeline", json!("other"), false),
            ],
        ),
        (
            "BuildFailed",
            build,
            &[
                (
                    "/detail/project-name",
                    json!("shop-production-deploy-production"),
                    true,
                ),
                ("/detail/build-status", json!("STOPPED"), true),
                ("/detail/build-status", json!("SUCCEEDED"), false),
                (
                    "/detail/project-name",
                    json!("shop-production-other"),
                    false,
                ),
                ("/detail/project-name", json!("shop-dev-dast"), false),
            ],
        ),
        (
            "ConnectionChanged",
            connection,
            &[
                ("/source", json!("aws.codeconnections"), true),
                ("/source", json!("aws.codecommit"), false),
            ],
        ),
        (
            "DeploymentFailed",
            deployment,
            &[
                (
                    "/detail/eventName",
                    json!("SERVICE_DEPLOYMENT_COMPLETED"),
                    false,
                ),
                (
                    "/resources",
                    service("service/shop-staging/web-staging"),
                    false,
                ),
                (
                    "/resources",
                    service("service/shop-production-2/web"),
                    false,
                ),
            ],
        ),
    ];
    let mut tested = BTreeSet::new();
    for (rule, event, changes) in rules {
        let pattern = &stack("events").properties(rule)["EventPattern"];
        assert!(matches(pattern, &event), "{rule}: {event}");
        for (at, value, expected) in changes {
            let mut event = event.clone();
            *event
                .pointer_mut(at)
                .unwrap_or_else(|| panic!("{rule}: {at}")) = value.clone();
            assert_eq!(
                matches(pattern, &event),
                *expected,
                "{rule}: {at} is {value}"
            );
        }
        tested.insert(rule);
    }
    let all = stack("events").all("AWS::Events::Rule");
    assert_eq!(
        all.into_iter()
            .map(|(name, _)| name)
            .collect::<BTreeSet<_>>(),
        tested
    );
}

/// Findings to the queue, news to the topic of the pipeline, failed deployments to that of alerts; what can't be delivered
/// to the queue of the dead.
#[test]
fn rules_lead_where_somebody_waits() {
    let (queue, dead) = (
        arn("sqs", "shop-production-events"),
        arn("sqs", "shop-production-events-dead"),
    );
    let (news, alerts) = (
        arn("sns", "shop-production-pipeline"),
        arn("sns", "shop-production-alerts"),
    );
    for (name, rule) in stack("events").all("AWS::Events::Rule") {
        let expected = match name {
            "ImageScanned" | "ImageFound" | "ThreatFound" | "ComplianceChanged" => &queue,
            "DeploymentFailed" => &alerts,
            _ => &news,
        };
        let [target] = &**rule["Targets"].as_array().unwrap() else {
            panic!("{name}")
        };
        assert_eq!(target["Arn"], **expected, "{name}");
        assert_eq!(target["DeadLetterConfig"]["Arn"], dead, "{name}");
        assert!(rule["State"].is_null(), "{name}: it is on");
        // Every word that a mail fills in is given.
        let text = target["InputTransformer"]["InputTemplate"]
            .as_str()
            .unwrap_or_default();
        for part in text.split('<').skip(1) {
            let (word, _) = part.split_once('>').unwrap();
            let path = &target["InputTransformer"]["InputPathsMap"][word];
            assert!(
                path.as_str().is_some_and(|path| path.starts_with("$.")),
                "{name}: {word}"
            );
        }
        assert!(
            text.lines()
                .all(|line| line.starts_with('"') && line.ends_with('"')),
            "{name}: {text}"
        );
    }
}

#[test]
fn what_is_found_waits_and_is_judged_once() {
    let events = stack("events");
    let (queue, function) = (
        events.properties("Queue"),
        events.properties("EventsFunction"),
    );
    let dead = arn("sqs", "shop-production-events-dead");
    assert_eq!(
        queue["RedrivePolicy"],
        json!({"deadLetterTargetArn": dead, "maxReceiveCount": 5})
    );
    let visible = queue["VisibilityTimeout"].as_u64().unwrap();
    assert!(
        visible >= 6 * function["Timeout"].as_u64().unwrap(),
        "judged again while it is judged"
    );
    let dies = events.properties("DeadLetters")["MessageRetentionPeriod"]
        .as_u64()
        .unwrap();
    assert!(
        dies > queue["MessageRetentionPeriod"].as_u64().unwrap(),
        "it would die with the letter"
    );
    for queue in ["Queue", "DeadLetters"] {
        assert_eq!(
            events.properties(queue)["KmsMasterKeyId"],
            arn("kms", "key/PipelineKey"),
            "{queue}"
        );
    }
    let mapping = events.properties("EventsFromQueue");
    assert_eq!(
        mapping["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"])
    );
    assert_eq!(
        mapping["EventSourceArn"],
        arn("sqs", "shop-production-events")
    );
    // Logs find a place beside the queue.
    let most = mapping["ScalingConfig"]["MaximumConcurrency"]
        .as_u64()
        .unwrap();
    assert!((2..function["ReservedConcurrentExecutions"].as_u64().unwrap()).contains(&most));
}

#[test]
fn both_functions_are_one_package_by_digest() {
    let events = stack("events");
    for (logical, name) in [("EventsFunction", "events"), ("VerifyFunction", "verify")] {
        let function = events.properties(logical);
        let digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let code =
            json!({"S3Bucket": "shop-tools", "S3Key": format!("function/{digest}/function.zip")});
        assert_eq!(function["Code"], code, "{name}");
        assert_eq!(function["Runtime"], "provided.al2023", "{name}");
        assert_eq!(function["Environment"]["Variables"]["GATE_FUNCTION"], name);
        assert_eq!(
            function["DeadLetterConfig"]["TargetArn"],
            arn("sqs", "shop-production-events-dead")
        );
        assert_eq!(
            function["KmsKeyArn"],
            arn("kms", "key/PipelineKey"),
            "{name}"
        );
        assert!(
            function["ReservedConcurrentExecutions"].as_u64().unwrap() > 0,
            "{name}"
        );
        let log = if name == "events" {
            "EventsLog"
        } else {
            "VerifyLog"
        };
        let log = events.properties(log);
        assert_eq!(
            log["LogGroupName"],
            format!("/aws/lambda/shop-production-{name}")
        );
        assert_eq!(
            (&log["RetentionInDays"], &log["KmsKeyId"]),
            (&json!(90), &json!(arn("kms", "key/PipelineKey")))
        );
    }
    // Who proves has no key to sign with, and reads no thresholds.
    let variables = &events.properties("VerifyFunction")["Environment"]["Variables"];
    assert!(variables["GATE_SIGN"].is_null() && variables["GATE_THRESHOLDS"].is_null());
}

#[test]
fn the_processor_and_the_sidecar_are_switches() {
    for (architecture, image) in [("arm64", "none"), ("x86_64", "docker.io/f@sha256:0")] {
        let stacks = deploy(&[
            ("function_architecture", architecture),
            ("falco_image", image),
        ]);
        let events = stacks.iter().find(|stack| stack.name == "events").unwrap();
        for function in ["EventsFunction", "VerifyFunction"] {
            assert_eq!(
                events.properties(function)["Architectures"],
                json!([architecture])
            );
        }
        let known =
            &events.properties("VerifyFunction")["Environment"]["Variables"]["GATE_SIDECARS"];
        // Where there is none the variable is left out: the function takes an empty one for a mistake.
        assert_eq!(
            *known,
            if image == "none" {
                Value::Null
            } else {
                json!(image)
            }
        );
    }
}

#[test]
fn falco_is_heard_and_its_chatter_is_not() {
    let filter = stack("events").properties("FalcoAlerts");
    assert_eq!(filter["LogGroupName"], "/aws/ecs/shop/falco");
    assert_eq!(
        filter["DestinationArn"],
        arn("lambda", "function:shop-production-events")
    );
    let permission = stack("events").properties("FalcoMayInvoke");
    assert_eq!(
        permission["SourceArn"],
        arn("logs", "log-group:/aws/ecs/shop/falco:*")
    );
    assert_eq!(permission["SourceAccount"], ACCOUNT);
    let pattern = Pattern::new(filter["FilterPattern"].as_str().unwrap());
    for (line, expected) in [
        (
            json!({"rule": "Terminal shell in container", "priority": "Notice", "output": "x", "time": "t"}),
            true,
        ),
        (
            json!({"rule": "Read sensitive file", "priority": "Critical"}),
            true,
        ),
        (
            json!({"level": "info", "msg": "Falco initialized", "time": "t"}),
            false,
        ),
        (json!({"rule": "x"}), false),
        (
            json!("Tue Nov 21: Loading rules from file /etc/falco/falco_rules.yaml"),
            false,
        ),
    ] {
        assert_eq!(pattern.matches(&line), expected, "{line}");
    }
}

/// Every rule's failures are counted, and every alarm tells somebody.
#[test]
fn nothing_is_lost_without_a_word() {
    let events = stack("events");
    let alarms: BTreeMap<_, _> = events.all("AWS::CloudWatch::Alarm").into_iter().collect();
    for (name, alarm) in &alarms {
        assert_eq!(
            alarm["AlarmActions"],
            json!([arn("sns", "shop-production-alerts")]),
            "{name}"
        );
        assert!(
            alarm["AlarmName"]
                .as_str()
                .unwrap()
                .starts_with("shop-production-"),
            "{name}: the topic lets no other publish"
        );
    }
    let dead = alarms["DeadLettersAlarm"];
    assert_eq!(
        dead["Dimensions"],
        json!([{"Name": "QueueName", "Value": "shop-production-events-dead"}])
    );
    assert_eq!(
        (&dead["Threshold"], &dead["ComparisonOperator"]),
        (&json!(0), &json!("GreaterThanThreshold"))
    );
    let metrics = alarms["DeliveryAlarm"]["Metrics"].as_array().unwrap();
    let counted = metrics
        .iter()
        .filter_map(|metric| metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"].as_str());
    let rules = events
        .all("AWS::Events::Rule")
        .into_iter()
        .map(|(_, rule)| rule["Name"].as_str().unwrap());
    assert_eq!(
        counted.collect::<BTreeSet<_>>(),
        rules.collect::<BTreeSet<_>>()
    );
    assert!(metrics.len() <= 10, "the service's limit");
}
