//! Both environments, planned whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::tree::{GIVEN, Plan, Tree};
use crate::files::{iac, json as json_of, text};
use crate::server::emulator;

static DEV: LazyLock<Option<Plan>> = LazyLock::new(|| planned("dev", &[]));
static PROD: LazyLock<Option<Plan>> = LazyLock::new(|| planned("prod", &[]));

fn planned(environment: &str, more: &[(&str, &str)]) -> Option<Plan> {
    let tree = Tree::new(&format!("environments/{environment}"), emulator()?)?;
    Some(tree.plan(&[GIVEN, more].concat()))
}

/// What `contract.json` takes from Terraform.
pub(crate) fn taken() -> BTreeSet<String> {
    let contract = json_of(&iac("contract.json"));
    let rows = contract["values"].as_array().unwrap();
    let names: BTreeSet<_> = rows
        .iter()
        .filter(|row| row["from"].get("stack").is_none())
        .filter_map(|row| row["from"]["output"].as_str().map(str::to_owned))
        .collect();
    assert!(names.len() > 20);
    names
}

#[test]
fn figures_are_those_of_the_environment() {
    let (Some(dev), Some(prod)) = (&*DEV, &*PROD) else {
        return;
    };
    let rows: &[(&str, &str, Value, Value)] = &[
        (
            "aws_vpc.main",
            "/cidr_block",
            json!("10.0.0.0/16"),
            json!("10.1.0.0/16"),
        ),
        (
            "aws_ecs_service.stage[\"production\"]",
            "/desired_count",
            json!(1),
            json!(3),
        ),
        (
            "aws_ecs_task_definition.stage[\"staging\"]",
            "/cpu",
            json!("256"),
            json!("512"),
        ),
        (
            "aws_ecs_task_definition.stage[\"staging\"]",
            "/memory",
            json!("512"),
            json!("1024"),
        ),
        (
            "aws_appautoscaling_target.production",
            "/min_capacity",
            json!(1),
            json!(3),
        ),
        (
            "aws_appautoscaling_target.production",
            "/max_capacity",
            json!(4),
            json!(6),
        ),
        (
            "aws_autoscaling_group.stage[\"production\"]",
            "/max_size",
            json!(2),
            json!(2),
        ),
        (
            "aws_lb.stage[\"production\"]",
            "/enable_deletion_protection",
            json!(false),
            json!(true),
        ),
        (
            "aws_lb.stage[\"staging\"]",
            "/internal",
            json!(true),
            json!(true),
        ),
    ];
    for (address, pointer, in_dev, in_prod) in rows {
        assert_eq!(
            dev.one(address).pointer(pointer),
            Some(in_dev),
            "dev: {address} {pointer}"
        );
        assert_eq!(
            prod.one(address).pointer(pointer),
            Some(in_prod),
            "prod: {address} {pointer}"
        );
    }
    for (plan, zones, gateways, instances, databases) in [(dev, 2, 0, 1, 0), (prod, 3, 3, 0, 1)] {
        assert_eq!(plan.all("aws_nat_gateway").len(), gateways);
        assert_eq!(plan.all("aws_instance").len(), instances);
        assert_eq!(plan.all("aws_db_instance").len(), databases);
        let balancer = plan
            .all("aws_subnet")
            .iter()
            .map(|subnet| subnet.values["availability_zone"].to_string())
            .collect::<BTreeSet<_>>();
        assert_eq!(balancer.len(), zones);
    }
}

#[test]
fn subnets_lie_in_the_network_and_beside_each_other() {
    for (plan, network, count) in [(&*DEV, "10.0.", 4), (&*PROD, "10.1.", 9)] {
        let Some(plan) = plan else { return };
        let subnets = plan.all("aws_subnet");
        let cidrs: BTreeSet<_> = subnets
            .iter()
            .map(|subnet| subnet.values["cidr_block"].as_str().unwrap())
            .collect();
        let expected: Vec<_> = (1..=count)
            .map(|number| format!("{network}{number}.0/24"))
            .collect();
        assert_eq!(cidrs.into_iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn outputs_are_what_the_contract_takes() {
    for plan in [&*DEV, &*PROD] {
        let Some(plan) = plan else { return };
        let outputs = plan.0["planned_values"]["outputs"].as_object().unwrap();
        for name in taken() {
            assert!(outputs.contains_key(&name), "{name}");
        }
        for (name, output) in outputs {
            assert_eq!(output["sensitive"], false, "{name}");
        }
    }
}

/// A setting that Terraform is given has a variable in both environments, and none is needed that nobody gives.
#[test]
fn variables_are_what_the_contract_gives() {
    let contract = json_of(&iac("contract.json"));
    let given: BTreeSet<_> = contract["values"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["variable"].as_str())
        .collect();
    let ours: BTreeSet<_> = GIVEN
        .iter()
        .map(|(name, _)| *name)
        .chain(["environment"])
        .collect();
    assert_eq!(given, ours);
    for plan in [&*DEV, &*PROD] {
        let Some(plan) = plan else { return };
        for name in &given {
            assert!(plan.0["variables"].get(*name).is_some(), "{name}");
        }
    }
}

#[test]
fn an_environment_refuses_the_name_of_the_other() {
    let Some(address) = emulator() else { return };
    for (folder, other) in [("dev", "production"), ("prod", "dev")] {
        let Some(tree) = Tree::new(&format!("environments/{folder}"), address) else {
            return;
        };
        let ran = tree.try_plan(&[GIVEN, &[("environment", other)]].concat());
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains("This folder is"), "{}", ran.stderr);
    }
}

#[test]
fn states_have_keys_of_their_own_and_locks() {
    for folder in ["dev", "prod"] {
        let versions = text(&iac(&format!(
            "terraform/environments/{folder}/versions.tf"
        )));
        for line in [
            format!("key          = \"gate/{folder}/terraform.tfstate\""),
            "use_lockfile = true".to_owned(),
            "encrypt      = true".to_owned(),
        ] {
            assert!(versions.contains(&line), "{folder}: {line}");
        }
    }
}

/// What these modules make has a name only when it is made: here they make nothing, and say what it would be.
const SAID: [(&str, &str); 2] = [
    (
        "database",
        r#"
output "host" { value = "db.example.internal" }
output "port" { value = 5432 }
output "endpoint" { value = "db.example.internal:5432" }
output "database_name" { value = var.name }
output "resource_id" { value = "db-ABCDEFGHIJKL" }
output "password_secret_arn" { value = null }
"#,
    ),
    (
        "registry",
        r#"
output "repository_arn" { value = "arn:aws:ecr:eu-central-1:123456789012:repository/bakery" }
output "repository_name" { value = "bakery" }
output "repository_url" { value = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/bakery" }
output "toolbox_repository_name" { value = "toolbox" }
output "toolbox_repository_url" { value = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/toolbox" }
"#,
    ),
];

/// The application learns where its database is, may sign in as the users that it is told, and is told no password. What scanners
/// attack is not what production keeps.
#[test]
fn the_application_signs_in_to_its_database_by_its_role() {
    let Some(tree) = emulator().and_then(|address| Tree::new("environments/prod", address)) else {
        return;
    };
    for (module, outputs) in SAID {
        let at = |file: &str| tree.path(&format!("../../modules/{module}/{file}"));
        fs::write(at("main.tf"), "").unwrap();
        fs::write(at("outputs.tf"), outputs).unwrap();
    }
    let plan = tree.plan(GIVEN);
    let policy = Plan::document(&plan.one("aws_iam_role_policy.task")["policy"]);
    let mut users = Vec::new();
    for (stage, name) in [
        ("staging", "application_staging"),
        ("production", "application"),
    ] {
        let task = plan.one(&format!("aws_ecs_task_definition.stage[\"{stage}\"]"));
        let containers = Plan::document(&task["container_definitions"]);
        let told: BTreeMap<&str, &str> = containers[0]["environment"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    one["name"].as_str().unwrap(),
                    one["value"].as_str().unwrap(),
                )
            })
            .collect();
        let expected = BTreeMap::from([
            ("AWS_REGION", "eu-central-1"),
            ("PGDATABASE", name),
            ("PGHOST", "db.example.internal"),
            ("PGPORT", "5432"),
            ("PGUSER", name),
            ("PORT", "8080"),
        ]);
        assert_eq!(told, expected, "{stage}");
        users.push(format!(
            "arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABCDEFGHIJKL/{name}"
        ));
    }
    let statements = policy["Statement"].as_array().unwrap();
    let connect: Vec<&Value> = statements
        .iter()
        .filter(|statement| statement["Action"] == "rds-db:connect")
        .map(|statement| &statement["Resource"])
        .collect();
    assert_eq!(connect, [&json!(users)]);
    let outputs = &plan.0["planned_values"]["outputs"];
    assert_eq!(
        outputs["database_endpoint"]["value"],
        "db.example.internal:5432"
    );
}

/// Without hosts there is neither Falco nor a group of hosts, and no output is empty.
#[test]
fn fargate_is_a_switch() {
    let Some(plan) = planned(
        "dev",
        &[
            ("runtime", "ecs-fargate"),
            ("falco_enabled", "false"),
            ("falco_image", "none"),
        ],
    ) else {
        return;
    };
    for stage in ["staging", "production"] {
        let task = plan.one(&format!("aws_ecs_task_definition.stage[\"{stage}\"]"));
        assert_eq!(task["requires_compatibilities"], json!(["FARGATE"]));
        let service = plan.one(&format!("aws_ecs_service.stage[\"{stage}\"]"));
        let provider = &service["capacity_provider_strategy"][0]["capacity_provider"];
        assert_eq!(provider, "FARGATE", "{stage}");
    }
    for kind in [
        "aws_autoscaling_group",
        "aws_launch_template",
        "aws_ecs_capacity_provider",
    ] {
        assert!(plan.all(kind).is_empty(), "{kind}");
    }
    let outputs = &plan.0["planned_values"]["outputs"];
    assert_eq!(outputs["staging_autoscaling_group_name"]["value"], "none");
    assert_eq!(
        outputs["falco_log_group_name"]["value"],
        "/bakery/dev/falco"
    );
}

/// The pipeline deploys to ECS. What only ECS has is missing then, and `deploy` stops at it.
#[test]
fn eks_is_a_switch() {
    let role = "arn:aws:iam::123456789012:role/bakery-dev-deploy-staging";
    let roles = format!("[\"{role}\"]");
    let Some(plan) = planned(
        "dev",
        &[
            ("runtime", "eks"),
            ("deploy_role_arns", &roles),
            ("public_access_cidrs", "[\"192.0.2.0/24\"]"),
            ("database", "{ enabled = true }"),
        ],
    ) else {
        return;
    };
    let clusters = plan.all("aws_eks_cluster");
    assert_eq!(clusters.len(), 2);
    for cluster in &clusters {
        let open = &cluster.values["vpc_config"][0]["public_access_cidrs"];
        assert_eq!(open, &json!(["192.0.2.0/24"]), "{}", cluster.address);
    }
    let entries = plan.all("aws_eks_access_entry");
    assert_eq!(entries.len(), 2);
    for entry in &entries {
        assert_eq!(entry.values["principal_arn"], role, "{}", entry.address);
    }
    // The database lets in pods of both clusters, on its port.
    let pods: Vec<_> = plan
        .all("aws_vpc_security_group_ingress_rule")
        .into_iter()
        .filter(|rule| rule.address.contains(".database_from_pods["))
        .collect();
    assert_eq!(pods.len(), 2);
    assert!(pods.iter().all(|rule| rule.values["to_port"] == 5432));
    for kind in [
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_lb",
        "aws_wafv2_web_acl",
    ] {
        assert!(plan.all(kind).is_empty(), "{kind}");
    }
    let outputs = &plan.0["planned_values"]["outputs"];
    assert_eq!(
        outputs["production_cluster_name"]["value"],
        "bakery-dev-production"
    );
    assert!(
        outputs["production_service_name"]
            .get("value")
            .is_none_or(Value::is_null)
    );
}
