//! Both environments, planned whole.

use std::collections::BTreeSet;
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

/// Nobody on GitHub is anything in a factory that does not name its repository there.
#[test]
fn github_is_a_switch() {
    let Some(without) = &*DEV else { return };
    let roles = |plan: &Plan| -> BTreeSet<String> {
        let all = plan.all("aws_iam_role").into_iter();
        let names = all.map(|role| role.values["name"].as_str().unwrap().to_owned());
        names.filter(|name| name.contains("github")).collect()
    };
    assert_eq!(roles(without), BTreeSet::new());
    assert!(without.all("aws_iam_openid_connect_provider").is_empty());
    for (environment, name) in [("dev", "dev"), ("prod", "production")] {
        let github = r#"{repository="example/bakery"}"#;
        let Some(with) = planned(environment, &[("github", github)]) else {
            return;
        };
        let expected = ["gate", "deploy-staging", "deploy-production"];
        let expected = expected.map(|role| format!("bakery-{name}-{role}-github"));
        assert_eq!(roles(&with), expected.into());
        assert_eq!(with.all("aws_iam_openid_connect_provider").len(), 1);
    }
}

/// Without hosts there is neither Falco nor a group of hosts, and no output is empty.
#[test]
fn fargate_is_a_switch() {
    let Some(plan) = planned(
        "dev",
        &[("runtime", "ecs-fargate"), ("falco_enabled", "false")],
    ) else {
        return;
    };
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
    let Some(plan) = planned("dev", &[("runtime", "eks")]) else {
        return;
    };
    assert_eq!(plan.all("aws_eks_cluster").len(), 2);
    assert!(plan.all("aws_eks_access_entry").is_empty());
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
