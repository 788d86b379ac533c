//! What was published for one scope, and when: from it follows what has changed, what keeps its dates and what is gone.
//!
//! It is read whole, checked and written whole. One that can't be read is an error and never taken for an empty one:
//! everything would be new again, and nothing ever archived.

use std::collections::BTreeMap;

use gate_core::digest::Digest;
use gate_core::time::Moment;
use serde::{Deserialize, Serialize};

use crate::hub::scope::Scope;
use crate::hub::stamp::Stamp;

/// Version of the form.
const FORMAT: u32 = 1;

/// What was published for one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// For which.
    pub scope: Scope,
    /// The record of which the publishing was begun last; none where all that is known is what the service told.
    pub last: Option<Last>,
    /// What was acknowledged, by id.
    pub findings: BTreeMap<String, Entry>,
}

/// A record, and when its verdict was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// Its name.
    pub record: Digest,
    /// The moment of judgement.
    pub evaluated_at: Moment,
}

/// A finding that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The tool that reported it; empty for the verdict.
    pub tool: String,
    /// Digest of what was said ([`super::asff::Asff::content`]); none where the service could not tell.
    pub content: Option<Digest>,
    /// The record from which it was said; none where the service could not tell.
    pub record: Option<Digest>,
    /// When it was first sent.
    pub created_at: Stamp,
    /// When it was first seen.
    pub first_observed_at: Stamp,
    /// When it was last sent.
    pub updated_at: Stamp,
    /// Whether it is there, as last sent.
    pub active: bool,
}

/// Why a manifest can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is of another version.
    #[error("it is of format {0}, and this program reads {FORMAT}")]
    Format(u32),
    /// It is no manifest.
    #[error("it is not the manifest of what was published: {0}")]
    Form(String),
    /// It is of another scope than its name says.
    #[error("it is the manifest of another gate, subject, account or region")]
    Another,
}

impl Manifest {
    /// A manifest of a scope of which nothing was published.
    #[must_use]
    pub const fn of(scope: Scope) -> Self {
        Self {
            format: FORMAT,
            scope,
            last: None,
            findings: BTreeMap::new(),
        }
    }

    /// Reads the manifest of a scope.
    ///
    /// # Errors
    /// With the reason why it can't be read.
    pub fn read(bytes: &[u8], scope: &Scope) -> Result<Self, Unreadable> {
        /// What every version has.
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }
        let form = |error: serde_json::Error| Unreadable::Form(error.to_string());
        let Versioned { format } = serde_json::from_slice(bytes).map_err(form)?;
        if format != FORMAT {
            return Err(Unreadable::Format(format));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(form)?;
        if manifest.scope != *scope {
            return Err(Unreadable::Another);
        }
        Ok(manifest)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Never; who writes it has an error for it anyway.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let scope = Scope {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            application: "shop".to_owned(),
            gate: "image".to_owned(),
            environment: None,
            subject: None,
        };
        let stamp = Stamp::parse("2026-11-21T10:00:00.001Z").unwrap();
        let mut manifest = Manifest::of(scope);
        manifest.last = Some(Last {
            record: Digest::of(b"record"),
            evaluated_at: stamp.second(),
        });
        let entry = Entry {
            tool: "trivy".to_owned(),
            content: Some(Digest::of(b"content")),
            record: None,
            created_at: stamp,
            first_observed_at: stamp,
            updated_at: stamp.next(),
            active: true,
        };
        manifest
            .findings
            .insert("gate/shop/image/-/-/gf1:00".to_owned(), entry);
        manifest
    }

    #[test]
    fn a_manifest_is_read_as_written() {
        let manifest = manifest();
        let bytes = manifest.to_bytes().unwrap();
        assert_eq!(Manifest::read(&bytes, &manifest.scope), Ok(manifest));
    }

    #[test]
    fn what_is_no_manifest_of_the_scope_is_never_taken_for_an_empty_one() {
        let manifest = manifest();
        let bytes = manifest.to_bytes().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let half = text.len() / 2;
        let newer = text.replace("\"format\":1", "\"format\":2");
        let other = text.replace("\"image\"", "\"sca\"");
        let more = text.replace("\"last\"", "\"more\":1,\"last\"");
        let is = |bytes: &[u8]| Manifest::read(bytes, &manifest.scope).unwrap_err();
        for (bytes, why) in [
            (&b""[..], "not the manifest"),
            (b"{}", "missing field `format`"),
            (&bytes[..half], "not the manifest"),
            (newer.as_bytes(), "format 2"),
            (other.as_bytes(), "another gate"),
            (more.as_bytes(), "unknown field"),
        ] {
            let error = is(bytes).to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
