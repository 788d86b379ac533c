//! What runs the application: both modules planned on their own, with everything known that is not made there.

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::tree::{Plan, Tree};
use crate::server::emulator;
use crate::tool::{run, tool};

const ARN: &str = "arn:aws:iam::123456789012:role/some";
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000";
const REPOSITORY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/bakery";
const FALCO: &str = "registry.example/falco@sha256:1111111111111111111111111111111111111111111111111111111111111111";
const STAGES: [&str; 2] = ["staging", "production"];

static ECS: LazyLock<Option<Plan>> = LazyLock::new(|| {
    let tree = Tree::new("modules/compute-ecs", emulator()?)?;
    Some(tree.plan(&[
        ("project", "bakery"),
        ("environment", "dev"),
        ("vpc_id", "vpc-1"),
        ("public_subnet_ids", r#"["subnet-1","subnet-2"]"#),
        ("private_subnet_ids", r#"["subnet-3","subnet-4"]"#),
        ("production_alb_security_group_id", "sg-production-alb"),
        ("staging_alb_security_group_id", "sg-staging-alb"),
        ("production_service_security_group_id", "sg-production"),
        ("staging_service_security_group_id", "sg-staging"),
        ("task_execution_role_arn", ARN),
        ("task_role_arn", ARN),
        ("repository_url", REPOSITORY),
        ("access_log_bucket_name", "access-logs"),
        ("domain_name", "bakery.example.org"),
        (
            "certificate_arn",
            "arn:aws:acm:eu-central-1:123456789012:certificate/0",
        ),
        ("falco_image", FALCO),
        ("log_key_arn", KEY),
        ("health_check_command", r#"["CMD","/healthy"]"#),
    ]))
});

static EKS: LazyLock<Option<Plan>> = LazyLock::new(|| {
    let tree = Tree::new("modules/compute-eks", emulator()?)?;
    Some(tree.plan(&[
        ("project", "bakery"),
        ("environment", "dev"),
        ("private_subnet_ids", r#"["subnet-3","subnet-4"]"#),
        ("build_security_group_id", "sg-build"),
        (
            "deploy_role_arns",
            &format!("{{staging=[\"{ARN}\"],production=[\"{ARN}\"]}}"),
        ),
        ("log_key_arn", KEY),
    ]))
});

/// For each resource at its address, values at pointers.
fn holds(plan: &Plan, rows: &[(&str, &str, Value)]) {
    for (address, pointer, expected) in rows {
        let found = plan.one(address).pointer(pointer);
        assert_eq!(found, Some(expected), "{address} {pointer}");
    }
}

fn containers(plan: &Plan, stage: &str) -> Vec<Value> {
    let task = plan.one(&format!("aws_ecs_task_definition.stage[\"{stage}\"]"));
    let containers = Plan::document(&task["container_definitions"]);
    containers.as_array().unwrap().clone()
}

#[test]
fn hosts_are_few_patched_and_closed() {
    let Some(plan) = &*ECS else { return };
    for (stage, figures) in [("staging", [0, 0, 2]), ("production", [1, 1, 2])] {
        let group = format!("aws_autoscaling_group.stage[\"{stage}\"]");
        let template = format!("aws_launch_template.stage[\"{stage}\"]");
        let provider = format!("aws_ecs_capacity_provider.stage[\"{stage}\"]");
        let scaling = "/auto_scaling_group_provider/0/managed_scaling/0";
        holds(
            plan,
            &[
                (&group, "/min_size", json!(figures[0])),
                (&group, "/desired_capacity", json!(figures[1])),
                (&group, "/max_size", json!(figures[2])),
                (&group, "/health_check_grace_period", json!(300)),
                (&group, "/max_instance_lifetime", json!(604_800)),
                (
                    &group,
                    "/vpc_zone_identifier",
                    json!(["subnet-3", "subnet-4"]),
                ),
                (
                    &template,
                    "/image_id",
                    json!(
                        "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
                    ),
                ),
                (
                    &template,
                    "/metadata_options/0/http_tokens",
                    json!("required"),
                ),
                (
                    &template,
                    "/metadata_options/0/http_put_response_hop_limit",
                    json!(1),
                ),
                (
                    &template,
                    "/block_device_mappings/0/ebs/0/encrypted",
                    json!("true"),
                ),
                (&template, "/key_name", Value::Null),
                (&provider, &format!("{scaling}/status"), json!("ENABLED")),
                (&provider, &format!("{scaling}/target_capacity"), json!(100)),
                (
                    &provider,
                    "/auto_scaling_group_provider/0/managed_termination_protection",
                    json!("DISABLED"),
                ),
            ],
        );
    }
    assert!(plan.all("aws_vpc_security_group_ingress_rule").is_empty());
    let out = plan.all("aws_vpc_security_group_egress_rule");
    let out: Vec<_> = out
        .iter()
        .map(|rule| (&rule.values["from_port"], &rule.values["to_port"]))
        .collect();
    assert_eq!(out, [(&json!(443), &json!(443))]);
}

/// Each may be a host of its own cluster; what has no resource to name is a short list.
#[test]
fn a_host_may_be_a_host_and_no_more() {
    let Some(plan) = &*ECS else { return };
    let free = [
        "ecs:DiscoverPollEndpoint",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    for stage in STAGES {
        let policy = plan.one(&format!("aws_iam_role_policy.host[\"{stage}\"]"));
        let policy = Plan::document(&policy["policy"]);
        for statement in policy["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow");
            for action in statement["Action"].as_array().unwrap() {
                let action = action.as_str().unwrap();
                let resource = statement["Resource"].as_str().unwrap();
                assert!(!action.contains('*'), "{action}");
                assert_eq!(
                    resource == "*",
                    free.contains(&action),
                    "{action} on {resource}"
                );
                if action.starts_with("ecs:") && resource != "*" {
                    assert!(
                        resource.contains(&format!("/bakery-dev-{stage}")),
                        "{resource}"
                    );
                }
            }
        }
    }
    assert!(plan.all("aws_iam_role_policy_attachment").is_empty());
}

#[test]
fn the_host_begins_with_a_script_that_shells_read() {
    let (Some(plan), Some(shellcheck), Some(base64)) = (&*ECS, tool("shellcheck"), tool("base64"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let coded = folder.path().join("coded");
    let template = plan.one("aws_launch_template.stage[\"production\"]");
    fs::write(&coded, template["user_data"].as_str().unwrap()).unwrap();
    let script = run(Command::new(base64).arg("--decode").arg(&coded)).success();
    for line in [
        "ECS_CLUSTER=bakery-dev-production",
        "ECS_DISABLE_PRIVILEGED=true",
        "ECS_AWSVPC_BLOCK_IMDS=true",
        "ECS_IMAGE_PULL_BEHAVIOR=default",
    ] {
        assert!(script.lines().any(|found| found == line), "{script}");
    }
    // ECS places a task with security options where the host says that it knows them.
    let options = STAGES
        .iter()
        .flat_map(|stage| containers(plan, stage))
        .any(|container| container["dockerSecurityOptions"].is_array());
    let known = script.contains("\nECS_SELINUX_CAPABLE=true\n");
    assert_eq!(known, options, "{script}");
    let file = folder.path().join("host.sh");
    fs::write(&file, script).unwrap();
    run(Command::new("bash").arg("-n").arg(&file)).success();
    run(Command::new(shellcheck).arg(&file)).success();
}

/// The first revision names an image that nobody can have, so that nothing runs which has not passed.
#[test]
fn the_application_begins_as_nothing_and_without_rights() {
    let Some(plan) = &*ECS else { return };
    for stage in STAGES {
        let containers = containers(plan, stage);
        let application = &containers[0];
        let group = format!("/bakery/dev/{stage}");
        for (pointer, expected) in [
            ("/name", json!("application")),
            (
                "/image",
                json!(format!("{REPOSITORY}@sha256:{}", "0".repeat(64))),
            ),
            ("/user", json!("10000:10000")),
            ("/privileged", json!(false)),
            ("/readonlyRootFilesystem", json!(true)),
            (
                "/linuxParameters/capabilities",
                json!({"add": [], "drop": ["ALL"]}),
            ),
            ("/dockerSecurityOptions", json!(["no-new-privileges"])),
            ("/cpu", json!(256)),
            ("/memory", json!(512)),
            ("/logConfiguration/options/awslogs-group", json!(group)),
            (
                "/healthCheck",
                json!({"command": ["CMD", "/healthy"], "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 60}),
            ),
        ] {
            assert_eq!(
                application.pointer(pointer),
                Some(&expected),
                "{stage} {pointer}"
            );
        }
        let task = plan.one(&format!("aws_ecs_task_definition.stage[\"{stage}\"]"));
        assert_eq!(task["network_mode"], "awsvpc");
        assert_eq!(task["runtime_platform"][0]["cpu_architecture"], "X86_64");
        for open in ["pid_mode", "ipc_mode"] {
            assert!(task[open].is_null(), "{open}");
        }
    }
}

#[test]
fn falco_watches_production_without_being_root_of_the_host() {
    let Some(plan) = &*ECS else { return };
    assert_eq!(containers(plan, "staging").len(), 1);
    let containers = containers(plan, "production");
    let falco = &containers[1];
    assert_eq!(falco["name"], "falco");
    assert_eq!(falco["image"], FALCO);
    assert_eq!(falco["privileged"], false);
    assert_eq!(falco["essential"], true);
    assert_eq!(
        falco["linuxParameters"]["capabilities"]["drop"],
        json!(["ALL"])
    );
    assert_eq!(
        falco["linuxParameters"]["capabilities"]["add"],
        json!(["SYS_ADMIN", "SYS_PTRACE", "SYS_RESOURCE"])
    );
    assert!(
        falco["command"]
            .as_array()
            .unwrap()
            .contains(&json!("engine.kind=modern_ebpf"))
    );
    assert!(
        falco["command"]
            .as_array()
            .unwrap()
            .contains(&json!("json_output=true"))
    );
    assert_eq!(
        containers[0]["dependsOn"],
        json!([{"containerName": "falco", "condition": "START"}])
    );

    let task = plan.one("aws_ecs_task_definition.stage[\"production\"]");
    let volumes = task["volume"].as_array().unwrap();
    let mut paths: Vec<_> = volumes
        .iter()
        .map(|volume| volume["host_path"].as_str().unwrap())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/etc", "/proc"]);
    for mount in falco["mountPoints"].as_array().unwrap() {
        assert_eq!(mount["readOnly"], true, "{mount}");
    }
    assert_eq!(containers[0]["mountPoints"], json!([]));
}

/// A task whose group is missing does not start, and one that ECS makes is kept for ever.
#[test]
fn every_log_group_that_is_written_to_is_there_with_key_and_end() {
    let Some(plan) = &*ECS else { return };
    let groups = plan.all("aws_cloudwatch_log_group");
    let mut names: Vec<_> = groups
        .iter()
        .map(|group| group.values["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    for group in &groups {
        assert_eq!(group.values["retention_in_days"], 365, "{}", group.address);
        assert_eq!(group.values["kms_key_id"], KEY, "{}", group.address);
    }
    for stage in STAGES {
        let insights = format!("/aws/ecs/containerinsights/bakery-dev-{stage}/performance");
        assert!(names.contains(&insights.as_str()), "{insights}");
        let settings = &plan.one(&format!("aws_ecs_cluster.stage[\"{stage}\"]"))["setting"];
        assert_eq!(
            settings,
            &json!([{"name": "containerInsights", "value": "enabled"}])
        );
        for container in containers(plan, stage) {
            let group = container["logConfiguration"]["options"]["awslogs-group"]
                .as_str()
                .unwrap();
            assert!(names.contains(&group), "{group} in {names:?}");
        }
    }
}

#[test]
fn load_balancers_speak_tls_and_lead_to_the_containers_port() {
    let Some(plan) = &*ECS else { return };
    for (stage, internal, security, subnets) in [
        (
            "staging",
            true,
            "sg-staging-alb",
            json!(["subnet-3", "subnet-4"]),
        ),
        (
            "production",
            false,
            "sg-production-alb",
            json!(["subnet-1", "subnet-2"]),
        ),
    ] {
        let balancer = format!("aws_lb.stage[\"{stage}\"]");
        let plain = format!("aws_lb_listener.redirect[\"{stage}\"]");
        let tls = format!("aws_lb_listener.tls[\"{stage}\"]");
        let redirect = "/default_action/0/redirect/0";
        holds(
            plan,
            &[
                (&balancer, "/internal", json!(internal)),
                (&balancer, "/subnets", subnets),
                (&balancer, "/security_groups", json!([security])),
                (&balancer, "/enable_deletion_protection", json!(true)),
                (&balancer, "/drop_invalid_header_fields", json!(true)),
                (&balancer, "/access_logs/0/enabled", json!(true)),
                (&balancer, "/access_logs/0/bucket", json!("access-logs")),
                (&plain, "/port", json!(80)),
                (&plain, &format!("{redirect}/protocol"), json!("HTTPS")),
                (&plain, &format!("{redirect}/port"), json!("443")),
                (
                    &plain,
                    &format!("{redirect}/status_code"),
                    json!("HTTP_301"),
                ),
                (&tls, "/port", json!(443)),
                (&tls, "/protocol", json!("HTTPS")),
                (
                    &tls,
                    "/ssl_policy",
                    json!("ELBSecurityPolicy-TLS13-1-2-2021-06"),
                ),
                (&tls, "/default_action/0/type", json!("fixed-response")),
            ],
        );
        let mut ports = Vec::new();
        for colour in ["blue", "green"] {
            let group = format!("aws_lb_target_group.colour[\"{stage}-{colour}\"]");
            holds(
                plan,
                &[
                    (&group, "/target_type", json!("ip")),
                    (&group, "/health_check/0/path", json!("/health")),
                    (&group, "/health_check/0/matcher", json!("200")),
                    (&group, "/health_check/0/port", json!("traffic-port")),
                    (&group, "/health_check/0/healthy_threshold", json!(2)),
                    (&group, "/health_check/0/unhealthy_threshold", json!(3)),
                    (&group, "/health_check/0/timeout", json!(5)),
                    (&group, "/health_check/0/interval", json!(30)),
                ],
            );
            ports.push(plan.one(&group)["port"].clone());
        }
        let mapping = &containers(plan, stage)[0]["portMappings"][0];
        ports.extend([
            mapping["containerPort"].clone(),
            mapping["hostPort"].clone(),
        ]);
        let service = plan.one(&format!("aws_ecs_service.stage[\"{stage}\"]"));
        assert_eq!(service["load_balancer"][0]["container_name"], "application");
        ports.push(service["load_balancer"][0]["container_port"].clone());
        assert!(ports.iter().all(|port| *port == 8080), "{stage}: {ports:?}");
    }
}

#[test]
fn services_go_back_by_themselves_and_production_grows_by_load() {
    let Some(plan) = &*ECS else { return };
    for (stage, count, security) in [
        ("staging", 0, "sg-staging"),
        ("production", 2, "sg-production"),
    ] {
        let service = format!("aws_ecs_service.stage[\"{stage}\"]");
        holds(
            plan,
            &[
                (&service, "/desired_count", json!(count)),
                (
                    &service,
                    "/deployment_circuit_breaker",
                    json!([{"enable": true, "rollback": true}]),
                ),
                (
                    &service,
                    "/network_configuration/0/assign_public_ip",
                    json!(false),
                ),
                (
                    &service,
                    "/network_configuration/0/subnets",
                    json!(["subnet-3", "subnet-4"]),
                ),
                (
                    &service,
                    "/network_configuration/0/security_groups",
                    json!([security]),
                ),
                (&service, "/enable_execute_command", json!(false)),
            ],
        );
    }
    let policy = "/target_tracking_scaling_policy_configuration/0";
    holds(
        plan,
        &[
            (
                "aws_appautoscaling_target.production",
                "/min_capacity",
                json!(2),
            ),
            (
                "aws_appautoscaling_target.production",
                "/max_capacity",
                json!(3),
            ),
            (
                "aws_appautoscaling_target.production",
                "/resource_id",
                json!("service/bakery-dev-production/application"),
            ),
            (
                "aws_appautoscaling_policy.production",
                &format!("{policy}/target_value"),
                json!(70),
            ),
            (
                "aws_appautoscaling_policy.production",
                &format!("{policy}/predefined_metric_specification/0/predefined_metric_type"),
                json!("ECSServiceAverageCPUUtilization"),
            ),
        ],
    );
}

#[test]
fn clusters_of_eks_are_private_encrypted_and_logged() {
    let Some(plan) = &*EKS else { return };
    for stage in STAGES {
        let cluster = format!("aws_eks_cluster.stage[\"{stage}\"]");
        let template = format!("aws_launch_template.node[\"{stage}\"]");
        holds(
            plan,
            &[
                (
                    &cluster,
                    "/vpc_config/0/endpoint_private_access",
                    json!(true),
                ),
                (
                    &cluster,
                    "/vpc_config/0/endpoint_public_access",
                    json!(false),
                ),
                (
                    &cluster,
                    "/vpc_config/0/subnet_ids",
                    json!(["subnet-3", "subnet-4"]),
                ),
                (
                    &cluster,
                    "/encryption_config/0/resources",
                    json!(["secrets"]),
                ),
                (
                    &cluster,
                    "/enabled_cluster_log_types",
                    json!([
                        "api",
                        "audit",
                        "authenticator",
                        "controllerManager",
                        "scheduler"
                    ]),
                ),
                (
                    &cluster,
                    "/access_config/0/authentication_mode",
                    json!("API"),
                ),
                (
                    &cluster,
                    "/access_config/0/bootstrap_cluster_creator_admin_permissions",
                    json!(false),
                ),
                (
                    &template,
                    "/metadata_options/0/http_tokens",
                    json!("required"),
                ),
                (
                    &template,
                    "/metadata_options/0/http_put_response_hop_limit",
                    json!(1),
                ),
                (
                    &template,
                    "/block_device_mappings/0/ebs/0/encrypted",
                    json!("true"),
                ),
                (
                    &format!("aws_eks_node_group.stage[\"{stage}\"]"),
                    "/remote_access",
                    json!([]),
                ),
                (
                    &format!("aws_iam_openid_connect_provider.pods[\"{stage}\"]"),
                    "/client_id_list",
                    json!(["sts.amazonaws.com"]),
                ),
                (
                    &format!("aws_cloudwatch_log_group.control_plane[\"{stage}\"]"),
                    "/name",
                    json!(format!("/aws/eks/bakery-dev-{stage}/cluster")),
                ),
                (
                    &format!("aws_eks_access_policy_association.deploy[\"{stage} 0\"]"),
                    "/access_scope",
                    json!([{"type": "namespace", "namespaces": ["application"]}]),
                ),
            ],
        );
    }
    holds(
        plan,
        &[
            (
                "aws_cloudwatch_log_group.falco",
                "/name",
                json!("/bakery/dev/falco"),
            ),
            ("aws_kms_key.secrets", "/enable_key_rotation", json!(true)),
        ],
    );
}
