//! Whole calls, and what becomes of a finding over several of them: refusals, updates, what customers say, searches, pace.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Aws, Pace, REGION};
use super::rules::text;
use super::{call, finding, found, import};
use crate::gate::each;

/// Calls that are refused whole, and how.
#[test]
fn a_call_is_refused_whole() {
    type Alter = fn(&Aws, Vec<Value>) -> Vec<Value>;
    let rows: [(&str, Alter, u16, &str, &str); 11] = [
        (
            "none",
            |_, _| Vec::new(),
            400,
            "InvalidInputException",
            "fewer than 1 items",
        ),
        (
            "101",
            |aws, _| (0..101).map(|n| finding(aws, &n.to_string())).collect(),
            400,
            "InvalidInputException",
            "more than 100 items",
        ),
        (
            "6 MB",
            |aws, _| {
                vec![(0..100).fold(finding(aws, "a"), |mut f, n| {
                    f["Tags"][n.to_string()] = text(60_000);
                    f
                })]
            },
            413,
            "RequestEntityTooLargeException",
            "too large",
        ),
        (
            "another account",
            |_, f| field(f, "AwsAccountId", "999999999999"),
            403,
            "AccessDeniedException",
            "not authorized to perform: securityhub:BatchImportFindings",
        ),
        (
            "another account's product",
            |_, f| {
                field(
                    f,
                    "ProductArn",
                    &format!(
                        "arn:aws:securityhub:{REGION}:999999999999:product/999999999999/default"
                    ),
                )
            },
            403,
            "AccessDeniedException",
            "999999999999",
        ),
        (
            "another region",
            |aws, f| {
                field(
                    f,
                    "ProductArn",
                    &product(aws, "aws", "us-east-1", "default"),
                )
            },
            400,
            "InvalidInputException",
            "ProductArn",
        ),
        (
            "no region",
            |aws, f| field(f, "ProductArn", &product(aws, "aws", "", "default")),
            400,
            "InvalidInputException",
            "ProductArn",
        ),
        (
            "another partition",
            |aws, f| {
                field(
                    f,
                    "ProductArn",
                    &product(aws, "aws-us-gov", REGION, "default"),
                )
            },
            400,
            "InvalidInputException",
            "ProductArn",
        ),
        (
            "another product",
            |aws, f| field(f, "ProductArn", &product(aws, "aws", REGION, "other")),
            400,
            "InvalidInputException",
            "ProductArn",
        ),
        (
            "no product",
            |_, f| field(f, "ProductArn", "product"),
            400,
            "InvalidInputException",
            "ProductArn",
        ),
        (
            "not enabled",
            |aws, f| {
                aws.hub().disable();
                f
            },
            401,
            "InvalidAccessException",
            "is not subscribed to AWS Security Hub",
        ),
    ];
    each(rows, |(name, alter, status, kind, message)| {
        let aws = Aws::start();
        let findings = vec![finding(&aws, "a"), finding(&aws, "b")];
        let answer = import(&aws, &alter(&aws, findings));
        let body = answer.as_json();
        assert_eq!(
            (answer.status, answer.header("x-amzn-errortype")),
            (status, Some(kind)),
            "{name}: {body}"
        );
        assert_eq!(body["Code"], kind, "{name}");
        assert!(
            body["Message"].as_str().unwrap().contains(message),
            "{name}: {body}"
        );
        assert!(aws.hub().held().is_empty(), "{name}");
    });
}

/// The second finding with another value of a field.
fn field(mut findings: Vec<Value>, name: &str, value: &str) -> Vec<Value> {
    findings[1][name] = json!(value);
    findings
}

fn product(aws: &Aws, partition: &str, region: &str, name: &str) -> String {
    let account = aws.account();
    format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/{name}")
}

/// A finding with another time and title.
fn later(aws: &Aws, time: &str, title: &str) -> Value {
    let mut finding = finding(aws, "a");
    finding["UpdatedAt"] = json!(format!("2026-01-01T{time}Z"));
    finding["Title"] = json!(title);
    finding
}

#[test]
fn only_what_is_newer_counts_and_it_replaces_all() {
    let aws = Aws::start();
    let mut first = later(&aws, "00:00:01.000", "first");
    first["SourceUrl"] = json!("https://a.example");
    import(&aws, &[first]);
    for (time, title, counts, stale) in [
        ("00:00:01.000", "the same time", "first", 1),
        ("00:00:00.999", "earlier", "first", 2),
        (
            "00:00:01.001",
            "a millisecond later",
            "a millisecond later",
            2,
        ),
        (
            "00:00:01.001000",
            "the same time, written otherwise",
            "a millisecond later",
            3,
        ),
        ("00:00:02", "a second later", "a second later", 3),
    ] {
        // The service does not say that it ignored it.
        assert_eq!(
            import(&aws, &[later(&aws, time, title)]).as_json()["SuccessCount"],
            1
        );
        let held = &aws.hub().held()["a"];
        assert_eq!(
            (&held.finding["Title"], held.stale),
            (&json!(counts), stale),
            "{title}"
        );
    }
    let held = &aws.hub().held()["a"];
    assert_eq!(
        (held.sent.len(), aws.hub().events(), aws.hub().stale()),
        (3, 3, 3)
    );
    assert!(
        held.finding["SourceUrl"].is_null(),
        "an update replaces, and merges nothing"
    );
}

fn update(aws: &Aws, id: &str, change: &Value) -> Value {
    let arn = finding(aws, id)["ProductArn"].clone();
    let mut body = change.clone();
    body["FindingIdentifiers"] = json!([{"Id": id, "ProductArn": arn}]);
    call(aws, "PATCH", "/findings/batchupdate", &body).as_json()
}

#[test]
fn what_customers_say_stays() {
    let aws = Aws::start();
    import(&aws, &[later(&aws, "00:00:00", "first")]);
    let said = json!({
        "Note": {"Text": "ours", "UpdatedBy": "us"},
        "Workflow": {"Status": "SUPPRESSED"},
        "Severity": {"Label": "LOW"},
    });
    assert_eq!(update(&aws, "a", &said)["UnprocessedFindings"], json!([]));
    let absent = update(&aws, "b", &said);
    assert_eq!(
        absent["UnprocessedFindings"][0]["ErrorCode"],
        "FindingNotFound"
    );
    let mut provider = later(&aws, "00:00:01", "second");
    provider["Note"] =
        json!({"Text": "theirs", "UpdatedBy": "a", "UpdatedAt": "2026-01-01T00:00:00Z"});
    provider["Workflow"] = json!({"Status": "NEW"});
    provider["UserDefinedFields"] = json!({"a": "1"});
    import(&aws, &[provider]);
    let finding = &aws.hub().held()["a"].finding;
    assert_eq!(finding["Title"], "second");
    assert_eq!(
        (&finding["Note"], &finding["Workflow"]),
        (&said["Note"], &said["Workflow"])
    );
    assert_eq!(finding["Severity"]["Label"], "LOW");
    assert_eq!(
        finding["FindingProviderFields"]["Severity"]["Label"],
        "HIGH"
    );
    assert!(finding["UserDefinedFields"].is_null());
}

#[test]
fn what_was_dealt_with_is_new_again_when_it_comes_back() {
    let state = |state: &str| json!({"RecordState": state});
    let status = |status: &str| json!({"Compliance": {"Status": status}});
    for (dealt, before, after, expected) in [
        ("RESOLVED", state("ARCHIVED"), state("ACTIVE"), "NEW"),
        ("NOTIFIED", status("PASSED"), status("FAILED"), "NEW"),
        (
            "SUPPRESSED",
            state("ARCHIVED"),
            state("ACTIVE"),
            "SUPPRESSED",
        ),
        ("RESOLVED", state("ACTIVE"), state("ACTIVE"), "RESOLVED"),
        ("RESOLVED", status("FAILED"), status("FAILED"), "RESOLVED"),
    ] {
        let aws = Aws::start();
        for (time, change) in [("00:00:00", &before), ("00:00:01", &after)] {
            let mut finding = later(&aws, time, "a");
            for (name, value) in change.as_object().unwrap() {
                finding[name] = value.clone();
            }
            import(&aws, &[finding]);
            if time == "00:00:00" {
                update(&aws, "a", &json!({"Workflow": {"Status": dealt}}));
            }
        }
        let now = &aws.hub().held()["a"].finding["Workflow"]["Status"];
        assert_eq!(now, expected, "{dealt} {before} {after}");
    }
}

#[test]
fn findings_are_found_by_what_filters_say() {
    let aws = Aws::start();
    aws.hub().pace(Pace::Free);
    let archived = |mut finding: Value| {
        finding["RecordState"] = json!("ARCHIVED");
        finding["GeneratorId"] = json!("gate/image-extra");
        finding["ProductName"] = json!("gate");
        finding
    };
    import(
        &aws,
        &[
            finding(&aws, "a"),
            finding(&aws, "b"),
            archived(finding(&aws, "c")),
        ],
    );
    let text = |comparison: &str, value: &str| json!([{"Comparison": comparison, "Value": value}]);
    for (filters, expected) in [
        (json!({}), "abc"),
        (
            json!({"Id": [{"Comparison": "EQUALS", "Value": "a"}, {"Comparison": "EQUALS", "Value": "c"}]}),
            "ac",
        ),
        (json!({"RecordState": text("EQUALS", "ACTIVE")}), "ab"),
        (
            json!({"RecordState": text("NOT_EQUALS", "ACTIVE"), "AwsAccountId": text("EQUALS", aws.account())}),
            "c",
        ),
        // The trap: one generator's name begins another's.
        (json!({"GeneratorId": text("PREFIX", "gate/image")}), "abc"),
        (json!({"GeneratorId": text("EQUALS", "gate/image")}), "ab"),
        (
            json!({"GeneratorId": text("PREFIX_NOT_EQUALS", "gate/image-")}),
            "ab",
        ),
        (json!({"ProductName": text("EQUALS", "gate")}), "c"),
        (json!({"Region": text("EQUALS", "us-east-1")}), ""),
        (
            json!({"UpdatedAt": [{"Start": "2026-01-01T00:00:01Z", "End": "2027-01-01T00:00:00Z"}]}),
            "",
        ),
    ] {
        assert_eq!(
            found(&aws, &json!({"Filters": filters})).concat(),
            expected,
            "{filters}"
        );
    }
    for (request, message) in [
        (
            json!({"Filters": {"Keyword": [{"Value": "a"}]}}),
            "'Keyword'",
        ),
        (
            json!({"Filters": {"Id": text("CONTAINS", "a")}}),
            "not supported",
        ),
        (
            json!({"Filters": {"Id": vec![json!({"Comparison": "EQUALS", "Value": "a"}); 21]}}),
            "1 to 20 values",
        ),
        (json!({"MaxResults": 101}), "should be <= 100"),
        (json!({"NextToken": "a"}), "NextToken"),
    ] {
        let answer = call(&aws, "POST", "/findings", &request);
        assert_eq!(answer.status, 400, "{request}");
        assert!(
            answer.as_json()["Message"]
                .as_str()
                .unwrap()
                .contains(message),
            "{request}"
        );
    }
}

#[test]
fn findings_come_in_pages_and_late() {
    let aws = Aws::start();
    let findings: Vec<_> = (0..25).map(|n| finding(&aws, &format!("{n:02}"))).collect();
    import(&aws, &findings);
    let page = |token: Option<&str>| {
        let mut request = json!({"MaxResults": 10});
        if let Some(token) = token {
            request["NextToken"] = json!(token);
        }
        call(&aws, "POST", "/findings", &request).as_json()
    };
    let (first, mut count) = (page(None), 10);
    let mut token = first["NextToken"].clone();
    while let Some(next) = token.as_str() {
        let page = page(Some(next));
        count += page["Findings"].as_array().unwrap().len();
        token = page["NextToken"].clone();
    }
    assert_eq!(count, 25);
    // What was imported last does not show yet.
    aws.hub().pace(Pace::Free);
    aws.hub().lag(1);
    import(&aws, &[finding(&aws, "late")]);
    let late = json!({"Filters": {"Id": [{"Comparison": "EQUALS", "Value": "late"}]}});
    assert!(found(&aws, &late).is_empty());
    import(&aws, &[finding(&aws, "another")]);
    assert_eq!(found(&aws, &late), ["late"]);
}

#[test]
fn calls_beyond_the_pace_are_refused_in_every_way_that_is_documented() {
    let aws = Aws::start();
    // Calls that take no time: the burst, and nothing more.
    aws.hub().pace(Pace::Counted(Duration::ZERO));
    let statuses = |path: &str, count: usize| {
        let answers = (0..count).map(|_| {
            call(
                &aws,
                "POST",
                path,
                &json!({"Findings": [finding(&aws, "a")]}),
            )
        });
        answers.collect::<Vec<_>>()
    };
    let answers = statuses("/findings/import", 33);
    assert!(answers[..30].iter().all(|answer| answer.status == 200));
    let kinds: Vec<_> = answers[30..]
        .iter()
        .map(|a| (a.status, a.header("x-amzn-errortype").unwrap()))
        .collect();
    let expected = [
        "TooManyRequestsException",
        "ThrottlingException",
        "LimitExceededException",
    ];
    assert_eq!(kinds, expected.map(|kind| (429, kind)));
    let answers = statuses("/findings", 7);
    assert!(answers[..6].iter().all(|answer| answer.status == 200));
    assert_eq!(answers[6].status, 429);
    // A tenth of a second between calls is what the service can take for ever.
    aws.hub().pace(Pace::Counted(Duration::from_millis(100)));
    assert!(
        statuses("/findings/import", 100)
            .iter()
            .all(|answer| answer.status == 200)
    );
}

#[test]
fn a_hub_can_be_enabled() {
    let aws = Aws::start();
    assert_eq!(call(&aws, "GET", "/accounts", &Value::Null).status, 200);
    assert_eq!(call(&aws, "POST", "/accounts", &json!({})).status, 409);
    aws.hub().disable();
    assert_eq!(call(&aws, "GET", "/accounts", &Value::Null).status, 401);
    assert_eq!(call(&aws, "POST", "/accounts", &json!({})).status, 200);
    assert_eq!(import(&aws, &[finding(&aws, "a")]).status, 200);
}
