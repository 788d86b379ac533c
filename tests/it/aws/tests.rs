//! The stub and the front hold what `README.md` says of them: a valid finding, altered, and what comes of it.

use serde_json::{Value, json};

use super::http::{Answer, Request, ask};
use super::{ALWAYS, Aws, Give, Pace, REGION};
use crate::gate::each;

/// A finding without fault.
fn finding(aws: &Aws, id: &str) -> Value {
    let account = aws.account();
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": id,
        "ProductArn": format!("arn:aws:securityhub:{REGION}:{account}:product/{account}/default"),
        "GeneratorId": "gate/image",
        "AwsAccountId": account,
        "CreatedAt": "2026-01-01T00:00:00.000Z",
        "UpdatedAt": "2026-01-01T00:00:00.000Z",
        "Title": "A title",
        "Description": "A description",
        "Resources": [{"Type": "Container", "Id": "registry/app@sha256:0"}],
        "FindingProviderFields": {
            "Severity": {"Label": "HIGH", "Original": "high"},
            "Types": ["Software and Configuration Checks/Vulnerabilities/CVE"],
        },
    })
}

/// Asks the front as the program does, but for the signature.
fn call(aws: &Aws, method: &str, path: &str, body: &Value) -> Answer {
    let key = format!("AKIATEST{}", aws.account());
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/{REGION}/securityhub/aws4_request, SignedHeaders=host, Signature=0"
    );
    let request = Request::new(method, path)
        .with("authorization", &credential)
        .body(body.to_string());
    ask(aws.server.address(), &request).unwrap()
}

fn import(aws: &Aws, findings: &[Value]) -> Answer {
    call(
        aws,
        "POST",
        "/findings/import",
        &json!({"Findings": findings}),
    )
}

fn found(aws: &Aws, request: &Value) -> Vec<String> {
    let answer = call(aws, "POST", "/findings", request);
    assert_eq!(answer.status, 200, "{answer:?}");
    let findings = answer.as_json()["Findings"].as_array().unwrap().clone();
    findings
        .iter()
        .map(|f| f["Id"].as_str().unwrap().to_owned())
        .collect()
}

/// Puts a value at a path such as `Resources.0.Type`; null takes away what is there.
fn put(finding: &mut Value, path: &str, value: Value) {
    let mut place = finding;
    let (folders, last) = path.rsplit_once('.').unwrap_or(("", path));
    for part in folders.split('.').filter(|part| !part.is_empty()) {
        place = match part.parse::<usize>() {
            Ok(n) => &mut place[n],
            Err(_) => &mut place[part],
        };
    }
    match last.parse::<usize>() {
        Ok(n) => place[n] = value,
        Err(_) if value.is_null() => drop(place.as_object_mut().unwrap().remove(last)),
        Err(_) => place[last] = value,
    }
}

fn long(length: usize) -> Value {
    json!("x".repeat(length))
}

#[test]
fn a_finding_without_fault_is_taken() {
    let aws = Aws::start();
    let answer = import(&aws, &[finding(&aws, "a")]);
    let expected = json!({"FailedCount": 0, "SuccessCount": 1, "FailedFindings": []});
    assert_eq!((answer.status, answer.as_json()), (200, expected));
    let held = &aws.hub().held()["a"];
    // From what the provider says, to where the customer looks.
    assert_eq!(
        held.finding["Severity"],
        json!({"Label": "HIGH", "Original": "high", "Normalized": 70})
    );
    assert_eq!(
        held.finding["Types"],
        finding(&aws, "a")["FindingProviderFields"]["Types"]
    );
    assert_eq!(held.finding["Workflow"], json!({"Status": "NEW"}));
    assert_eq!((aws.hub().events(), aws.hub().stale()), (1, 0));
}
