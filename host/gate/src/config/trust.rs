//! Whose statements the profile believes, and what is known of vulnerabilities from elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use gate_core::digest::Digest;
use gate_core::feed::{FeedKind, FeedRules};

use crate::config::Invalid;
use crate::config::check::beside;
use crate::config::file::{BaselineTable, FeedsTable};

/// Who or what is believed: an author of statements (VEX), or one document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trusted {
    /// An author, as documents name it.
    Author(String),
    /// A document, by its bytes.
    Document(Digest),
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Author(author) => f.write_str(author),
            Self::Document(digest) => write!(f, "{digest}"),
        }
    }
}

impl Serialize for Trusted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Trusted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.starts_with("sha256:") {
            return text.parse().map(Self::Document).map_err(D::Error::custom);
        }
        if text.trim().is_empty() {
            return Err(D::Error::custom("an author that is empty"));
        }
        Ok(Self::Author(text))
    }
}

/// Where the feeds are, and what is asked of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Feeds {
    /// Their files.
    pub(crate) files: BTreeMap<FeedKind, PathBuf>,
    /// How old they may be, and which no gate can decide without.
    pub(crate) rules: FeedRules,
}

impl Feeds {
    pub(super) fn new(table: FeedsTable, folder: &Path) -> Result<Self, Invalid> {
        let mut files = BTreeMap::new();
        for (kind, given, key) in [
            (FeedKind::Epss, table.epss, "feeds.epss"),
            (FeedKind::Kev, table.kev, "feeds.kev"),
        ] {
            files.extend(beside(folder, given, key)?.map(|path| (kind, path)));
        }
        let rules = FeedRules {
            max_age: table.max_age.and_then(|limit| limit.0),
            required: table.required,
        };
        Ok(Self { files, rules })
    }
}

/// What a gate's findings are compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct BaselineRules {
    /// File of the baseline.
    pub(crate) file: Option<PathBuf>,
    /// Whether findings that were there do not count.
    pub(crate) only_new: bool,
    /// Whether the number of findings of each level may only fall.
    pub(crate) ratchet: bool,
}

impl BaselineRules {
    pub(super) fn new(table: BaselineTable, folder: &Path, key: &str) -> Result<Self, Invalid> {
        Ok(Self {
            file: beside(folder, table.file, &format!("{key}.baseline.file"))?,
            only_new: table.only_new.unwrap_or_default(),
            ratchet: table.ratchet.unwrap_or_default(),
        })
    }
}
