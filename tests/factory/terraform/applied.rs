//! An environment, applied to an emulator: what is there in the end, and that a second plan finds nothing to do.
//!
//! It is dev with a NAT gateway, as prod has it, and a certificate of the emulator's own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Child;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::environments::taken;
use super::tree::{GIVEN, Plan, Tree};
use crate::iam::{Answer, Request, ask, statements};
use crate::server::another;

/// What is shown by the plan only, and why.
const BY_PLAN: &[(&str, &str)] = &[
    ("aws_appautoscaling_policy", "needs its target"),
    (
        "aws_appautoscaling_target",
        "the provider asks for minutes and gets no answer that it understands",
    ),
    (
        "aws_guardduty_detector_feature",
        "the emulator answers UpdateDetector with what was before",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration",
        "the emulator holds it, but the provider reads it again for a minute",
    ),
    (
        "aws_s3_bucket_logging",
        "the emulator fails on the bucket's own policy, whose principal is `*`",
    ),
    (
        "aws_securityhub_account",
        "the provider waits for an answer that never comes",
    ),
    (
        "aws_securityhub_standards_subscription",
        "needs the account",
    ),
];

/// What the emulator forgets of what it was told, so that the second plan has it again.
const FORGOTTEN: &[(&str, &[&str])] = &[
    (
        "aws_autoscaling_group",
        &[
            "capacity_reservation_specification",
            "launch_template",
            "max_instance_lifetime",
        ],
    ),
    ("aws_ecs_service", &["capacity_provider_strategy"]),
    // The tags of the template itself; its version follows from that, and the group's from the version.
    ("aws_launch_template", &["tag_specifications"]),
    ("aws_route53_zone", &["vpc"]),
    ("aws_vpc_security_group_egress_rule", &["description"]),
    ("aws_vpc_security_group_ingress_rule", &["description"]),
];

const DEPLOYERS: &str =
    r#"["arn:aws:iam::123456789012:role/one","arn:aws:iam::123456789012:role/two"]"#;

const CERTIFICATE: &str = r#"
resource "aws_acm_certificate" "test" {
  domain_name       = var.domain_name
  validation_method = "DNS"
}
"#;
const WITH_CERTIFICATE: &str = r#"
module "factory" {
  certificate_arn = aws_acm_certificate.test.arn
}
"#;

struct Applied {
    _server: Child,
    plan: Plan,
    state: Plan,
    again: Plan,
}

static APPLIED: LazyLock<Option<Applied>> = LazyLock::new(|| {
    let (server, address) = another()?;
    let tree = Tree::new("environments/dev", &address)?;
    fs::write(tree.path("certificate.tf"), CERTIFICATE).unwrap();
    fs::write(tree.path("certificate_override.tf"), WITH_CERTIFICATE).unwrap();
    let given = [
        GIVEN,
        &[
            ("nat", "gateway"),
            ("tools_writer_arns", DEPLOYERS),
            ("github", r#"{repository="example/bakery"}"#),
        ],
    ]
    .concat();
    let plan = tree.plan(&given);
    let mut targets: Vec<_> = plan
        .resources()
        .iter()
        .filter(|resource| BY_PLAN.iter().all(|(kind, _)| *kind != resource.kind))
        .map(|resource| format!("-target={}", resource.address))
        .collect();
    // It has nothing in it, but outputs ask whether it has.
    targets.push("-target=module.factory.module.compute_eks".to_owned());
    targets.extend(
        given
            .iter()
            .map(|(name, value)| format!("-var={name}={value}")),
    );
    let with = |first: &[&str]| {
        first
            .iter()
            .map(|word| (*word).to_owned())
            .chain(targets.clone())
            .collect::<Vec<_>>()
    };
    tree.terraform(&with(&["apply", "-input=false", "-auto-approve"]))
        .success();
    let state = Plan(tree.json(&["show", "-json"]));
    tree.terraform(&with(&["plan", "-input=false", "-out=again"]))
        .success();
    let again = Plan(tree.json(&["show", "-json", "again"]));
    Some(Applied {
        _server: server,
        plan,
        state,
        again,
    })
});

/// Every type of the plan is there, or in the list; and nothing is in the list that is there.
#[test]
fn all_is_applied_but_what_the_list_says() {
    let Some(applied) = &*APPLIED else { return };
    let kinds = |plan: &Plan| {
        plan.resources()
            .iter()
            .map(|resource| resource.kind.to_owned())
            .collect::<BTreeSet<_>>()
    };
    let (planned, there) = (kinds(&applied.plan), kinds(&applied.state));
    let missing: Vec<_> = planned.difference(&there).map(String::as_str).collect();
    let listed: Vec<_> = BY_PLAN.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(missing, listed);
    let expected = applied
        .plan
        .resources()
        .iter()
        .filter(|resource| !listed.contains(&resource.kind))
        .count();
    assert_eq!(applied.state.resources().len(), expected);
}

#[test]
fn a_second_plan_has_nothing_to_do() {
    let Some(applied) = &*APPLIED else { return };
    let mut forgotten: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for change in applied.again.0["resource_changes"].as_array().unwrap() {
        let (kind, change, address) = (
            change["type"].as_str().unwrap(),
            &change["change"],
            &change["address"],
        );
        if change["actions"] == json!(["no-op"]) || change["actions"] == json!(["read"]) {
            continue;
        }
        if change["actions"] == json!(["delete", "create"]) {
            let paths = change["replace_paths"].as_array().unwrap();
            let names = paths.iter().map(|path| path[0].as_str().unwrap());
            forgotten.entry(kind).or_default().extend(names);
            continue;
        }
        assert_eq!(change["actions"], json!(["update"]), "{address}");
        let after = change["after"].as_object().unwrap();
        for (name, before) in change["before"].as_object().unwrap() {
            // What follows from the change is not known yet, and nobody forgot it.
            let known = change["after_unknown"][name] != true;
            if known && after.get(name) != Some(before) {
                forgotten.entry(kind).or_default().insert(name);
            }
        }
    }
    let expected = FORGOTTEN
        .iter()
        .map(|(kind, names)| (*kind, names.iter().copied().collect()))
        .collect();
    assert_eq!(forgotten, expected);
}

#[test]
fn outputs_have_values_and_are_what_is_there() {
    let Some(applied) = &*APPLIED else { return };
    let outputs = &applied.state.0["values"]["outputs"];
    for name in taken() {
        let value = &outputs[&name]["value"];
        let filled = match value {
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => list.len() == 2,
            _ => false,
        };
        assert!(filled, "{name}: {value}");
    }
    let state = &applied.state;
    for (output, address, attribute) in [
        (
            "production_cluster_name",
            "aws_ecs_cluster.stage[\"production\"]",
            "name",
        ),
        (
            "production_task_family",
            "aws_ecs_task_definition.stage[\"production\"]",
            "family",
        ),
        (
            "staging_autoscaling_group_name",
            "aws_autoscaling_group.stage[\"staging\"]",
            "name",
        ),
        (
            "production_load_balancer_arn_suffix",
            "aws_lb.stage[\"production\"]",
            "arn_suffix",
        ),
        (
            "production_target_group_arn",
            "aws_lb_target_group.colour[\"production-blue\"]",
            "arn",
        ),
        (
            "production_alternate_target_group_arn",
            "aws_lb_target_group.colour[\"production-green\"]",
            "arn",
        ),
        (
            "production_listener_rule_arn",
            "aws_lb_listener_rule.application[\"production\"]",
            "arn",
        ),
        ("traffic_role_arn", "aws_iam_role.traffic", "arn"),
        (
            "falco_log_group_name",
            "aws_cloudwatch_log_group.falco",
            "name",
        ),
    ] {
        assert_eq!(
            outputs[output]["value"],
            state.one(address)[attribute],
            "{output}"
        );
    }
}

/// From the world, or from the builds, to the container: each hop lets the next in on its port, and no other.
#[test]
fn a_request_finds_its_way_and_no_other() {
    let Some(applied) = &*APPLIED else { return };
    let state = &applied.state;
    let ingress = state.all("aws_vpc_security_group_ingress_rule");
    let egress = state.all("aws_vpc_security_group_egress_rule");
    let opened = |group: &Value, from: &str, source: &Value, port: &Value| {
        ingress.iter().any(|rule| {
            rule.values["security_group_id"] == *group
                && rule.values[from] == *source
                && rule.values["from_port"] == *port
                && rule.values["to_port"] == *port
        })
    };
    let leaves = |group: &Value, target: &Value, port: &Value| {
        egress.iter().any(|rule| {
            rule.values["security_group_id"] == *group
                && rule.values["referenced_security_group_id"] == *target
                && rule.values["from_port"] == *port
        })
    };
    let build = &state.0["values"]["outputs"]["build_security_group_id"]["value"];
    for (stage, from, source) in [
        ("production", "cidr_ipv4", &json!("0.0.0.0/0")),
        ("staging", "referenced_security_group_id", build),
    ] {
        let balancer = &state.one(&format!("aws_lb.stage[\"{stage}\"]"))["security_groups"][0];
        let service = state.one(&format!("aws_ecs_service.stage[\"{stage}\"]"));
        let security = &service["network_configuration"][0]["security_groups"][0];
        let port = &service["load_balancer"][0]["container_port"];
        for listener in ["redirect", "tls"] {
            let listener = state.one(&format!("aws_lb_listener.{listener}[\"{stage}\"]"));
            assert!(
                opened(balancer, from, source, &listener["port"]),
                "{stage} {}",
                listener["port"]
            );
        }
        assert!(leaves(balancer, security, port), "{stage}");
        assert!(
            opened(security, "referenced_security_group_id", balancer, port),
            "{stage}"
        );
        for rule in &ingress {
            if rule.values["security_group_id"] == *security {
                assert_eq!(
                    rule.values["referenced_security_group_id"], *balancer,
                    "{}",
                    rule.address
                );
                assert_eq!(rule.values["from_port"], *port, "{}", rule.address);
            }
        }
        let group = &service["load_balancer"][0]["target_group_arn"];
        assert_eq!(
            *group,
            state.one(&format!("aws_lb_target_group.colour[\"{stage}-blue\"]"))["arn"]
        );
        // Images and logs are outside: by TLS, through the NAT of the task's subnet.
        assert!(
            egress
                .iter()
                .any(|rule| rule.values["security_group_id"] == *security
                    && rule.values["cidr_ipv4"] == "0.0.0.0/0"
                    && rule.values["from_port"] == 443),
            "{stage}"
        );
        for subnet in service["network_configuration"][0]["subnets"]
            .as_array()
            .unwrap()
        {
            let tables = state.all("aws_route_table_association");
            let table = tables
                .iter()
                .find(|row| row.values["subnet_id"] == *subnet)
                .unwrap();
            let routes = state.all("aws_route");
            let out = routes
                .iter()
                .find(|route| {
                    route.values["route_table_id"] == table.values["route_table_id"]
                        && route.values["destination_cidr_block"] == "0.0.0.0/0"
                })
                .unwrap();
            assert!(
                out.values["nat_gateway_id"]
                    .as_str()
                    .is_some_and(|id| id.starts_with("nat-")),
                "{stage}"
            );
        }
    }
}

/// Roles are made before what they name: the names have to be those that came after.
#[test]
fn roles_name_what_is_there() {
    let Some(applied) = &*APPLIED else { return };
    let state = &applied.state;
    let mut policies = String::new();
    for policy in state.all("aws_iam_role_policy") {
        policies += policy.values["policy"].as_str().unwrap();
    }
    for stage in ["staging", "production"] {
        let service = state.one(&format!("aws_ecs_service.stage[\"{stage}\"]"))["id"]
            .as_str()
            .unwrap();
        assert!(policies.contains(&format!("\"{service}\"")), "{service}");
        let group = state.one(&format!(
            "aws_cloudwatch_log_group.application[\"{stage}\"]"
        ))["name"]
            .as_str()
            .unwrap();
        assert!(group.starts_with("/bakery/dev/"), "{group}");
    }
    assert!(policies.contains(":log-group:/bakery/dev/*"));

    let traffic = Plan::document(&state.one("aws_iam_role_policy.traffic")["policy"]);
    let statements = traffic["Statement"].as_array().unwrap();
    let rules: BTreeSet<_> = state
        .all("aws_lb_listener_rule")
        .iter()
        .map(|rule| rule.values["arn"].to_string())
        .collect();
    let allowed = statements
        .iter()
        .find(|statement| statement["Action"] == json!(["elasticloadbalancing:ModifyRule"]))
        .unwrap();
    assert_eq!(
        allowed["Resource"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect::<BTreeSet<_>>(),
        rules
    );
}

/// Those who are named, and nobody else: not even who applied it.
#[test]
fn what_builds_run_is_written_by_who_is_named() {
    let Some(applied) = &*APPLIED else { return };
    let policy = applied.state.one("aws_s3_bucket_policy.this[\"tools\"]");
    let policy = Plan::document(&policy["policy"]);
    for (role, expected) in [
        ("role/one", Answer::Silent),
        ("role/two", Answer::Silent),
        (
            "user/moto",
            Answer::Denied("DenyWritersButTheDeployer".to_owned()),
        ),
    ] {
        let who = format!("arn:aws:iam::123456789012:{role}");
        let request = Request {
            action: "s3:PutObject",
            resource: "arn:aws:s3:::bakery-dev-tools-123456789012/gate/0/gate",
            context: &[("aws:SecureTransport", "true"), ("aws:PrincipalArn", &who)],
        };
        assert_eq!(ask(statements(&policy), &request), expected, "{who}");
    }
}

/// Config refuses a bucket with a lock, so where it delivers has none; and bucket and role let it deliver exactly there.
#[test]
fn config_delivers_to_a_bucket_without_a_lock() {
    let Some(applied) = &*APPLIED else { return };
    let state = &applied.state;
    let channel = &state.one("aws_config_delivery_channel.this[0]")["s3_bucket_name"];
    let mut buckets = state.all("aws_s3_bucket");
    buckets.retain(|bucket| bucket.values["bucket"] == *channel);
    let [bucket] = &buckets[..] else {
        panic!("{channel}: {}", buckets.len());
    };
    assert_eq!(bucket.values["object_lock_enabled"], false, "{channel}");
    let mut policies = state.all("aws_s3_bucket_policy");
    policies.retain(|policy| policy.values["bucket"] == *channel);
    let ours = Plan::document(&policies[0].values["policy"]);
    let role = Plan::document(&state.one("aws_iam_role_policy.config[0]")["policy"]);
    let arn = bucket.values["arn"].as_str().unwrap();
    let file = format!("{arn}/AWSLogs/123456789012/Config/x");
    let context = [
        ("aws:SecureTransport", "true"),
        ("aws:SourceAccount", "123456789012"),
        ("s3:x-amz-acl", "bucket-owner-full-control"),
    ];
    for policy in [&ours, &role] {
        for (action, resource) in [("s3:PutObject", &*file), ("s3:GetBucketAcl", arn)] {
            let request = Request {
                action,
                resource,
                context: &context,
            };
            let answer = ask(statements(policy), &request);
            assert_eq!(answer, Answer::Allowed, "{request:?}");
        }
    }
}

/// With the digest of zeros in the repository that is there, and no other image of the application anywhere.
#[test]
fn nothing_runs_that_has_not_passed() {
    let Some(applied) = &*APPLIED else { return };
    let state = &applied.state;
    let repository = state.0["values"]["outputs"]["repository_url"]["value"]
        .as_str()
        .unwrap();
    for task in state.all("aws_ecs_task_definition") {
        let containers = Plan::document(&task.values["container_definitions"]);
        assert_eq!(
            containers[0]["image"],
            format!("{repository}@sha256:{}", "0".repeat(64))
        );
        for container in containers.as_array().unwrap() {
            assert!(
                container["image"].as_str().unwrap().contains("@sha256:"),
                "{container}"
            );
        }
    }
}
