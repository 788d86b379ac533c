//! What IAM would say of a request: a Deny before every Allow, and nothing that nobody allowed.
//!
//! Source: "Policy evaluation logic" and "IAM JSON policy elements: Condition operators", IAM User Guide.

use serde_json::Value;

/// Somebody wants to do something.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// Keys of the request that conditions look at.
    pub(crate) context: &'a [(&'a str, &'a str)],
}

/// What the policies say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Allowed,
    /// By which statement.
    Denied(String),
    /// Nobody spoke of it.
    Silent,
}

/// What some statements say of a request. Whom each is about (`Principal`) is for the test to look at.
pub(crate) fn ask<'a>(
    statements: impl IntoIterator<Item = &'a Value>,
    request: &Request<'_>,
) -> Answer {
    let mut answer = Answer::Silent;
    for statement in statements {
        if !concerns(statement, request) {
            continue;
        }
        match statement["Effect"].as_str().unwrap() {
            "Deny" => return Answer::Denied(statement["Sid"].as_str().unwrap().to_owned()),
            "Allow" => answer = Answer::Allowed,
            other => panic!("{other}"),
        }
    }
    answer
}

/// Whether `*` and `?` in a pattern can stand for what the text has there.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| like(rest, &text[at..]))
        }
        Some(c) => text.chars().next().is_some_and(|t| {
            (c == '?' || c == t) && like(&pattern[c.len_utf8()..], &text[t.len_utf8()..])
        }),
    }
}

fn concerns(statement: &Value, request: &Request<'_>) -> bool {
    let lower = |text: &str| text.to_ascii_lowercase();
    let acts = texts(&statement["Action"]);
    assert!(!acts.is_empty(), "NotAction: {statement}");
    let act = acts
        .iter()
        .any(|act| like(&lower(act), &lower(request.action)));
    let on = match (
        texts(&statement["Resource"]),
        texts(&statement["NotResource"]),
    ) {
        (some, none) if none.is_empty() => some.iter().any(|r| like(r, request.resource)),
        (none, some) if none.is_empty() => !some.iter().any(|r| like(r, request.resource)),
        _ => panic!("Resource and NotResource: {statement}"),
    };
    act && on && conditions(&statement["Condition"], request)
}

fn conditions(condition: &Value, request: &Request<'_>) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, wanted)| {
            let has = request
                .context
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key));
            let any = |fits: &dyn Fn(&str, &str) -> bool| {
                has.is_some_and(|(_, has)| texts(wanted).iter().any(|wanted| fits(wanted, has)))
            };
            match &**operator {
                "StringEquals" | "Bool" | "ForAnyValue:StringEquals" => {
                    any(&|wanted, has| wanted == has)
                }
                // A key that the request does not have differs from everything.
                "StringNotEquals" => !any(&|wanted, has| wanted == has),
                "StringLike" | "ArnLike" | "ArnEquals" => any(&like),
                "ArnNotEquals" => !any(&like),
                "Null" => texts(wanted) == [if has.is_none() { "true" } else { "false" }],
                other => panic!("the operator {other} is not known here"),
            }
        })
    })
}

/// The statements of a policy.
pub(crate) fn statements(document: &Value) -> Vec<&Value> {
    document["Statement"].as_array().unwrap().iter().collect()
}

/// Texts of a list, or the one text that stands for it.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().map(|item| item.as_str().unwrap()).collect(),
        Value::String(text) => vec![text],
        Value::Null => Vec::new(),
        other => panic!("no text: {other}"),
    }
}

#[test]
fn requests_are_judged_as_iam_does() {
    let statements = crate::yaml::yaml(
        "- {Effect: Allow, Action: ['s3:Get*', 'S3:putobject'], Resource: 'b/*'}\n\
         - {Effect: Allow, Action: p, Resource: '*', Condition: {StringEquals: {k: [a, b]}}}\n\
         - {Effect: Deny, Sid: D, Action: p, Resource: '*', Condition: {StringNotEquals: {k: [a, c]}}}\n\
         - {Effect: Deny, Sid: N, Action: 's3:PutObject', NotResource: 'b/state/?'}\n\
         - {Effect: Deny, Sid: E, Action: e, Resource: '*', Condition: {Null: {k: 'false'}, StringNotEquals: {k: kms}}}\n\
         - {Effect: Allow, Action: 'e', Resource: 'b/*/x'}\n\
         - {Effect: Deny, Sid: M, Action: m, Resource: '*', Condition: {Null: {k: 'true'}}}",
    );
    let denied = |sid: &str| Answer::Denied(sid.to_owned());
    for (action, resource, context, expected) in [
        ("s3:GetObject", "b/x", &[][..], Answer::Allowed),
        ("s3:GetObject", "c/x", &[], Answer::Silent),
        ("s3:PutObject", "b/state/1", &[], Answer::Allowed),
        ("s3:PutObject", "b/state/12", &[], denied("N")),
        ("s3:DeleteObject", "b/x", &[], Answer::Silent),
        ("p", "r", &[("K", "a")], Answer::Allowed),
        ("p", "r", &[("k", "b")], denied("D")),
        ("p", "r", &[("k", "c")], Answer::Silent),
        ("p", "r", &[], denied("D")),
        ("e", "b/a/x", &[], Answer::Allowed),
        ("e", "b/x", &[], Answer::Silent),
        ("e", "b/a/x", &[("K", "kms")], Answer::Allowed),
        ("e", "b/a/x", &[("k", "AES256")], denied("E")),
        ("m", "r", &[], denied("M")),
        ("m", "r", &[("k", "1")], Answer::Silent),
    ] {
        let request = Request {
            action,
            resource,
            context,
        };
        let statements = statements.as_array().unwrap();
        assert_eq!(ask(statements, &request), expected, "{request:?}");
    }
}
