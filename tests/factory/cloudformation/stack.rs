//! Templates with every parameter, reference and condition filled in, as a deployment would.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use crate::files::{iac, json, text};
use crate::yaml::yaml;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REGION: &str = "eu-central-1";
const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Properties by which resources give themselves their names.
pub(super) const NAMES: [&str; 13] = [
    "Name",
    "RoleName",
    "TopicName",
    "QueueName",
    "FunctionName",
    "LogGroupName",
    "AlarmName",
    "AliasName",
    "ManagedPolicyName",
    "ConnectionName",
    "TrailName",
    "ConfigRuleName",
    "DashboardName",
];

/// A stack after its deployment.
pub(crate) struct Stack {
    pub(crate) name: String,
    /// As it is written.
    pub(super) template: Value,
    /// What its parameters were given.
    pub(super) parameters: BTreeMap<String, Value>,
    resources: BTreeMap<String, Resource>,
}

/// A resource, its properties filled in.
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) properties: Value,
}

/// All stacks, each given what the contract says: settings, outputs of Terraform, and outputs of stacks before it.
pub(super) fn factory() -> &'static [Stack] {
    static FACTORY: OnceLock<Vec<Stack>> = OnceLock::new();
    FACTORY.get_or_init(|| deploy(&[]))
}

/// The same with some values of the contract set otherwise.
pub(crate) fn deploy(changes: &[(&str, &str)]) -> Vec<Stack> {
    let contract = json(&iac("contract.json"));
    let mut stacks: Vec<Stack> = Vec::new();
    for name in contract["stacks"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let mut parameters = BTreeMap::new();
        for value in contract["values"].as_array().unwrap() {
            let given = |stacks: &[Stack]| {
                let named = value["name"].as_str().unwrap();
                if let Some((_, changed)) = changes.iter().find(|(name, _)| *name == named) {
                    return Value::from(*changed);
                }
                match value["from"]["stack"].as_str() {
                    Some(from) => {
                        let from = stacks.iter().find(|stack| stack.name == from);
                        let from = from.unwrap_or_else(|| panic!("{named}: of no earlier stack"));
                        from.output(value["from"]["output"].as_str().unwrap())
                    }
                    None => sample(named),
                }
            };
            for (parameter, takers) in value["parameters"].as_object().into_iter().flatten() {
                if takers.as_array().unwrap().iter().any(|taker| taker == name) {
                    parameters.insert(parameter.clone(), given(&stacks));
                }
            }
        }
        stacks.push(Stack::new(name, parameters));
    }
    stacks
}

/// One stack of the factory.
pub(super) fn stack(name: &str) -> &'static Stack {
    let found = factory().iter().find(|stack| stack.name == name);
    found.unwrap_or_else(|| panic!("no stack {name}"))
}

/// What settings and Terraform give.
fn sample(name: &str) -> Value {
    let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    Value::from(match name {
        "project" => "shop".to_owned(),
        "environment" => "production".to_owned(),
        "vpc_id" => "vpc-1".to_owned(),
        "private_subnet_ids" => return json!(["subnet-1", "subnet-2"]),
        "build_security_group_id" => "sg-1".to_owned(),
        "repository_name" => "shop".to_owned(),
        "repository_url" => format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop"),
        "toolbox_repository_name" => "shop-toolbox".to_owned(),
        "staging_cluster_name" => "shop-staging".to_owned(),
        "staging_service_name" => "web-staging".to_owned(),
        "staging_task_family" => "shop-staging".to_owned(),
        "staging_autoscaling_group_name" => "hosts-staging".to_owned(),
        "staging_url" => "https://staging.shop.example".to_owned(),
        "production_cluster_name" => "shop-production".to_owned(),
        "production_service_name" => "web".to_owned(),
        "production_task_family" => "shop-production".to_owned(),
        "production_url" => "https://shop.example".to_owned(),
        "production_load_balancer_arn_suffix" => "app/shop/0123456789abcdef".to_owned(),
        "production_target_group_arn" => format!(
            "arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/shop-blue/0123456789abcdef"
        ),
        "production_alternate_target_group_arn" => format!(
            "arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/shop-green/0123456789abcdef"
        ),
        "production_listener_rule_arn" => format!(
            "arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/shop/0123456789abcdef/0123456789abcdef/0123456789abcdef"
        ),
        "traffic_role_arn" => role("shop-traffic"),
        "task_execution_role_arn" => role("shop-execution"),
        "task_role_arn" => role("shop-task"),
        "artifact_bucket_name" => "shop-artifacts".to_owned(),
        "evidence_bucket_name" => "shop-evidence".to_owned(),
        "evidence_key_arn" => format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/evidence"),
        "tools_bucket_name" => "shop-tools".to_owned(),
        "trail_bucket_name" => "shop-trail".to_owned(),
        "falco_log_group_name" => "/aws/ecs/shop/falco".to_owned(),
        "falco_image" => format!("docker.io/falcosecurity/falco@sha256:{DIGEST}"),
        "source_provider" => "GitHub".to_owned(),
        "source_repository" => "owner/shop".to_owned(),
        "source_branch" => "main".to_owned(),
        "approver_mail" => "approver@example.com".to_owned(),
        "notification_mail" => "team@example.com".to_owned(),
        "toolbox_digest" => format!("sha256:{DIGEST}"),
        "function_architecture" => "arm64".to_owned(),
        "gate_digest" | "profile_digest" | "buildspecs_digest" | "function_digest" => {
            DIGEST.to_owned()
        }
        other => panic!("no sample for `{other}` of the contract"),
    })
}

impl Stack {
    fn new(name: &str, parameters: BTreeMap<String, Value>) -> Self {
        let template = yaml(&text(&iac(&format!("cloudformation/{name}.yaml"))));
        let mut stack = Self {
            name: name.to_owned(),
            template,
            parameters,
            resources: BTreeMap::new(),
        };
        let resources = stack.template["Resources"].as_object().unwrap();
        let filled = resources.iter().filter_map(|(logical, resource)| {
            if let Some(condition) = resource["Condition"].as_str()
                && !stack.holds(&json!({"Condition": condition}))
            {
                return None;
            }
            let resource = Resource {
                kind: resource["Type"].as_str().unwrap().to_owned(),
                properties: stack.fill(&resource["Properties"]),
            };
            Some((logical.clone(), resource))
        });
        stack.resources = filled.collect();
        stack
    }

    /// A resource by its logical name.
    pub(super) fn resource(&self, logical: &str) -> &Resource {
        let found = self.resources.get(logical);
        found.unwrap_or_else(|| panic!("{}: no resource {logical}", self.name))
    }

    /// The properties of a resource.
    pub(crate) fn properties(&self, logical: &str) -> &Value {
        &self.resource(logical).properties
    }

    /// All resources of a type.
    pub(crate) fn all(&self, kind: &str) -> Vec<(&str, &Value)> {
        let of = self
            .resources()
            .filter(|(_, resource)| resource.kind == kind);
        of.map(|(logical, resource)| (logical, &resource.properties))
            .collect()
    }

    /// All resources.
    pub(super) fn resources(&self) -> impl Iterator<Item = (&str, &Resource)> {
        self.resources
            .iter()
            .map(|(logical, resource)| (&**logical, resource))
    }

    /// An output.
    pub(super) fn output(&self, name: &str) -> Value {
        let output = &self.template["Outputs"][name]["Value"];
        assert!(!output.is_null(), "{}: no output {name}", self.name);
        self.fill(output)
    }

    /// A value without functions.
    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::Array(list) => list
                .iter()
                .map(|item| self.fill(item))
                .filter(|item| !item.is_null())
                .collect(),
            Value::Object(map) => {
                if let [(function, argument)] = &*map.iter().collect::<Vec<_>>()
                    && (*function == "Ref" || function.starts_with("Fn::"))
                {
                    return self.call(function, argument);
                }
                let filled = map
                    .iter()
                    .map(|(key, value)| (key.clone(), self.fill(value)));
                Value::Object(
                    filled
                        .filter(|(_, value)| !value.is_null())
                        .collect::<Map<_, _>>(),
                )
            }
            plain => plain.clone(),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Value {
        let filled = || match self.fill(argument) {
            Value::Array(list) => list,
            other => panic!("{function} of {other}"),
        };
        match function {
            "Ref" => self.reference(argument.as_str().unwrap()),
            "Fn::GetAtt" => {
                self.attribute(argument[0].as_str().unwrap(), argument[1].as_str().unwrap())
            }
            "Fn::Sub" => Value::from(self.substitute(argument.as_str().unwrap())),
            "Fn::If" => {
                let holds = self.holds(&json!({"Condition": argument[0]}));
                self.fill(&argument[if holds { 1 } else { 2 }])
            }
            "Fn::Select" => {
                let [index, list] = &*filled() else {
                    panic!("{argument}")
                };
                list[usize::try_from(index.as_u64().unwrap()).unwrap()].clone()
            }
            "Fn::Split" => {
                let [at, text] = &*filled() else {
                    panic!("{argument}")
                };
                text.as_str()
                    .unwrap()
                    .split(at.as_str().unwrap())
                    .map(Value::from)
                    .collect()
            }
            other => panic!("{}: {other}", self.name),
        }
    }

    fn holds(&self, condition: &Value) -> bool {
        let [(function, argument)] = &*condition.as_object().unwrap().iter().collect::<Vec<_>>()
        else {
            panic!("{condition}")
        };
        match &***function {
            "Condition" => self.holds(&self.template["Conditions"][argument.as_str().unwrap()]),
            "Fn::Not" => !self.holds(&argument[0]),
            "Fn::Equals" => self.fill(&argument[0]) == self.fill(&argument[1]),
            other => panic!("{}: {other}", self.name),
        }
    }

    fn substitute(&self, text: &str) -> String {
        let mut parts = text.split("${");
        let mut said = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            let value = match name.split_once('.') {
                Some((logical, attribute)) => self.attribute(logical, attribute),
                None => self.reference(name),
            };
            said += value
                .as_str()
                .unwrap_or_else(|| panic!("{name} in {text}: {value}"));
            said += rest;
        }
        said
    }

    fn reference(&self, name: &str) -> Value {
        if let Some(given) = self.parameters.get(name) {
            return given.clone();
        }
        match name {
            "AWS::Partition" => Value::from("aws"),
            "AWS::Region" => Value::from(REGION),
            "AWS::AccountId" => Value::from(ACCOUNT),
            "AWS::URLSuffix" => Value::from("amazonaws.com"),
            "AWS::NoValue" => Value::Null,
            logical => {
                let (kind, own) = self.named(logical);
                Value::from(match &*kind {
                    "AWS::SNS::Topic" => format!("arn:aws:sns:{REGION}:{ACCOUNT}:{own}"),
                    "AWS::IAM::ManagedPolicy" => format!("arn:aws:iam::{ACCOUNT}:policy/{own}"),
                    "AWS::CodeConnections::Connection" => {
                        format!("arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/{own}")
                    }
                    _ => own,
                })
            }
        }
    }

    fn attribute(&self, logical: &str, attribute: &str) -> Value {
        let (kind, own) = self.named(logical);
        let here = format!("{REGION}:{ACCOUNT}");
        Value::from(match (&*kind, attribute) {
            ("AWS::IAM::Role", "Arn") => format!("arn:aws:iam::{ACCOUNT}:role/{own}"),
            ("AWS::KMS::Key", "Arn") => format!("arn:aws:kms:{here}:key/{own}"),
            ("AWS::SQS::Queue", "Arn") => format!("arn:aws:sqs:{here}:{own}"),
            ("AWS::SQS::Queue", "QueueName") => own,
            ("AWS::Lambda::Function", "Arn") => format!("arn:aws:lambda:{here}:function:{own}"),
            ("AWS::Logs::LogGroup", "Arn") => format!("arn:aws:logs:{here}:log-group:{own}:*"),
            ("AWS::CodeBuild::Project", "Arn") => format!("arn:aws:codebuild:{here}:project/{own}"),
            ("AWS::CloudWatch::Alarm", "Arn") => format!("arn:aws:cloudwatch:{here}:alarm:{own}"),
            (kind, attribute) => panic!("{logical}.{attribute} of {kind}"),
        })
    }

    /// Type and own name of a resource; its logical name where it gives itself none.
    fn named(&self, logical: &str) -> (String, String) {
        let resource = &self.template["Resources"][logical];
        let Some(kind) = resource["Type"].as_str() else {
            panic!("{}: nothing is called {logical}", self.name)
        };
        let own = NAMES
            .iter()
            .map(|name| &resource["Properties"][*name])
            .find(|own| !own.is_null());
        let own = own.map(|own| self.fill(own).as_str().unwrap().to_owned());
        (kind.to_owned(), own.unwrap_or_else(|| logical.to_owned()))
    }
}

#[test]
fn values_are_filled_in() {
    let mut parameters = BTreeMap::from([("A".to_owned(), json!("x"))]);
    parameters.insert("L".to_owned(), json!(["s", "t"]));
    let stack = Stack {
        name: "t".to_owned(),
        template: yaml(
            "Conditions: {IsX: !Equals [!Ref A, x], NotX: !Not [!Condition IsX]}\n\
             Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub '${A}-q'}}}",
        ),
        parameters,
        resources: BTreeMap::new(),
    };
    let before = yaml(
        "a: !Sub 'arn:${AWS::Partition}:${Q.Arn}#{b.C}'\nb: !If [NotX, 1, !Ref 'AWS::NoValue']\n\
         c: !Select [1, !Split ['-', !Ref Q]]\nd: [!Ref L, !If [IsX, 2, 3]]",
    );
    let after = json!({
        "a": "arn:aws:arn:aws:sqs:eu-central-1:111122223333:x-q#{b.C}", "c": "q", "d": [["s", "t"], 2],
    });
    assert_eq!(stack.fill(&before), after);
}
