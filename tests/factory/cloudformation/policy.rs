//! The roles of the factory, and what comes of their requests.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stack::{ACCOUNT, Stack, factory};
use crate::iam::{Answer, Request, ask, statements, texts};

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
