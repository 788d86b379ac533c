//! Both environments, planned whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::tree::{GIVEN, Plan, Tree};
use crate::files::{iac, json as json_of, text};
use crate::server::emulator;

/// What a folder is given besides [`GIVEN`], by a name; and what came of it.
type Asked = (&'static str, &'static [(&'static str, &'static str)]);
type Planned = BTreeMap<&'static str, Result<Plan, String>>;

static DEV: LazyLock<Option<Planned>> = LazyLock::new(|| {
    let of_prod: Asked = ("of prod", &[("environment", "production")]);
    let fargate: Asked = (
        "fargate",
        &[("runtime", "ecs-fargate"), ("falco_enabled", "false")],
    );
    let eks: Asked = ("eks", &[("runtime", "eks")]);
    planned("environments/dev", &[("", &[]), of_prod, fargate, eks])
});
static PROD: LazyLock<Option<Planned>> = LazyLock::new(|| {
    let of_dev: Asked = ("of dev", &[("environment", "dev")]);
    planned("environments/prod", &[("", &[]), of_dev])
});

/// All plans of a folder, in one copy of it that goes with the last.
fn planned(folder: &str, asked: &[Asked]) -> Option<Planned> {
    let tree = Tree::new(folder, emulator()?)?;
    let planned = asked.iter().map(|(name, more)| {
        let ran = tree.try_plan(&[GIVEN, more].concat());
        let plan = (ran.code == Some(0)).then(|| tree.shown());
        (*name, plan.ok_or(ran.stderr))
    });
    Some(planned.collect())
}

/// A plan that succeeded.
fn plan(of: &'static Option<Planned>, name: &str) -> Option<&'static Plan> {
    let plan = &of.as_ref()?[name];
    Some(plan.as_ref().unwrap_or_else(|said| panic!("{said}")))
}

/// Both environments as they are.
fn both() -> Option<[&'static Plan; 2]> {
    Some([plan(&DEV, "")?, plan(&PROD, "")?])
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
    let Some([dev, prod]) = both() else { return };
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
    let Some([dev, prod]) = both() else { return };
    for (plan, network, count) in [(dev, "10.0.", 4), (prod, "10.1.", 9)] {
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
fn an_environment_refuses_the_name_of_the_other() {
    for (planned, other) in [(&*DEV, "of prod"), (&*PROD, "of dev")] {
        let Some(planned) = planned else { return };
        let said = planned[other].as_ref().err().unwrap();
        assert!(said.contains("This folder is"), "{said}");
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

/// Without hosts there is neither Falco nor a group of hosts, and no output is empty.
#[test]
fn fargate_is_a_switch() {
    let Some(plan) = plan(&DEV, "fargate") else {
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
    let Some(plan) = plan(&DEV, "eks") else {
        return;
    };
    assert_eq!(plan.all("aws_eks_cluster").len(), 2);
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
