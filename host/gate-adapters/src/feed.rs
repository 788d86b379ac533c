//! Feeds as their publishers write them, into [`gate_core::feed`].
//!
//! What is imported is named by the digest of its bytes, as they were given. Of what can't be understood nothing is
//! imported; a field that is not known is left out, and said.

mod epss;
mod kev;
mod unpack;

use gate_core::digest::Digest;
use gate_core::feed::{Feed, FeedError, FeedKind, RowError};

use crate::error::ReadError;

/// Longest file that is imported, in bytes; packed or not.
pub const MAX_SOURCE: usize = 64 << 20;

/// A feed, and what was left out of it.
#[derive(Debug)]
pub struct Imported {
    /// The feed.
    pub feed: Feed,
    /// Fields that are not known, each with the place where it stands first, as clauses.
    pub unknown: Vec<String>,
}

/// Why a feed can't be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is longer than a feed may be, or becomes so when it is unpacked.
    #[error("{0}")]
    TooLarge(String),
    /// It is packed and can't be unpacked.
    #[error("it can't be unpacked: {0}")]
    Packed(&'static str),
    /// It is not what the publisher writes.
    #[error("it is no feed of {kind}: {what}")]
    WrongFeed {
        /// What was to be imported.
        kind: FeedKind,
        /// What is missing, or there instead.
        what: String,
    },
    /// It is not well-formed.
    #[error("{what}, {place}")]
    Malformed {
        /// What is wrong, as a clause.
        what: String,
        /// Where.
        place: String,
    },
    /// A row can't stand in a feed.
    #[error("{what}, line {line}")]
    Row {
        /// Where.
        line: u64,
        /// Why not.
        what: RowError,
    },
    /// What it says of itself and what it lists are not the same.
    #[error("it counts {said} vulnerabilities, and lists {found}")]
    Count {
        /// What it says.
        said: u64,
        /// How many there are.
        found: u64,
    },
    /// What came of it is no feed.
    #[error("{0}")]
    Feed(#[from] FeedError),
}

/// What is said of a file that is not whole.
const CUT: &str = "it ends in the middle";

impl ImportError {
    fn malformed(what: impl Into<String>, line: u64) -> Self {
        Self::Malformed {
            what: what.into(),
            place: format!("line {line}"),
        }
    }
}

impl From<ReadError> for ImportError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Empty => Self::Empty,
            ReadError::Malformed { what, place } => {
                // What more is said there is about scanners.
                let cut = what.starts_with(CUT).then(|| CUT.to_owned());
                let what = cut.unwrap_or(what);
                Self::Malformed { what, place }
            }
            ReadError::TooLarge { what, place } => Self::TooLarge(format!("{what}, {place}")),
            // Of bytes in memory the splitter has nothing else to say.
            other => Self::malformed(other.to_string(), 1),
        }
    }
}

/// Imports a feed.
///
/// # Errors
/// When it is not what the publisher of such a feed writes.
pub fn import(kind: FeedKind, bytes: &[u8]) -> Result<Imported, ImportError> {
    if bytes.is_empty() {
        return Err(ImportError::Empty);
    }
    if bytes.len() > MAX_SOURCE {
        let what = format!("it is longer than {MAX_SOURCE} bytes");
        return Err(ImportError::TooLarge(what));
    }
    let source = Digest::of(bytes);
    let unpacked = unpack::unpack(bytes)?;
    match kind {
        FeedKind::Epss => epss::import(&unpacked, source),
        FeedKind::Kev => kev::import(&unpacked, source),
    }
}

#[cfg(test)]
mod tests;
