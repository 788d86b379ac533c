//! What is signed of a verdict.

use gate_core::record::{FindingsRef, FormatVersion, Producer};
use gate_core::request::Subject;
use gate_core::verdict::{Counts, Verdict};

use super::*;
use crate::signing::key::tests::key;

/// A record of a gate about an image.
pub(crate) fn record(gate: &str, outcome: Outcome, enforcement: Enforcement, at: &str) -> Record {
    let subject = Some(Subject {
        name: "registry.example/shop".to_owned(),
        digest: Some(Digest::of(b"image")),
    });
    let gate = GateName::new(gate).unwrap();
    let evaluated_at: Moment = at.parse().unwrap();
    let question = Question {
        subject: subject.clone(),
        enforcement,
        ..Question::of(gate.clone(), evaluated_at)
    };
    Record {
        format: FormatVersion::CURRENT,
        producer: Producer {
            gate: "0.1.0".to_owned(),
            engine: "det1+wasmtime48.0.8".to_owned(),
        },
        question,
        reports: Vec::new(),
        findings: FindingsRef {
            count: 0,
            digest: Digest::of(b""),
        },
        verdict: Verdict {
            gate,
            subject,
            evaluated_at,
            outcome,
            enforcement,
            reasons: Vec::new(),
            counts: Counts::default(),
            policies: Vec::new(),
            dispositions: BTreeMap::new(),
            waivers: Vec::new(),
            vex: Vec::new(),
        },
    }
}

pub(crate) fn promise() -> Promise {
    Promise {
        verifier: "https://example.com/gate/v1".to_owned(),
        resource: "oci://registry.example/shop?env=production".to_owned(),
    }
}

/// The statement of such a record.
pub(crate) fn statement(gate: &str, outcome: Outcome, at: &str) -> Statement {
    let record = record(gate, outcome, Enforcement::Enforce, at);
    let name = Digest::of(&record.to_bytes().unwrap());
    Statement::of(&record, name, &promise()).unwrap()
}

#[test]
fn it_is_what_slsa_asks_for() {
    let at = "2026-11-21T10:00:00Z";
    let statement = statement("web-app", Outcome::Warn, at);
    let seen = serde_json::to_value(&statement).unwrap();
    let record = record("web-app", Outcome::Warn, Enforcement::Enforce, at);
    let name = Digest::of(&record.to_bytes().unwrap()).hex();
    assert_eq!(
        seen,
        serde_json::json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{
                "name": "registry.example/shop",
                "digest": {"sha256": Digest::of(b"image").hex()},
            }],
            "predicateType": "https://slsa.dev/verification_summary/v1",
            "predicate": {
                "verifier": {
                    "id": "https://example.com/gate/v1",
                    "version": {"gate": "0.1.0", "wasmtime": "48.0.8"},
                },
                "timeVerified": "2026-11-21T10:00:00Z",
                "resourceUri": "oci://registry.example/shop?env=production",
                "policy": {
                    "uri": "gate-rules:web-app",
                    "digest": {"sha256": rules(&record.question).unwrap().hex()},
                },
                "inputAttestations": [{
                    "uri": format!("gate-record:{name}"),
                    "digest": {"sha256": name},
                }],
                "verificationResult": "PASSED",
                "verifiedLevels": ["GATE_WEB_APP_PASSED"],
                "gate-verdict:v1": {
                    "gate": "web-app", "outcome": "warn", "enforcement": "enforce",
                },
            },
        })
    );
    let again: Statement = serde_json::from_value(seen).unwrap();
    assert_eq!(again, statement);
}

#[test]
fn only_an_enforced_pass_or_warning_passes() {
    use Enforcement::{Enforce, Monitor};
    for (outcome, enforcement, passed) in [
        (Outcome::Pass, Enforce, true),
        (Outcome::Warn, Enforce, true),
        (Outcome::Fail, Enforce, false),
        (Outcome::Error, Enforce, false),
        (Outcome::Pass, Monitor, false),
        (Outcome::Warn, Monitor, false),
        (Outcome::Fail, Monitor, false),
        (Outcome::Error, Monitor, false),
    ] {
        let record = record("sca", outcome, enforcement, "2026-11-21T10:00:00Z");
        let statement = Statement::of(&record, Digest::of(b"record"), &promise()).unwrap();
        let (result, level) = if passed {
            (Passed::Passed, "GATE_SCA_PASSED")
        } else {
            (Passed::Failed, "FAILED")
        };
        let predicate = statement.predicate;
        assert_eq!(predicate.verification_result, result, "{outcome}");
        assert_eq!(predicate.verified_levels, [level], "{outcome}");
    }
}

#[test]
fn a_name_alone_is_not_signed_and_neither_is_what_is_too_long() {
    let mut record = record(
        "sca",
        Outcome::Pass,
        Enforcement::Enforce,
        "2026-11-21T10:00:00Z",
    );
    let name = Digest::of(b"record");
    let mut promise = promise();
    promise.resource = "x".repeat(MAX_SIGNED);
    let long = Statement::of(&record, name, &promise).unwrap().sign(&key());
    assert!(matches!(long, Err(NotSigned::TooLong(_))), "{long:?}");
    if let Some(subject) = &mut record.question.subject {
        subject.digest = None;
    }
    let none = Statement::of(&record, name, &promise);
    assert!(matches!(none, Err(NotSigned::NoSubject)), "{none:?}");
    record.question.subject = None;
    assert!(Statement::of(&record, name, &promise).is_err());
}

#[test]
fn the_same_rules_have_the_same_digest_and_others_another() {
    let at = "2026-11-21T10:00:00Z";
    let question = record("sca", Outcome::Pass, Enforcement::Enforce, at).question;
    let base = rules(&question).unwrap();
    let same: [&dyn Fn(&mut Question); 4] = [
        &|q| q.subject = None,
        &|q| q.scope = "another".to_owned(),
        &|q| q.evaluated_at = "2026-11-22T10:00:00Z".parse().unwrap(),
        &|q| q.overrides.push("--evidence".to_owned()),
    ];
    let other: [&dyn Fn(&mut Question); 4] = [
        &|q| q.required.clear(),
        &|q| q.report_rules.allow_quarantined = 7,
        &|q| q.waiver_rules.budget = Some(3),
        &|q| q.limits.fuel += 1,
    ];
    let changed = |change: &dyn Fn(&mut Question)| {
        let mut question = question.clone();
        question.required = vec![Requirement {
            tool: None,
            at_least: 1,
        }];
        let before = rules(&question).unwrap();
        assert_ne!(before, base);
        change(&mut question);
        rules(&question).unwrap() != before
    };
    assert!(same.iter().all(|change| !changed(change)));
    assert!(other.iter().all(|change| changed(change)));
}
