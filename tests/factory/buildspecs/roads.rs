//! No road through a buildspec leads to a push or a deployment before a pass, and the walker that says so sees one that does.

use serde_json::Value;

use crate::buildspecs::BUILDSPECS;
use crate::buildspecs::runner::PHASES;
use crate::buildspecs::walk::{Step, faults, needed, steps};
use crate::files::{iac, text};
use crate::yaml::yaml;

fn buildspec(name: &str) -> Value {
    yaml(&text(&iac(&format!("buildspecs/{name}.yml"))))
}

#[test]
fn no_road_leads_to_a_push_or_a_deployment_before_a_pass() {
    for name in BUILDSPECS {
        let faults = faults(&buildspec(name), needed(name));
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

/// Each gate of the pipeline is asked by the build that is for it.
#[test]
fn each_gate_is_asked_where_it_belongs() {
    let table = [
        ("secrets", "secrets"),
        ("build", "secrets, sast, sca, sbom"),
        ("image", "image"),
        ("dast", "dast"),
    ];
    for (name, gates) in table {
        let said = buildspec(name);
        let commands = PHASES.iter().flat_map(|phase| {
            let commands = said["phases"][phase]["commands"].as_array().cloned();
            commands.unwrap_or_default()
        });
        let steps = commands.flat_map(|command| steps(command.as_str().unwrap()));
        let asked: Vec<String> = steps
            .filter_map(|step| match step {
                Step::Pass(gates) if gates.len() == 1 => gates.into_iter().next(),
                _ => None,
            })
            .collect();
        assert_eq!(asked.join(", "), gates, "{name}");
    }
}

/// What a buildspec must not be: the walker sees each of these, or it would prove nothing.
#[test]
fn the_walker_sees_a_gate_that_does_not_hold() {
    let table = [
        (
            "build",
            "evaluate sca trivy\n",
            "",
            "before `sca` has passed",
        ),
        (
            "build",
            "evaluate sca trivy\n",
            "evaluate sca trivy || true\n",
            "swallowed",
        ),
        (
            "build",
            "evaluate sca trivy\n",
            "evaluate sca trivy &\n",
            "swallowed",
        ),
        (
            "build",
            "evaluate sca trivy\n",
            "evaluate sca trivy | cat\n",
            "swallowed",
        ),
        (
            "build",
            "evaluate sca trivy\n",
            "if evaluate sca trivy; then echo; fi\n",
            "before `sca` has passed",
        ),
        // A failed line in the middle is forgotten.
        ("build", "set -euo pipefail\n", "", "swallowed"),
        (
            "build",
            "test \"$CODEBUILD_BUILD_SUCCEEDING\" = 1\n",
            "",
            "without a look",
        ),
        (
            "build",
            "\"docker://$IMAGE_REPOSITORY",
            "\"oci:$IMAGE_REPOSITORY",
            "nothing ever leaves",
        ),
        (
            "deploy-staging",
            "sbom,image",
            "sbom",
            "before `image` has passed",
        ),
        (
            "deploy-staging",
            "./gate verify",
            "echo gate verify",
            "before `secrets` has passed",
        ),
        (
            "deploy-production",
            "image,dast",
            "image",
            "before `dast` has passed",
        ),
        (
            "deploy-production",
            "./gate verify",
            "! ./gate verify",
            "before `secrets` has passed",
        ),
        (
            "image",
            "touch reports/image.passed",
            "docker push image",
            "nothing may",
        ),
        (
            "dast",
            "runs \"$STAGING_CLUSTER\"",
            "aws ecs update-service --task-definition x",
            "nothing may",
        ),
    ];
    for (name, from, to, expected) in table {
        let buildspec = text(&iac(&format!("buildspecs/{name}.yml")));
        let changed = buildspec.replace(from, to);
        assert_ne!(changed, buildspec, "{name} has no {from:?}");
        let faults = faults(&yaml(&changed), needed(name));
        let seen = faults.iter().any(|fault| fault.contains(expected));
        assert!(seen, "{name}: {from:?} as {to:?}: {faults:#?}");
    }
}

/// The same for phases: a push that a failed build goes on to, one that cleans up, and one that is too early.
#[test]
fn the_walker_sees_a_phase_that_comes_too_early() {
    let push = "(\nset -euo pipefail\ntest \"$CODEBUILD_BUILD_SUCCEEDING\" = 1\nskopeo copy oci:image docker://shop\n)";
    let blind = "skopeo copy oci:image docker://shop";
    let gate = "(\nset -euo pipefail\n./gate evaluate image --report x\n)";
    let phases = |text: &str| -> Value {
        serde_json::from_str(
            &text
                .replace("PUSH", &serde_json::to_string(push).unwrap())
                .replace("BLIND", &serde_json::to_string(blind).unwrap())
                .replace("GATE", &serde_json::to_string(gate).unwrap()),
        )
        .unwrap()
    };
    let table = [
        (
            r#"{"build": {"on-failure": "ABORT", "commands": [GATE]}, "post_build": {"commands": [PUSH]}}"#,
            true,
        ),
        // The guard alone holds, too, where the phase goes on.
        (
            r#"{"build": {"commands": [GATE]}, "post_build": {"commands": [PUSH]}}"#,
            true,
        ),
        (
            r#"{"build": {"commands": [GATE]}, "post_build": {"commands": [BLIND]}}"#,
            false,
        ),
        (
            r#"{"build": {"on-failure": "CONTINUE", "commands": [GATE]}, "post_build": {"commands": [BLIND]}}"#,
            false,
        ),
        (
            r#"{"build": {"on-failure": "ABORT", "commands": [GATE], "finally": [PUSH]}}"#,
            true,
        ),
        (
            r#"{"build": {"on-failure": "ABORT", "commands": [GATE], "finally": [BLIND]}}"#,
            false,
        ),
        (
            r#"{"pre_build": {"commands": [PUSH]}, "build": {"commands": [GATE]}}"#,
            false,
        ),
        (r#"{"build": {"commands": [PUSH, GATE]}}"#, false),
        (
            r#"{"pre_build": {"on-failure": "CONTINUE", "commands": [GATE]}, "build": {"commands": [BLIND]}}"#,
            false,
        ),
    ];
    for (said, holds) in table {
        let buildspec = serde_json::json!({"phases": phases(said)});
        let faults = faults(&buildspec, Some(&["image"]));
        assert_eq!(faults.is_empty(), holds, "{said}: {faults:#?}");
    }
}
