//! The trail, what is heard of it, and the rules of Config.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::filter::Pattern;
use super::stack::{ACCOUNT, REGION, stack};

#[test]
fn the_trail_is_of_all_regions_and_proves_its_files() {
    let trail = stack("audit").properties("Trail");
    let group =
        format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/cloudtrail/shop-production:*");
    let expected = json!({
        "TrailName": "shop-production", "IsLogging": true, "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": true,
        "EnableLogFileValidation": true, "S3BucketName": "shop-trail",
        "KMSKeyId": format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/PipelineKey"), "CloudWatchLogsLogGroupArn": group,
        "CloudWatchLogsRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/shop-production-trail"),
    });
    assert_eq!(*trail, expected);
    assert_eq!(stack("audit").properties("TrailLog")["RetentionInDays"], 90);
}

/// An event of CloudTrail, by whom.
fn event(service: &str, name: &str, parameters: &Value, role: Option<&str>) -> Value {
    let mut event = json!({
        "eventSource": format!("{service}.amazonaws.com"), "eventName": name, "requestParameters": parameters,
        "eventType": "AwsApiCall", "userIdentity": {"type": "IAMUser"},
    });
    if let Some(role) = role {
        event["userIdentity"] =
            json!({"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": role}}});
    }
    event
}

/// What is heard, by which filter alone; `None` for what is daily work.
#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn tampering_is_heard_and_daily_work_is_not() {
    let pipeline = json!({"name": "shop-production"});
    let stage = json!({"pipelineName": "shop-production", "stageName": "Production"});
    let declared = json!({"pipeline": {"name": "shop-production"}});
    let other = json!({"name": "other", "pipelineName": "other", "pipeline": {"name": "other"}});
    let project = json!({"name": "shop-production-build"});
    let stolen = json!({"name": "mine", "serviceRole": format!("arn:aws:iam::{ACCOUNT}:role/shop-production-gate-build")});
    let mine = json!({"name": "mine", "serviceRole": format!("arn:aws:iam::{ACCOUNT}:role/mine")});
    let start =
        json!({"projectName": "shop-production-build", "buildspecOverride": "version: 0.2"});
    let again = json!({"id": "shop-production-build:1"});
    let service = json!({"cluster": "shop-production", "service": "web"});
    let full = json!({"cluster": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop-staging"), "service": "w"});
    let elsewhere = json!({"cluster": "other", "service": "w"});
    let threshold = json!({"name": "/gate/shop/production/image"});
    let none = json!({});
    let bucket = |name: &str| json!({"bucketName": name});
    let role = json!({"roleName": "shop-production-gate-build"});
    let policy =
        json!({"policyArn": format!("arn:aws:iam::{ACCOUNT}:policy/shop-production-guard")});
    let function = json!({"functionName": "shop-production-verify"});
    let by_arn = json!({"functionName": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-production-verify")});
    let own = Some("shop-production-pipeline");
    let person = Some("Developer");
    let table: Vec<(Option<&str>, Value)> = vec![
        (
            Some("pipeline-tampering"),
            event("codepipeline", "StartPipelineExecution", &pipeline, person),
        ),
        (
            Some("pipeline-tampering"),
            event("codepipeline", "StopPipelineExecution", &stage, person),
        ),
        (
            Some("pipeline-tampering"),
            event("codepipeline", "UpdatePipeline", &declared, person),
        ),
        (
            Some("pipeline-tampering"),
            event("codepipeline", "DeletePipeline", &pipeline, None),
        ),
        (
            Some("pipeline-tampering"),
            event("codepipeline", "DisableStageTransition", &stage, person),
        ),
        (
            Some("pipeline-tampering"),
            event("codepipeline", "RetryStageExecution", &stage, person),
        ),
        (
            Some("pipeline-tampering"),
            event("codepipeline", "RollbackStage", &stage, person),
        ),
        (
            None,
            event("codepipeline", "UpdatePipeline", &other, person),
        ),
        (
            None,
            event("codepipeline", "GetPipelineState", &pipeline, person),
        ),
        (
            None,
            event("codepipeline", "PutApprovalResult", &stage, person),
        ),
        (
            Some("condition-overridden"),
            event("codepipeline", "OverrideStageCondition", &stage, person),
        ),
        (
            None,
            event("codepipeline", "OverrideStageCondition", &other, person),
        ),
        (
            Some("builds-tampering"),
            event("codebuild", "CreateProject", &project, person),
        ),
        (
            Some("builds-tampering"),
            event("codebuild", "UpdateProject", &project, person),
        ),
        (
            Some("builds-tampering"),
            event("codebuild", "DeleteProject", &project, person),
        ),
        (
            Some("builds-tampering"),
            event("codebuild", "CreateProject", &stolen, person),
        ),
        (None, event("codebuild", "UpdateProject", &mine, person)),
        (
            None,
            event("codebuild", "BatchGetProjects", &project, person),
        ),
        (
            Some("builds-started-by-others"),
            event("codebuild", "StartBuild", &start, person),
        ),
        (
            Some("builds-started-by-others"),
            event("codebuild", "StartBuild", &start, None),
        ),
        (
            Some("builds-started-by-others"),
            event("codebuild", "RetryBuild", &again, person),
        ),
        (None, event("codebuild", "StartBuild", &start, own)),
        (
            None,
            event(
                "codebuild",
                "StartBuild",
                &json!({"projectName": "mine"}),
                person,
            ),
        ),
        (
            Some("deployments-by-others"),
            event("ecs", "UpdateService", &service, person),
        ),
        (
            Some("deployments-by-others"),
            event("ecs", "RunTask", &full, person),
        ),
        (
            Some("deployments-by-others"),
            event("ecs", "UpdateService", &service, None),
        ),
        (
            Some("deployments-by-others"),
            event(
                "ecs",
                "UpdateService",
                &service,
                Some("shop-production-gate-build"),
            ),
        ),
        (
            None,
            event(
                "ecs",
                "UpdateService",
                &service,
                Some("shop-production-deploy-production"),
            ),
        ),
        (
            None,
            event(
                "ecs",
                "UpdateService",
                &full,
                Some("shop-production-gate-dast"),
            ),
        ),
        (
            None,
            event(
                "ecs",
                "UpdateService",
                &service,
                Some("AWSServiceRoleForApplicationAutoScaling_ECSService"),
            ),
        ),
        (None, event("ecs", "UpdateService", &elsewhere, person)),
        (None, event("ecs", "DescribeServices", &service, person)),
        (
            Some("thresholds-changed"),
            event("ssm", "PutParameter", &threshold, person),
        ),
        (
            Some("thresholds-changed"),
            event("ssm", "DeleteParameter", &threshold, person),
        ),
        (
            Some("thresholds-changed"),
            event("ssm", "LabelParameterVersion", &threshold, person),
        ),
        (
            Some("thresholds-changed"),
            event(
                "ssm",
                "DeleteParameters",
                &json!({"names": ["/x", "/gate/shop"]}),
                person,
            ),
        ),
        (
            None,
            event("ssm", "PutParameter", &json!({"name": "/other"}), person),
        ),
        (None, event("ssm", "GetParameters", &threshold, person)),
        (
            Some("keys-changed"),
            event("kms", "DisableKey", &none, person),
        ),
        (
            Some("keys-changed"),
            event("kms", "ScheduleKeyDeletion", &none, person),
        ),
        (
            Some("keys-changed"),
            event("kms", "PutKeyPolicy", &none, person),
        ),
        (
            Some("keys-changed"),
            event("kms", "UpdateAlias", &none, person),
        ),
        (
            Some("keys-changed"),
            event("kms", "CreateGrant", &none, person),
        ),
        (
            None,
            event("kms", "Sign", &none, Some("shop-production-gate-build")),
        ),
        (None, event("kms", "EnableKeyRotation", &none, person)),
        (
            Some("trail-tampering"),
            event("cloudtrail", "StopLogging", &none, person),
        ),
        (
            Some("trail-tampering"),
            event("cloudtrail", "UpdateTrail", &none, person),
        ),
        (
            Some("trail-tampering"),
            event("cloudtrail", "PutEventSelectors", &none, person),
        ),
        (None, event("cloudtrail", "LookupEvents", &none, person)),
        (
            Some("watchers-switched-off"),
            event("securityhub", "DisableSecurityHub", &none, person),
        ),
        (
            Some("watchers-switched-off"),
            event("guardduty", "DeleteDetector", &none, person),
        ),
        (
            Some("watchers-switched-off"),
            event("config", "StopConfigurationRecorder", &none, person),
        ),
        (
            Some("watchers-switched-off"),
            event("inspector2", "Disable", &none, person),
        ),
        (None, event("other", "Disable", &none, person)),
        (
            Some("alarms-switched-off"),
            event("monitoring", "DeleteAlarms", &none, person),
        ),
        (
            Some("alarms-switched-off"),
            event("monitoring", "SetAlarmState", &none, person),
        ),
        (
            Some("alarms-switched-off"),
            event("events", "DisableRule", &none, person),
        ),
        (
            Some("alarms-switched-off"),
            event("logs", "DeleteMetricFilter", &none, person),
        ),
        (
            Some("alarms-switched-off"),
            event("sns", "Unsubscribe", &none, person),
        ),
        (None, event("monitoring", "PutMetricAlarm", &none, person)),
        (
            Some("buckets-changed"),
            event("s3", "PutBucketPolicy", &bucket("shop-evidence"), person),
        ),
        (
            Some("buckets-changed"),
            event("s3", "DeleteBucketPolicy", &bucket("shop-tools"), person),
        ),
        (
            Some("buckets-changed"),
            event("s3", "PutBucketVersioning", &bucket("shop-trail"), person),
        ),
        (
            Some("buckets-changed"),
            event(
                "s3",
                "PutBucketObjectLockConfiguration",
                &bucket("shop-evidence"),
                person,
            ),
        ),
        (
            None,
            event("s3", "PutBucketPolicy", &bucket("other"), person),
        ),
        (
            None,
            event("s3", "GetBucketPolicy", &bucket("shop-evidence"), person),
        ),
        (
            Some("rights-changed"),
            event("iam", "AttachRolePolicy", &role, person),
        ),
        (
            Some("rights-changed"),
            event("iam", "UpdateAssumeRolePolicy", &role, person),
        ),
        (
            Some("rights-changed"),
            event("iam", "CreatePolicyVersion", &policy, person),
        ),
        (
            None,
            event(
                "iam",
                "AttachRolePolicy",
                &json!({"roleName": "other"}),
                person,
            ),
        ),
        (None, event("iam", "GetRole", &role, person)),
        (
            Some("functions-changed"),
            event("lambda", "UpdateFunctionCode20150331v2", &function, person),
        ),
        (
            Some("functions-changed"),
            event(
                "lambda",
                "UpdateFunctionConfiguration20150331v2",
                &by_arn,
                person,
            ),
        ),
        (
            Some("functions-changed"),
            event("lambda", "DeleteEventSourceMapping20150331", &none, person),
        ),
        (
            None,
            event(
                "lambda",
                "UpdateFunctionCode20150331v2",
                &json!({"functionName": "other"}),
                person,
            ),
        ),
        (None, event("lambda", "Invoke", &function, own)),
        (
            Some("registry-changed"),
            event("ecr", "PutImageTagMutability", &none, person),
        ),
        (
            Some("registry-changed"),
            event("ecr", "BatchDeleteImage", &none, person),
        ),
        (
            None,
            event("ecr", "PutImage", &none, Some("shop-production-gate-build")),
        ),
        (
            Some("root-used"),
            json!({"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "eventType": "AwsApiCall", "userIdentity": {"type": "Root"}}),
        ),
        (
            None,
            json!({"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "eventType": "AwsApiCall", "userIdentity": {"type": "Root", "invokedBy": "x.amazonaws.com"}}),
        ),
        // Services give grants to themselves all day.
        (
            None,
            json!({"eventSource": "kms.amazonaws.com", "eventName": "CreateGrant", "userIdentity": {"type": "AssumedRole", "invokedBy": "ecs.amazonaws.com"}}),
        ),
    ];
    let filters = stack("audit").all("AWS::Logs::MetricFilter").into_iter();
    let filters: Vec<_> = filters
        .map(|(_, filter)| {
            let text = filter["FilterPattern"].as_str().unwrap();
            assert!(text.len() <= 1024, "the service's limit: {text}");
            (filter["FilterName"].as_str().unwrap(), Pattern::new(text))
        })
        .collect();
    let mut rung = BTreeSet::new();
    for (expected, event) in &table {
        let hear = filters
            .iter()
            .filter(|(_, pattern)| pattern.matches(event))
            .map(|(name, _)| *name);
        let hear: Vec<_> = hear.collect();
        assert_eq!(
            hear,
            expected.iter().copied().collect::<Vec<_>>(),
            "{event}"
        );
        rung.extend(expected.iter().copied());
    }
    assert_eq!(
        rung,
        filters.iter().map(|(name, _)| *name).collect(),
        "a filter that nothing here rings"
    );
}

/// A refused attempt is the same event with a code of an error.
#[test]
fn attempts_are_heard_too() {
    let mut attempt = event(
        "codepipeline",
        "DeletePipeline",
        &json!({"name": "shop-production"}),
        Some("Developer"),
    );
    attempt["errorCode"] = json!("AccessDenied");
    let filter = stack("audit").properties("PipelineFilter")["FilterPattern"]
        .as_str()
        .unwrap();
    assert!(Pattern::new(filter).matches(&attempt));
}

#[test]
fn each_filter_has_an_alarm_that_rings_at_once() {
    let audit = stack("audit");
    let alerts = format!("arn:aws:sns:{REGION}:{ACCOUNT}:shop-production-alerts");
    let mut counted = BTreeSet::new();
    for (logical, filter) in audit.all("AWS::Logs::MetricFilter") {
        assert_eq!(
            filter["LogGroupName"], "/aws/cloudtrail/shop-production",
            "{logical}"
        );
        let [metric] = &**filter["MetricTransformations"].as_array().unwrap() else {
            panic!("{logical}")
        };
        let alarm = audit.properties(&logical.replace("Filter", "Alarm"));
        for (of_alarm, of_metric) in [
            ("MetricName", "MetricName"),
            ("Namespace", "MetricNamespace"),
        ] {
            assert_eq!(alarm[of_alarm], metric[of_metric], "{logical}");
        }
        assert_eq!(metric["MetricValue"], "1", "{logical}");
        let rings = json!([
            alarm["Threshold"],
            alarm["EvaluationPeriods"],
            alarm["Statistic"],
            alarm["ComparisonOperator"],
            alarm["AlarmActions"]
        ]);
        assert_eq!(
            rings,
            json!([0, 1, "Sum", "GreaterThanThreshold", [alerts]]),
            "{logical}"
        );
        assert!(alarm["Period"].as_u64().unwrap() <= 300, "{logical}");
        assert!(
            alarm["AlarmName"]
                .as_str()
                .unwrap()
                .starts_with("shop-production-"),
            "{logical}: the topic lets no other publish"
        );
        counted.insert(metric["MetricName"].as_str().unwrap());
    }
    assert_eq!(counted.len(), audit.all("AWS::CloudWatch::Alarm").len());
}

#[test]
fn config_watches_builds_and_the_trail_all_the_time() {
    let rules = stack("audit").all("AWS::Config::ConfigRule");
    let mut found = BTreeMap::new();
    for (logical, rule) in rules {
        assert_eq!(rule["Source"]["Owner"], "AWS", "{logical}");
        // The rule that tells the gate of changes knows them by this.
        assert!(
            rule["ConfigRuleName"]
                .as_str()
                .unwrap()
                .starts_with("shop-production-"),
            "{logical}"
        );
        let identifier = rule["Source"]["SourceIdentifier"].as_str().unwrap();
        let when = [&rule["Scope"], &rule["MaximumExecutionFrequency"]].map(Value::clone);
        found.insert(identifier, when);
    }
    // At each change of a project. Of trails Config hears nothing, and has to look.
    let at_changes = [
        json!({"ComplianceResourceTypes": ["AWS::CodeBuild::Project"]}),
        Value::Null,
    ];
    let expected = [
        (
            "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
            [Value::Null, json!("One_Hour")],
        ),
        ("CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK", at_changes.clone()),
        ("CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK", at_changes),
    ];
    assert_eq!(found, BTreeMap::from(expected));
}
