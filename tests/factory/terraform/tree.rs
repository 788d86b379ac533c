//! A copy of `iac/terraform` in which `terraform` runs against an emulator, and what it says there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::files::{below, iac};
use crate::tool::{Ran, plugins, run};

/// What a person gives, for an application that is nobody's.
pub(crate) const GIVEN: &[(&str, &str)] = &[
    ("project", "bakery"),
    ("domain_name", "bakery.example.org"),
    (
        "certificate_arn",
        "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
    ),
    (
        "falco_image",
        "registry.example/falco@sha256:1111111111111111111111111111111111111111111111111111111111111111",
    ),
];

/// State in the folder instead of in a bucket. What the emulator does not know is not asked for minutes.
const OVERRIDE: &str = r#"
terraform {
  backend "local" {}
}
provider "aws" {
  max_retries       = 2
  s3_use_path_style = true
}
"#;

/// The copy, made ready to run in one folder of it.
pub(crate) struct Tree {
    _folder: TempDir,
    root: PathBuf,
    program: PathBuf,
    address: String,
}

impl Tree {
    /// `root` is a folder below `iac/terraform`, and `address` the emulator's. `None` without the program.
    pub(crate) fn new(root: &str, address: &str) -> Option<Self> {
        let program = crate::tool::terraform()?;
        let folder = TempDir::new().unwrap();
        let from = iac("terraform");
        for file in below(&from) {
            let name = file.strip_prefix(&from).unwrap();
            if name
                .components()
                .any(|part| part.as_os_str() == ".terraform")
            {
                continue;
            }
            let to = folder.path().join(name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, to).unwrap();
        }
        let tree = Self {
            root: folder.path().join(root),
            _folder: folder,
            program,
            address: address.to_owned(),
        };
        if root.starts_with("environments") {
            fs::write(tree.path("test_override.tf"), OVERRIDE).unwrap();
        }
        tree.terraform(&["init", "-input=false", &plugins()])
            .success();
        Some(tree)
    }

    /// A file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Runs `terraform`: with no credentials and settings but these, whoever runs the test.
    pub(crate) fn terraform<S: AsRef<str>>(&self, arguments: &[S]) -> Ran {
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.root)
            .args(arguments.iter().map(AsRef::as_ref))
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_CLI_ARGS", "-no-color")
            .env("CHECKPOINT_DISABLE", "1")
            .env("AWS_ENDPOINT_URL", &self.address)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-central-1")
            .env_remove("AWS_PROFILE");
        run(&mut command)
    }

    /// Plans with these variables and says what came of it; the plan is then in `plan`.
    pub(crate) fn try_plan(&self, variables: &[(&str, &str)]) -> Ran {
        let mut arguments = vec!["plan".to_owned(), "-input=false".to_owned()];
        arguments.push("-out=plan".to_owned());
        arguments.extend(
            variables
                .iter()
                .map(|(name, value)| format!("-var={name}={value}")),
        );
        self.terraform(&arguments)
    }

    /// A plan that succeeds.
    pub(crate) fn plan(&self, variables: &[(&str, &str)]) -> Plan {
        self.try_plan(variables).success();
        self.shown()
    }

    /// What the last plan says.
    pub(crate) fn shown(&self) -> Plan {
        Plan(self.json(&["show", "-json", "plan"]))
    }

    /// What a command prints as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.terraform(arguments).success()).unwrap()
    }
}

/// A plan or a state, as `terraform show -json` prints it.
pub(crate) struct Plan(pub Value);

/// One resource that will be or is there.
pub(crate) struct Resource<'a> {
    pub address: &'a str,
    pub kind: &'a str,
    pub values: &'a Value,
}

impl Plan {
    /// Every managed resource, in modules of modules too.
    pub(crate) fn resources(&self) -> Vec<Resource<'_>> {
        let whole = self
            .0
            .get("planned_values")
            .or_else(|| self.0.get("values"));
        let mut modules = vec![&whole.unwrap()["root_module"]];
        let mut found = Vec::new();
        while let Some(module) = modules.pop() {
            modules.extend(module["child_modules"].as_array().into_iter().flatten());
            for resource in module["resources"].as_array().into_iter().flatten() {
                if resource["mode"] == "managed" {
                    found.push(Resource {
                        address: resource["address"].as_str().unwrap(),
                        kind: resource["type"].as_str().unwrap(),
                        values: &resource["values"],
                    });
                }
            }
        }
        found
    }

    /// The resources of a type.
    pub(crate) fn all(&self, kind: &str) -> Vec<Resource<'_>> {
        let mut found = self.resources();
        found.retain(|resource| resource.kind == kind);
        found
    }

    /// The one resource whose address ends so, such as `aws_lb.stage["production"]`.
    pub(crate) fn one(&self, address: &str) -> &Value {
        let end = format!(".{address}");
        let mut found = self.resources();
        found.retain(|resource| resource.address == address || resource.address.ends_with(&end));
        assert_eq!(found.len(), 1, "{address}");
        found[0].values
    }

    /// A text that is JSON itself, such as a policy.
    pub(crate) fn document(value: &Value) -> Value {
        serde_json::from_str(value.as_str().unwrap()).unwrap()
    }
}
