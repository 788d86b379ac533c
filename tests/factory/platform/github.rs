//! Workflows of GitHub: what each job may do, in which order, and that its scripts are scripts and nothing of anybody else's.

mod deploying;
mod scanning;
mod scripts;
mod setup;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Value, json};

use super::{list, said};
use crate::files::{below, iac, text};
use crate::tool::{run, tool};
use crate::yaml::yaml;

/// Where the example says that the platform's workflows are. No owner on GitHub has an underscore, and no commit forty zeros:
/// as long as nobody has filled it in, the file is refused.
const PLATFORM: &str = "YOUR_ORGANISATION/factory/.github/workflows/";
const CALLED: [&str; 3] = ["gates", "dast", "deploy"];

fn workflow(name: &str) -> Value {
    yaml(&text(&iac(&format!("github/workflows/{name}.yml"))))
}

/// The jobs of a workflow, by name.
fn jobs(workflow: &Value) -> BTreeMap<&str, &Value> {
    let jobs = workflow["jobs"].as_object().unwrap();
    jobs.iter()
        .map(|(name, job)| (name.as_str(), job))
        .collect()
}

/// What the steps of a job run, in order.
fn scripts(job: &Value) -> Vec<&str> {
    let steps = list(job, "/steps").iter();
    steps.filter_map(|step| step.get("run")?.as_str()).collect()
}

/// The words with which commands of a script begin. Rough: enough to tell which programs are called.
fn commands(script: &str) -> Vec<String> {
    let joined = script.replace("\\\n", " ");
    let parts = joined.split(['\n', '|', '&', ';', '(', '{']);
    let first = |part: &str| {
        Some(
            part.trim()
                .trim_start_matches("! ")
                .split(' ')
                .next()?
                .to_owned(),
        )
    };
    parts
        .filter_map(first)
        .filter(|word| !word.is_empty())
        .collect()
}

fn has_role(job: &Value) -> bool {
    list(job, "/steps").iter().any(|step| {
        let uses = step.get("uses").and_then(Value::as_str).unwrap_or_default();
        uses.starts_with("aws-actions/configure-aws-credentials@")
    })
}

/// Everything that has to have succeeded before a job begins.
fn before<'a>(jobs: &BTreeMap<&'a str, &'a Value>, name: &str) -> BTreeSet<&'a str> {
    let mut all = BTreeSet::new();
    for need in list(jobs[name], "/needs") {
        let need = need.as_str().unwrap();
        all.insert(need);
        all.extend(before(jobs, need));
    }
    all
}

#[test]
fn workflows_are_whole_by_the_schema() {
    let Some(check) = tool("check-jsonschema") else {
        return;
    };
    let files = below(&iac("github/workflows"));
    assert_eq!(files.len(), CALLED.len() + 1);
    let schema = ["--builtin-schema", "vendor.github-workflows"];
    run(Command::new(check).args(schema).args(files)).success();
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    for file in below(&iac("github/workflows")) {
        for line in text(&file).lines() {
            let Some((_, uses)) = line.split_once("uses: ") else {
                continue;
            };
            if let Some(called) = uses.strip_prefix(PLATFORM) {
                let (called, commit) = called.split_once('@').unwrap();
                assert!(file.with_file_name(called).is_file(), "{uses}");
                assert_eq!(commit, "0".repeat(40), "{uses}");
                continue;
            }
            let (action, rest) = uses.split_once('@').unwrap();
            let (commit, version) = rest.split_once(" # v").unwrap_or_else(|| panic!("{uses}"));
            let owner = action.split('/').next().unwrap();
            assert!(["actions", "aws-actions"].contains(&owner), "{uses}");
            let is_commit =
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit && version.split('.').count() == 3, "{uses}");
        }
    }
}

/// No permission that is not said, and of writing only the one that a role is taken with, where one is taken.
#[test]
fn permissions_are_the_least() {
    let mut with_role = 0;
    for name in CALLED {
        let workflow = workflow(name);
        assert_eq!(workflow["permissions"], json!({}), "{name}");
        for (job, body) in jobs(&workflow) {
            let permissions = body["permissions"]
                .as_object()
                .unwrap_or_else(|| panic!("{name} {job}"));
            for (permission, level) in permissions {
                let expected = if permission == "id-token" {
                    "write"
                } else {
                    "read"
                };
                assert!(
                    ["contents", "id-token", "packages"].contains(&permission.as_str()),
                    "{job}"
                );
                assert_eq!(level, expected, "{name} {job} {permission}");
            }
            let role = has_role(body);
            with_role += usize::from(role);
            assert_eq!(permissions.contains_key("id-token"), role, "{name} {job}");
            assert_eq!(
                body.get("environment").is_some(),
                role,
                "{name} {job}: the role trusts an environment"
            );
            let checks_out = list(body, "/steps").iter().any(|step| {
                let checkout = step.get("uses").and_then(Value::as_str).unwrap_or_default();
                let checkout = checkout.starts_with("actions/checkout@");
                assert!(
                    !checkout || step["with"]["persist-credentials"] == json!(false),
                    "{job}"
                );
                checkout
            });
            assert_eq!(
                permissions.contains_key("contents"),
                checks_out,
                "{name} {job}"
            );
            assert!(
                body["timeout-minutes"].is_i64(),
                "{name} {job} may run for ever"
            );
        }
    }
    assert_eq!(with_role, 8);
}

/// Who has credentials runs no scanner, builds nothing and reads no source; who does has none.
#[test]
fn scanners_have_no_credentials() {
    let foreign = [
        "scan",
        "docker",
        "git",
        "git-secrets-scan",
        "detect-secrets",
        "bandit",
        "semgrep",
        "trivy",
        "syft",
        "zap-scan",
        "make",
        "npm",
        "pip",
    ];
    let ours = [
        "./gate",
        "aws",
        "runs",
        "register",
        "deployed",
        "roll-back",
        "scale-down",
        "ecr-report",
    ];
    let (mut scanning, mut judging) = (0, 0);
    for name in CALLED {
        let workflow = workflow(name);
        for (job, body) in jobs(&workflow) {
            let called: Vec<String> = scripts(body).into_iter().flat_map(commands).collect();
            let calls =
                |programs: &[&str]| called.iter().any(|word| programs.contains(&word.as_str()));
            let steps = serde_json::to_string(&body["steps"]).unwrap();
            if has_role(body) {
                assert!(!calls(&foreign), "{name} {job} scans with credentials");
                assert!(!steps.contains("actions/checkout"), "{name} {job}");
                judging += usize::from(calls(&["./gate"]));
            } else {
                assert!(!calls(&ours), "{name} {job} has no credentials");
                assert!(!steps.contains("{{ secrets."), "{name} {job}");
                scanning += usize::from(calls(&["scan", "docker"]));
            }
        }
    }
    assert_eq!((scanning, judging), (4, 6));
}

/// When a deployment is taken away again: however it failed, and when somebody cancelled it.
const CLEANING: [&str; 2] = [
    "${{ (failure() || cancelled()) && !inputs.wake }}",
    "${{ (failure() || cancelled()) && inputs.wake }}",
];

/// GitHub takes a job that was skipped for one that passed, and a step that may fail for one that did.
#[test]
fn nothing_is_swallowed() {
    let conditions = BTreeMap::from([
        ("gates push", "${{ inputs.push }}"),
        ("gates image", "${{ inputs.push }}"),
        ("gates gates", "${{ always() }}"),
        ("dast take-down", "${{ always() }}"),
    ]);
    for name in CALLED {
        let file = text(&iac(&format!("github/workflows/{name}.yml")));
        for word in [
            "continue-on-error",
            "|| true",
            "|| :",
            "set +e",
            "--exit-zero",
            "soft-fail",
        ] {
            assert!(!file.contains(word), "{name}: {word}");
        }
        let workflow = yaml(&file);
        for (job, body) in jobs(&workflow) {
            let condition = body.get("if").and_then(Value::as_str);
            let allowed = conditions.get(format!("{name} {job}").as_str());
            assert_eq!(condition, allowed.copied(), "{name} {job}");
            for step in list(body, "/steps") {
                let condition = step.get("if").and_then(Value::as_str);
                let keeps = step.get("uses").is_some() && condition == Some("${{ always() }}");
                let cleans = condition.is_some_and(|condition| CLEANING.contains(&condition));
                assert!(
                    condition.is_none() || keeps || cleans,
                    "{name} {job}: {condition:?}"
                );
                if step["uses"]
                    .as_str()
                    .is_some_and(|uses| uses.contains("upload-artifact"))
                {
                    assert_eq!(
                        step["with"]["if-no-files-found"],
                        json!("error"),
                        "{name} {job}"
                    );
                }
            }
        }
    }
}

#[test]
fn nothing_is_pushed_before_its_gates() {
    let workflow = workflow("gates");
    let jobs = jobs(&workflow);
    let order = [
        "inputs",
        "scan-source",
        "secrets",
        "build",
        "scan-image",
        "judge",
        "push",
        "image",
    ];
    for (at, name) in order.iter().enumerate() {
        let expected = order[..at].iter().copied().collect();
        assert_eq!(before(&jobs, name), expected, "{name}");
    }
    for (name, job) in &jobs {
        let called: Vec<String> = scripts(job).into_iter().flat_map(commands).collect();
        let pushes = scripts(job)
            .iter()
            .any(|script| script.contains("docker://$IMAGE_REPOSITORY"));
        assert_eq!(pushes, *name == "push", "{name}: {called:?}");
    }
    let push = scripts(jobs["push"]).join("\n");
    let at = |word: &str| push.find(word).unwrap_or_else(|| panic!("{word}"));
    assert!(at("sha256sum --check --strict") < at("./gate verify"));
    assert!(at("./gate verify") < at("--format '{{.Digest}}' oci:image"));
    assert!(at("oci:image)\" = \"$IMAGE_DIGEST\"") < at("skopeo copy --preserve-digests"));
    assert!(push.contains("--require secrets,sast,sca,sbom "));
    assert!(!push.contains(":latest"));
    let judged = list(jobs["judge"], "/strategy/matrix/include").iter();
    let judged: Vec<&str> = judged.map(|one| said(one, "/gate")).collect();
    assert_eq!(judged, ["secrets", "sast", "sca", "sbom"]);
}

#[test]
fn nothing_is_deployed_before_its_proof() {
    let workflow = workflow("deploy");
    let deploy = scripts(&workflow["jobs"]["deploy"]).join("\n");
    let at = |word: &str| deploy.find(word).unwrap_or_else(|| panic!("{word}"));
    assert!(at("sha256sum --check --strict") < at("./gate verify"));
    for what in ["register \"$CLUSTER\"", "aws ecs update-service"] {
        assert!(at("./gate verify") < at(what), "{what}");
    }
    assert!(deploy.contains("\"$IMAGE_REPOSITORY@$IMAGE_DIGEST\" > task-definition"));
    let order = [
        "touch updating",
        "aws ecs update-service",
        "await 120 15 deployed",
        "runs \"$CLUSTER\" \"$SERVICE\" \"$IMAGE_DIGEST\"",
        "curl --fail",
        "rm updating",
    ];
    assert!(order.is_sorted_by_key(|what| at(what)), "{deploy}");

    let example = self::workflow("example");
    let jobs = jobs(&example);
    assert_eq!(before(&jobs, "staging"), BTreeSet::from(["gates"]));
    assert_eq!(before(&jobs, "dast"), BTreeSet::from(["gates", "staging"]));
    assert_eq!(
        before(&jobs, "production"),
        BTreeSet::from(["dast", "gates", "staging"])
    );
    let require = |job: &str| said(jobs[job], "/with/require");
    assert_eq!(require("staging"), "secrets,sast,sca,sbom,image");
    assert_eq!(require("production"), "secrets,sast,sca,sbom,image,dast");
    for job in ["staging", "production"] {
        assert_eq!(
            said(jobs[job], "/with/image-digest"),
            "${{ needs.gates.outputs.image-digest }}"
        );
        assert_eq!(said(jobs[job], "/with/github-environment"), job);
    }
    assert_eq!(jobs["review"]["with"]["push"], json!(false));
    assert_eq!(said(jobs["review"], "/with/environment"), "dev");
}

/// A caller gives exactly what is asked for, and nothing has a default that somebody forgets.
#[test]
fn the_example_gives_every_input() {
    let example = workflow("example");
    let mut called = BTreeSet::new();
    for (name, job) in jobs(&example) {
        let target = said(job, "/uses").strip_prefix(PLATFORM).unwrap();
        let target = target.split(".yml@").next().unwrap().to_owned();
        let workflow = workflow(&target);
        let asked = workflow["on"]["workflow_call"]["inputs"]
            .as_object()
            .unwrap();
        let given = job["with"].as_object().unwrap();
        assert!(asked.keys().eq(given.keys()), "{name}: {asked:?} {given:?}");
        for (input, said) in asked {
            assert_eq!(said["required"], json!(true), "{target} {input}");
            assert!(said.get("default").is_none(), "{target} {input}");
            let is_boolean = given[input].is_boolean();
            assert_eq!(
                said["type"],
                json!(if is_boolean { "boolean" } else { "string" }),
                "{name} {input}"
            );
        }
        // What a job inside may do at most, its caller has to be allowed.
        for body in jobs(&workflow).values() {
            for (permission, level) in body["permissions"].as_object().unwrap() {
                assert_eq!(
                    job["permissions"].get(permission),
                    Some(level),
                    "{name} {permission}"
                );
            }
        }
        called.insert(target);
    }
    assert_eq!(called, CALLED.map(str::to_owned).into());
}
