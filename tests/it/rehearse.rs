//! The whole pipeline, rehearsed: every buildspec's commands in the pipeline's order, with the real program, against the
//! emulators. The example application is stopped at one gate after the other, and reaches production when all is mended.
//!
//! `cargo dev rehearse` shows it; `docs/rehearsal.md` is its transcript, which `BLESS=1` renews. Real are `gate`, the
//! buildspecs and the toolbox's own commands, and as far as they are installed the command line of AWS, git-secrets,
//! detect-secrets, Bandit, skopeo and a registry. What can't be had without a network is played by `rehearse/stand-ins`.

mod application;
mod factory;
mod pipeline;
mod programs;
mod registry;
#[path = "../factory/buildspecs/runner.rs"]
#[expect(dead_code, reason = "the tests of the buildspecs ask it for more")]
mod runner;
mod transcript;
#[path = "../factory/yaml.rs"]
mod yaml;

use serde_json::{Value, json};

use application::{MENDS, Mend};
use factory::Factory;
use pipeline::{Run, STAGES, run};
use transcript::Transcript;

use crate::aws::skipped;
use crate::gate::Folder;

/// What each mend leaves the pipeline to stop at: the stage and the gate. The last one leaves nothing.
const STOPS: [(&str, &str); 5] = [
    ("secrets", "secrets"),
    ("build", "sast"),
    ("build", "sca"),
    ("image", "image"),
    ("dast", "dast"),
];

#[test]
fn the_bad_application_is_stopped_at_each_gate_and_the_mended_one_reaches_production() {
    let Some(factory) = Factory::new() else {
        return;
    };
    let mut transcript = Transcript::new();
    let mut runs = Vec::new();
    for (mended, (stage, gate)) in STOPS.into_iter().enumerate() {
        let before = factory.pushed();
        let ran = run(&factory, &MENDS[..mended], mended + 1);
        transcript.run(&factory, &ran, &MENDS[..mended]);
        stopped(&ran, stage, gate);
        // A gate before the push leaves the registry as it was, and one before staging has nothing run.
        let pushed = factory.pushed().len() - before.len();
        assert_eq!(
            pushed,
            usize::from(["image", "dast"].contains(&gate)),
            "{gate}"
        );
        let changes = ran.changes();
        assert!(gate == "dast" || changes.is_empty(), "{gate}: {changes:?}");
        assert!(
            !changes.iter().any(|change| change.contains("production")),
            "{changes:?}"
        );
        // Staging runs only for the scan.
        assert_eq!(factory.desired("staging"), 0, "{gate}");
        assert_eq!(factory.hub_failed(), 1, "what Security Hub shows: {gate}");
        runs.push(ran);
    }

    let ran = run(&factory, &MENDS, STOPS.len() + 1);
    transcript.run(&factory, &ran, &MENDS);
    let stages: Vec<_> = ran.stages.iter().map(|stage| stage.name).collect();
    assert_eq!(stages, STAGES, "{}", ran.log());
    assert!(ran.succeeded(), "{}", ran.log());
    let image = ran.image().unwrap().to_owned();
    let deployed = factory.deployed("production");
    assert!(
        deployed.ends_with(&format!("@{image}")),
        "{deployed} {image}"
    );
    assert!(factory.pushed().values().any(|digest| *digest == image));
    assert_eq!(factory.desired("staging"), 0);
    assert_eq!(factory.hub_failed(), 0);

    proofs(&factory, &mut transcript, &ran, &runs);
    no_secret(&factory, &transcript);
    if factory.programs.all_real() {
        transcript.hold("docs/rehearsal.md");
    } else {
        skipped("not compared with docs/rehearsal.md, since not all that can be real was");
    }
}

/// Ran up to a stage, whose gate closed; nothing came after it.
fn stopped(ran: &Run, stage: &str, gate: &str) {
    let last = ran.stages.last().unwrap();
    let at = STAGES.iter().position(|name| *name == stage).unwrap();
    let stages: Vec<_> = ran.stages.iter().map(|stage| stage.name).collect();
    assert_eq!(stages, STAGES[..=at], "{}", ran.log());
    assert!(
        ran.stages[..at].iter().all(|stage| stage.build.succeeded),
        "{}",
        ran.log()
    );
    assert!(!last.build.succeeded, "{}", ran.log());
    assert_eq!(last.build.exported["GATE_OUTCOME"], "FAIL", "{}", ran.log());
    let verdict = ran.verdict(gate);
    assert_eq!(
        (&verdict["gate"], &verdict["outcome"]),
        (&json!(gate), &json!("fail")),
        "{verdict}"
    );
    // Of the gates of this stage, those before it passed and those after it were not asked.
    for asked in ran.gates().iter().filter(|asked| *asked != gate) {
        assert_eq!(ran.verdict(asked)["outcome"], "pass", "{asked}");
    }
}

/// What production's digest is proven by, and what is not.
fn proofs(factory: &Factory, transcript: &mut Transcript, ran: &Run, stopped: &[Run]) {
    let all = "secrets,sast,sca,sbom,image,dast";
    let image = ran.image().unwrap();
    transcript.section(
        "What proves it",
        "The digest that runs in production, by the signed verdicts in the evidence bucket.",
    );
    let proven = factory.verify(image, all);
    transcript.answer(factory, &proven.shown, &proven.ran);
    assert_eq!(proven.ran.code, 0, "{proven:?}");

    transcript.text("The digest that was stopped at the attack on staging: five gates are proven, and the sixth said no.");
    let at_dast = stopped.last().unwrap().image().unwrap();
    let refused = factory.verify(at_dast, all);
    transcript.answer(factory, &refused.shown, &refused.ran);
    assert_eq!(refused.ran.code, 1, "{refused:?}");

    transcript.text("A digest that nobody judged.");
    let other = format!("sha256:{}", "0f".repeat(32));
    let refused = factory.verify(&other, all);
    transcript.answer(factory, &refused.shown, &refused.ran);
    assert_eq!(refused.ran.code, 1, "{refused:?}");

    transcript.text("The same digest, with the verdicts of the real one rewritten to name it.");
    let refused = factory.verify_forged(image, &other, all);
    transcript.answer(factory, &refused.shown, &refused.ran);
    assert_eq!(refused.ran.code, 1, "{refused:?}");
    assert!(
        refused.ran.stdout.contains("signature-invalid"),
        "{refused:?}"
    );

    transcript.text(
        "The verdict about the attack, judged again from a copy of the bucket, without a network.",
    );
    let copy = Folder::new();
    factory.copy_evidence(&copy);
    let record = ran.verdict("dast")["record"].as_str().unwrap().to_owned();
    let replayed = copy.gate(&["replay", &record, "--evidence", "evidence"]);
    transcript.answer(
        factory,
        &format!("gate replay {record} --evidence evidence"),
        &replayed,
    );
    assert_eq!(replayed.code, 0, "{replayed:?}");
}

/// Nothing of the secrets in the application shows in what is kept or shown.
fn no_secret(factory: &Factory, transcript: &Transcript) {
    for secret in application::SECRETS {
        assert!(!transcript.whole().contains(secret), "in the transcript");
        for (name, bytes) in factory.evidence() {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(secret), "{name}");
        }
    }
}

/// Every report that is recorded is read, wholly, and says what the pipeline stops at.
#[test]
fn the_recorded_reports_are_read_and_say_what_they_are_for() {
    for (tool, gate, report) in application::RECORDED {
        for (state, expected) in [("vulnerable", "fail"), ("mended", "pass")] {
            let folder = Folder::new();
            let report = application::report(state, report);
            let given = format!("{tool}={}", report.display());
            let exit = format!("{tool}={}", application::exit(tool, state));
            let ran = folder.gate(&[
                "evaluate",
                gate,
                "--report",
                &given,
                "--scanner-exit",
                &exit,
                "--format",
                "json",
            ]);
            let verdict: Value = ran.json();
            // What only takes stock has nothing to say against what it lists.
            let expected = if gate == "sbom" { "pass" } else { expected };
            assert_eq!(verdict["outcome"], expected, "{state} {tool}: {ran:?}");
        }
    }
}

/// The mends that a run has applied, for people.
fn named(mends: &[Mend]) -> String {
    let names: Vec<_> = mends
        .iter()
        .map(|mend| format!("`{}`", mend.file))
        .collect();
    match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.join(", "),
    }
}
