//! Keys, topics, thresholds and the connection.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::stack::{ACCOUNT, REGION, deploy, stack};
use crate::iam::{Answer, Request, ask, statements, texts};

/// The statements of the policy of a key of ours.
pub(super) fn policy_of(arn: &str) -> Option<Vec<&'static Value>> {
    let logical = arn.strip_prefix(&*format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/"))?;
    let keys = stack("foundation").all("AWS::KMS::Key");
    let found = keys.into_iter().find(|(name, _)| *name == logical);
    found.map(|(_, key)| statements(&key["KeyPolicy"]))
}

fn root() -> Value {
    json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")})
}

#[test]
fn the_key_of_the_pipeline_is_rotated_and_outlives_its_stack() {
    let key = stack("foundation").properties("PipelineKey");
    assert_eq!(key["EnableKeyRotation"], true);
    for key in ["PipelineKey", "SigningKey"] {
        let written = &stack("foundation").template["Resources"][key];
        assert_eq!(written["DeletionPolicy"], "Retain", "{key}");
        assert_eq!(written["UpdateReplacePolicy"], "Retain", "{key}");
    }
}

#[test]
fn nobody_is_a_principal_of_a_key_but_the_account_and_services_with_a_condition() {
    let mut free = Vec::new();
    for (name, key) in stack("foundation").all("AWS::KMS::Key") {
        for statement in statements(&key["KeyPolicy"]) {
            let principal = &statement["Principal"];
            // What is forbidden is forbidden to everybody.
            if statement["Effect"] == "Deny" {
                assert_eq!(*principal, json!({"AWS": "*"}), "{name}");
                continue;
            }
            if *principal == root() {
                continue;
            }
            let services = texts(&principal["Service"]);
            assert!(!services.is_empty(), "{name}: {principal}");
            for service in services {
                if statement["Condition"].is_null() {
                    free.push(service.to_owned());
                    continue;
                }
                let condition = statement["Condition"].to_string();
                let ours = condition.contains(ACCOUNT) || condition.contains("kms:ViaService");
                assert!(ours, "{name}: {service}: {condition}");
            }
        }
    }
    // It says neither account nor source when it publishes to an encrypted topic.
    assert_eq!(free, ["events.amazonaws.com"]);
}

/// Only by their own log groups, trail, and account; each with a neighbour that is refused.
#[test]
fn services_use_the_key_for_what_is_ours() {
    let key = statements(&stack("foundation").properties("PipelineKey")["KeyPolicy"]);
    let of = |service: &str| {
        let is = |s: &&&Value| texts(&s["Principal"]["Service"]).contains(&service);
        key.iter().copied().filter(|s| is(&s)).collect::<Vec<_>>()
    };
    let logs = "kms:EncryptionContext:aws:logs:arn";
    let log = |name: &str| format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}");
    let (ours, others) = (
        log("/aws/codebuild/shop-production-build"),
        log("/aws/codebuild/other-build"),
    );
    let context = "kms:EncryptionContext:aws:cloudtrail:arn";
    let trail = |name: &str| format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{name}");
    let (trail, other) = (trail("shop-production"), trail("other"));
    let logs_service = format!("logs.{REGION}.amazonaws.com");
    let via = format!("sns.{REGION}.amazonaws.com");
    for (service, action, given, expected) in [
        (
            &*logs_service,
            "kms:Encrypt",
            vec![(logs, &*ours)],
            Answer::Allowed,
        ),
        (
            &logs_service,
            "kms:Encrypt",
            vec![(logs, &*others)],
            Answer::Silent,
        ),
        (&logs_service, "kms:Encrypt", vec![], Answer::Silent),
        (
            "cloudtrail.amazonaws.com",
            "kms:GenerateDataKey",
            vec![("aws:SourceArn", &*trail), (context, &*trail)],
            Answer::Allowed,
        ),
        (
            "cloudtrail.amazonaws.com",
            "kms:GenerateDataKey",
            vec![("aws:SourceArn", &*other), (context, &*trail)],
            Answer::Silent,
        ),
        (
            "cloudtrail.amazonaws.com",
            "kms:Decrypt",
            vec![("aws:SourceArn", &*trail), (context, &*trail)],
            Answer::Silent,
        ),
        (
            "cloudwatch.amazonaws.com",
            "kms:GenerateDataKey",
            vec![("aws:SourceAccount", ACCOUNT)],
            Answer::Allowed,
        ),
        (
            "cloudwatch.amazonaws.com",
            "kms:GenerateDataKey",
            vec![("aws:SourceAccount", "999999999999")],
            Answer::Silent,
        ),
        (
            "codestar-notifications.amazonaws.com",
            "kms:Decrypt",
            vec![("kms:ViaService", &*via)],
            Answer::Allowed,
        ),
        (
            "codestar-notifications.amazonaws.com",
            "kms:Decrypt",
            vec![("kms:ViaService", "sqs.amazonaws.com")],
            Answer::Silent,
        ),
        (
            "events.amazonaws.com",
            "kms:GenerateDataKey",
            vec![],
            Answer::Allowed,
        ),
        (
            "lambda.amazonaws.com",
            "kms:Decrypt",
            vec![("aws:SourceAccount", ACCOUNT)],
            Answer::Silent,
        ),
    ] {
        let request = Request {
            action,
            resource: "key",
            context: &given,
        };
        assert_eq!(
            ask(of(service), &request),
            expected,
            "{service}: {request:?}"
        );
    }
}

#[test]
fn the_key_that_signs_is_one_and_has_a_name() {
    let stack = stack("foundation");
    let key = stack.properties("SigningKey");
    assert_eq!(
        (&key["KeySpec"], &key["KeyUsage"]),
        (&json!("ECC_NIST_P256"), &json!("SIGN_VERIFY"))
    );
    assert_eq!(
        stack.output("SigningKeyAlias"),
        "alias/shop-production-verdicts"
    );
    assert_eq!(
        stack.properties("SigningKeyAlias")["TargetKeyId"],
        "SigningKey"
    );
}

/// An administrator of the account, whose own policies allow everything, can't sign either, nor give the right away.
#[test]
fn the_key_lets_nobody_sign_but_roles_of_gates() {
    let policy = statements(&stack("foundation").properties("SigningKey")["KeyPolicy"]);
    let signs = |role: &str, action: &str| {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        ask(
            policy.clone(),
            &Request {
                action,
                resource: "key",
                context: &[("aws:PrincipalArn", &arn)],
            },
        )
    };
    for gate in ["secrets", "build", "image", "dast", "events", "github"] {
        let role = format!("shop-production-gate-{gate}");
        assert_eq!(signs(&role, "kms:Sign"), Answer::Allowed, "{role}");
        assert_eq!(signs(&role, "kms:CreateGrant"), Answer::Silent, "{role}");
    }
    for role in [
        "shop-production-deploy-production",
        "shop-production-deploy-production-github",
        "shop-production-pipeline",
        "shop-production-gate-build2",
        "shop-dev-gate-build",
        "Administrator",
    ] {
        for action in ["kms:Sign", "kms:CreateGrant"] {
            assert_eq!(
                signs(role, action),
                Answer::Denied("NobodyElseSigns".to_owned()),
                "{role}"
            );
        }
        assert_eq!(signs(role, "kms:GetPublicKey"), Answer::Allowed, "{role}");
    }
}

#[test]
fn three_topics_are_encrypted_and_mail_whom_they_are_for() {
    let topics: BTreeMap<_, _> = stack("foundation")
        .all("AWS::SNS::Topic")
        .into_iter()
        .collect();
    let mails = [
        ("AlertTopic", "team@example.com"),
        ("ApprovalTopic", "approver@example.com"),
        ("PipelineTopic", "team@example.com"),
    ];
    assert_eq!(
        topics.keys().copied().collect::<Vec<_>>(),
        mails.map(|(topic, _)| topic)
    );
    for (topic, mail) in mails {
        let topic = topics[topic];
        assert_eq!(
            topic["Subscription"],
            json!([{"Protocol": "email", "Endpoint": mail}])
        );
        assert_eq!(
            topic["KmsMasterKeyId"],
            format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/PipelineKey")
        );
    }
}

/// Whoever publishes to a topic by a service is allowed to by its policy, and nobody else.
#[test]
fn services_publish_to_the_topics_that_they_need() {
    let alarm =
        |account: &str, name: &str| format!("arn:aws:cloudwatch:{REGION}:{account}:alarm:{name}");
    let (ours, others) = (
        alarm(ACCOUNT, "shop-production-errors"),
        alarm(ACCOUNT, "other"),
    );
    let alarms = |source: &'static str| {
        let arn = if source == "ours" { &ours } else { &others };
        vec![("aws:SourceAccount", ACCOUNT), ("aws:SourceArn", &**arn)]
    };
    let notify = "codestar-notifications.amazonaws.com";
    for (topic, service, context, expected) in [
        (
            "ApprovalTopic",
            "events.amazonaws.com",
            vec![],
            Answer::Silent,
        ),
        (
            "ApprovalTopic",
            "cloudwatch.amazonaws.com",
            alarms("ours"),
            Answer::Silent,
        ),
        (
            "PipelineTopic",
            "events.amazonaws.com",
            vec![],
            Answer::Allowed,
        ),
        (
            "PipelineTopic",
            notify,
            vec![("aws:SourceAccount", ACCOUNT)],
            Answer::Allowed,
        ),
        (
            "PipelineTopic",
            notify,
            vec![("aws:SourceAccount", "999999999999")],
            Answer::Silent,
        ),
        (
            "AlertTopic",
            "events.amazonaws.com",
            vec![],
            Answer::Allowed,
        ),
        (
            "AlertTopic",
            "cloudwatch.amazonaws.com",
            alarms("ours"),
            Answer::Allowed,
        ),
        (
            "AlertTopic",
            "cloudwatch.amazonaws.com",
            alarms("others"),
            Answer::Silent,
        ),
        (
            "AlertTopic",
            "cloudwatch.amazonaws.com",
            vec![],
            Answer::Silent,
        ),
        (
            "AlertTopic",
            notify,
            vec![("aws:SourceAccount", ACCOUNT)],
            Answer::Silent,
        ),
    ] {
        let policy = stack("foundation").properties(&format!("{topic}Policy"));
        let arn = texts(&policy["Topics"])[0];
        let of = statements(&policy["PolicyDocument"]).into_iter();
        let of = of.filter(|s| texts(&s["Principal"]["Service"]).contains(&service));
        let request = Request {
            action: "sns:Publish",
            resource: arn,
            context: &context,
        };
        assert_eq!(
            ask(of, &request),
            expected,
            "{topic}: {service} {context:?}"
        );
    }
}

#[test]
fn every_gate_has_its_thresholds_in_one_parameter() {
    let gates = [
        "dast",
        "iac",
        "image",
        "integrity",
        "registry",
        "runtime",
        "sast",
        "sbom",
        "sca",
        "secrets",
        "workload",
    ];
    let parameters = stack("foundation").all("AWS::SSM::Parameter");
    let mut found = Vec::new();
    for (name, parameter) in parameters {
        let path = parameter["Name"].as_str().unwrap();
        found.push(path.strip_prefix("/gate/shop/production/").unwrap());
        assert_eq!(
            parameter["Type"], "String",
            "{name}: what is no secret is no SecureString, and the reverse"
        );
        let text = parameter["Value"].as_str().unwrap();
        assert!(text.len() <= 4096 && !text.contains("{{"), "{name}");
        let values: BTreeMap<String, u64> = serde_json::from_str(text).unwrap();
        // What is severe, and what nobody could rate, is allowed by nobody from the start.
        let expected = ["max-critical", "max-high", "max-unknown"].map(|name| (name.to_owned(), 0));
        assert_eq!(values, BTreeMap::from(expected), "{name}");
    }
    found.sort_unstable();
    assert_eq!(found, gates);
    assert_eq!(
        stack("foundation").output("ThresholdsPath"),
        "/gate/shop/production"
    );
}

#[test]
fn the_connection_is_of_the_host_that_was_chosen() {
    let parameters = &stack("foundation").template["Parameters"];
    let hosts = texts(&parameters["SourceProvider"]["AllowedValues"]);
    assert!(hosts.len() > 1, "{hosts:?}");
    let longest = parameters["Project"]["MaxLength"].as_u64().unwrap();
    let project = "x".repeat(usize::try_from(longest).unwrap());
    for host in hosts {
        for environment in texts(&parameters["Environment"]["AllowedValues"]) {
            let given = [
                ("source_provider", host),
                ("project", &project),
                ("environment", environment),
            ];
            let connection = &deploy(&given)[0];
            assert_eq!(connection.name, "foundation");
            let connection = connection.properties("Connection");
            assert_eq!(connection["ProviderType"], host);
            let name = connection["ConnectionName"].as_str().unwrap();
            assert!(name.len() <= 32, "the service's limit: {name}");
        }
    }
}
