//! The whole road in AWS: thresholds from Parameter Store, evidence in S3, a signature by KMS, findings in Security Hub, a
//! deploy step that verifies; then an auditor with a copy of the bucket and no network.

use std::time::{SystemTime, UNIX_EPOCH};

use gate_core::time::Moment;
use serde_json::{Value, json};

use crate::aws::{Aws, REGION};
use crate::foreign::kms_key;
use crate::gate::{Folder, Ran, report};
use crate::s3::Bucket;

const VERIFIER: &str = "https://example.com/gate/production/v1";

fn subject() -> String {
    format!("registry.example/shop@sha256:{}", "5f".repeat(32))
}

/// A folder whose profile names all of AWS, and whose public key is that of KMS.
fn folder(bucket: &Bucket) -> Folder {
    let aws = &bucket.aws;
    kms_key(aws, "gate", "ECC_NIST_P256");
    let folder = Folder::new();
    let profile = format!(
        "format = 1\nscope = \"shop\"\n\
         [gates.sast.bounds]\nmax-high = {{ at-most = 2 }}\n\
         [environments.production]\n\
         [thresholds]\nsource = \"ssm:/gate/{{scope}}/{{environment}}\"\n\
         [evidence]\nstore = \"{}\"\n\
         [publish]\nsecurity-hub = true\n\
         [signing]\nkey = \"awskms:///alias/gate\"\nverifier = \"{VERIFIER}\"\n\
         resource = \"oci://{{subject}}?env={{environment}}\"\n\
         [verify]\nrequire = [\"sast\"]\n\
         [[verify.trusted]]\nverifier = \"{VERIFIER}\"\nkey = \"gate.pub\"\n",
        bucket.uri()
    );
    folder.file("gate.toml", profile);
    let shown = aws.gate(
        &folder,
        &["key", "show", "awskms:///alias/gate", "--format", "json"],
    );
    assert_eq!((shown.code, &*shown.stderr), (0, ""), "{shown:?}");
    folder.file("gate.pub", shown.json()["public_key"].as_str().unwrap());
    folder
}

fn threshold(aws: &Aws, text: &str) {
    let body = json!({"Name": "/gate/shop/production/sast", "Value": text, "Type": "String", "Overwrite": true});
    aws.client().json("ssm", "AmazonSSM.PutParameter", &body);
}

/// Judges a report as of some seconds from now: what is judged in one second is in no order for who verifies.
fn evaluate(aws: &Aws, folder: &Folder, name: &str, later: i64) -> Ran {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let at = Moment::from_unix(i64::try_from(now).unwrap() + later)
        .unwrap()
        .to_string();
    let bandit = format!("bandit={}", report(name).display());
    let of = subject();
    let mut arguments = vec!["evaluate", "sast", "--report", &bandit, "--subject", &of];
    arguments.extend([
        "--environment",
        "production",
        "--at",
        &at,
        "--format",
        "json",
    ]);
    aws.gate(folder, &arguments)
}

fn verify(aws: &Aws, folder: &Folder) -> Ran {
    let of = subject();
    let arguments = [
        "verify",
        "--subject",
        &of,
        "--environment",
        "production",
        "--format",
        "json",
    ];
    aws.gate(folder, &arguments)
}

/// The verdict as Security Hub has it.
fn compliance(aws: &Aws) -> Value {
    let held = aws.hub().held();
    let verdict = held.iter().find(|(id, _)| id.ends_with("/verdict"));
    verdict.unwrap().1.finding["Compliance"]["Status"].clone()
}

#[test]
fn from_thresholds_to_a_deployment_and_to_an_auditor_without_a_network() {
    let Some(bucket) = Bucket::new() else { return };
    let aws = &bucket.aws;
    let folder = folder(&bucket);

    // Somebody raises a threshold beyond what the profile allows: the bound holds, and the verdict says who wins.
    threshold(
        aws,
        r#"{"max-high": 50, "max-critical": 0, "max-medium": 50, "max-low": 50}"#,
    );
    let failed = evaluate(aws, &folder, "bandit/findings.json", 1);
    let verdict = failed.json();
    assert_eq!(
        (failed.code, &verdict["outcome"]),
        (1, &json!("fail")),
        "{failed:?}"
    );
    let policies = verdict["policies"].as_array().unwrap();
    let budget = policies
        .iter()
        .find(|p| p["verdict"]["name"] == "severity-over-budget");
    let given = &budget.unwrap()["thresholds"]["max-high"];
    assert_eq!(given["value"], json!({"count": 2}), "{given}");
    assert_eq!(given["refused"]["value"], json!({"count": 50}), "{given}");
    let source = "ssm:/gate/shop/production/sast:1";
    assert_eq!(given["refused"]["source"], source, "{given}");
    let reasons = verdict["reasons"].as_array().unwrap();
    assert!(
        reasons
            .iter()
            .any(|r| r["code"] == "threshold-beyond-bound"),
        "{reasons:?}"
    );
    assert_eq!(compliance(aws), "FAILED");
    assert_eq!(
        verify(aws, &folder).code,
        1,
        "a fail is signed, too, and proves nothing"
    );

    // Threshold and finding are mended. What Security Hub had is archived, and what is to be deployed is proven.
    threshold(aws, r#"{"max-high": 1}"#);
    let findings = aws.hub().active().len();
    let passed = evaluate(aws, &folder, "bandit/clean.json", 20);
    assert_eq!(
        (passed.code, &passed.json()["outcome"]),
        (0, &json!("pass")),
        "{passed:?}"
    );
    assert_eq!(compliance(aws), "PASSED");
    assert!(findings > 1 && aws.hub().active().len() == 1, "{findings}");
    let verified = verify(aws, &folder);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(
        verified.json()["proofs"][0]["record"],
        passed.json()["record"],
        "{verified:?}"
    );

    // The source is gone, the bucket is copied, and nothing of AWS can be reached.
    let gone = json!({"Name": "/gate/shop/production/sast"});
    aws.client().json("ssm", "AmazonSSM.DeleteParameter", &gone);
    let calls = aws.calls().len();
    let elsewhere = Folder::new();
    for (name, bytes) in bucket.objects() {
        elsewhere.file(&format!("copy/{name}"), bytes);
    }
    for (ran, version) in [(&failed, 1), (&passed, 2)] {
        let record = ran.json()["record"].as_str().unwrap().to_owned();
        let replayed =
            elsewhere.gate(&["replay", &record, "--evidence", "copy", "--format", "json"]);
        assert_eq!(replayed.json()["result"], "reproduced", "{replayed:?}");
        let path = elsewhere
            .path()
            .join("copy/blobs/sha256")
            .join(record.replace("sha256:", ""));
        let kept: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let parameter = &kept["question"]["threshold_sources"][0]["parameters"][0];
        let arn = format!(
            "arn:aws:ssm:{REGION}:{}:parameter/gate/shop/production/sast",
            aws.account()
        );
        assert_eq!(
            (&parameter["arn"], &parameter["version"]),
            (&json!(arn), &json!(version)),
            "{kept}"
        );
    }
    assert_eq!(aws.calls().len(), calls, "a replay asks nobody");

    // Without the source nothing is decided, and nothing is published as gone.
    let before = aws.hub().held().len();
    let undecided = evaluate(aws, &folder, "bandit/clean.json", 40);
    assert_eq!(undecided.code, 3, "{undecided:?}");
    assert_eq!(
        (compliance(aws), aws.hub().held().len()),
        (json!("NOT_AVAILABLE"), before)
    );
    assert_eq!(verify(aws, &folder).code, 1, "what came after is no pass");
}
