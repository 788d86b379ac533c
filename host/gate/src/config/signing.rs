//! What the profile says of signed verdicts: who signs them, and what a deploy step asks of them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use gate_aws::{KmsUri, NotAKmsUri};
use gate_core::digest::Digest;
use gate_core::gate::GateName;
use serde::Deserialize;

use crate::config::check::beside;
use crate::config::file::AgeLimit;
use crate::config::{Invalid, invalid};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SigningTable {
    key: Option<String>,
    verifier: Option<String>,
    resource: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VerifyTable {
    #[serde(default)]
    require: BTreeSet<GateName>,
    max_age: Option<AgeLimit>,
    resource: Option<String>,
    #[serde(default)]
    policies: BTreeSet<Digest>,
    #[serde(default)]
    trusted: Vec<TrustedTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TrustedTable {
    verifier: String,
    key: PathBuf,
}

/// How verdicts are signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SigningRules {
    /// The key; without one nothing is signed.
    pub(crate) key: Option<KeyName>,
    /// Who says so.
    pub(crate) verifier: Option<String>,
    /// For what.
    pub(crate) resource: Option<ResourceTemplate>,
}

/// What a deploy step asks of signed verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VerifyRules {
    /// Gates of which each has to have passed.
    pub(crate) require: BTreeSet<GateName>,
    /// How old a verdict may be, where it is said.
    pub(crate) max_age: Option<AgeLimit>,
    /// For what it has to have been judged.
    pub(crate) resource: Option<ResourceTemplate>,
    /// Rules by which it may have been judged; any, when there are none.
    pub(crate) policies: BTreeSet<Digest>,
    /// Verifiers, each with the file of its public key.
    pub(crate) trusted: Vec<(String, PathBuf)>,
}

/// A key that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyName {
    /// In a file.
    File(PathBuf),
    /// In KMS.
    Kms(KmsUri),
}

/// Why a text names no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotAKeyName {
    /// It is empty.
    Empty,
    /// It names no key of KMS.
    Kms(NotAKmsUri),
}

impl fmt::Display for NotAKeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("expected a file, or `awskms:///alias/NAME`"),
            Self::Kms(error) => error.fmt(f),
        }
    }
}

impl FromStr for KeyName {
    type Err = NotAKeyName;

    fn from_str(text: &str) -> Result<Self, NotAKeyName> {
        if text.starts_with("awskms:") {
            return text.parse().map(Self::Kms).map_err(NotAKeyName::Kms);
        }
        if text.is_empty() {
            return Err(NotAKeyName::Empty);
        }
        Ok(Self::File(PathBuf::from(text)))
    }
}

/// A URI with places for the subject's name and the environment, `oci://{subject}?env={environment}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceTemplate(String);

/// Why a text is no such URI, or can't be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotAResource(String);

impl fmt::Display for NotAResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ResourceTemplate {
    type Err = NotAResource;

    fn from_str(text: &str) -> Result<Self, NotAResource> {
        if !is_uri(text) {
            return Err(NotAResource(
                "expected a URI, such as `oci://{subject}?env={environment}`".to_owned(),
            ));
        }
        let plain = text.replace("{subject}", "").replace("{environment}", "");
        if plain.contains(['{', '}']) {
            return Err(NotAResource(
                "only `{subject}` and `{environment}` are filled in".to_owned(),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl ResourceTemplate {
    /// The URI for a subject and an environment. What is filled in can't begin another part of the URI: a subject can't
    /// name its own environment.
    pub(crate) fn filled(
        &self,
        subject: &str,
        environment: Option<&str>,
    ) -> Result<String, NotAResource> {
        let environment = match environment {
            None if self.0.contains("{environment}") => {
                let what = "no environment was named, and the resource has one in it";
                return Err(NotAResource(what.to_owned()));
            }
            environment => environment.unwrap_or_default(),
        };
        // The environment first: what the subject has in braces is escaped.
        let filled = self.0.replace("{environment}", &escaped(environment));
        Ok(filled.replace("{subject}", &escaped(subject)))
    }
}

/// As RFC 3986 escapes what is no delimiter; names of images keep their `/` and `:`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&gate_core::digest::to_hex(&[byte]).to_ascii_uppercase());
        }
    }
    escaped
}

/// Whether a text begins as a URI does (RFC 3986) and holds no character that a line or a log would suffer from.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let letter = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(letter)
        && !rest.is_empty()
        && rest.chars().all(|c| c.is_ascii_graphic())
}

fn resource(text: Option<String>, key: &str) -> Result<Option<ResourceTemplate>, Invalid> {
    let parse = |text: String| {
        text.parse()
            .map_err(|error| invalid(format!("`{key}` is `{text}`: {error}")))
    };
    text.map(parse).transpose()
}

/// A verifier's id.
pub(crate) fn verifier(text: &str) -> Result<String, NotAResource> {
    if is_uri(text) {
        return Ok(text.to_owned());
    }
    let what = "expected a URI, such as `https://example.com/gate/production/v1`";
    Err(NotAResource(what.to_owned()))
}

impl SigningRules {
    pub(super) fn new(table: SigningTable, folder: &Path) -> Result<Self, Invalid> {
        let key = match table.key.as_deref().map(KeyName::from_str).transpose() {
            Ok(Some(KeyName::File(path))) => {
                beside(folder, Some(path), "signing.key")?.map(KeyName::File)
            }
            Ok(key) => key,
            Err(error) => return Err(invalid(format!("`signing.key`: {error}"))),
        };
        let named = |text: String| {
            verifier(&text)
                .map_err(|error| invalid(format!("`signing.verifier` is `{text}`: {error}")))
        };
        let rules = Self {
            key,
            verifier: table.verifier.map(named).transpose()?,
            resource: resource(table.resource, "signing.resource")?,
        };
        if rules.key.is_some() && rules.verifier.is_none() {
            let what = "`signing.key` without `signing.verifier`: nobody says so".to_owned();
            return Err(invalid(what)
                .help("add a URI that names who judges, such as `https://example.com/gate/v1`"));
        }
        Ok(rules)
    }
}

impl VerifyRules {
    pub(super) fn new(table: VerifyTable, folder: &Path) -> Result<Self, Invalid> {
        let mut trusted = Vec::new();
        for TrustedTable { verifier: id, key } in table.trusted {
            let id = verifier(&id).map_err(|error| {
                invalid(format!("`verify.trusted.verifier` is `{id}`: {error}"))
            })?;
            let path = beside(folder, Some(key), "verify.trusted.key")?;
            trusted.extend(path.map(|path| (id, path)));
        }
        Ok(Self {
            require: table.require,
            max_age: table.max_age,
            resource: resource(table.resource, "verify.resource")?,
            policies: table.policies,
            trusted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_name_its_own_environment() {
        let template: ResourceTemplate = "oci://{subject}?env={environment}".parse().unwrap();
        for (subject, environment, uri) in [
            (
                "reg.example:5000/a/b",
                "test",
                "oci://reg.example:5000/a/b?env=test",
            ),
            ("a?env=prod&x", "test", "oci://a%3Fenv%3Dprod%26x?env=test"),
            ("a#", "{subject}", "oci://a%23?env=%7Bsubject%7D"),
            (
                "{environment}",
                "ü\n",
                "oci://%7Benvironment%7D?env=%C3%BC%0A",
            ),
        ] {
            let filled = template.filled(subject, Some(environment)).unwrap();
            assert_eq!(filled, uri);
        }
        assert!(template.filled("a", None).is_err());
    }

    #[test]
    fn what_is_no_resource_is_refused() {
        for text in [
            "",
            "shop",
            ":x",
            "1a:x",
            "oci:",
            "oci://a b",
            "oci://{tag}",
            "oci://{subject",
        ] {
            assert!(text.parse::<ResourceTemplate>().is_err(), "{text}");
        }
        assert!("pkg:oci/shop".parse::<ResourceTemplate>().is_ok());
    }
}
