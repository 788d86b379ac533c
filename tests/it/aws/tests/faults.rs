//! What goes wrong goes wrong as it is asked for, in the words of the service; and moto is behind it all.

use std::io;

use serde_json::{Value, json};

use super::super::http::{Answer, Request, ask};
use super::super::{ALWAYS, Aws, Client, Give, REGION, meanwhile};
use super::{finding, import};
use crate::gate::each;

/// A call of a service that speaks JSON, through the front.
fn json_call(aws: &Aws, service: &str, target: &str, body: &Value) -> io::Result<Answer> {
    signed(
        aws,
        service,
        Request::new("POST", "/")
            .with("x-amz-target", target)
            .body(body.to_string()),
    )
}

fn signed(aws: &Aws, service: &str, request: Request) -> io::Result<Answer> {
    let key = format!("AKIATEST{}", aws.account());
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    let request = request
        .with("authorization", &credential)
        .with("content-type", "application/x-amz-json-1.1");
    ask(aws.server.address(), &request)
}

#[test]
fn each_service_refuses_in_its_own_words() {
    let rows = [
        (
            "ssm",
            Give::Throttled,
            400,
            "\"__type\":\"ThrottlingException\"",
        ),
        (
            "kms",
            Give::Denied,
            400,
            "\"__type\":\"AccessDeniedException\"",
        ),
        ("kms", Give::Broken, 500, "InternalServerError"),
        (
            "securityhub",
            Give::Throttled,
            429,
            "\"Code\":\"TooManyRequestsException\"",
        ),
        ("securityhub", Give::Expired, 403, "ExpiredTokenException"),
        ("securityhub", Give::ClockSkew, 403, "Signature expired: "),
        ("sts", Give::Expired, 403, "<Code>ExpiredToken</Code>"),
        (
            "sns",
            Give::Denied,
            403,
            "is not authorized to perform: sns:Publish",
        ),
        ("s3", Give::Throttled, 503, "<Code>SlowDown</Code>"),
        (
            "s3",
            Give::ClockSkew,
            403,
            "<Code>RequestTimeTooSkewed</Code>",
        ),
        ("ssm", Give::Garbage, 200, "<!doctype html>"),
        ("ssm", Give::EmptyPage, 200, "\"Parameters\":[]"),
        (
            "ssm",
            Give::Answer(Answer::json(418, &json!({}))),
            418,
            "{}",
        ),
    ];
    each(rows, |(service, give, status, text)| {
        let aws = Aws::start();
        aws.fault(service, "*", ALWAYS, give);
        let request = Request::new("POST", "/").body("Action=Publish&Version=1");
        let answer = signed(&aws, service, request).unwrap();
        let body = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, status, "{service}: {body}");
        assert!(body.contains(text), "{service}: {body}");
        assert_eq!(aws.calls()[0].status, status);
    });
}

#[test]
fn a_connection_is_cut_before_within_and_after() {
    for (give, happened) in [
        (Give::CutBefore, 0),
        (Give::CutWithin, 1),
        (Give::CutAfter, 1),
    ] {
        let aws = Aws::start();
        aws.fault("securityhub", "BatchImportFindings", 1..=1, give);
        let body = json!({"Findings": [finding(&aws, "a")]}).to_string();
        let first = signed(
            &aws,
            "securityhub",
            Request::new("POST", "/findings/import").body(body),
        );
        assert!(first.is_err(), "{first:?}");
        assert_eq!(aws.hub().held().len(), happened);
        assert_eq!(import(&aws, &[finding(&aws, "a")]).status, 200);
        assert_eq!((aws.hub().events(), aws.hub().stale()), (1, happened));
    }
}

#[test]
fn faults_count_the_calls_that_fit() {
    let aws = Aws::start();
    aws.fault("securityhub", "GetFindings", ALWAYS, Give::Denied);
    aws.fault("*", "BatchImport*", 2..=3, Give::Throttled);
    let statuses: Vec<_> = (0..4)
        .map(|n| import(&aws, &[finding(&aws, &n.to_string())]).status)
        .collect();
    assert_eq!(statuses, [200, 429, 429, 200]);
    assert_eq!(aws.called("securityhub", "BatchImportFindings"), 4);
    assert_eq!(aws.hub().active(), ["0", "3"].map(String::from).into());
    aws.fault("*", "*", ALWAYS, Give::Expired);
    assert_eq!(import(&aws, &[finding(&aws, "4")]).status, 403);
    aws.heal();
    assert_eq!(import(&aws, &[finding(&aws, "4")]).status, 200);
    assert!(aws.calls()[0].text().contains("A description"));
}

#[test]
fn who_asks_is_known_by_the_access_key() {
    let aws = Aws::start();
    let who = || {
        signed(
            &aws,
            "sts",
            Request::new("POST", "/").body("Action=GetCallerIdentity&Version=2011-06-15"),
        )
        .unwrap()
    };
    let text = String::from_utf8(who().body).unwrap();
    assert!(
        text.contains(&format!("<Account>{}</Account>", aws.account())),
        "{text}"
    );
    // One key, another account: its findings are refused.
    aws.key(&format!("AKIATEST{}", aws.account()), "999999999999");
    assert_eq!(import(&aws, &[finding(&aws, "a")]).status, 403);
    let stranger = "AWS4-HMAC-SHA256 Credential=AKIANOBODY/20260101/eu-central-1/ssm/aws4_request";
    let request = Request::new("POST", "/").with("authorization", stranger);
    let answer = ask(aws.server.address(), &request).unwrap();
    assert_eq!(
        answer.header("x-amzn-errortype"),
        Some("UnrecognizedClientException")
    );
    // What nobody emulates is refused, too.
    assert_eq!(
        json_call(&aws, "ssm", "AmazonSSM.GetParameter", &json!({}))
            .unwrap()
            .status,
        501
    );
}

fn parameter(client: &Client, name: &str, value: &str) {
    let body = json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
    client.json("ssm", "AmazonSSM.PutParameter", &body);
}

#[test]
fn parameters_are_in_moto_one_account_for_each_test() {
    let (Some(aws), Some(other)) = (Aws::with_moto(), Aws::with_moto()) else {
        return;
    };
    parameter(&aws.client(), "/gate/a", "1");
    let get = |aws: &Aws| {
        json_call(
            aws,
            "ssm",
            "AmazonSSM.GetParameter",
            &json!({"Name": "/gate/a"}),
        )
        .unwrap()
    };
    assert_eq!(get(&aws).as_json()["Parameter"]["Value"], "1");
    assert_eq!(get(&other).as_json()["__type"], "ParameterNotFound");
    // Something happens between two reads.
    let client = aws.client();
    aws.fault(
        "ssm",
        "GetParameter",
        2..=2,
        meanwhile(move || parameter(&client, "/gate/a", "2")),
    );
    let read = || get(&aws).as_json()["Parameter"]["Value"].clone();
    assert_eq!([read(), read(), read()], ["1", "2", "2"]);
    // A page with nothing but a token, and the page that the token is for.
    aws.fault("ssm", "GetParametersByPath", 1..=1, Give::EmptyPage);
    let page = |token: &Value| {
        let mut body = json!({"Path": "/gate"});
        if !token.is_null() {
            body["NextToken"] = token.clone();
        }
        json_call(&aws, "ssm", "AmazonSSM.GetParametersByPath", &body)
            .unwrap()
            .as_json()
    };
    let empty = page(&Value::Null);
    assert_eq!(empty["Parameters"], json!([]));
    assert_eq!(
        page(&empty["NextToken"])["Parameters"][0]["Name"],
        "/gate/a"
    );
}

#[test]
fn objects_are_in_moto_with_bodies_that_have_none() {
    let Some(aws) = Aws::with_moto() else { return };
    let ask = |method: &str, target: &str, body: &str| {
        signed(&aws, "s3", Request::new(method, target).body(body)).unwrap()
    };
    let bucket = format!("/bucket-{}", aws.account());
    let location = format!(
        "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
    );
    assert_eq!(ask("PUT", &bucket, &location).status, 200);
    let key = format!("{bucket}/a/b");
    assert_eq!(ask("PUT", &key, "bytes").status, 200);
    assert_eq!(ask("GET", &key, "").body, b"bytes");
    let head = ask("HEAD", &key, "");
    assert_eq!(
        (head.status, head.header("content-length"), head.body.len()),
        (200, Some("5"), 0)
    );
    assert_eq!(ask("DELETE", &key, "").status, 204);
    assert_eq!(ask("GET", &key, "").status, 404);
    aws.fault("s3", &format!("PUT {bucket}/*"), ALWAYS, Give::Denied);
    assert_eq!(ask("PUT", &key, "bytes").status, 403);
}
