//! Feeds: what is known of vulnerabilities beyond what a scanner says, such as how likely one is exploited.
//!
//! A feed is imported once and then read without a network. Its form is our own: text lines that a person can read, in
//! order of CVE, below a header that is canonical JSON. The SHA-256 digest of the whole names it.
//!
//! ```text
//! {"count":2,"date":"2025-11-20T00:00:00Z","format":"gate-feed/1","kind":"epss","model":"v2025.03.14","source":"sha256:…"}
//! CVE-2024-0001 0.00043 0.12345
//! CVE-2024-0002 0.97 0.99991
//! ```
//!
//! There is one such text for one feed: numbers, dates and the header have one spelling each, and whatever else is
//! refused. [`annotate()`] tells findings what feeds say of them, and [`check()`] holds feeds against what a gate asks.

mod annotate;
mod decimal;
mod draft;
mod entry;
mod error;
mod header;
mod rules;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::time::Moment;

pub use annotate::{EPSS_PERCENTILE, KEV_ADDED, KEV_DUE, KEV_RANSOMWARE, annotate};
pub use draft::Draft;
pub use entry::{Entry, Ransomware, is_cve};
pub use error::{FeedError, RowError};
pub use header::is_model;
pub use rules::{FeedRules, FeedUse, check};

use header::Header;

/// Longest feed, in bytes. EPSS has some 300 000 rows of at most 40 bytes.
pub const MAX_FEED: usize = 64 << 20;

/// What a feed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// How likely a vulnerability is exploited in the next 30 days: the Exploit Prediction Scoring System of FIRST.
    Epss,
    /// That a vulnerability is exploited: the catalogue of Known Exploited Vulnerabilities of CISA.
    Kev,
}

impl FeedKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Epss, Self::Kev];

    /// Its word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Epss => "epss",
            Self::Kev => "kev",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for FeedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epss => "EPSS",
            Self::Kev => "KEV",
        })
    }
}

/// A feed that was read: every line of it can be understood.
#[derive(Clone)]
pub struct Feed {
    header: Header,
    digest: Digest,
    text: String,
    /// Where each row begins in the text.
    rows: Vec<u32>,
}

impl Feed {
    /// Reads a feed.
    ///
    /// # Errors
    /// When anything in it is not as [`Draft::write`] writes it.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, FeedError> {
        if bytes.len() > MAX_FEED {
            return Err(FeedError::TooLong);
        }
        let digest = Digest::of(&bytes);
        let text = String::from_utf8(bytes).map_err(|error| {
            let whole = error.as_bytes().get(..error.utf8_error().valid_up_to());
            let before = whole.unwrap_or_default();
            let breaks = before.iter().filter(|byte| **byte == b'\n').count();
            FeedError::NotText { line: breaks + 1 }
        })?;
        let Some((first, below)) = text.split_once('\n') else {
            return Err(match &*text {
                "" => FeedError::Empty,
                _ => FeedError::Truncated { line: 1 },
            });
        };
        let header = Header::parse(first)?;
        let rows = rows(&header, first.len() + 1, below)?;
        Ok(Self {
            header,
            digest,
            text,
            rows,
        })
    }

    /// What kind of feed it is.
    #[must_use]
    pub const fn kind(&self) -> FeedKind {
        self.header.kind
    }

    /// As of when it holds: the day of EPSS's scores, or the moment of KEV's release.
    #[must_use]
    pub const fn date(&self) -> Moment {
        self.header.date
    }

    /// The version of EPSS's model, or of KEV's catalogue.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.header.model
    }

    /// The digest of what was imported.
    #[must_use]
    pub const fn source(&self) -> Digest {
        self.header.source
    }

    /// How many vulnerabilities it lists.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.header.count
    }

    /// The digest that names it.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Its bytes, to be kept as evidence.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// What it says of a vulnerability.
    #[must_use]
    pub fn get(&self, cve: &str) -> Option<Entry<'_>> {
        let row = |begin: &u32| split(self.text.get(*begin as usize..).unwrap_or_default());
        let found = |begin: &u32| row(begin).0.cmp(cve);
        let at = self.rows.binary_search_by(found).ok()?;
        let (_, rest) = row(self.rows.get(at)?);
        let (rest, _) = rest.split_once('\n')?;
        Entry::read(self.header.kind, rest).ok()
    }

    /// As a question holds it.
    #[must_use]
    pub fn used(&self) -> FeedUse {
        FeedUse {
            date: self.header.date,
            digest: self.digest,
            kind: self.header.kind,
            model: self.header.model.clone(),
        }
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.used(), f)
    }
}

/// What a row is about, and what it says of it.
fn split(row: &str) -> (&str, &str) {
    row.split_once(' ').unwrap_or((row, ""))
}

/// Where the rows of a feed begin, each of them looked at.
fn rows(header: &Header, begin: usize, text: &str) -> Result<Vec<u32>, FeedError> {
    let mut rows = Vec::new();
    let (mut begin, mut last) = (begin, "");
    for (number, row) in text.split_inclusive('\n').enumerate() {
        let line = number + 2;
        let wrong = |what| FeedError::Row { line, what };
        let whole = row.strip_suffix('\n');
        let (cve, rest) = split(whole.ok_or(FeedError::Truncated { line })?);
        if !is_cve(cve) {
            return Err(wrong(RowError::NotACve));
        }
        Entry::read(header.kind, rest).map_err(wrong)?;
        match last.cmp(cve) {
            std::cmp::Ordering::Less => last = cve,
            std::cmp::Ordering::Equal => return Err(wrong(RowError::Twice)),
            std::cmp::Ordering::Greater => return Err(wrong(RowError::Unsorted)),
        }
        rows.push(u32::try_from(begin).map_err(|_| FeedError::TooLong)?);
        begin += row.len();
    }
    match u32::try_from(rows.len()) {
        Ok(0) => Err(FeedError::NothingListed),
        Ok(found) if found == header.count => Ok(rows),
        found => Err(FeedError::Count {
            said: header.count,
            found: found.unwrap_or(u32::MAX),
        }),
    }
}

#[cfg(test)]
mod tests;
