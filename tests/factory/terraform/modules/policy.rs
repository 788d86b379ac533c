//! What IAM would say of a request to a policy of a resource or a role: a Deny before every Allow.
//!
//! Source: "Policy evaluation logic" and "IAM JSON policy elements: Condition operators", IAM User Guide.

use serde_json::Value;

/// What a policy says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Allowed,
    /// By which statement.
    Denied(String),
    /// Nobody spoke of it.
    Silent,
}

/// Names and values that conditions look at.
pub(super) type Context<'a> = &'a [(&'a str, &'a str)];

pub(super) fn ask(policy: &Value, action: &str, resource: &str, context: Context<'_>) -> Answer {
    let mut answer = Answer::Silent;
    for statement in policy["Statement"].as_array().unwrap() {
        let acts = texts(&statement["Action"]);
        assert!(!acts.is_empty(), "{statement}");
        let lower = action.to_ascii_lowercase();
        let concerns = acts
            .iter()
            .any(|act| like(&act.to_ascii_lowercase(), &lower))
            && texts(&statement["Resource"])
                .iter()
                .any(|on| like(on, resource))
            && conditions(&statement["Condition"], context);
        match statement["Effect"].as_str().unwrap() {
            "Deny" if concerns => {
                return Answer::Denied(statement["Sid"].as_str().unwrap().to_owned());
            }
            "Allow" if concerns => answer = Answer::Allowed,
            "Deny" | "Allow" => {}
            other => panic!("{other}"),
        }
    }
    answer
}

/// A text or a list of texts.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().map(|text| text.as_str().unwrap()).collect(),
        _ => Vec::new(),
    }
}

/// Whether `*` in a pattern can stand for what the text has there.
fn like(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == text;
    };
    text.strip_prefix(before).is_some_and(|rest| {
        let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        ends.into_iter().any(|at| like(after, &rest[at..]))
    })
}

fn conditions(condition: &Value, context: Context<'_>) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, wanted)| {
            let has = context
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key))
                .map(|(_, value)| *value);
            let any = |fits: fn(&str, &str) -> bool| {
                has.is_some_and(|has| texts(wanted).iter().any(|wanted| fits(wanted, has)))
            };
            match &**operator {
                "StringEquals" | "Bool" | "ForAnyValue:StringEquals" => {
                    any(|wanted, has| wanted == has)
                }
                // A key that the request does not have differs from everything.
                "StringNotEquals" => !any(|wanted, has| wanted == has),
                "StringLike" | "ArnLike" | "ArnEquals" => any(like),
                "ArnNotEquals" => !any(like),
                "Null" => texts(wanted) == [if has.is_none() { "true" } else { "false" }],
                other => panic!("the operator {other} is not known here"),
            }
        })
    })
}

#[test]
fn requests_are_judged_as_iam_does() {
    let policy = serde_json::json!({"Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*", "S3:putobject"], "Resource": "b/*/x"},
        {"Effect": "Deny", "Sid": "N", "Action": "s3:PutObject", "Resource": "*",
         "Condition": {"Null": {"e": "false"}, "StringNotEquals": {"e": "kms"}}},
        {"Effect": "Deny", "Sid": "M", "Action": "p", "Resource": "*", "Condition": {"Null": {"e": "true"}}},
    ]});
    let denied = |sid: &str| Answer::Denied(sid.to_owned());
    for (action, resource, context, expected) in [
        ("s3:GetObject", "b/a/x", &[][..], Answer::Allowed),
        ("s3:GetObject", "b/x", &[], Answer::Silent),
        ("s3:PutObject", "b/a/x", &[], Answer::Allowed),
        ("s3:PutObject", "b/a/x", &[("E", "kms")], Answer::Allowed),
        ("s3:PutObject", "b/a/x", &[("e", "AES256")], denied("N")),
        ("p", "r", &[], denied("M")),
        ("p", "r", &[("e", "1")], Answer::Silent),
    ] {
        assert_eq!(
            ask(&policy, action, resource, context),
            expected,
            "{action} {context:?}"
        );
    }
}
