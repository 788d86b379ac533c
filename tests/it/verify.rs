//! Signed verdicts and `gate verify`: what is proven, and each way in which nothing is.
//!
//! Envelopes are opened and forged here by code of their own, so that what the program writes and reads is held against
//! the formats and not against itself.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gate_core::digest::Digest;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::DecodePrivateKey as _;
use serde_json::{Value, json};

use crate::gate::{Folder, Ran, each, report};

pub(crate) const VERIFIER: &str = "https://example.com/gate/v1";
pub(crate) const RESOURCE: &str = "oci://registry.example/shop?env=production";
pub(crate) const STATEMENT: &str = "application/vnd.in-toto+json";

const PROFILE: &str = "\
format = 1

[environments.production]
[environments.test]

[signing]
verifier = \"https://example.com/gate/v1\"
resource = \"oci://{subject}?env={environment}\"

[verify]
require = [\"sast\"]

[[verify.trusted]]
verifier = \"https://example.com/gate/v1\"
key = \"gate.pub\"
";

fn digest(of: &str) -> String {
    Digest::of(of.as_bytes()).to_string()
}

pub(crate) fn subject(of: &str) -> String {
    format!("registry.example/shop@{}", digest(of))
}

/// A folder with a profile, a key and its public half.
pub(crate) fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("gate.toml", PROFILE);
    key(&folder, "gate");
    folder
}

/// Makes a key and writes its public half beside it.
pub(crate) fn key(folder: &Folder, name: &str) {
    let file = format!("{name}.key");
    let ran = folder.gate(&["key", "new", "-o", &file, "--format", "json"]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
    let public = ran.json()["public_key"].as_str().unwrap().to_owned();
    folder.file(&format!("{name}.pub"), public);
}

pub(crate) const CLEAN: &str = "bandit/clean.json";
pub(crate) const FINDINGS: &str = "bandit/findings.json";

/// Judges and signs.
pub(crate) fn evaluate(folder: &Folder, gate: &str, report_name: &str, more: &[&str]) -> Ran {
    let report = format!("bandit={}", report(report_name).display());
    let subject = subject("image");
    let mut arguments = vec!["evaluate", gate, "--report", &report, "--format", "json"];
    arguments.extend(["--attestation-output", "out"]);
    for (flag, value) in [
        ("--subject", &*subject),
        ("--environment", "production"),
        ("--sign", "gate.key"),
    ] {
        if !more.contains(&flag) {
            arguments.extend([flag, value]);
        }
    }
    arguments.extend(more);
    folder.gate(&arguments)
}

pub(crate) fn signed(folder: &Folder, gate: &str, of: &str, form: &str) -> PathBuf {
    let hex = digest(of).replace("sha256:", "");
    folder.path().join(format!("out/{gate}-{hex}.{form}.json"))
}

/// A signed pass of the gate `sast`, and where it is.
pub(crate) fn passed(folder: &Folder) -> PathBuf {
    let ran = evaluate(folder, "sast", CLEAN, &[]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
    signed(folder, "sast", "image", "dsse")
}

pub(crate) fn verify(folder: &Folder, more: &[&str]) -> Ran {
    let subject = subject("image");
    let mut arguments = vec!["verify", "--format", "json"];
    for (flag, value) in [("--subject", &*subject), ("--environment", "production")] {
        if !more.contains(&flag) {
            arguments.extend([flag, value]);
        }
    }
    arguments.extend(more);
    folder.gate(&arguments)
}

fn codes(ran: &Ran) -> Vec<String> {
    let answer = ran.json();
    let refused = answer["refused"].as_array().unwrap().clone();
    let codes = refused
        .iter()
        .map(|why| why["code"].as_str().unwrap().to_owned());
    codes.collect()
}

pub(crate) fn read(path: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What an envelope holds, taken as it is.
pub(crate) fn payload(envelope: &Value) -> Value {
    let bytes = STANDARD
        .decode(envelope["payload"].as_str().unwrap())
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

pub(crate) fn pae(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        body.len()
    )
    .into_bytes();
    message.extend(body);
    message
}

/// Signs something else by the key of a file.
fn forge(folder: &Folder, key: &str, payload_type: &str, body: &Value) -> Value {
    let body = body.to_string();
    let pem = fs::read_to_string(folder.path().join(key)).unwrap();
    let signature: DerSignature = SigningKey::from_pkcs8_pem(&pem)
        .unwrap()
        .sign(&pae(payload_type, body.as_bytes()));
    json!({
        "payload": STANDARD.encode(body),
        "payloadType": payload_type,
        "signatures": [{"sig": STANDARD.encode(signature.as_bytes())}],
    })
}

pub(crate) fn put(folder: &Folder, name: &str, value: &Value) -> String {
    folder.file(name, value.to_string());
    name.to_owned()
}

#[test]
fn a_signed_pass_is_proven_from_the_store_from_files_and_from_a_bundle() {
    let folder = folder();
    let dsse = passed(&folder);
    let bundle = signed(&folder, "sast", "image", "sigstore");
    for more in [
        vec![],
        vec!["--evidence", ".gate"],
        vec!["--attestation", dsse.to_str().unwrap()],
        vec!["--attestation", bundle.to_str().unwrap()],
        vec!["--attestation", "out", "--require", "sast"],
    ] {
        let ran = verify(&folder, &more);
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
        let answer = ran.json();
        assert_eq!(answer["format"], "gate-verification/1");
        assert_eq!(
            (&answer["verified"], &answer["refused"]),
            (&json!(true), &json!([]))
        );
        assert_eq!(
            (&answer["resource"], &answer["max_age"]),
            (&json!(RESOURCE), &json!("1d"))
        );
        let proof = &answer["proofs"][0];
        assert_eq!(
            (&proof["gate"], &proof["verifier"]),
            (&json!("sast"), &json!(VERIFIER))
        );
        // The record that it names is there, and can be replayed.
        let record = proof["record"].as_str().unwrap();
        assert_eq!(folder.gate(&["replay", record]).code, 0);
        // Its rules are those that can be asked for.
        let rules = proof["rules"].as_str().unwrap();
        assert_eq!(verify(&folder, &["--policy-digest", rules]).code, 0);
    }
    let human = folder.gate(&[
        "verify",
        "--subject",
        &subject("image"),
        "--environment",
        "production",
    ]);
    assert_eq!(human.code, 0);
    assert!(human.stdout.ends_with(&format!(
        "verified: {} for `{RESOURCE}`\n",
        subject("image")
    )));
}

#[test]
fn an_attestation_is_what_the_formats_say() {
    let folder = folder();
    let dsse = read(&passed(&folder));
    let statement = payload(&dsse);
    assert_eq!(dsse["payloadType"], STATEMENT);
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(
        statement["predicateType"],
        "https://slsa.dev/verification_summary/v1"
    );
    let predicate = &statement["predicate"];
    assert_eq!(predicate["verificationResult"], "PASSED");
    assert_eq!(predicate["verifiedLevels"], json!(["GATE_SAST_PASSED"]));
    assert_eq!(predicate["resourceUri"], RESOURCE);
    let shown = folder
        .gate(&["key", "show", "gate.key", "--format", "json"])
        .json();
    assert_eq!(
        shown,
        folder
            .gate(&["key", "show", "gate.pub", "--format", "json"])
            .json_as("gate.key")
    );
    assert_eq!(dsse["signatures"][0]["keyid"], shown["fingerprint"]);

    let bundle = read(&signed(&folder, "sast", "image", "sigstore"));
    assert_eq!(
        bundle["verificationMaterial"]["publicKey"]["hint"],
        shown["hint"]
    );
    assert_eq!(bundle["dsseEnvelope"]["payload"], dsse["payload"]);
    let signatures = bundle["dsseEnvelope"]["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 1);
    assert!(signatures[0].get("keyid").is_none());
    // The blobs of the store have both, and its state names them.
    let hex = digest("image").replace("sha256:", "");
    let state = folder.path().join(".gate/state/attestations").join(hex);
    let kept: Vec<_> = fs::read_dir(state)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    for path in kept {
        let blob = Digest::of(&fs::read(&path).unwrap()).hex();
        assert!(
            folder
                .path()
                .join(".gate/blobs/sha256")
                .join(blob)
                .is_file(),
            "{path:?}"
        );
    }
}

/// What a row of the table asks, when a signed pass was made: the arguments of `gate verify`.
type Row = (&'static str, fn(&Folder, &Value) -> Vec<String>);

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn given(folder: &Folder, value: &Value) -> Vec<String> {
    let name = put(folder, "given.json", value);
    vec!["--attestation".to_owned(), name]
}

/// The statement of the pass, changed and signed again by the same key.
fn changed(folder: &Folder, pass: &Value, change: fn(&mut Value)) -> Vec<String> {
    let mut statement = payload(pass);
    change(&mut statement);
    given(folder, &forge(folder, "gate.key", STATEMENT, &statement))
}

const ROWS: &[Row] = &[
    ("subject-without-digest", |_, _| {
        words(&["--subject", "registry.example/shop:1.2"])
    }),
    ("malformed", |folder, _| {
        given(folder, &json!({"verdict": "pass"}))
    }),
    ("malformed", |folder, pass| {
        changed(folder, pass, |it| it["_type"] = json!("Link"))
    }),
    ("malformed", |folder, pass| {
        changed(folder, pass, |it| {
            it["predicate"]["verificationResult"] = json!("MAYBE");
        })
    }),
    // A bundle has one signature: with two, two readers could believe two of them.
    ("malformed", |folder, _| {
        let mut bundle = read(&signed(folder, "sast", "image", "sigstore"));
        let one = bundle["dsseEnvelope"]["signatures"][0].clone();
        bundle["dsseEnvelope"]["signatures"] = json!([one, one]);
        given(folder, &bundle)
    }),
    ("malformed", |folder, _| {
        let mut bundle = read(&signed(folder, "sast", "image", "sigstore"));
        bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.1+json");
        given(folder, &bundle)
    }),
    ("key-unknown", |folder, _| {
        key(folder, "other");
        words(&["--key", "other.pub", "--verifier-id", VERIFIER])
    }),
    ("signature-invalid", |folder, pass| {
        let mut altered = pass.clone();
        let mut statement = payload(pass);
        statement["subject"][0]["name"] = json!("registry.example/another");
        altered["payload"] = json!(STANDARD.encode(statement.to_string()));
        given(folder, &altered)
    }),
    ("signature-invalid", |folder, pass| {
        let mut altered = pass.clone();
        let sig = altered["signatures"][0]["sig"].as_str().unwrap();
        let mut sig = STANDARD.decode(sig).unwrap();
        *sig.last_mut().unwrap() ^= 1;
        altered["signatures"][0]["sig"] = json!(STANDARD.encode(sig));
        given(folder, &altered)
    }),
    // The type is signed together with the bytes.
    ("signature-invalid", |folder, pass| {
        let mut altered = pass.clone();
        altered["payloadType"] = json!("application/json");
        given(folder, &altered)
    }),
    // By somebody who is not trusted, and who does not say so.
    ("signature-invalid", |folder, pass| {
        key(folder, "other");
        given(
            folder,
            &forge(folder, "other.key", STATEMENT, &payload(pass)),
        )
    }),
    ("payload-type", |folder, pass| {
        given(
            folder,
            &forge(folder, "gate.key", "application/json", &payload(pass)),
        )
    }),
    ("subject-differs", |folder, pass| {
        changed(folder, pass, |it| {
            it["subject"][0]["digest"]["sha256"] = json!("0".repeat(64));
        })
    }),
    ("predicate-type", |folder, pass| {
        changed(folder, pass, |it| {
            it["predicateType"] = json!("https://slsa.dev/provenance/v1");
        })
    }),
    ("verifier-unknown", |folder, pass| {
        changed(folder, pass, |it| {
            it["predicate"]["verifier"]["id"] = json!("https://example.com/gate/v2");
        })
    }),
    ("verifier-unknown", |_, _| {
        words(&[
            "--key",
            "gate.pub",
            "--verifier-id",
            "https://example.com/gate/v2",
        ])
    }),
    ("resource-differs", |_, _| words(&["--environment", "test"])),
    ("resource-differs", |_, _| {
        words(&["--resource-uri", "oci://shop?env=production"])
    }),
    ("failed", |folder, pass| {
        changed(folder, pass, |it| {
            it["predicate"]["verificationResult"] = json!("FAILED");
        })
    }),
    // A later fail, and a later fail that was only monitored.
    ("failed", |folder, _| {
        let ran = evaluate(folder, "sast", FINDINGS, &["--at", "2990-01-01T00:00:00Z"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        vec![]
    }),
    ("failed", |folder, _| {
        let later = ["--at", "2990-01-01T00:00:00Z", "--monitor"];
        let ran = evaluate(folder, "sast", FINDINGS, &later);
        assert_eq!(ran.code, 0, "{ran:?}");
        vec![]
    }),
    ("level-missing", |_, _| words(&["--require", "sast,image"])),
    ("undated", |folder, pass| {
        changed(folder, pass, |it| {
            it["predicate"]
                .as_object_mut()
                .unwrap()
                .remove("timeVerified");
        })
    }),
    ("too-old", |_, _| words(&["--at", "2990-01-01T00:00:00Z"])),
    ("from-the-future", |folder, _| {
        fs::remove_dir_all(folder.path().join(".gate")).unwrap();
        evaluate(folder, "sast", CLEAN, &["--at", "2990-01-01T00:00:00Z"]);
        vec![]
    }),
    ("policy-unknown", |_, _| {
        vec!["--policy-digest".to_owned(), digest("other rules")]
    }),
    ("platform-missing", |_, _| {
        vec!["--platform-digest".to_owned(), digest("arm64")]
    }),
    ("no-attestation", |_, _| words(&["--evidence", "nowhere"])),
    ("no-attestation", |_, _| {
        vec!["--subject".to_owned(), subject("another")]
    }),
];

#[test]
fn each_way_to_prove_nothing_is_refused_by_name() {
    each(ROWS, |(code, row)| {
        let folder = folder();
        let pass = read(&passed(&folder));
        let arguments = row(&folder, &pass);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = verify(&folder, &arguments);
        assert_eq!((ran.code, &*ran.stderr), (1, ""), "{code}: {ran:?}");
        let (seen, answer) = (codes(&ran), ran.json());
        assert_eq!(seen.first().map(String::as_str), Some(*code), "{answer:#}");
        assert_eq!(answer["verified"], json!(false));
        // People see the same.
        let human: Vec<&str> = arguments.clone();
        let human = folder.gate(&[&["verify"][..], &human, &missing(&arguments)].concat());
        assert_eq!(human.code, 1, "{human:?}");
        assert!(
            human
                .stdout
                .starts_with(&format!("error[gate::verify::{code}]: ")),
            "{human:?}"
        );
    });
}

/// The arguments that a row leaves out.
fn missing(given: &[&str]) -> Vec<&'static str> {
    let mut more = Vec::new();
    if !given.contains(&"--subject") {
        let subject: &'static str = Box::leak(subject("image").into_boxed_str());
        more.extend(["--subject", subject]);
    }
    if !given.contains(&"--environment") {
        more.extend(["--environment", "production"]);
    }
    more
}

#[test]
fn every_refusal_is_in_the_table() {
    let page = fs::read_to_string(crate::gate::workspace().join("docs/verify.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: Vec<_> = rows
        .filter_map(|row| Some(row.split_once('`')?.0))
        .collect();
    assert!(documented.len() >= 17, "{documented:?}");
    for code in documented {
        assert!(ROWS.iter().any(|(row, _)| *row == code), "{code}");
    }
}

#[test]
fn several_gates_and_each_platform_have_to_be_proven() {
    let folder = folder();
    passed(&folder);
    let both = ["--require", "sast,secrets"];
    assert_eq!(codes(&verify(&folder, &both)), ["level-missing"]);
    let secrets = evaluate(&folder, "secrets", CLEAN, &[]);
    assert_eq!(secrets.code, 0, "{secrets:?}");
    let ran = verify(&folder, &both);
    assert_eq!(
        (ran.code, ran.json()["proofs"].as_array().unwrap().len()),
        (0, 2),
        "{ran:?}"
    );

    let arm = digest("arm64");
    let with_platform = ["--platform-digest", &arm];
    assert_eq!(
        codes(&verify(&folder, &with_platform)),
        ["platform-missing"]
    );
    let platform = subject("arm64");
    let ran = evaluate(&folder, "sast", CLEAN, &["--subject", &platform]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(verify(&folder, &with_platform).code, 0);
    // A pass of a platform is none of the index.
    let other = signed(&folder, "sast", "arm64", "dsse");
    let ran = verify(&folder, &["--attestation", other.to_str().unwrap()]);
    assert_eq!(codes(&ran), ["subject-differs", "no-attestation"]);
}

#[test]
fn what_is_not_believed_is_said_and_does_not_stand_in_the_way() {
    let folder = folder();
    let pass = passed(&folder);
    put(&folder, "out/sbom.json", &json!({"bomFormat": "CycloneDX"}));
    // A fail by somebody who is not trusted.
    key(&folder, "other");
    let mut statement = payload(&read(&pass));
    statement["predicate"]["verificationResult"] = json!("FAILED");
    put(
        &folder,
        "out/forged.json",
        &forge(&folder, "other.key", STATEMENT, &statement),
    );
    let ran = verify(&folder, &["--attestation", "out"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(codes(&ran), ["malformed", "signature-invalid"]);
}

#[test]
fn without_a_digest_nothing_is_signed_and_the_gate_stays_closed() {
    let folder = folder();
    for (report, code) in [(CLEAN, 4), (FINDINGS, 1)] {
        let ran = evaluate(
            &folder,
            "sast",
            report,
            &["--subject", "registry.example/shop"],
        );
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(
            ran.stderr.starts_with("error[gate::signing-failed]: "),
            "{ran:?}"
        );
        // The verdict stands.
        assert_eq!(ran.json()["exit_code"], code);
        assert_eq!(
            folder
                .gate(&["replay", ran.json()["record"].as_str().unwrap()])
                .code,
            0
        );
    }
    assert!(!folder.path().join("out").exists());
}

#[test]
fn what_is_wrong_with_signing_is_said_before_anything_is_judged() {
    let folder = folder();
    folder.file(
        "broken.key",
        "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
    );
    for (more, code, message) in [
        (
            &["--sign", "none.key"][..],
            "key-invalid",
            "reading the key `none.key`: ",
        ),
        (
            &["--sign", "broken.key"],
            "key-invalid",
            "expected a key for ECDSA over the curve P-256",
        ),
        (
            &["--sign", "gate.pub"],
            "key-invalid",
            "the private one is needed",
        ),
        (
            &["--sign", "awskms://alias/gate"],
            "config-invalid",
            "`--sign awskms://alias/gate`: ",
        ),
        (
            &["--resource-uri", "shop"],
            "config-invalid",
            "expected a URI",
        ),
        (
            &["--resource-uri", "oci://{tag}"],
            "config-invalid",
            "are filled in",
        ),
    ] {
        let ran = evaluate(&folder, "sast", CLEAN, more);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
        assert!(
            ran.stderr.contains(&format!("error[gate::{code}]: ")),
            "{ran:?}"
        );
        assert!(ran.stderr.contains(message), "{ran:?}");
    }
    for (more, message) in [
        (&["--require", "S A"][..], "`--require S A`"),
        (
            &["--key", "gate.key", "--verifier-id", VERIFIER],
            "it is a private key",
        ),
        (
            &["--key", "gate.pub", "--verifier-id", "me"],
            "`--verifier-id me`",
        ),
        (&["--attestation", "nowhere"], "reading `nowhere`"),
        (
            &["--environment", "elsewhere"],
            "no environment `elsewhere`",
        ),
        (&["--at", "2020-01-01T00:00:00Z"], "lies in the past"),
        (&["--key", "gate.pub"], "--verifier-id"),
    ] {
        let ran = verify(&folder, more);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(message), "{ran:?}");
    }
    assert!(!folder.path().join(".gate").exists());
}

#[test]
fn a_key_is_not_replaced_not_shown_and_not_readable_by_others() {
    let folder = folder();
    let secret = fs::read_to_string(folder.path().join("gate.key")).unwrap();
    let ran = folder.gate(&["key", "new", "-o", "gate.key"]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("never replaced"), "{ran:?}");
    assert_eq!(
        fs::read_to_string(folder.path().join("gate.key")).unwrap(),
        secret
    );
    let lines: Vec<_> = secret
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    for arguments in [
        &["key", "show", "gate.key"][..],
        &["key", "show", "gate.pub"],
    ] {
        let ran = folder.gate(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("-----BEGIN PUBLIC KEY-----"));
        assert!(
            lines.iter().all(|line| !ran.stdout.contains(line)),
            "{ran:?}"
        );
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join("gate.key"))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }
}

/// There is no way to sign but to evaluate: no flag of another command, and no file of the store changes with a replay.
#[test]
fn a_replay_signs_nothing() {
    let folder = folder();
    passed(&folder);
    let before = crate::gate::files_below(&folder.path().join(".gate"));
    let (_, record) = (
        0,
        before
            .iter()
            .find(|path| path.parent().unwrap().ends_with("records")),
    );
    let record = record
        .unwrap()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    for command in [
        &["replay", &record][..],
        &["explain", &record, "--distance"],
    ] {
        assert_eq!(folder.gate(command).code, 0);
        let signing = [command, &["--sign", "gate.key"]].concat();
        assert_eq!(folder.gate(&signing).code, 2);
    }
    assert_eq!(
        crate::gate::files_below(&folder.path().join(".gate")),
        before
    );
}

/// A verdict that was signed twice is there once, and the same bytes: a key's file signs deterministically.
#[test]
fn the_same_verdict_has_the_same_signature() {
    let folder = folder();
    let at = ["--at", "2990-01-01T00:00:00Z"];
    let sign = || {
        assert_eq!(evaluate(&folder, "sast", CLEAN, &at).code, 0);
        fs::read(signed(&folder, "sast", "image", "dsse")).unwrap()
    };
    assert_eq!(sign(), sign());
}

impl Ran {
    /// The answer as JSON, about a key of another name.
    fn json_as(&self, key: &str) -> Value {
        let mut answer = self.json();
        answer["key"] = json!(key);
        answer
    }
}
