//! The stub and the front hold what `README.md` says of them: a valid finding, altered, and what comes of it.

mod calls;
mod faults;
mod rules;

use serde_json::{Value, json};

use super::http::{Answer, Request, ask};
use super::{Aws, REGION};

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
