//! The first line of a feed.

use serde::{Deserialize, Serialize};

use super::{FeedError, FeedKind};
use crate::canonical;
use crate::digest::Digest;
use crate::time::Moment;

/// The one format that there is.
const FORMAT: &str = "gate-feed/1";

/// Longest name of a version, in bytes.
const MAX_MODEL: usize = 64;

/// What a feed says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) count: u32,
    pub(super) date: Moment,
    pub(super) kind: FeedKind,
    pub(super) model: String,
    pub(super) source: Digest,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    count: u32,
    date: Moment,
    format: String,
    kind: FeedKind,
    model: String,
    source: Digest,
}

/// What any version of it has.
#[derive(Deserialize)]
struct Beginning {
    format: String,
    kind: Option<String>,
}

/// Whether a text can be a version: 1 to 64 printable characters of ASCII, without a space.
#[must_use]
pub fn is_model(text: &str) -> bool {
    (1..=MAX_MODEL).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Header {
    pub(super) fn parse(text: &str) -> Result<Self, FeedError> {
        let Beginning { format, kind } =
            serde_json::from_str(text).map_err(|_| FeedError::NotAFeed)?;
        if format != FORMAT {
            return Err(FeedError::Version);
        }
        if kind.is_some_and(|kind| FeedKind::from_name(&kind).is_none()) {
            return Err(FeedError::Kind);
        }
        let line: Line = serde_json::from_str(text).map_err(|_| {
            FeedError::Header("a field is missing, unknown, there twice or of another kind")
        })?;
        let header = Self {
            count: line.count,
            date: line.date,
            kind: line.kind,
            model: line.model,
            source: line.source,
        };
        if !is_model(&header.model) {
            return Err(FeedError::Header("`model` is not a version"));
        }
        if header.to_line() != text {
            return Err(FeedError::Header("it is not canonical JSON"));
        }
        Ok(header)
    }

    /// Canonical JSON, without a line break.
    pub(super) fn to_line(&self) -> String {
        let line = Line {
            count: self.count,
            date: self.date,
            format: FORMAT.to_owned(),
            kind: self.kind,
            model: self.model.clone(),
            source: self.source,
        };
        // Every such value has a canonical form; were there none, nobody would take an empty line for a header.
        let bytes = canonical::to_vec(&line).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}
