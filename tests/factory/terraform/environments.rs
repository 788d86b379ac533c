//! Both environments, planned whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::tree::{GIVEN, Plan, Tree};
use crate::files::{iac, json as json_of, text};
use crate::iam::{Answer, Request, ask};
use crate::server::emulator;

/// What a folder is given besides [`GIVEN`], by a name; and what came of it.
type Asked = (&'static str, &'static [(&'static str, &'static str)]);
type Planned = BTreeMap<&'static str, Result<Plan, String>>;

/// Who deploys to EKS.
const DEPLOYER: &str = "arn:aws:iam::123456789012:role/bakery-dev-deploy-staging";

const GITHUB: Asked = ("github", &[("github", r#"{repository="example/bakery"}"#)]);

static DEV: LazyLock<Option<Planned>> = LazyLock::new(|| {
    let of_prod: Asked = ("of prod", &[("environment", "production")]);
    let fargate: Asked = (
        "fargate",
        &[
            ("runtime", "ecs-fargate"),
            ("falco_enabled", "false"),
            ("falco_image", "none"),
        ],
    );
    let eks: Asked = (
        "eks",
        &[
            ("runtime", "eks"),
            (
                "deploy_role_arns",
                r#"{staging=["arn:aws:iam::123456789012:role/bakery-dev-deploy-staging"]}"#,
            ),
            ("public_access_cidrs", "[\"192.0.2.0/24\"]"),
            ("database", "{ enabled = true }"),
        ],
    );
    planned(
        "environments/dev",
        &[("", &[]), of_prod, fargate, eks, GITHUB],
    )
});
static PROD: LazyLock<Option<Planned>> = LazyLock::new(|| {
    let of_dev: Asked = ("of dev", &[("environment", "dev")]);
    planned("environments/prod", &[("", &[]), of_dev, GITHUB])
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
            json!(2),
            json!(6),
        ),
        (
            "aws_autoscaling_group.stage[\"production\"]",
            "/min_size",
            json!(1),
            json!(2),
        ),
        (
            "aws_autoscaling_group.stage[\"production\"]",
            "/desired_capacity",
            json!(1),
            json!(2),
        ),
        (
            "aws_autoscaling_group.stage[\"production\"]",
            "/max_size",
            json!(2),
            json!(4),
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

/// A load balancer can't be made if the bucket of its logs does not take a file from it.
#[test]
fn logs_of_load_balancers_go_where_they_may() {
    let Some(both) = both() else { return };
    for plan in both {
        let policy = plan.one("aws_s3_bucket_policy.access_log");
        let policy = Plan::document(&policy["policy"]);
        for stage in ["staging", "production"] {
            let logs = &plan.one(&format!("aws_lb.stage[\"{stage}\"]"))["access_logs"][0];
            let (bucket, prefix) = (logs["bucket"].as_str(), logs["prefix"].as_str());
            let (bucket, prefix) = (bucket.unwrap(), prefix.unwrap());
            for (account, expected) in [
                ("123456789012", Answer::Allowed),
                ("999999999999", Answer::Silent),
            ] {
                let file = "elasticloadbalancing/eu-central-1/2030/01/01/x.log.gz";
                let request = Request {
                    action: "s3:PutObject",
                    resource: &format!("arn:aws:s3:::{bucket}/{prefix}/AWSLogs/{account}/{file}"),
                    context: &[("aws:SecureTransport", "true")],
                };
                let statements = policy["Statement"].as_array().unwrap().iter();
                let delivery = "logdelivery.elasticloadbalancing.amazonaws.com";
                let theirs = statements.filter(|statement| {
                    let principal = &statement["Principal"];
                    principal["Service"] == delivery || principal["AWS"] == "*"
                });
                assert_eq!(ask(theirs, &request), expected, "{request:?}");
            }
        }
    }
}

/// Config tries whether it may write before it takes a channel, so its role has to be whole by then.
#[test]
fn the_role_of_config_is_whole_before_its_channel() {
    let Some(plan) = plan(&DEV, "") else { return };
    let calls = "/configuration/root_module/module_calls/factory/module/module_calls";
    let detection = format!("{calls}/detection/module/resources");
    let resources = plan.0.pointer(&detection).unwrap().as_array().unwrap();
    let of = |kind: &str| {
        resources
            .iter()
            .filter(|resource| resource["type"] == kind)
            .collect::<Vec<_>>()
    };
    let [channel] = of("aws_config_delivery_channel")[..] else {
        panic!("one channel");
    };
    let before = channel["depends_on"].as_array().unwrap();
    for kind in ["aws_iam_role_policy", "aws_iam_role_policy_attachment"] {
        let policies = of(kind);
        assert!(!policies.is_empty(), "{kind}");
        for policy in policies {
            assert!(before.contains(&policy["address"]), "{}", policy["address"]);
        }
    }
}

/// As many as the figures say.
#[test]
fn images_that_run_are_kept() {
    let Some([dev, prod]) = both() else { return };
    for (plan, keep) in [(dev, 30), (prod, 200)] {
        let policy = plan.one("aws_ecr_lifecycle_policy.this[\"application\"]");
        let rules = Plan::document(&policy["policy"]);
        let tagged = rules["rules"].as_array().unwrap().iter();
        let tagged = tagged.filter(|rule| rule["selection"]["tagStatus"] == "tagged");
        let counts: Vec<_> = tagged
            .map(|rule| &rule["selection"]["countNumber"])
            .collect();
        assert_eq!(counts, [&json!(keep)]);
    }
}

/// A variable that nobody takes would be set for nothing.
#[test]
fn what_is_given_is_handed_on() {
    for folder in ["dev", "prod"] {
        let file = |name: &str| text(&iac(&format!("terraform/environments/{folder}/{name}")));
        let (variables, main) = (file("variables.tf"), file("main.tf"));
        let names = variables
            .lines()
            .filter_map(|line| line.strip_prefix("variable \"")?.strip_suffix("\" {"));
        let names: Vec<_> = names.collect();
        assert!(names.len() > 20, "{folder}: {names:?}");
        for name in names {
            let handed = main.lines().any(|line| {
                line.trim().split_once('=').is_some_and(|(to, from)| {
                    to.trim() == name && from.trim() == format!("var.{name}")
                })
            });
            assert!(handed, "{folder}: {name}");
        }
    }
}

/// Neither to NAT nor to hosts: sessions go through Systems Manager.
#[test]
fn nobody_has_a_key_to_a_machine() {
    let Some(both) = both() else { return };
    for plan in both {
        let machines: Vec<_> = plan
            .all("aws_launch_template")
            .into_iter()
            .chain(plan.all("aws_instance"))
            .collect();
        assert!(machines.len() >= 2);
        for machine in machines {
            assert!(machine.values["key_name"].is_null(), "{}", machine.address);
        }
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
fn states_are_locked_and_have_no_key_of_their_own() {
    for folder in ["dev", "prod"] {
        let versions = text(&iac(&format!(
            "terraform/environments/{folder}/versions.tf"
        )));
        for line in ["use_lockfile = true", "encrypt      = true"] {
            assert!(versions.contains(line), "{folder}: {line}");
        }
        // It is one for each project: `deploy` says which.
        let mut lines = versions.lines().map(str::trim_start);
        assert!(!lines.any(|line| line.starts_with("key")), "{folder}");
    }
}

/// The agents with which GuardDuty watches what runs.
fn agents(plan: &Plan) -> Vec<&str> {
    let features = plan.all("aws_guardduty_detector_feature");
    let runtime = features
        .iter()
        .filter(|feature| feature.values["name"] == "RUNTIME_MONITORING");
    let agents = runtime.flat_map(|feature| {
        let agents = feature.values["additional_configuration"].as_array();
        agents.into_iter().flatten()
    });
    let enabled = agents.filter(|agent| agent["status"] == "ENABLED");
    enabled
        .map(|agent| agent["name"].as_str().unwrap())
        .collect()
}

/// On hosts it is Falco that watches.
#[test]
fn hosts_have_no_agent_beside_falco() {
    let Some(both) = both() else { return };
    for plan in both {
        assert!(agents(plan).is_empty());
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

/// Nobody on GitHub is anything in a factory that does not name its repository there.
#[test]
fn github_is_a_switch() {
    let Some(without) = plan(&DEV, "") else {
        return;
    };
    let roles = |plan: &Plan| -> BTreeSet<String> {
        let all = plan.all("aws_iam_role").into_iter();
        let names = all.map(|role| role.values["name"].as_str().unwrap().to_owned());
        names.filter(|name| name.contains("github")).collect()
    };
    assert_eq!(roles(without), BTreeSet::new());
    assert!(without.all("aws_iam_openid_connect_provider").is_empty());
    for (planned, name) in [(&DEV, "dev"), (&PROD, "production")] {
        let Some(with) = plan(planned, "github") else {
            return;
        };
        let expected = ["gate", "deploy-staging", "deploy-production"];
        let expected = expected.map(|role| format!("bakery-{name}-{role}-github"));
        assert_eq!(roles(with), expected.into());
        assert_eq!(with.all("aws_iam_openid_connect_provider").len(), 1);
    }
}

/// Without hosts there is neither Falco nor a group of hosts, and no output is empty.
#[test]
fn fargate_is_a_switch() {
    let Some(plan) = plan(&DEV, "fargate") else {
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
    assert_eq!(agents(plan), ["ECS_FARGATE_AGENT_MANAGEMENT"]);
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
    assert_eq!(agents(plan), ["EKS_ADDON_MANAGEMENT"]);
    let clusters = plan.all("aws_eks_cluster");
    assert_eq!(clusters.len(), 2);
    for cluster in &clusters {
        let open = &cluster.values["vpc_config"][0]["public_access_cidrs"];
        assert_eq!(open, &json!(["192.0.2.0/24"]), "{}", cluster.address);
    }
    let entries = plan.all("aws_eks_access_entry");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].values["principal_arn"], DEPLOYER);
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
