//! `iac/k8s/judge`, with the real gate and the real Checkov. The rules of Open Policy Agent are carried out by another
//! interpreter of Rego (`regopy`), behind a stand-in of the command line of `opa`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::files::{iac, json, text};
use crate::platform::{copy, gate, list, path, program, said};
use crate::tool::{Ran, run, tool};

pub(super) const IMAGE: &str = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// `opa eval` as far as `judge` uses it: what the query gives, or `{}` where it is undefined.
const OPA: &str = r#"
import json, sys
from regopy import Interpreter
option = lambda name: sys.argv[sys.argv.index(name) + 1]
rego = Interpreter()
rego.add_module("policy", open(option("--data")).read())
rego.set_input(json.load(open(option("--input"))))
said = str(rego.query(sys.argv[-1]))
rows = [] if said == "undefined" else json.loads(said)["expressions"]
if any(row == "error" for row in rows):
    sys.exit("the rules can't be carried out: " + said)
print(json.dumps({"result": [{"expressions": [{"value": row, "text": sys.argv[-1]} for row in rows]}]} if rows else {}))
"#;

/// Checkov, which takes seconds: of the same manifests it is asked once, in whichever room they lie.
fn kept(checkov: &Path) -> String {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let answers = |id: &str| all.join(format!("checkov-{id}"));
    for folder in fs::read_dir(all).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        let id = name
            .strip_prefix("checkov-")
            .filter(|id| !Path::new("/proc").join(id).exists());
        // Another process may be at it, too.
        id.map(|id| fs::remove_dir_all(answers(id)).ok());
    }
    let answers = answers(&process::id().to_string());
    fs::create_dir_all(&answers).unwrap();
    let (checkov, answers) = (checkov.display(), answers.display());
    format!(
        "#!/bin/sh
at='{answers}'/$(sha256sum <\"$4\" | cut -c1-64)
if ! test -f \"$at.code\"; then
  '{checkov}' \"$@\" >\"$at.$$\"
  echo $? >\"$at.code.$$\"
  mv \"$at.$$\" \"$at\"
  mv \"$at.code.$$\" \"$at.code\"
fi
cat \"$at\"
exit \"$(cat \"$at.code\")\"
"
    )
}

/// A copy of `iac/k8s` with the tools beside it.
pub(super) struct Room {
    pub(super) folder: TempDir,
    pub(super) gate: PathBuf,
}

impl Room {
    pub(super) fn new() -> Option<Self> {
        let (gate, checkov) = (gate()?, tool("checkov")?);
        let (_, _) = (tool("kubectl")?, tool("jq")?);
        // Its interpreter has `regopy`, too: both are of the same list of tools.
        let python = tool("kubernetes-validate")?.with_file_name("python");
        let folder = tempfile::tempdir().unwrap();
        copy(&iac("k8s"), folder.path());
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        fs::write(bin.join("opa.py"), OPA).unwrap();
        let call = |program: &Path| format!("#!/bin/sh\nexec '{}' ", program.display());
        let opa = format!(
            "{}'{}' \"$@\"\n",
            call(&python),
            bin.join("opa.py").display()
        );
        program(&bin.join("opa"), &opa);
        program(&bin.join("checkov"), &kept(&checkov));
        Some(Self { folder, gate })
    }

    /// Replaces a text in a file, wherever it stands in it.
    pub(super) fn replace(&self, file: &str, from: &str, to: &str) {
        let file = self.folder.path().join(file);
        let before = text(&file);
        assert!(
            before.contains(from),
            "{from:?} is not in {}",
            file.display()
        );
        fs::write(&file, before.replace(from, to)).unwrap();
    }

    pub(super) fn judge(&self, arguments: &[&str]) -> Ran {
        let at = self.folder.path();
        let mut command = Command::new(at.join("judge"));
        command
            .args(arguments)
            .env("PATH", path(&[&at.join("bin")]));
        command
            .env("GATE", &self.gate)
            .env("REPORTS", at.join("reports"));
        command
            .env("AWS_SECRET_ACCESS_KEY", "for nobody's eyes")
            .current_dir(at);
        run(&mut command)
    }

    /// The verdict's reasons, by their codes.
    fn reasons(&self) -> Vec<String> {
        let verdict: Value = json(&self.folder.path().join("reports/workload.verdict.json"));
        let reasons = list(&verdict, "/reasons").iter();
        reasons
            .map(|reason| said(reason, "/code").to_owned())
            .collect()
    }
}

#[test]
fn the_shipped_manifests_pass_by_the_digest_that_was_judged() {
    let Some(room) = Room::new() else { return };
    let ran = room.judge(&[IMAGE, "--", "--evidence", "evidence"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(room.reasons().is_empty());
    let rendered = text(&room.folder.path().join("reports/manifests.yaml"));
    assert_eq!(rendered.matches("image: ").count(), 1);
    assert!(
        rendered.contains(&format!("image: {IMAGE}\n")),
        "{rendered}"
    );
    assert!(room.folder.path().join("evidence/records").is_dir());
}

/// A step back in one line each: what is changed into what, and the reason that has to stand in the verdict.
const WEAKENED: &[(&str, &str, &str, &str)] = &[
    (
        "may run as root",
        "runAsNonRoot: true",
        "runAsNonRoot: false",
        "run-as-non-root",
    ),
    (
        "runs as root",
        "runAsUser: 10000",
        "runAsUser: 0",
        "run-as-non-root",
    ),
    (
        "no limits",
        "            limits:\n              cpu: 500m\n              memory: 256Mi\n              ephemeral-storage: 128Mi\n",
        "",
        "resource-limits",
    ),
    (
        "no limit of memory",
        "              memory: 256Mi\n",
        "",
        "resource-limits",
    ),
    (
        "privilege escalation",
        "allowPrivilegeEscalation: false",
        "allowPrivilegeEscalation: true",
        "no-privilege-escalation",
    ),
    (
        "privileged",
        "privileged: false",
        "privileged: true",
        "no-privilege-escalation",
    ),
    (
        "another registry",
        "registry.example/application@",
        "docker.io/library/application@",
        "trusted-registry",
    ),
    (
        "writable root",
        "readOnlyRootFilesystem: true",
        "readOnlyRootFilesystem: false",
        "read-only-root-filesystem",
    ),
    (
        "no liveness probe",
        "livenessProbe:",
        "lifecycle:\n            preStop:",
        "liveness-probe",
    ),
    (
        "no readiness probe",
        "readinessProbe:",
        "lifecycle:\n            postStart:",
        "readiness-probe",
    ),
    (
        "a tag",
        "registry.example/application@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop:1.0",
        "mutable-image",
    ),
    (
        "latest",
        "registry.example/application@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop",
        "mutable-image",
    ),
];

#[test]
fn every_weakened_copy_fails_for_its_reason() {
    thread::scope(|scope| {
        let rows = WEAKENED.chunks(WEAKENED.len().div_ceil(2));
        let halves: Vec<_> = rows
            .map(|rows| {
                scope.spawn(move || {
                    for row in rows {
                        fails(row);
                    }
                })
            })
            .collect();
        for half in halves {
            half.join().unwrap();
        }
    });
}

fn fails(&(what, from, to, reason): &(&str, &str, &str, &str)) {
    let Some(room) = Room::new() else { return };
    room.replace("base/deployment.yaml", from, to);
    let ran = room.judge(&[IMAGE]);
    assert_eq!(ran.code, Some(1), "{what}: {}{}", ran.stdout, ran.stderr);
    let reasons = room.reasons();
    assert!(
        reasons.iter().any(|code| code == reason),
        "{what}: {reasons:?}"
    );
}

/// Checkov leaves out what an annotation of the manifest says. The other tool does not know it.
#[test]
fn who_writes_a_manifest_does_not_except_it() {
    let Some(room) = Room::new() else { return };
    let annotated = "    metadata:\n      annotations:\n        checkov.io/skip1: CKV_K8S_22=mine\n      labels:";
    room.replace(
        "base/deployment.yaml",
        "    metadata:\n      labels:",
        annotated,
    );
    let (from, to) = (
        "readOnlyRootFilesystem: true",
        "readOnlyRootFilesystem: false",
    );
    room.replace("base/deployment.yaml", from, to);
    let ran = room.judge(&[IMAGE]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(
        room.reasons()
            .contains(&"read-only-root-filesystem".to_owned())
    );
}

/// A scan that looked at nothing is no pass: neither of nothing, nor by rules that ask nothing, nor by no tool.
#[test]
fn what_looked_at_nothing_is_an_error() {
    type Change = fn(&Room);
    let rows: &[(&str, Change, &str)] = &[
        (
            "no workload among the manifests",
            |room| room.replace("base/kustomization.yaml", "  - deployment.yaml\n", ""),
            "OPA decided nothing",
        ),
        (
            "a policy that denies nothing",
            |room| {
                let file = room.folder.path().join("policy/workload.rego");
                fs::write(
                    file,
                    "package gate.workload\n\nimport rego.v1\n\ndeny := []\n",
                )
                .unwrap();
            },
            "opa run-as-non-root",
        ),
        (
            "a policy of another package: it loads, and nobody asks it",
            |room| {
                room.replace(
                    "policy/workload.rego",
                    "package gate.workload",
                    "package mine",
                );
            },
            "opa run-as-non-root",
        ),
        (
            "a policy that asks for what is not there",
            |room| {
                room.replace(
                    "policy/workload.rego",
                    "input.objects",
                    "input.request.object",
                );
            },
            "opa run-as-non-root",
        ),
        (
            "one rule that is gone",
            |room| room.replace("policy/workload.rego", "\"liveness-probe\"", "\"other\""),
            "opa liveness-probe",
        ),
        (
            "a policy that is none",
            |room| room.replace("policy/workload.rego", "import rego.v1", "import {"),
            "opa.json",
        ),
        (
            "no rules to hold the tools against",
            |room| fs::write(room.folder.path().join("policy/control.rules"), "").unwrap(),
            "not seen",
        ),
        (
            "a tool that ends without a word",
            |room| {
                program(
                    &room.folder.path().join("bin/checkov"),
                    "#!/bin/sh\nexit 0\n",
                );
            },
            "report-empty",
        ),
        (
            "a tool that is another one",
            |room| {
                program(
                    &room.folder.path().join("bin/checkov"),
                    "#!/bin/sh\necho '{}'\n",
                );
            },
            "checkov",
        ),
    ];
    for (what, change, says) in rows {
        let Some(room) = Room::new() else { return };
        change(&room);
        let ran = room.judge(&[IMAGE]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let verdict = room.folder.path().join("reports/workload.verdict.json");
        assert_eq!(ran.code, Some(3), "{what}: {said}");
        let said = said + &fs::read_to_string(verdict).unwrap_or_default();
        assert!(said.contains(says), "{what}: {said}");
    }
}

#[test]
fn an_image_without_a_digest_is_not_judged() {
    let Some(room) = Room::new() else { return };
    let digest = "a".repeat(64);
    for image in [
        "shop:1.0".to_owned(),
        format!("shop@sha256:{digest}"),
        format!("registry.example/shop@sha256:{}", &digest[1..]),
        format!("registry.example/shop@sha256:{digest}\n# and more"),
        format!("registry.example/a b@sha256:{digest}"),
    ] {
        let ran = room.judge(&[&image]);
        assert_eq!(ran.code, Some(2), "{image}: {}", ran.stderr);
        assert!(!room.folder.path().join("reports").exists(), "{image}");
    }
    assert_ne!(room.judge(&[]).code, Some(0));
    // Of a digest, and of a registry that nobody trusts.
    let ran = room.judge(&[&format!("docker.io/library/shop@sha256:{digest}")]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(
        room.reasons(),
        ["misconfigurations-over-budget", "trusted-registry"]
    );
}

/// What stands in the folder of the results before is never taken for the answer.
#[test]
fn nothing_is_left_of_an_earlier_run() {
    let Some(room) = Room::new() else { return };
    let reports = room.folder.path().join("reports");
    fs::create_dir(&reports).unwrap();
    for name in ["manifests.yaml", "workload.verdict.json"] {
        fs::write(reports.join(name), "of yesterday").unwrap();
    }
    room.replace(
        "base/kustomization.yaml",
        "  - service.yaml\n",
        "  - nothing.yaml\n",
    );
    let ran = room.judge(&[IMAGE]);
    assert_ne!(ran.code, Some(0), "{}", ran.stdout);
    assert!(fs::read_dir(&reports).unwrap().next().is_none());
}
