//! A buildspec, run with stand-ins on its PATH, which write down what they are asked and fail when they are told to.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::buildspecs::runner::{self, Build, Session};
use crate::files::{iac, root, text};
use crate::tool::{run, tool};
use crate::yaml::yaml;

pub(crate) const DIGEST: &str =
    "sha256:1111111111111111111111111111111111111111111111111111111111111111";
pub(crate) const REPOSITORY: &str = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop";
/// What scanners say of a secret, here on their stderr: it never comes into the log.
pub(crate) const SECRET: &str = "a-text-that-may-be-a-secret";

/// A build with stand-ins: its folder, what it was to do, and what it did.
pub(crate) struct Rehearsal {
    pub folder: TempDir,
    pub build: Build,
    /// Calls of stand-ins, one a line.
    pub calls: String,
}

impl Rehearsal {
    pub(crate) fn called(&self, words: &[&str]) -> usize {
        let calls = self.calls.lines();
        calls
            .filter(|call| words.iter().all(|word| call.contains(word)))
            .count()
    }

    pub(crate) fn pushed(&self) -> usize {
        self.called(&["skopeo copy"])
    }

    /// Deployments of an image; scaling to nothing is none, and going back is another.
    pub(crate) fn deployed(&self) -> usize {
        self.called(&[
            "aws ecs update-service",
            "--task-definition arn:definition:2",
        ])
    }

    pub(crate) fn state(&self, name: &str) -> Value {
        crate::files::json(&self.folder.path().join("state").join(name))
    }
}

/// Whether what a buildspec calls, but no scanner, is on this machine.
pub(crate) fn ready() -> bool {
    tool("jq").is_some() && tool("bash").is_some()
}

fn digest(path: &Path) -> String {
    let said = run(Command::new("sha256sum").arg(path)).success();
    said.split(' ').next().unwrap().to_owned()
}

/// What the factory's bucket holds: `gate` and the profile, each by its digest.
fn bucket(folder: &Path, gate: &Path) -> (String, String) {
    let profile = folder.join("profile");
    fs::create_dir_all(profile.join("keys")).unwrap();
    fs::copy(iac("profile/gate.toml"), profile.join("gate.toml")).unwrap();
    fs::copy(iac("profile/waivers.toml"), profile.join("waivers.toml")).unwrap();
    if folder.join("gate.pub").exists() {
        fs::copy(folder.join("gate.pub"), profile.join("keys/gate.pub")).unwrap();
        // Recorded reports are old.
        let (said, age) = (
            text(&iac("profile/gate.toml")),
            "max-report-age = \"24h\"\n",
        );
        assert!(said.contains(age), "the profile has no {age}");
        let recorded = said.replace(age, "");
        fs::write(profile.join("gate.toml"), recorded).unwrap();
    }
    let tar = folder.join("profile.tar");
    let mut command = Command::new("tar");
    command
        .arg("-cf")
        .arg(&tar)
        .arg("-C")
        .arg(&profile)
        .arg(".");
    run(&mut command).success();
    let (gate_digest, profile_digest) = (digest(gate), digest(&tar));
    for (kind, digest, name, from) in [
        ("gate", &gate_digest, "gate", gate),
        ("profile", &profile_digest, "profile.tar", &tar),
    ] {
        let to = folder.join("bucket").join(kind).join(digest);
        fs::create_dir_all(&to).unwrap();
        fs::copy(from, to.join(name)).unwrap();
    }
    (gate_digest, profile_digest)
}

/// A link, which is there already in the second build of a folder.
fn link(to: &Path, from: &Path) {
    if !from.exists() {
        symlink(to, from).unwrap();
    }
}

/// Stand-ins and the commands of the toolbox, on a PATH without any scanner of this machine.
fn path(folder: &Path) -> String {
    let standins = root().join("tests/factory/buildspecs/standins");
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    for name in [
        "aws",
        "curl",
        "docker",
        "skopeo",
        "sleep",
        "without-credentials",
    ] {
        link(&standins.join(name), &bin.join(name));
    }
    for name in [
        "bandit",
        "detect-secrets",
        "git",
        "semgrep",
        "syft",
        "trivy",
        "zap.sh",
    ] {
        link(&standins.join("scanner"), &bin.join(name));
    }
    let jq = tool("jq").unwrap();
    let places = [
        bin.as_path(),
        &iac("buildspecs/toolbox/bin"),
        jq.parent().unwrap(),
    ]
    .map(|place| place.display().to_string());
    format!("{}:/usr/bin:/bin", places.join(":"))
}

/// Runs a buildspec; `given` goes before what is usual. The folder can be handed on to the next one.
pub(crate) fn rehearse(
    name: &str,
    session: Session,
    given: &[(&str, &str)],
    folder: TempDir,
) -> Rehearsal {
    let here = folder.path();
    let standin = root().join("tests/factory/buildspecs/standins/gate");
    let real = here.join("real-gate");
    let gate = if real.exists() { real } else { standin };
    let (gate_digest, profile_digest) = bucket(here, &gate);
    let place = |name: &str| here.join(name).display().to_string();
    fs::create_dir_all(here.join("state")).unwrap();
    fs::create_dir_all(here.join("home")).unwrap();
    fs::create_dir_all(here.join("source/.git")).unwrap();
    fs::write(here.join("source/app.py"), "print('hello')\n").unwrap();
    fs::write(here.join("source/.semgrepignore"), "*\n").unwrap();
    fs::write(
        here.join("source/.git/config"),
        "[secrets]\n\tallowed = .*\n",
    )
    .unwrap();
    fs::write(here.join("calls"), "").unwrap();
    let secrets = here.join("secrets");
    if name == "build" && !secrets.exists() {
        kept(here, &secrets);
    }
    // Each build has a machine of its own.
    let home = here.join("gate");
    if home.exists() {
        fs::remove_dir_all(&home).unwrap();
    }

    let mut environment: BTreeMap<&str, String> = BTreeMap::from([
        ("PATH", path(here)),
        ("GATE_HOME", place("gate")),
        ("CALLS", place("calls")),
        ("STATE", place("state")),
        ("BUCKET", place("bucket")),
        (
            "REPORTS",
            root().join("tests/reports").display().to_string(),
        ),
        ("DIGEST", DIGEST.to_owned()),
        (
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "/v2/credentials/1".to_owned(),
        ),
        (
            "CODEBUILD_SRC_DIR_SecretsReports",
            secrets.display().to_string(),
        ),
        ("GATE_APPLICATION", "shop".to_owned()),
        ("GATE_ENVIRONMENT", "production".to_owned()),
        ("GATE_EVIDENCE", "s3://evidence/shop".to_owned()),
        ("GATE_SIGN", "awskms:///alias/gate".to_owned()),
        ("GATE_THRESHOLDS", "/gate/shop/production".to_owned()),
        ("TOOLS_BUCKET", "tools".to_owned()),
        ("GATE_DIGEST", gate_digest),
        ("PROFILE_DIGEST", profile_digest),
        ("IMAGE_REPOSITORY", REPOSITORY.to_owned()),
        ("IMAGE_REPOSITORY_NAME", "shop".to_owned()),
        ("SOURCE_COMMIT", "c0ffee".to_owned()),
        ("STAGING_CLUSTER", "staging".to_owned()),
        ("STAGING_SERVICE", "application".to_owned()),
        ("STAGING_TASK_FAMILY", "shop-staging".to_owned()),
        ("STAGING_AUTOSCALING_GROUP", "hosts".to_owned()),
        ("STAGING_URL", "https://staging.shop.example".to_owned()),
        ("PRODUCTION_CLUSTER", "production".to_owned()),
        ("PRODUCTION_SERVICE", "application".to_owned()),
        ("PRODUCTION_TASK_FAMILY", "shop-production".to_owned()),
        ("PRODUCTION_URL", "https://shop.example".to_owned()),
        ("PRODUCTION_TARGET_GROUP", "arn:blue".to_owned()),
        ("PRODUCTION_ALTERNATE_TARGET_GROUP", "arn:green".to_owned()),
        ("PRODUCTION_LISTENER_RULE", "arn:rule".to_owned()),
        ("TRAFFIC_ROLE", "arn:traffic".to_owned()),
        ("VERIFY_FUNCTION", "arn:verify".to_owned()),
        ("HOOK_ROLE", "arn:hook".to_owned()),
    ]);
    if name != "secrets" && name != "build" {
        environment.insert("IMAGE_DIGEST", DIGEST.to_owned());
    }
    for (name, value) in given {
        environment.insert(name, (*value).to_owned());
    }
    if environment
        .get("FAULT")
        .is_some_and(|fault| fault == "docker:build")
    {
        fs::write(here.join("home/docker-fails"), "").unwrap();
    }
    if let Some(file) = environment
        .get("FAULT")
        .and_then(|fault| fault.strip_prefix("kept:"))
    {
        fs::remove_file(secrets.join(file)).unwrap();
    }
    if environment
        .get("FAULT")
        .is_some_and(|fault| fault == "source:changed")
    {
        fs::write(here.join("source/app.py"), "print('something else')\n").unwrap();
    }
    let environment: Vec<_> = environment
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let buildspec = yaml(&text(&iac(&format!("buildspecs/{name}.yml"))));
    let build = match session {
        Session::One => runner::run(&buildspec, &environment, here),
        Session::Each => runner::run_in(session, &buildspec, &environment, here),
    };
    let calls = text(&here.join("calls"));
    Rehearsal {
        folder,
        build,
        calls,
    }
}

/// What the stage before kept for `build`.
fn kept(folder: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::write(to.join("git-secrets.report"), "").unwrap();
    fs::write(to.join("git-secrets.exit"), "0\n").unwrap();
    let report = root().join("tests/reports/detect-secrets/clean.json");
    fs::copy(report, to.join("detect-secrets.report")).unwrap();
    fs::write(to.join("detect-secrets.exit"), "0\n").unwrap();
    let taken = folder.join("taken");
    fs::create_dir_all(&taken).unwrap();
    let mut command = Command::new(iac("buildspecs/toolbox/bin/take-source"));
    command.arg(folder.join("source")).arg(&taken);
    fs::write(to.join("source.digest"), run(&mut command).success()).unwrap();
}

pub(crate) fn simply(name: &str, given: &[(&str, &str)]) -> Rehearsal {
    rehearse(name, Session::One, given, tempfile::tempdir().unwrap())
}
