//! Signatures that other people's programs check, and that theirs make: openssl, `ssh-keygen`, `@sigstore/verify` (npm),
//! `securesystemslib` (Python), and KMS as moto has it. Where a program is not there, the test says so.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::aws::{skipped, tool};
use crate::gate::{Folder, Ran, report, workspace};
use crate::verify::{
    CLEAN, STATEMENT, VERIFIER, evaluate, folder, pae, passed, put, read, signed, subject, verify,
};

/// Whether a program is here; a test that needs it says so plainly when it is not.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("-h").output().is_ok();
    if !found {
        skipped(format!("{program} is not installed"));
    }
    found
}

fn run(folder: &Folder, program: &str, arguments: &[&str]) -> Ran {
    Ran::of(
        Command::new(program)
            .args(arguments)
            .current_dir(folder.path()),
    )
}

#[test]
fn openssl_verifies_what_gate_signs_and_gate_what_openssl_signs() {
    if !has("openssl") {
        return;
    }
    let folder = folder();
    let pass = read(&passed(&folder));
    let body = STANDARD.decode(pass["payload"].as_str().unwrap()).unwrap();
    folder.file("pae.bin", pae(STATEMENT, &body));
    let sig = pass["signatures"][0]["sig"].as_str().unwrap();
    folder.file("sig.der", STANDARD.decode(sig).unwrap());
    let dgst = ["dgst", "-sha256"];
    let check = ["-verify", "gate.pub", "-signature", "sig.der", "pae.bin"];
    let ran = run(&folder, "openssl", &[&dgst[..], &check].concat());
    assert_eq!((ran.code, ran.stdout.trim()), (0, "Verified OK"), "{ran:?}");
    folder.file("pae.bin", pae(STATEMENT, b"{}"));
    let ran = run(&folder, "openssl", &[&dgst[..], &check].concat());
    assert_ne!(ran.code, 0, "{ran:?}");

    // A key made by openssl, in the older form, and an envelope signed by it alone.
    let curve = [
        "ecparam",
        "-name",
        "prime256v1",
        "-genkey",
        "-out",
        "theirs.key",
    ];
    assert_eq!(run(&folder, "openssl", &curve).code, 0);
    let public = ["pkey", "-in", "theirs.key", "-pubout", "-out", "theirs.pub"];
    assert_eq!(run(&folder, "openssl", &public).code, 0);
    folder.file("pae.bin", pae(STATEMENT, &body));
    let sign = ["-sign", "theirs.key", "-out", "sig.der", "pae.bin"];
    assert_eq!(
        run(&folder, "openssl", &[&dgst[..], &sign].concat()).code,
        0
    );
    let mut envelope = pass.clone();
    let sig = STANDARD.encode(fs::read(folder.path().join("sig.der")).unwrap());
    envelope["signatures"] = json!([{"sig": sig}]);
    put(&folder, "theirs.json", &envelope);
    let theirs = [
        "--attestation",
        "theirs.json",
        "--key",
        "theirs.pub",
        "--verifier-id",
        VERIFIER,
    ];
    let ran = verify(&folder, &theirs);
    assert_eq!(ran.code, 0, "{ran:?}");
    // The key signs for gate, too.
    assert_eq!(
        evaluate(&folder, "sast", CLEAN, &["--sign", "theirs.key"]).code,
        0
    );
    assert_eq!(
        verify(&folder, &[&theirs[2..], &["--attestation", "out"]].concat()).code,
        0
    );
}

#[test]
fn the_id_of_a_key_is_the_one_of_ssh_keygen() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = folder();
    let ran = run(
        &folder,
        "ssh-keygen",
        &["-i", "-m", "PKCS8", "-f", "gate.pub"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    folder.file("gate.ssh", &ran.stdout);
    let ran = run(&folder, "ssh-keygen", &["-lf", "gate.ssh"]);
    let shown = folder
        .gate(&["key", "show", "gate.key", "--format", "json"])
        .json();
    assert_eq!(
        ran.stdout.split(' ').nth(1),
        shown["fingerprint"].as_str(),
        "{ran:?}"
    );
}

/// A verdict whose signature holds, and one that was altered.
fn altered(folder: &Folder, name: &str) {
    let mut other = read(&folder.path().join(name));
    let envelope = match other.get_mut("dsseEnvelope") {
        Some(envelope) => envelope,
        None => &mut other,
    };
    envelope["payload"] = json!(STANDARD.encode(b"{}"));
    put(folder, "altered.json", &other);
}

#[test]
fn sigstores_own_verification_takes_a_bundle() {
    let Some(node) = tool("node") else { return };
    let folder = folder();
    passed(&folder);
    let bundle = signed(&folder, "sast", "image", "sigstore");
    let script = workspace().join("tests/tools/verify_bundle.cjs");
    let [script, node, bundle] = [&script, &node, &bundle].map(|path| path.to_str().unwrap());
    let ran = run(&folder, "node", &[script, node, bundle, "gate.pub"]);
    let shown = folder
        .gate(&["key", "show", "gate.key", "--format", "json"])
        .json();
    let verified = format!("verified {}", shown["hint"].as_str().unwrap());
    assert_eq!((ran.code, ran.stdout.trim()), (0, &*verified), "{ran:?}");
    altered(&folder, bundle);
    let ran = run(&folder, "node", &[script, node, "altered.json", "gate.pub"]);
    assert_ne!(ran.code, 0, "{ran:?}");
}

#[test]
fn securesystemslib_takes_an_envelope() {
    let Some(python) = tool("python") else { return };
    let folder = folder();
    let dsse = passed(&folder);
    let script = workspace().join("tests/tools/verify_envelope.py");
    let python = python.join("bin/python");
    let [script, python, dsse] = [&script, &python, &dsse].map(|path| path.to_str().unwrap());
    let ran = run(&folder, python, &[script, dsse, "gate.pub"]);
    assert_eq!(
        (ran.code, ran.stdout.split(' ').next()),
        (0, Some("verified")),
        "{ran:?}"
    );
    altered(&folder, dsse);
    let ran = run(&folder, python, &[script, "altered.json", "gate.pub"]);
    assert_ne!(ran.code, 0, "{ran:?}");
}

/// Makes a key in KMS and an alias for it.
pub(crate) fn kms_key(aws: &Aws, alias: &str, spec: &str) -> Value {
    let asked = json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"});
    let made = aws.client().json("kms", "TrentService.CreateKey", &asked);
    let id = made["KeyMetadata"]["KeyId"].clone();
    let named = json!({"AliasName": format!("alias/{alias}"), "TargetKeyId": id});
    let request = aws.client().request("kms", "POST", "/");
    let request = request.with("content-type", "application/x-amz-json-1.1");
    let request = request.with("x-amz-target", "TrentService.CreateAlias");
    assert_eq!(
        aws.client().ask(&request.body(named.to_string())).status,
        200
    );
    made["KeyMetadata"]["Arn"].clone()
}

/// Evaluates a clean report, signed by a key.
fn evaluate_with(aws: &Aws, folder: &Folder, key: &str) -> Ran {
    let report = format!("bandit={}", report(CLEAN).display());
    let of = subject("image");
    let asked = ["evaluate", "sast", "--report", &report, "--subject", &of];
    let signed = ["--environment", "production", "--sign", key];
    let answer = ["--attestation-output", "out", "--format", "json"];
    aws.gate(folder, &[&asked[..], &signed, &answer].concat())
}

#[test]
fn a_key_of_kms_signs_and_never_leaves_it() {
    let Some(aws) = Aws::with_moto() else { return };
    let folder = folder();
    let arn = kms_key(&aws, "gate", "ECC_NIST_P256");
    let by_arn = format!("awskms:///{}", arn.as_str().unwrap());
    for key in ["awskms:///alias/gate", &by_arn] {
        let ran = evaluate_with(&aws, &folder, key);
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
        let shown = aws.gate(&folder, &["key", "show", key, "--format", "json"]);
        // The service names the key by its ARN, moto by the id at the end of it.
        let name = shown.json()["key"].as_str().unwrap().to_owned();
        let named = arn.as_str().unwrap().ends_with(&name);
        assert!(shown.code == 0 && named && !name.is_empty(), "{shown:?}");
        folder.file("kms.pub", shown.json()["public_key"].as_str().unwrap());
        // To verify, nobody has to be asked.
        let theirs = [
            "--key",
            "kms.pub",
            "--verifier-id",
            VERIFIER,
            "--attestation",
            "out",
        ];
        let ran = verify(&folder, &theirs);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(aws.called("kms", "Sign"), 2);
}

#[test]
fn a_key_of_kms_that_does_not_sign_closes_the_gate_and_the_verdict_stands() {
    let Some(aws) = Aws::with_moto() else { return };
    let folder = folder();
    kms_key(&aws, "other", "ECC_NIST_P384");
    for (key, message) in [
        ("awskms:///alias/none", "kms:GetPublicKey"),
        (
            "awskms:///alias/other",
            "ECC_NIST_P256 for SIGN_VERIFY is needed",
        ),
    ] {
        let ran = evaluate_with(&aws, &folder, key);
        assert_eq!(
            (ran.code, &ran.json()["outcome"]),
            (4, &json!("pass")),
            "{ran:?}"
        );
        assert!(
            ran.stderr.starts_with("error[gate::signing-failed]: "),
            "{ran:?}"
        );
        assert!(ran.stderr.contains(message), "{ran:?}");
        assert_eq!(verify(&folder, &[]).code, 1);
    }
}
