//! What IAM would say of a request: a Deny before every Allow, and nothing that nobody allowed.
//!
//! Source: "Policy evaluation logic" and "IAM JSON policy elements: Condition operators", IAM User Guide.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stack::{ACCOUNT, Stack, factory, texts};

/// Somebody wants to do something.
#[derive(Debug, Clone)]
pub(super) struct Request<'a> {
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    /// Keys of the request that conditions look at.
    pub(super) context: &'a [(&'a str, &'a str)],
}

/// What the policies say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Allowed,
    /// By which statement.
    Denied(String),
    /// Nobody spoke of it.
    Silent,
}

/// What some statements say of a request.
pub(super) fn ask<'a>(
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
pub(super) fn like(pattern: &str, text: &str) -> bool {
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
                "StringEquals" | "Bool" => any(&|wanted, has| wanted == has),
                // A key that the request does not have differs from everything.
                "StringNotEquals" => !any(&|wanted, has| wanted == has),
                "StringLike" | "ArnLike" | "ArnEquals" => any(&like),
                "ArnNotEquals" => !any(&like),
                other => panic!("the operator {other} is not known here"),
            }
        })
    })
}

/// The statements of a policy.
pub(super) fn statements(document: &Value) -> Vec<&Value> {
    document["Statement"].as_array().unwrap().iter().collect()
}

/// A role of the factory, with everything that says what it may do.
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) trust: &'static Value,
    pub(super) statements: Vec<&'static Value>,
}

/// All roles, by the end of their names: `gate-build`.
pub(super) fn roles() -> BTreeMap<String, Role> {
    let managed: BTreeMap<String, &Value> = factory()
        .iter()
        .flat_map(|stack| {
            stack
                .all("AWS::IAM::ManagedPolicy")
                .into_iter()
                .map(move |p| (stack, p))
        })
        .map(|(_, (logical, policy))| {
            let name = policy["ManagedPolicyName"].as_str().unwrap_or(logical);
            (
                format!("arn:aws:iam::{ACCOUNT}:policy/{name}"),
                &policy["PolicyDocument"],
            )
        })
        .collect();
    let of = |stack: &'static Stack| stack.all("AWS::IAM::Role");
    let all = factory().iter().flat_map(of).map(|(_, role)| {
        let name = role["RoleName"].as_str().unwrap();
        let inline = role["Policies"].as_array().into_iter().flatten();
        let inline = inline.map(|policy| &policy["PolicyDocument"]);
        let attached = texts(&role["ManagedPolicyArns"]).into_iter();
        let attached = attached.map(|arn| *managed.get(arn).unwrap_or_else(|| panic!("{arn}")));
        let short = name.strip_prefix("shop-production-").unwrap();
        let found = Role {
            arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
            trust: &role["AssumeRolePolicyDocument"],
            statements: inline.chain(attached).flat_map(statements).collect(),
        };
        (short.to_owned(), found)
    });
    all.collect()
}

impl Role {
    /// What comes of a request of this role: its own policies, and those of the key or topic that it is about. Ours speak of
    /// the account as a whole, so both have to allow.
    pub(super) fn ask(&self, request: &Request<'_>) -> Answer {
        let mut context = request.context.to_vec();
        context.push(("aws:PrincipalArn", &self.arn));
        let request = Request {
            context: &context,
            ..request.clone()
        };
        let own = ask(self.statements.iter().copied(), &request);
        let of_resource = super::foundation::policy_of(request.resource);
        match (own, of_resource) {
            (own, None) | (own @ (Answer::Denied(_) | Answer::Silent), _) => own,
            (Answer::Allowed, Some(policy)) => {
                // In the policy of a key, `*` is the key.
                let people = policy
                    .into_iter()
                    .filter(|s| s["Principal"]["AWS"].is_string());
                ask(people, &request)
            }
        }
    }
}

#[test]
fn requests_are_judged_as_iam_does() {
    let statements = crate::yaml::yaml(
        "- {Effect: Allow, Action: ['s3:Get*', 'S3:putobject'], Resource: 'b/*'}\n\
         - {Effect: Allow, Action: p, Resource: '*', Condition: {StringEquals: {k: [a, b]}}}\n\
         - {Effect: Deny, Sid: D, Action: p, Resource: '*', Condition: {StringNotEquals: {k: [a, c]}}}\n\
         - {Effect: Deny, Sid: N, Action: 's3:PutObject', NotResource: 'b/state/?'}",
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
