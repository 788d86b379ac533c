//! What Security Hub refuses of one finding.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Aws;
use super::super::hub::paths_of_rules;
use super::{finding, import, put};
use crate::gate::each;

/// A path, something that is taken there, something that is not, and what is said of it.
type Row = (&'static str, Value, Value, &'static str);

const LONG: &str = "should NOT be longer than";
const FORMAT: &str = "should match format \"date-time\"";
const WORDS: &str = "should be equal to one of the allowed values";

pub(super) fn text(length: usize) -> Value {
    json!("x".repeat(length))
}

fn list(length: usize, item: &Value) -> Value {
    json!(vec![item; length])
}

fn pairs(count: usize, key: usize, value: usize) -> Value {
    let key = |n: usize| format!("{n:0>key$}");
    let pairs = (0..count).map(|n| (key(n), text(value)));
    Value::Object(pairs.collect())
}

/// Limits of lengths, by path. Both ends are tried, of each.
fn lengths() -> Vec<(&'static str, usize, usize)> {
    vec![
        ("Id", 1, 512),
        ("ProductName", 1, 128),
        ("CompanyName", 1, 128),
        ("Region", 1, 16),
        ("GeneratorId", 1, 512),
        ("AwsAccountName", 1, 50),
        ("Severity.Original", 1, 64),
        ("Title", 1, 256),
        ("Description", 1, 1024),
        ("Remediation.Recommendation.Text", 1, 512),
        ("Process.Name", 1, 64),
        ("Process.Path", 1, 512),
        ("Resources.0.Type", 1, 256),
        ("Resources.0.Id", 1, 512),
        ("Resources.0.Region", 1, 16),
        ("Resources.0.Details.Container.ImageName", 1, 128),
        ("PatchSummary.Id", 1, 256),
        ("FindingProviderFields.Severity.Original", 1, 64),
        // Nothing is said of this one but what holds for all.
        ("SourceUrl2", 1, 32_767),
    ]
}

fn rows() -> Vec<Row> {
    let time = json!("2026-01-01T00:00:00Z");
    let note =
        |text: Value| json!({"Text": text, "UpdatedBy": "a", "UpdatedAt": "2026-01-01T00:00:00Z"});
    let related = json!({"ProductArn": "arn:aws:securityhub", "Id": "a"});
    let kind = "Software and Configuration Checks/Vulnerabilities/CVE";
    let mut rows: Vec<Row> = vec![
        (
            "SchemaVersion",
            json!("2018-10-08"),
            json!("2018-10-09"),
            WORDS,
        ),
        (
            "Types",
            list(50, &json!(kind)),
            list(51, &json!(kind)),
            "should NOT have more than 50 items",
        ),
        (
            "Types",
            json!([kind]),
            json!([format!("{kind}/more")]),
            "should match pattern",
        ),
        (
            "Types",
            json!(["TTPs"]),
            json!(["DevSecOps/Image"]),
            "data.Types[0] should match pattern",
        ),
        (
            "FindingProviderFields.Types",
            json!(["Effects/Data Exposure"]),
            json!(["effects"]),
            "should match pattern",
        ),
        (
            "FindingProviderFields.Types",
            list(50, &json!(kind)),
            list(51, &json!(kind)),
            "more than 50 items",
        ),
        ("FirstObservedAt", time.clone(), json!("2026-01-01"), FORMAT),
        (
            "LastObservedAt",
            json!("2026-01-01T00:00:00.123456789Z"),
            json!("2026-01-01T00:00:00.1234567890Z"),
            FORMAT,
        ),
        (
            "CreatedAt",
            json!("2026-01-01T01:00:00+01:00"),
            json!("2026-01-01 00:00:00Z"),
            FORMAT,
        ),
        (
            "UpdatedAt",
            json!("2026-02-28T00:00:00-0100"),
            json!("2026-02-29T00:00:00Z"),
            FORMAT,
        ),
        (
            "Severity.Label",
            json!("INFORMATIONAL"),
            json!("Critical"),
            WORDS,
        ),
        (
            "Severity.Normalized",
            json!(100),
            json!(101),
            "should be <= 100",
        ),
        (
            "FindingProviderFields.Severity.Label",
            json!("LOW"),
            json!("UNKNOWN"),
            WORDS,
        ),
        ("Confidence", json!(0), json!(-1), "should be >= 0"),
        ("Criticality", json!(100), json!(50.5), "should be integer"),
        (
            "FindingProviderFields.Confidence",
            json!(1),
            json!(101),
            "should be <= 100",
        ),
        (
            "FindingProviderFields.Criticality",
            json!(1),
            json!("1"),
            "should be integer",
        ),
        (
            "Remediation.Recommendation.Url",
            json!("https://a.example/b"),
            json!("a.example"),
            "format \"uri\"",
        ),
        (
            "SourceUrl",
            json!("http://a.example"),
            json!("https://a.example/a b"),
            "format \"uri\"",
        ),
        (
            "ProductFields",
            pairs(50, 128, 2048),
            pairs(51, 2, 1),
            "should NOT have more than 50 properties",
        ),
        (
            "ProductFields",
            pairs(1, 1, 1),
            pairs(1, 129, 1),
            "property name",
        ),
        ("ProductFields", pairs(1, 1, 1), pairs(1, 1, 2049), LONG),
        (
            "ProductFields",
            json!({"a": "1"}),
            json!({"a": 1}),
            "should be string",
        ),
        (
            "UserDefinedFields",
            pairs(50, 128, 1024),
            pairs(1, 1, 1025),
            LONG,
        ),
        (
            "Malware",
            list(5, &json!({"Name": "a"})),
            list(6, &json!({"Name": "a"})),
            "more than 5 items",
        ),
        (
            "Threats",
            list(32, &json!({"Name": "a"})),
            list(33, &json!({"Name": "a"})),
            "more than 32 items",
        ),
        (
            "Resources",
            list(32, &json!({"Type": "Other", "Id": "a"})),
            list(33, &json!({"Type": "Other", "Id": "a"})),
            "more than 32 items",
        ),
        (
            "Resources",
            list(1, &json!({"Type": "Other", "Id": "a"})),
            json!([]),
            "should NOT have fewer than 1 items",
        ),
        (
            "Resources.0",
            json!({"Type": "Other", "Id": "a"}),
            json!({"Type": "Other"}),
            "should have required property 'Id'",
        ),
        (
            "Resources.0.Partition",
            json!("aws"),
            json!("aws-eu"),
            WORDS,
        ),
        (
            "Resources.0.Tags",
            pairs(50, 128, 256),
            pairs(1, 1, 257),
            LONG,
        ),
        (
            "Resources.0.Details.Container.LaunchedAt",
            time.clone(),
            json!("now"),
            FORMAT,
        ),
        (
            "Resources.0.Details.Other",
            pairs(50, 127, 1023),
            pairs(1, 1, 1024),
            LONG,
        ),
        ("Compliance.Status", json!("PASSED"), json!("PASS"), WORDS),
        (
            "Compliance.RelatedRequirements",
            list(32, &json!("a")),
            list(33, &json!("a")),
            "more than 32 items",
        ),
        (
            "Compliance.AssociatedStandards",
            list(20, &json!({"StandardsId": "a"})),
            list(21, &json!({"StandardsId": "a"})),
            "more than 20 items",
        ),
        (
            "Compliance.StatusReasons",
            json!([{"ReasonCode": "A"}]),
            json!([{"Description": "a"}]),
            "required property 'ReasonCode'",
        ),
        (
            "VerificationState",
            json!("BENIGN_POSITIVE"),
            json!("BENIGN"),
            WORDS,
        ),
        ("WorkflowState", json!("NEW"), json!("OLD"), WORDS),
        (
            "Workflow.Status",
            json!("SUPPRESSED"),
            json!("suppressed"),
            WORDS,
        ),
        ("RecordState", json!("ARCHIVED"), json!("CLOSED"), WORDS),
        (
            "RelatedFindings",
            list(10, &related),
            list(11, &related),
            "more than 10 items",
        ),
        (
            "RelatedFindings",
            json!([related]),
            json!([{"Id": "a"}]),
            "required property 'ProductArn'",
        ),
        (
            "FindingProviderFields.RelatedFindings",
            list(10, &related),
            json!([]),
            "fewer than 1 items",
        ),
        (
            "FindingProviderFields.RelatedFindings",
            json!([related]),
            json!([{"Id": "a"}]),
            "required property 'ProductArn'",
        ),
        ("Note", note(text(512)), note(text(513)), LONG),
        (
            "Note",
            note(text(1)),
            json!({"Text": "a"}),
            "required property 'UpdatedBy'",
        ),
        (
            "Note",
            note(text(1)),
            json!({"Text": "a", "UpdatedBy": "a", "UpdatedAt": 1}),
            "data.Note.UpdatedAt should be string",
        ),
        (
            "Vulnerabilities",
            json!([{"Id": "CVE-1"}]),
            json!([{"FixAvailable": "YES"}]),
            "required property 'Id'",
        ),
        (
            "Vulnerabilities",
            json!([{"Id": "a", "Vendor": {"Name": "a"}}]),
            json!([{"Id": "a", "Vendor": {"Url": "a"}}]),
            "required property 'Name'",
        ),
        (
            "Vulnerabilities",
            json!([{"Id": "a", "FixAvailable": "PARTIAL"}]),
            json!([{"Id": "a", "FixAvailable": "MAYBE"}]),
            WORDS,
        ),
        (
            "Vulnerabilities",
            json!([{"Id": "a", "ExploitAvailable": "NO"}]),
            json!([{"Id": "a", "ExploitAvailable": "PARTIAL"}]),
            WORDS,
        ),
        (
            "PatchSummary",
            json!({"Id": "a"}),
            json!({"Operation": "a"}),
            "required property 'Id'",
        ),
        (
            "GeneratorDetails.Labels",
            list(10, &json!("a")),
            list(11, &json!("a")),
            "more than 10 items",
        ),
        // Of every text.
        (
            "Compliance.SecurityControlId",
            json!(" a"),
            json!(" \t\n"),
            "should match pattern \".*\\S.*\"",
        ),
        (
            "Sample",
            json!(true),
            Value::Array(vec![Value::Null]),
            "should NOT be null",
        ),
        // Of severity and types: at the top, or among what providers say.
        (
            "FindingProviderFields.Severity",
            json!({"Label": "LOW"}),
            Value::Null,
            "should match some schema in anyOf",
        ),
        (
            "FindingProviderFields.Types",
            json!(["Effects"]),
            Value::Null,
            "should match some schema in anyOf",
        ),
    ];
    for field in [
        "SchemaVersion",
        "Id",
        "GeneratorId",
        "CreatedAt",
        "UpdatedAt",
        "Title",
        "Description",
        "Resources",
    ] {
        let whole = finding(&Aws::start(), "a")[field].clone();
        rows.push((
            field,
            whole,
            Value::Null,
            "data should have required property",
        ));
    }
    rows
}

/// Imports a valid finding that was altered, and gives what is said of it.
fn said(path: &str, value: Value) -> Option<String> {
    let aws = Aws::start();
    let mut altered = finding(&aws, "a");
    put(&mut altered, path, value);
    let answer = import(&aws, &[altered]);
    let body = answer.as_json();
    assert_eq!(answer.status, 200, "{body}");
    let failed = body["FailedFindings"].as_array().unwrap();
    let counts = (body["FailedCount"].as_u64(), body["SuccessCount"].as_u64());
    if failed.is_empty() {
        assert_eq!((counts, aws.hub().held().len()), ((Some(0), Some(1)), 1));
        return None;
    }
    assert_eq!((counts, aws.hub().held().len()), ((Some(1), Some(0)), 0));
    assert_eq!(failed[0]["ErrorCode"], "InvalidInput");
    let message = failed[0]["ErrorMessage"].as_str().unwrap();
    let message = message.strip_prefix("Finding does not adhere to Amazon Finding Format. data");
    Some(format!("data{}", message.unwrap()))
}

#[test]
fn a_finding_without_fault_is_taken() {
    let aws = Aws::start();
    let answer = import(&aws, &[finding(&aws, "a")]);
    let expected = json!({"FailedCount": 0, "SuccessCount": 1, "FailedFindings": []});
    assert_eq!((answer.status, answer.as_json()), (200, expected));
    let held = &aws.hub().held()["a"];
    // From what the provider says, to where the customer looks.
    let severity = json!({"Label": "HIGH", "Original": "high", "Normalized": 70});
    assert_eq!(held.finding["Severity"], severity);
    let sent = &finding(&aws, "a")["FindingProviderFields"]["Types"];
    assert_eq!(&held.finding["Types"], sent);
    assert_eq!(held.finding["Workflow"], json!({"Status": "NEW"}));
    assert_eq!((aws.hub().events(), aws.hub().stale()), (1, 0));
}

#[test]
fn each_rule_of_a_field_is_enforced() {
    each(rows(), |(path, good, bad, message)| {
        assert_eq!(said(path, good), None, "{path}");
        let said = said(path, bad).unwrap_or_else(|| panic!("{path}: nothing is said"));
        assert!(said.contains(message), "{path}: {said}");
    });
}

#[test]
fn each_text_has_a_length_in_characters_and_in_utf_16() {
    each(lengths(), |(path, least, most)| {
        assert_eq!(
            (said(path, text(least)), said(path, text(most))),
            (None, None),
            "{path}"
        );
        let longer = said(path, text(most + 1)).unwrap();
        assert!(
            longer.contains(&format!("{LONG} {most} characters")),
            "{path}: {longer}"
        );
        let empty = said(path, json!("")).unwrap();
        assert!(
            empty.contains("should NOT be shorter than 1 characters"),
            "{path}: {empty}"
        );
        // As many characters, twice as many units.
        assert_eq!(said(path, json!("ä".repeat(most))), None, "{path}");
        assert!(
            said(path, json!("😀".repeat(most / 2 + 1))).is_some(),
            "{path}"
        );
    });
}

#[test]
fn no_rule_is_without_a_test_and_a_line_in_the_table() {
    let plain = |path: &str| path.replace("[]", "").replace(".0", "");
    let rows: BTreeSet<_> = rows().iter().map(|row| plain(row.0)).collect();
    let lengths: BTreeSet<_> = lengths().iter().map(|row| plain(row.0)).collect();
    let page = include_str!("../README.md");
    // What decides on the whole call is in the table of those.
    const CALLS: [&str; 3] = ["", "ProductArn", "AwsAccountId"];
    for rule in paths_of_rules() {
        let path = plain(rule);
        // A rule of a list's items is tried through the list, one of a member through what holds it.
        let near = |tried: &BTreeSet<String>| {
            tried.contains(&path)
                || path
                    .rsplit_once('.')
                    .is_some_and(|(outer, _)| tried.contains(outer))
        };
        assert!(
            CALLS.contains(&rule) || near(&rows) || near(&lengths),
            "{rule} is not tested"
        );
        assert!(
            rule.is_empty() || page.contains(&format!("`{rule}`")),
            "{rule} is not in the table"
        );
    }
}

#[test]
fn a_finding_that_is_too_large_is_refused_alone() {
    let aws = Aws::start();
    let mut large = finding(&aws, "large");
    large["Resources"] = list(
        8,
        &json!({"Type": "Other", "Id": "a", "Details": {"Container": {"Name": text(29_500)}}}),
    );
    let length = large.to_string().len();
    large["Resources"][7]["Details"]["Container"]["Name"] = text(29_500 + 240_000 - length);
    let fits = large.clone();
    assert_eq!(fits.to_string().len(), 240_000);
    assert_eq!(import(&aws, &[fits]).as_json()["FailedCount"], 0);
    large["Id"] = json!("larger");
    let body = import(&aws, &[large, finding(&aws, "small")]).as_json();
    assert_eq!(
        (&body["FailedCount"], &body["SuccessCount"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(body["FailedFindings"][0]["Id"], "larger");
    assert_eq!(
        aws.hub().active(),
        ["large", "small"].map(String::from).into()
    );
    assert_eq!(aws.hub().refused().len(), 1);
}
