//! What is proven and what is refused, from one table.

use gate_core::verdict::Outcome;

use super::*;
use crate::signing::dsse::Envelope;
use crate::signing::key::KeyFile;
use crate::signing::key::tests::key;
use crate::signing::statement::tests::{promise, statement};

const NOW: &str = "2026-11-21T12:00:00Z";
const EARLIER: &str = "2026-11-21T10:00:00Z";
const LATER: &str = "2026-11-21T11:00:00Z";

fn demand() -> Demand {
    Demand {
        subject: Digest::of(b"image"),
        platforms: Vec::new(),
        gates: vec![GateName::new("sca").unwrap()],
        resource: promise().resource,
        trusted: vec![Pair {
            verifier: promise().verifier,
            key: key().public(),
        }],
        max_age: Some("24h".parse().unwrap()),
        rules: BTreeSet::new(),
        at: NOW.parse().unwrap(),
    }
}

fn sealed(statement: &Statement) -> Attestation {
    let envelope = statement.sign(&key()).unwrap();
    Attestation {
        name: "given".to_owned(),
        bytes: envelope.to_bytes().unwrap(),
    }
}

fn passed(at: &str) -> Statement {
    statement("sca", Outcome::Pass, at)
}

fn codes(demand: &Demand, given: &[Attestation]) -> Vec<&'static str> {
    let verification = verify(demand, given);
    let codes: Vec<_> = verification
        .refused
        .iter()
        .map(|r| r.code.as_str())
        .collect();
    assert_eq!(
        verification.is_proven(demand),
        codes.is_empty(),
        "{verification:#?}"
    );
    codes
}

#[test]
fn a_pass_is_proven_bare_and_in_a_bundle() {
    let envelope = passed(EARLIER).sign(&key()).unwrap();
    let in_bundle = Attestation {
        name: "bundle".to_owned(),
        bytes: bundle::to_bytes(&envelope, &key().public()).unwrap(),
    };
    for given in [sealed(&passed(EARLIER)), in_bundle] {
        let verification = verify(&demand(), std::slice::from_ref(&given));
        assert!(verification.refused.is_empty(), "{verification:#?}");
        let proof = &verification.proofs[0];
        assert_eq!(proof.attestation, given.name);
        assert_eq!(proof.judged_at, Some(EARLIER.parse().unwrap()));
        assert!(proof.record.is_some() && proof.rules.is_some());
    }
}

type Change = fn(&mut Demand, &mut Statement);

#[test]
fn each_way_to_prove_nothing_has_its_name() {
    let rows: [(&str, Change); 9] = [
        ("subject-differs", |demand, _| {
            demand.subject = Digest::of(b"another");
        }),
        ("verifier-unknown", |_, it| {
            it.predicate.verifier.id.push('x');
        }),
        ("resource-differs", |demand, _| {
            demand.resource = "oci://shop?env=test".to_owned();
        }),
        ("failed", |_, it| {
            it.predicate.verification_result = Passed::Failed;
        }),
        ("level-missing", |demand, _| {
            demand.gates = vec![GateName::new("image").unwrap()];
        }),
        ("undated", |_, it| it.predicate.time_verified = None),
        ("too-old", |demand, _| {
            demand.max_age = Some("1h".parse().unwrap());
        }),
        ("from-the-future", |_, it| {
            it.predicate.time_verified = Some("2026-11-21T12:05:01Z".parse().unwrap());
        }),
        ("policy-unknown", |demand, _| {
            demand.rules.insert(Digest::of(b"other rules"));
        }),
    ];
    for (code, change) in rows {
        let (mut demand, mut it) = (demand(), passed(EARLIER));
        change(&mut demand, &mut it);
        let seen = codes(&demand, &[sealed(&it)]);
        assert_eq!(seen[0], code, "{seen:?}");
    }
}

#[test]
fn what_was_not_signed_as_a_summary_proves_nothing() {
    let body = serde_json::to_string(&passed(EARLIER)).unwrap();
    let twice = body.replacen("\"verifier\":", "\"timeVerified\":null,\"verifier\":", 1);
    for (code, payload_type, body) in [
        ("payload-type", "application/json", body.clone()),
        ("malformed", PAYLOAD_TYPE, "{}".to_owned()),
        (
            "malformed",
            PAYLOAD_TYPE,
            body.replace("Statement/v1", "Statement/v0.1"),
        ),
        (
            "malformed",
            PAYLOAD_TYPE,
            body.replace("\"PASSED\"", "\"passed\""),
        ),
        // A key twice: which one counts would be the reader's choice.
        ("malformed", PAYLOAD_TYPE, twice),
        (
            "predicate-type",
            PAYLOAD_TYPE,
            body.replace("verification_summary", "provenance"),
        ),
    ] {
        let envelope = Envelope::seal(payload_type, body.as_bytes(), &key()).unwrap();
        let given = Attestation {
            name: "given".to_owned(),
            bytes: envelope.to_bytes().unwrap(),
        };
        assert_eq!(codes(&demand(), &[given])[0], code, "{body}");
    }
    let stranger = KeyFile::generate("stranger").unwrap();
    let given = Attestation {
        name: "given".to_owned(),
        bytes: passed(EARLIER).sign(&stranger).unwrap().to_bytes().unwrap(),
    };
    assert_eq!(codes(&demand(), &[given])[0], "key-unknown");
    assert_eq!(codes(&demand(), &[]), ["no-attestation"]);
}

#[test]
fn a_key_is_trusted_for_its_verifier_alone() {
    let mut demand = demand();
    let stranger = KeyFile::generate("stranger").unwrap();
    demand.trusted.push(Pair {
        verifier: "https://example.com/other".to_owned(),
        key: stranger.public(),
    });
    let envelope = passed(EARLIER).sign(&stranger).unwrap();
    let given = Attestation {
        name: "given".to_owned(),
        bytes: envelope.to_bytes().unwrap(),
    };
    assert_eq!(codes(&demand, &[given])[0], "verifier-unknown");
}

#[test]
fn the_newest_verdict_of_a_gate_holds() {
    let failed = |gate, at| statement(gate, Outcome::Fail, at);
    let (pass, again) = (sealed(&passed(EARLIER)), sealed(&passed(LATER)));
    let fail = |at| sealed(&failed("sca", at));
    for given in [[pass.clone(), fail(LATER)], [fail(LATER), pass.clone()]] {
        assert_eq!(codes(&demand(), &given), ["failed"]);
    }
    // At the same moment the worse holds.
    assert_eq!(codes(&demand(), &[pass.clone(), fail(EARLIER)]), ["failed"]);
    assert!(verify(&demand(), &[fail(EARLIER), again.clone()]).is_proven(&demand()));
    // Of another gate.
    let other = sealed(&failed("image", LATER));
    assert!(verify(&demand(), &[pass.clone(), other]).is_proven(&demand()));
    // Of a gate that nobody names, at a moment that nobody names.
    let mut unnamed = failed("sca", EARLIER);
    unnamed.predicate.verdict = None;
    unnamed.predicate.time_verified = None;
    assert_eq!(codes(&demand(), &[again, sealed(&unnamed)]), ["failed"]);
    // For another resource, or by nobody who is trusted, it says nothing.
    let mut elsewhere = failed("sca", LATER);
    elsewhere.predicate.resource_uri.push('x');
    let seen = verify(&demand(), &[pass, sealed(&elsewhere)]);
    assert!(seen.is_proven(&demand()), "{seen:#?}");
    assert_eq!(seen.refused[0].code, Refusal::ResourceDiffers);
}

#[test]
fn each_gate_and_each_platform_has_to_be_proven() {
    let mut demand = demand();
    demand.gates = ["sca", "image"]
        .map(|name| GateName::new(name).unwrap())
        .to_vec();
    let both = [
        sealed(&passed(EARLIER)),
        sealed(&statement("image", Outcome::Warn, EARLIER)),
    ];
    assert!(verify(&demand, &both).is_proven(&demand));
    assert_eq!(codes(&demand, &both[..1]), ["level-missing"]);

    demand.gates.truncate(1);
    demand.platforms = vec![Digest::of(b"arm64")];
    assert_eq!(codes(&demand, &both[..1]), ["platform-missing"]);
    let text = serde_json::to_string(&passed(EARLIER)).unwrap();
    let text = text.replace(&Digest::of(b"image").hex(), &Digest::of(b"arm64").hex());
    let platform: Statement = serde_json::from_str(&text).unwrap();
    assert_eq!(codes(&demand, &[sealed(&platform)]), ["no-attestation"]);
    let all = [both[0].clone(), sealed(&platform)];
    assert_eq!(verify(&demand, &all).proofs.len(), 2);
    assert!(verify(&demand, &all).is_proven(&demand));
    demand.gates.clear();
    assert!(!verify(&demand, &all).is_proven(&demand));
}
