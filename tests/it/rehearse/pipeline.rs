//! The pipeline's order: what a stage is given, and what it hands on.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::application::{Mend, reports, source};
use super::factory::Factory;
use super::runner::{self, Build};
use crate::aws::Call;

/// The stages that run a buildspec, in their order. Before the last one somebody approves.
pub(super) const STAGES: [&str; 6] = [
    "secrets",
    "build",
    "image",
    "deploy-staging",
    "dast",
    "deploy-production",
];

/// A stage that ran.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) build: Build,
    /// What it had AWS change of what runs.
    pub(super) changes: Vec<String>,
    reports: PathBuf,
}

/// One way through the pipeline, as far as it led.
pub(super) struct Run {
    pub(super) number: usize,
    pub(super) commit: String,
    pub(super) stages: Vec<Stage>,
}

/// Runs the pipeline over the application with some mends.
pub(super) fn run(factory: &Factory, mends: &[Mend], number: usize) -> Run {
    // What scanners would say of this state, where the stand-ins look for it.
    let recorded = factory.folder.path().join("reports");
    if recorded.exists() {
        fs::remove_dir_all(&recorded).unwrap();
    }
    reports(mends, &recorded);

    let commit = format!("{number:040x}");
    let mut run = Run {
        number,
        commit,
        stages: Vec::new(),
    };
    for name in STAGES {
        let folder = factory.folder.path().join(format!("run-{number}/{name}"));
        source(mends, &folder.join("source"));
        factory.home(&folder.join("home"));
        let home = folder.join("gate");
        let mut environment = factory.environment();
        let mut give = |name: &str, value: String| environment.push((name.to_owned(), value));
        give("GATE_HOME", home.display().to_string());
        give("SOURCE_COMMIT", run.commit.clone());
        if let Some(secrets) = run.stages.first() {
            let reports = secrets.reports.display().to_string();
            give("CODEBUILD_SRC_DIR_SecretsReports", reports);
        }
        if let Some(image) = run.image() {
            give("IMAGE_DIGEST", image.to_owned());
        }
        let calls = factory.aws.calls().len();
        let build = runner::run(&Factory::buildspec(name), &environment, &folder);
        let succeeded = build.succeeded;
        let reports = home.join("reports");
        run.stages.push(Stage {
            name,
            build,
            changes: factory.aws.calls()[calls..]
                .iter()
                .filter_map(change)
                .collect(),
            reports,
        });
        if !succeeded {
            break;
        }
    }
    run
}

impl Run {
    pub(super) fn succeeded(&self) -> bool {
        self.stages.iter().all(|stage| stage.build.succeeded)
    }

    /// The digest that the stage `build` handed on.
    pub(super) fn image(&self) -> Option<&str> {
        let build = self.stages.iter().find(|stage| stage.name == "build")?;
        build.build.exported.get("IMAGE_DIGEST").map(String::as_str)
    }

    /// Everything that was printed.
    pub(super) fn log(&self) -> String {
        let logs = self
            .stages
            .iter()
            .map(|stage| format!("== {}\n{}", stage.name, stage.build.log));
        logs.collect()
    }

    /// What it had AWS change of what runs.
    pub(super) fn changes(&self) -> Vec<&str> {
        let changes = self.stages.iter().flat_map(|stage| &stage.changes);
        changes.map(String::as_str).collect()
    }

    /// The gates that gave a verdict in the last stage.
    pub(super) fn gates(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.stages.last().unwrap().reports).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter_map(|name| Some(name.strip_suffix(".verdict.json")?.to_owned()))
            .collect()
    }

    /// The verdict of a gate in the last stage that asked it.
    pub(super) fn verdict(&self, gate: &str) -> Value {
        let files = self
            .stages
            .iter()
            .rev()
            .map(|stage| stage.reports.join(format!("{gate}.verdict.json")));
        let text = files.into_iter().find_map(|file| fs::read(file).ok());
        serde_json::from_slice(
            &text.unwrap_or_else(|| panic!("no verdict of {gate}: {}", self.log())),
        )
        .unwrap()
    }
}

/// A call that changes what runs, in one line.
fn change(call: &Call) -> Option<String> {
    let text = String::from_utf8_lossy(&call.request.body);
    let words = match (&*call.service, &*call.operation) {
        ("ecs" | "autoscaling", asks)
            if asks.starts_with("Describe") || asks.starts_with("List") =>
        {
            return None;
        }
        ("ecs", "RegisterTaskDefinition") => {
            let definition = call.json();
            let containers = definition["containerDefinitions"].as_array()?;
            let images = containers
                .iter()
                .map(|it| format!("{}={}", word(&it["name"]), word(&it["image"])));
            format!(
                "{} {}",
                word(&definition["family"]),
                images.collect::<Vec<_>>().join(" ")
            )
        }
        ("ecs", _) => {
            let asked = call.json();
            let count = match &asked["desiredCount"] {
                Value::Null => String::new(),
                count => format!(" desiredCount={count}"),
            };
            let strategy = match &asked["deploymentConfiguration"]["strategy"] {
                Value::Null => String::new(),
                strategy => format!(" strategy={}", word(strategy)),
            };
            format!("{}{count}{strategy}", word(&asked["service"]))
        }
        ("autoscaling", _) => {
            let value = |name: &str| {
                let mut pairs = text.split('&').filter_map(|pair| pair.split_once('='));
                pairs
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.to_owned())
            };
            format!(
                "{} {}",
                value("AutoScalingGroupName")?,
                value("DesiredCapacity")?
            )
        }
        _ => return None,
    };
    Some(format!("{}:{} {words}", call.service, call.operation))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("none")
}
