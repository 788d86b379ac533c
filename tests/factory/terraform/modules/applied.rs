//! All modules but the database in one root, applied twice to an emulator that speaks TLS: policies refuse everything else. What comes
//! of it is looked at in the state, where each policy stands in full.
//!
//! Left out, because the emulator never answers what the provider waits for: Security Hub, features of
//! GuardDuty, and the database. Plans show them.

mod github;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::emulator::{Emulator, emulator};
use super::{copy, initialise, terraform};
use crate::iam::{Answer, Request, statements, texts};
use crate::tool::{Ran, run};

/// Calls the modules as an environment does.
const ROOT: &str = r#"
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region            = "eu-central-1"
  access_key        = "testing"
  secret_key        = "testing"
  s3_use_path_style = true
}

module "evidence" {
  source            = "../modules/evidence"
  project           = "shop"
  environment       = "dev"
  tools_writer_arns = ["arn:aws:iam::123456789012:role/deployer"]
}

module "network" {
  source             = "../modules/network"
  project            = "shop"
  environment        = "dev"
  availability_zones = ["eu-central-1a", "eu-central-1b"]
  log_key_arn        = module.evidence.log_key_arn
}

module "registry" {
  source      = "../modules/registry"
  project     = "shop"
  environment = "dev"
  key_arn     = module.evidence.artifact_key_arn
}

module "identity" {
  source              = "../modules/identity"
  project             = "shop"
  environment         = "dev"
  github              = { repository = "acme/shop" }
  repository_arn      = module.registry.repository_arn
  evidence_bucket_arn = module.evidence.evidence_bucket_arn
  tools_bucket_arn    = module.evidence.tools_bucket_arn
  evidence_key_arn    = module.evidence.evidence_key_arn
  service_arns = {
    staging    = "arn:aws:ecs:eu-central-1:123456789012:service/shop-dev-staging/application"
    production = "arn:aws:ecs:eu-central-1:123456789012:service/shop-dev-production/application"
  }
}

module "detection" {
  source             = "../modules/detection"
  project            = "shop"
  environment        = "dev"
  security_hub       = false
  guardduty_features = []
  config_bucket_name = module.evidence.config_bucket_name
  config_key_arn     = module.evidence.log_key_arn
}

resource "aws_lb" "production" {
  name            = "shop"
  security_groups = [module.network.production_alb_security_group_id]
  subnets         = module.network.public_subnet_ids
}

module "edge" {
  source            = "../modules/edge"
  project           = "shop"
  environment       = "dev"
  name              = "production"
  load_balancer_arn = aws_lb.production.arn
  log_key_arn       = module.evidence.log_key_arn
}
"#;

const ACCOUNT: &str = "123456789012";

/// What was made.
struct Applied {
    /// Of all modules: address and values.
    resources: Vec<(String, Value)>,
    /// What a second plan would change: address, and the values that differ.
    changes: Vec<(String, Vec<String>)>,
}

/// Applies once for the whole test process.
fn applied() -> Option<&'static Applied> {
    // What failed once would fail for each test again, a minute later.
    static APPLIED: OnceLock<Result<Option<Applied>, String>> = OnceLock::new();
    let applied = APPLIED.get_or_init(|| {
        if crate::tool::terraform().is_none() {
            return Ok(None);
        }
        emulator().map(|emulator| apply(&emulator)).transpose()
    });
    match applied {
        Ok(applied) => applied.as_ref(),
        Err(said) => panic!("{said}"),
    }
}

/// What a policy says of a request.
fn ask(policy: &Value, action: &str, resource: &str, context: &[(&str, &str)]) -> Answer {
    let request = Request {
        action,
        resource,
        context,
    };
    crate::iam::ask(statements(policy), &request)
}

fn apply(emulator: &Emulator) -> Result<Applied, String> {
    let tree: TempDir = copy();
    let root = tree.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("main.tf"), ROOT).unwrap();
    let pass = |ran: Ran| match ran.code {
        Some(0) => Ok(ran.stdout),
        _ => Err(ran.stderr + &ran.stdout),
    };
    pass(initialise(&root))?;
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color"];
    pass(call(&root, emulator, &apply))?;
    pass(call(
        &root,
        emulator,
        &["plan", "-out=second", "-input=false", "-no-color"],
    ))?;
    let plan = pass(call(&root, emulator, &["show", "-json", "second"]))?;
    let state = pass(call(&root, emulator, &["show", "-json"]))?;
    let state: Value = serde_json::from_str(&state).unwrap();
    let mut resources = Vec::new();
    gather(&state["values"]["root_module"], &mut resources);
    Ok(Applied {
        resources,
        changes: changes(&serde_json::from_str(&plan).unwrap()),
    })
}

fn call(root: &Path, emulator: &Emulator, arguments: &[&str]) -> Ran {
    let mut command: Command = terraform(root, arguments).unwrap();
    command
        .env("AWS_ENDPOINT_URL", &emulator.address)
        .env("AWS_CA_BUNDLE", &emulator.certificate);
    run(&mut command)
}

fn gather(module: &Value, resources: &mut Vec<(String, Value)>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        let address = resource["address"].as_str().unwrap();
        resources.push((address.to_owned(), resource["values"].clone()));
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        gather(child, resources);
    }
}

impl Applied {
    fn one(&self, address: &str) -> &Value {
        let found = self.resources.iter().find(|(name, _)| name == address);
        &found.unwrap_or_else(|| panic!("no {address}")).1
    }

    /// The policy of a resource, or of a role.
    fn policy(&self, address: &str) -> Value {
        serde_json::from_str(self.one(address)["policy"].as_str().unwrap()).unwrap()
    }

    fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let found = self
            .resources
            .iter()
            .filter(move |(address, _)| address.split('.').any(|part| part == kind));
        found.map(|(address, values)| (&**address, values))
    }
}

/// What a plan is about to do.
fn changes(plan: &Value) -> Vec<(String, Vec<String>)> {
    let all = plan["resource_changes"].as_array().unwrap().iter();
    let planned = all.filter(|resource| resource["change"]["actions"][0] != "no-op");
    let differing = planned.map(|resource| {
        let (before, after) = (&resource["change"]["before"], &resource["change"]["after"]);
        let names = after
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name);
        let names = names.filter(|name| before[&**name] != after[&**name]);
        let address = resource["address"].as_str().unwrap();
        (address.to_owned(), names.cloned().collect())
    });
    differing.collect()
}

#[test]
fn a_second_plan_changes_nothing() {
    let Some(applied) = applied() else { return };
    assert!(applied.resources.len() > 130, "{}", applied.resources.len());
    for (address, values) in &applied.changes {
        // The emulator forgets what is said of a rule that names a group.
        let forgotten = address.contains("aws_vpc_security_group_") && *values == ["description"];
        assert!(forgotten, "{address}: {values:?}");
    }
}

/// Bucket, action, key, what the request says, and which statement refuses it; none lets it through.
type Asked = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    Option<&'static str>,
);

const TLS: (&str, &str) = ("aws:SecureTransport", "true");
const SSE: &str = "s3:x-amz-server-side-encryption";
const SSE_KEY: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const BY: &str = "aws:PrincipalArn";
const DEPLOYER: (&str, &str) = (BY, "arn:aws:iam::123456789012:role/deployer");
const BUILD: (&str, &str) = (BY, "arn:aws:iam::123456789012:role/shop-dev-build");
const NEW: (&str, &str) = ("s3:if-none-match", "*");

const ASKED: &[Asked] = &[
    // Evidence is kept by `gate`, which names no encryption, and says of records that there must be none yet.
    (
        "evidence",
        "s3:PutObject",
        "shop/blobs/sha256/0",
        &[TLS, BUILD],
        None,
    ),
    (
        "evidence",
        "s3:PutObject",
        "shop/records/0",
        &[TLS, BUILD, NEW],
        None,
    ),
    (
        "evidence",
        "s3:PutObject",
        "shop/state/published",
        &[TLS, BUILD],
        None,
    ),
    (
        "evidence",
        "s3:DeleteObject",
        "shop/state/published",
        &[TLS, BUILD],
        None,
    ),
    (
        "evidence",
        "s3:PutObject",
        "shop/records/0",
        &[TLS, BUILD],
        Some("DenyReplacedRecords"),
    ),
    (
        "evidence",
        "s3:PutObject",
        "shop/records/0",
        &[TLS, DEPLOYER],
        Some("DenyReplacedRecords"),
    ),
    (
        "evidence",
        "s3:DeleteObject",
        "shop/records/0",
        &[TLS, DEPLOYER],
        Some("DenyRemovedEvidence"),
    ),
    (
        "evidence",
        "s3:DeleteObject",
        "shop/blobs/sha256/0",
        &[TLS, DEPLOYER],
        Some("DenyRemovedEvidence"),
    ),
    (
        "evidence",
        "s3:DeleteObject",
        "shop/state/attestations/0",
        &[TLS, DEPLOYER],
        Some("DenyRemovedEvidence"),
    ),
    (
        "evidence",
        "s3:DeleteObject",
        "shop/state/outbox/0",
        &[TLS, DEPLOYER],
        None,
    ),
    (
        "evidence",
        "s3:DeleteObjectVersion",
        "shop/blobs/sha256/0",
        &[TLS, DEPLOYER],
        Some("DenyRemovedEvidence"),
    ),
    (
        "evidence",
        "s3:GetObject",
        "shop/records/0",
        &[("aws:SecureTransport", "false")],
        Some("DenyWithoutTls"),
    ),
    (
        "evidence",
        "s3:PutObject",
        "shop/blobs/sha256/0",
        &[TLS, (SSE, "AES256")],
        Some("DenyOtherEncryption"),
    ),
    (
        "evidence",
        "s3:PutObject",
        "shop/blobs/sha256/0",
        &[TLS, (SSE, "aws:kms")],
        Some("DenyOtherKeys"),
    ),
    (
        "evidence",
        "s3:PutObject",
        "shop/blobs/sha256/0",
        &[
            TLS,
            (SSE, "aws:kms"),
            (SSE_KEY, "arn:aws:kms:x:1:key/theirs"),
        ],
        Some("DenyOtherKeys"),
    ),
    // Tools are written by the deployer, and read by whom their own policies let.
    (
        "tools",
        "s3:PutObject",
        "gate/0/gate",
        &[TLS, DEPLOYER],
        None,
    ),
    ("tools", "s3:GetObject", "gate/0/gate", &[TLS, BUILD], None),
    (
        "tools",
        "s3:PutObject",
        "gate/0/gate",
        &[TLS, BUILD],
        Some("DenyWritersButTheDeployer"),
    ),
    (
        "tools",
        "s3:PutObject",
        "gate/0/gate",
        &[TLS, (BY, "arn:aws:iam::123456789012:role/deployer2")],
        Some("DenyWritersButTheDeployer"),
    ),
    (
        "tools",
        "s3:PutObjectRetention",
        "gate/0/gate",
        &[TLS, BUILD],
        Some("DenyWritersButTheDeployer"),
    ),
    (
        "tools",
        "s3:DeleteObject",
        "gate/0/gate",
        &[TLS, BUILD],
        Some("DenyWritersButTheDeployer"),
    ),
    (
        "tools",
        "s3:DeleteObjectVersion",
        "gate/0/gate",
        &[TLS, BUILD],
        Some("DenyWritersButTheDeployer"),
    ),
    (
        "tools",
        "s3:PutObject",
        "gate/0/gate",
        &[TLS, DEPLOYER, (SSE, "AES256")],
        Some("DenyOtherEncryption"),
    ),
    (
        "tools",
        "s3:GetObject",
        "gate/0/gate",
        &[("aws:SecureTransport", "false"), BUILD],
        Some("DenyWithoutTls"),
    ),
    // Stages of the pipeline name its key; one that names none gets the bucket's.
    (
        "artifact",
        "s3:PutObject",
        "shop/source/0",
        &[
            TLS,
            BUILD,
            (SSE, "aws:kms"),
            (SSE_KEY, "arn:aws:kms:x:1:key/pipeline"),
        ],
        None,
    ),
    (
        "artifact",
        "s3:PutObject",
        "shop/source/0",
        &[TLS, BUILD],
        None,
    ),
    (
        "artifact",
        "s3:PutObject",
        "shop/source/0",
        &[TLS, BUILD, (SSE, "AES256")],
        Some("DenyOtherEncryption"),
    ),
    (
        "artifact",
        "s3:PutObject",
        "shop/source/0",
        &[("aws:SecureTransport", "false"), BUILD],
        Some("DenyWithoutTls"),
    ),
    (
        "trail",
        "s3:GetObject",
        "AWSLogs/0",
        &[("aws:SecureTransport", "false")],
        Some("DenyWithoutTls"),
    ),
    (
        "trail",
        "s3:PutObject",
        "AWSLogs/0",
        &[TLS, (SSE, "AES256")],
        Some("DenyOtherEncryption"),
    ),
    (
        "config",
        "s3:GetObject",
        "AWSLogs/0",
        &[("aws:SecureTransport", "false")],
        Some("DenyWithoutTls"),
    ),
    (
        "config",
        "s3:PutObject",
        "AWSLogs/0",
        &[TLS, (SSE, "AES256")],
        Some("DenyOtherEncryption"),
    ),
];

#[test]
fn buckets_refuse_what_they_must() {
    let Some(applied) = applied() else { return };
    for (bucket, action, key, context, denies) in ASKED {
        let policy = applied.policy(&format!(
            "module.evidence.aws_s3_bucket_policy.this[\"{bucket}\"]"
        ));
        let resource = format!("arn:aws:s3:::shop-dev-{bucket}-{ACCOUNT}/{key}");
        let expected = match denies {
            Some(statement) => Answer::Denied((*statement).to_owned()),
            None => Answer::Silent,
        };
        let answer = ask(&policy, action, &resource, context);
        assert_eq!(answer, expected, "{bucket}: {action} {key} {context:?}");
    }
}

/// Whom policies of buckets let in: the end of the policy's address, the beginning of the statement's name, the service.
const SERVICES: [(&str, &str, &str); 4] = [
    (
        "access_log",
        "LoadBalancers",
        "logdelivery.elasticloadbalancing.amazonaws.com",
    ),
    ("access_log", "", "logging.s3.amazonaws.com"),
    ("", "CloudTrail", "cloudtrail.amazonaws.com"),
    ("", "Config", "config.amazonaws.com"),
];

/// The other half of what the tests beside it ask, which is about nobody in particular.
#[test]
fn buckets_refuse_everybody_and_let_in_services_alone() {
    let Some(applied) = applied() else { return };
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (address, _) in applied.of("aws_s3_bucket_policy") {
        for statement in statements(&applied.policy(address)) {
            let name = statement["Sid"].as_str().unwrap();
            let expected = if statement["Effect"] == "Deny" {
                json!({"AWS": "*"})
            } else {
                let services = SERVICES.iter().find(|(policy, begins, _)| {
                    address.ends_with(policy) && name.starts_with(begins)
                });
                let service = services.unwrap_or_else(|| panic!("{address}: {name}"));
                json!({"Service": service.2})
            };
            seen += 1;
            if statement["Principal"] != expected {
                wrong.push(format!("{address}: {name}: {}", statement["Principal"]));
            }
        }
    }
    assert!(seen > 15, "{seen}");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn services_deliver_where_they_may_and_nowhere_else() {
    let Some(applied) = applied() else { return };
    let trail = applied.policy("module.evidence.aws_s3_bucket_policy.this[\"trail\"]");
    let config = applied.policy("module.evidence.aws_s3_bucket_policy.this[\"config\"]");
    let logs = applied.policy("module.evidence.aws_s3_bucket_policy.access_log");
    let full = ("s3:x-amz-acl", "bucket-owner-full-control");
    let ours = (
        "aws:SourceArn",
        "arn:aws:cloudtrail:eu-central-1:123456789012:trail/shop-dev-audit",
    );
    let theirs = (
        "aws:SourceArn",
        "arn:aws:cloudtrail:eu-central-1:123456789012:trail/other",
    );
    let here = ("aws:SourceAccount", ACCOUNT);
    let evidence = (
        "aws:SourceArn",
        "arn:aws:s3:::shop-dev-evidence-123456789012",
    );
    let trails = "arn:aws:s3:::shop-dev-trail-123456789012/AWSLogs/123456789012";
    let configurations = "arn:aws:s3:::shop-dev-config-123456789012/AWSLogs/123456789012";
    let access = "arn:aws:s3:::shop-dev-access-log-123456789012";
    let put = "s3:PutObject";
    for (policy, resource, context, expected) in [
        (
            &trail,
            format!("{trails}/CloudTrail/x"),
            &[full, ours][..],
            Answer::Allowed,
        ),
        (
            &trail,
            format!("{trails}/CloudTrail/x"),
            &[full, theirs],
            Answer::Silent,
        ),
        (
            &trail,
            format!("{trails}/CloudTrail/x"),
            &[ours],
            Answer::Silent,
        ),
        (
            &trail,
            format!("{trails}/Config/x"),
            &[full, here],
            Answer::Silent,
        ),
        (
            &config,
            format!("{configurations}/Config/x"),
            &[full, here],
            Answer::Allowed,
        ),
        (
            &config,
            format!("{configurations}/Config/x"),
            &[full, ("aws:SourceAccount", "1")],
            Answer::Silent,
        ),
        (
            &logs,
            format!("{access}/s3/evidence/x"),
            &[here, evidence],
            Answer::Allowed,
        ),
        (
            &logs,
            format!("{access}/s3/tools/x"),
            &[here, evidence],
            Answer::Silent,
        ),
        (
            &logs,
            format!("{access}/s3/evidence/x"),
            &[evidence, ("aws:SourceAccount", "1")],
            Answer::Silent,
        ),
        (
            &logs,
            format!("{access}/alb/production/AWSLogs/123456789012/x"),
            &[],
            Answer::Allowed,
        ),
        (
            &logs,
            format!("{access}/alb/production/AWSLogs/999999999999/x"),
            &[],
            Answer::Silent,
        ),
    ] {
        assert_eq!(
            ask(policy, put, &resource, context),
            expected,
            "{resource} {context:?}"
        );
    }
}

/// Every statement of every role, and every trust.
#[test]
fn roles_may_only_what_is_named() {
    let Some(applied) = applied() else { return };
    // AWS knows nothing narrower for these.
    let anywhere = [
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "ecs:DescribeTaskDefinition",
        // Of one cluster, by its condition.
        "ecs:ListTasks",
        "ecs:RegisterTaskDefinition",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    let mut passes = 0;
    for (address, _) in applied.of("aws_iam_role_policy") {
        for statement in applied.policy(address)["Statement"].as_array().unwrap() {
            let everywhere = texts(&statement["Resource"]).contains(&"*");
            for action in texts(&statement["Action"]) {
                assert!(!action.contains('*'), "{address}: {action}");
                assert!(
                    !everywhere || anywhere.contains(&action),
                    "{address}: {action} on everything"
                );
                if action == "iam:PassRole" {
                    passes += 1;
                    assert_eq!(
                        texts(&statement["Condition"]["StringEquals"]["iam:PassedToService"]),
                        ["ecs-tasks.amazonaws.com"]
                    );
                    assert!(
                        texts(&statement["Resource"])
                            .iter()
                            .all(|role| role.contains(":role/shop-dev-task")),
                        "{statement}"
                    );
                }
            }
        }
    }
    assert_eq!(passes, 2);
    for (address, role) in applied.of("aws_iam_role") {
        let trust: Value =
            serde_json::from_str(role["assume_role_policy"].as_str().unwrap()).unwrap();
        for statement in trust["Statement"].as_array().unwrap() {
            let machine = statement["Principal"]["Service"] == "ec2.amazonaws.com";
            assert!(
                machine || statement["Condition"].is_object(),
                "{address}: whoever the service works for"
            );
            assert!(statement["Principal"]["AWS"].is_null(), "{address}");
        }
    }
}

/// As the emulator made them: whatever the configuration says.
#[test]
fn nobody_comes_in_on_22_and_the_world_only_by_the_web() {
    let Some(applied) = applied() else { return };
    let mut world = Vec::new();
    for (address, rule) in applied.of("aws_vpc_security_group_ingress_rule") {
        let (from, to) = (
            rule["from_port"].as_i64().unwrap(),
            rule["to_port"].as_i64().unwrap(),
        );
        assert!(!(from..=to).contains(&22), "{address}");
        match rule["cidr_ipv4"].as_str() {
            Some("0.0.0.0/0") => world.push((address.to_owned(), from, to)),
            Some(cidr) => assert!(cidr.starts_with("10.0."), "{address}: {cidr}"),
            None => assert!(
                rule["referenced_security_group_id"].is_string(),
                "{address}"
            ),
        }
    }
    let doors: Vec<_> = world.iter().map(|(_, from, to)| (*from, *to)).collect();
    assert_eq!(doors, [(80, 80), (443, 443)], "{world:?}");
    assert!(
        world
            .iter()
            .all(|(address, ..)| address.contains("production_alb")),
        "{world:?}"
    );
}

#[test]
fn keys_are_renewed_and_belong_to_the_account() {
    let Some(applied) = applied() else { return };
    for (address, key) in applied.of("aws_kms_key") {
        assert_eq!(key["enable_key_rotation"], true, "{address}");
        for statement in applied.policy(address)["Statement"].as_array().unwrap() {
            let people = texts(&statement["Principal"]["AWS"]);
            assert!(
                people
                    .iter()
                    .all(|who| *who == "arn:aws:iam::123456789012:root"),
                "{address}: {statement}"
            );
            assert!(
                !people.is_empty() || statement["Condition"].is_object(),
                "{address}: {statement}"
            );
        }
    }
}
