//! What belongs together in Security Hub: the findings of one gate about one subject of one application, and who is to
//! hold them. Ids and the place of the manifest follow from it, and from nothing that differs between builds.

use std::fmt::Write as _;

use gate_core::digest::Digest;
use gate_core::request::Question;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::hub::asff::limits;

/// Whose findings are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Account that holds them.
    pub account: String,
    /// Region that holds them.
    pub region: String,
    /// Application or repository.
    pub application: String,
    /// Gate.
    pub gate: String,
    /// Where the subject is to go.
    pub environment: Option<String>,
    /// Name of the subject, without its digest.
    pub subject: Option<String>,
}

/// The last part of the verdict's id; a finding has its fingerprint there.
pub(crate) const VERDICT: &str = "verdict";

impl Scope {
    /// The scope of a question, published by somebody.
    #[must_use]
    pub fn of(identity: &Identity, question: &Question) -> Self {
        Self {
            account: identity.account.clone(),
            region: identity.region.clone(),
            application: question.scope.clone(),
            gate: question.gate.to_string(),
            environment: question.environment.clone(),
            subject: question
                .subject
                .as_ref()
                .map(|subject| subject.name.clone()),
        }
    }

    /// The beginning of all its ids: `gate/APPLICATION/GATE/ENVIRONMENT/SUBJECT/`, with `-` for what there is not. Only
    /// the subject can have a `/` in it, so that no two scopes have the same. A long one is its digest.
    #[must_use]
    pub fn prefix(&self) -> String {
        let or_none = |part: &Option<String>, plain: &str| {
            part.as_deref()
                .map_or_else(|| "-".to_owned(), |part| escaped(part, plain))
        };
        let (environment, subject) = (or_none(&self.environment, ""), or_none(&self.subject, "/"));
        let application = escaped(&self.application, "");
        let parts = format!("{application}/{}/{environment}/{subject}", self.gate);
        // What follows is `gf1:` and 64 digits.
        if "gate/".len() + parts.len() + "/".len() + 68 <= limits::ID.most {
            return format!("gate/{parts}/");
        }
        format!("gate/{}/", Digest::of(parts.as_bytes()))
    }

    /// The name of its manifest among what changes.
    #[must_use]
    pub fn state_name(&self) -> String {
        // The account and the region have a part each, which the ids do not need.
        let whole = format!("{}/{}/{}", self.account, self.region, self.prefix());
        format!("published/{}", Digest::of(whole.as_bytes()).hex())
    }
}

/// A text as part of an id: what is not plain ASCII is written out, percent sign and hexadecimal digits. A part that is
/// `-` itself is told from one that is not there.
fn escaped(text: &str, also_plain: &str) -> String {
    if text == "-" {
        return "%2D".to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric()
            || "-._:@+".contains(letter)
            || also_plain.contains(letter)
        {
            escaped.push(letter);
        } else {
            // Writing to a text can't fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(application: &str, environment: Option<&str>, subject: Option<&str>) -> Scope {
        Scope {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            application: application.to_owned(),
            gate: "image".to_owned(),
            environment: environment.map(str::to_owned),
            subject: subject.map(str::to_owned),
        }
    }

    #[test]
    fn ids_say_what_they_are_of_and_no_two_scopes_share_one() {
        for (application, environment, subject, prefix) in [
            ("shop", None, None, "gate/shop/image/-/-/"),
            ("shop", Some("-"), Some("-"), "gate/shop/image/%2D/%2D/"),
            (
                "shop",
                Some("live"),
                Some("r.example:5000/shop/api"),
                "gate/shop/image/live/r.example:5000/shop/api/",
            ),
            (
                "a/b c%",
                None,
                Some("ü"),
                "gate/a%2Fb%20c%25/image/-/%C3%BC/",
            ),
        ] {
            assert_eq!(scope(application, environment, subject).prefix(), prefix);
        }
        let (long, longer) = ("x".repeat(500), "x".repeat(501));
        let [long, longer] = [&long, &longer].map(|subject| scope("shop", None, Some(subject)));
        assert_eq!(long.prefix().len(), "gate/sha256:/".len() + 64);
        assert_ne!(long.prefix(), longer.prefix());
        assert_ne!(long.state_name(), longer.state_name());
        let elsewhere = Scope {
            region: "us-east-1".to_owned(),
            ..long.clone()
        };
        assert_ne!(long.state_name(), elsewhere.state_name());
    }
}
