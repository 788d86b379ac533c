//! Signatures by a key of KMS. What is left is the number of files with the signed verdict: an envelope and a bundle, or none.

use serde_json::json;

use super::{ATTEMPTS, Row, Scene};
use crate::aws::{ALWAYS, Answer, Give};

const SIGN: (&str, &str) = ("kms", "Sign");
const FAILED: &str = "error[gate::signing-failed]";

const PROFILE: &str = "\
format = 1

[signing]
verifier = \"https://example.com/gate/v1\"
resource = \"oci://{subject}\"
";

/// What is there before anything goes wrong.
pub(super) fn prepare(scene: &Scene) {
    scene.folder.file("gate.toml", PROFILE);
    let client = scene.aws.client();
    let kind = json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"});
    let key = client.json("kms", "TrentService.CreateKey", &kind)["KeyMetadata"]["KeyId"].clone();
    // The answer to this one is empty.
    let alias = json!({"AliasName": "alias/gate", "TargetKeyId": key}).to_string();
    let request = client
        .request("kms", "POST", "/")
        .with("x-amz-target", "TrentService.CreateAlias");
    let request = request
        .with("content-type", "application/x-amz-json-1.1")
        .body(alias);
    assert_eq!(client.ask(&request).status, 200);
}

fn always(scene: &Scene, give: Give) {
    scene.aws.fault(SIGN.0, SIGN.1, ALWAYS, give);
}

pub(super) const SIGNED: &[Row] = &[
    Row {
        name: "nothing",
        wrong: |_| {},
        exit: 0,
        says: &[],
        // The public half, and the signature.
        calls: 2,
        left: 2,
    },
    Row {
        name: "throttled for a while",
        wrong: |scene| scene.aws.fault(SIGN.0, SIGN.1, 1..=2, Give::Throttled),
        exit: 0,
        says: &[],
        calls: 4,
        left: 2,
    },
    Row {
        name: "throttled for ever",
        wrong: |scene| always(scene, Give::Throttled),
        exit: 4,
        says: &[FAILED, "kms:Sign", "the service asks for fewer calls"],
        calls: 1 + ATTEMPTS,
        left: 0,
    },
    Row {
        name: "status 500 for ever",
        wrong: |scene| always(scene, Give::Broken),
        exit: 4,
        says: &[FAILED, "status 500"],
        calls: 1 + ATTEMPTS,
        left: 0,
    },
    Row {
        name: "signed, and the answer is lost",
        wrong: |scene| scene.aws.fault(SIGN.0, SIGN.1, 1..=1, Give::CutAfter),
        exit: 0,
        says: &[],
        calls: 3,
        left: 2,
    },
    Row {
        name: "cut off in the middle of every answer",
        wrong: |scene| always(scene, Give::CutWithin),
        exit: 4,
        says: &[FAILED, "no whole answer"],
        calls: 1 + ATTEMPTS,
        left: 0,
    },
    Row {
        name: "the role may look at the key, and not sign",
        wrong: |scene| always(scene, Give::Denied),
        exit: 4,
        says: &[FAILED, "access is denied", "\"Action\":\"kms:Sign\""],
        calls: 2,
        left: 0,
    },
    Row {
        name: "the credentials expire between the two calls",
        wrong: |scene| scene.aws.fault("*", "*", 2..=usize::MAX, Give::Expired),
        exit: 4,
        says: &[FAILED, "the credentials have expired"],
        calls: 1 + ATTEMPTS,
        left: 0,
    },
    Row {
        name: "the clocks differ",
        wrong: |scene| always(scene, Give::ClockSkew),
        exit: 4,
        says: &[FAILED, "the clock of this machine is wrong"],
        calls: 1 + ATTEMPTS,
        left: 0,
    },
    Row {
        name: "an answer that is none",
        wrong: |scene| always(scene, Give::Garbage),
        exit: 4,
        says: &[FAILED, "kms:Sign"],
        calls: 1 + ATTEMPTS,
        left: 0,
    },
    Row {
        name: "the key is disabled",
        wrong: |scene| {
            let body = json!({"__type": "DisabledException", "message": "it is disabled"});
            always(scene, Give::Answer(Answer::json(400, &body)));
        },
        exit: 4,
        says: &[FAILED, "kms:Sign", "DisabledException"],
        calls: 2,
        left: 0,
    },
];
