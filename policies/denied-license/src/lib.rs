//! Is there software under a license that is not allowed?
//!
//! A license finding is judged by the SPDX expression that is its rule's identifier, not by its level. An expression
//! that can't be understood is denied, for a reason of its own.

mod expression;

use gate_guest::{
    Answer, Class, Context, Description, Findings, Refusal, Threshold, named, number_of,
};

use expression::{Term, is_allowed};

/// What the policy says of itself.
pub const DESCRIPTION: Description = Description {
    name: "denied-license",
    version: env!("CARGO_PKG_VERSION"),
    question: "Is there software under a license that is not allowed?",
    thresholds: &[
        Threshold::texts(
            "denied-licenses",
            &[
                "AGPL-1.0-only",
                "AGPL-1.0-or-later",
                "AGPL-3.0-only",
                "AGPL-3.0-or-later",
                "BUSL-1.1",
                "Elastic-2.0",
                "PolyForm-Noncommercial-1.0.0",
                "PolyForm-Small-Business-1.0.0",
                "SSPL-1.0",
            ],
            "licenses that are not allowed",
        ),
        Threshold::texts(
            "allowed-licenses",
            &[],
            "licenses that are allowed; when there is one, every other is not",
        ),
    ],
    settings: &[],
    reads: &["class", "rule.id", "status", "suppression"],
};

/// The policy.
///
/// # Errors
/// When a list names something that is not one license.
pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
    let mut answer = Answer::of_rules(2);
    let lists = Lists {
        denied: terms(&context, "denied-licenses")?,
        allowed: terms(&context, "allowed-licenses")?,
    };
    let mut denied = Denied::default();
    let mut unclear = Denied::default();
    let mut allowed = Vec::new();
    while let Some(finding) = findings.next().await {
        if finding.class() != Class::License || !finding.is_active() {
            continue;
        }
        let written = finding.rule().id();
        let denied = match is_allowed(written, |term| lists.allow(term)) {
            Some(true) => {
                allowed.push(finding.position());
                continue;
            }
            Some(false) => &mut denied,
            None => &mut unclear,
        };
        denied.positions.push(finding.position());
        denied.names.push(written.to_owned());
    }
    answer.tolerate(allowed);
    if !denied.positions.is_empty() {
        let found = number_of(denied.positions.len(), "license is", "licenses are");
        let which = denied.names();
        answer
            .fail("license-denied", format!("{found} not allowed"))
            .help(format!(
                "replace what stands under {which}, or get it under another license"
            ))
            .count(denied.positions);
    }
    if !unclear.positions.is_empty() {
        let found = number_of(unclear.positions.len(), "license", "licenses");
        let which = unclear.names();
        answer
            .fail("license-unclear", format!("{found} can't be understood, so not allowed"))
            .help(format!("find out what {which} means; an SPDX expression such as `MIT OR Apache-2.0` is expected"))
            .count(unclear.positions);
    }
    Ok(answer)
}

/// The licenses of a threshold.
fn terms(context: &Context, name: &str) -> Result<Vec<Term>, Refusal> {
    let mut terms = Vec::new();
    for text in context.texts(name)? {
        terms.push(Term::of(text).ok_or_else(|| {
            let given = named([text.as_str()]);
            Refusal::new(format!(
                "`{name}` names {given}; expected one SPDX identifier, such as `AGPL-3.0-only`"
            ))
        })?);
    }
    Ok(terms)
}

/// Findings whose licenses are not allowed, and what these are called.
#[derive(Default)]
struct Denied {
    positions: Vec<u32>,
    names: Vec<String>,
}

impl Denied {
    /// The names, each once.
    fn names(&mut self) -> String {
        self.names.sort_unstable();
        self.names.dedup();
        named(self.names.iter().map(String::as_str))
    }
}

struct Lists {
    denied: Vec<Term>,
    allowed: Vec<Term>,
}

impl Lists {
    /// Whether a license is allowed. What names its exception, too, is asked first; then the license alone, which an
    /// exception only widens. That something is denied is asked before that it is allowed.
    fn allow(&self, term: &Term) -> bool {
        let bare = Term {
            license: term.license.clone(),
            exception: None,
        };
        for asked in [term, &bare] {
            if self.denied.contains(asked) {
                return false;
            }
            if self.allowed.contains(asked) {
                return true;
            }
        }
        self.allowed.is_empty()
    }
}

gate_guest::export_policy!(DESCRIPTION, policy);

#[cfg(test)]
mod tests {
    use gate_guest::{Value, native};

    use super::*;

    #[test]
    fn an_entry_that_is_not_one_license_is_refused() {
        for name in ["denied-licenses", "allowed-licenses"] {
            for entry in ["", "MIT OR ISC", "GPL v3", "AGPL*"] {
                let list = vec!["MIT".to_owned(), entry.to_owned()];
                let context = native::context_with(name, Value::Texts(list));
                let refusal = native::run(&DESCRIPTION, policy, context, []).unwrap_err();
                let why = refusal.why();
                assert!(
                    why.contains(name) && why.contains(&format!("`{entry}`")),
                    "{why}"
                );
            }
        }
    }
}
