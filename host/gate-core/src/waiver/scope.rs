//! What a waiver is about.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::finding::Finding;
use crate::fingerprint::{Fingerprint, purl_name, same_package};
use crate::gate::GateName;
use crate::request::Question;
use crate::severity::Level;
use crate::waiver::Pattern;

/// What a waiver is about: everything that is said of it has to be true.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scope {
    /// One finding, by its identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// A vulnerability, by any of its names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability: Option<String>,
    /// A package, as a package URL; of any version where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// A rule of a tool, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Where the finding is: its file, or the package's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Pattern>,
    /// The subject's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Digest>,
    /// The gate that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateName>,
    /// Where the subject is to go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The worst level that a finding may have; one of unknown level has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_level: Option<Level>,
}

impl Scope {
    /// Refuses what could be about anything.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let texts = [
            &self.vulnerability,
            &self.purl,
            &self.rule,
            &self.tool,
            &self.environment,
        ];
        if texts
            .into_iter()
            .flatten()
            .any(|text| text.trim().is_empty())
        {
            return Err("has a text that is empty");
        }
        let mut texts = texts.into_iter().flatten();
        if texts.any(|text| text.contains(['*', '?']) && !text.starts_with("pkg:")) {
            return Err("has a wildcard where none is allowed: only `path` takes one");
        }
        if self
            .vulnerability
            .as_ref()
            .is_some_and(|name| !is_name_of_vulnerability(name))
        {
            return Err(
                "has a `vulnerability` that is no name of one, such as `CVE-2026-1234` or `GHSA-…`",
            );
        }
        if self.purl.as_ref().is_some_and(|purl| !is_package(purl)) {
            return Err("has a `purl` that is no package URL, such as `pkg:npm/lodash@4.17.20`");
        }
        if self.purl.as_ref().is_some_and(|purl| purl.contains('*')) {
            return Err("has a wildcard where none is allowed: only `path` takes one");
        }
        if self.path.as_ref().is_some_and(|path| !path.is_bounded()) {
            return Err(
                "has a `path` that could be anywhere: begin it with the name of a folder or a file",
            );
        }
        let bounded = self.fingerprint.is_some()
            || (self.vulnerability.is_some() && self.purl.is_some())
            || (self.rule.is_some() && self.path.is_some());
        if bounded {
            Ok(())
        } else {
            Err(
                "is too broad: name a `fingerprint`, a `vulnerability` with its `purl`, or a `rule` with a `path`",
            )
        }
    }

    /// Whether a question is one in which the waiver can apply: of its gate, its environment and its image.
    pub(super) fn reaches(&self, question: &Question) -> bool {
        let digest = question.subject.as_ref().and_then(|s| s.digest);
        holds(&self.image, |image| digest == Some(*image))
            && holds(&self.gate, |gate| *gate == question.gate)
            && holds(&self.environment, |name| {
                question.environment.as_ref() == Some(name)
            })
    }

    /// Whether a finding is what the waiver is about.
    pub(super) fn covers(&self, finding: &Finding, question: &Question) -> bool {
        let vulnerability = finding.vulnerability.as_deref();
        let software = vulnerability.map(|v| &v.software);
        let path = || {
            let primary = finding.locations.first().and_then(|at| at.path.as_deref());
            primary.or_else(|| software.and_then(|s| s.path.as_deref()))
        };
        let level = finding.severity.level;
        self.reaches(question)
            && holds(&self.fingerprint, |id| *id == finding.id)
            && holds(&self.vulnerability, |name| {
                vulnerability.is_some_and(|v| v.ids.iter().any(|id| **id == **name))
            })
            && holds(&self.purl, |purl| {
                let found = software.and_then(|s| s.purl.as_deref());
                found.is_some_and(|found| same_package(purl, found))
            })
            && holds(&self.rule, |rule| *finding.rule.id == **rule)
            && holds(&self.tool, |tool| *finding.tool == **tool)
            && holds(&self.path, |pattern| {
                path().is_some_and(|path| pattern.matches(path))
            })
            && holds(&self.max_level, |most| {
                level != Level::Unknown && level <= *most
            })
    }
}

/// Whether a text can be the name of a vulnerability: a scheme, a hyphen or colon, and more. Of CVE the form is known.
fn is_name_of_vulnerability(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '_' | '/');
    let Some((scheme, rest)) = text.split_once(['-', ':']) else {
        return false;
    };
    if !text.chars().all(plain) || scheme.is_empty() || rest.is_empty() {
        return false;
    }
    if !scheme.eq_ignore_ascii_case("cve") {
        return true;
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    scheme == "CVE"
        && rest.split_once('-').is_some_and(|(year, number)| {
            year.len() == 4 && digits(year) && number.len() >= 4 && digits(number)
        })
}

/// Whether a text is a package URL: `pkg:`, a type and a name.
fn is_package(text: &str) -> bool {
    let name = purl_name(text).strip_prefix("pkg:");
    name.and_then(|name| name.split_once('/'))
        .is_some_and(|(kind, name)| {
            !kind.is_empty() && name.split('/').all(|part| !part.is_empty())
        })
}

/// What is not said is true.
fn holds<T>(said: &Option<T>, of: impl FnOnce(&T) -> bool) -> bool {
    said.as_ref().is_none_or(of)
}
