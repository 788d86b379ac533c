//! A feed in the making.

use std::collections::{BTreeMap, btree_map};
use std::fmt::Write as _;

use super::header::Header;
use super::{Entry, Feed, FeedError, FeedKind, RowError, decimal, is_cve};
use crate::digest::Digest;
use crate::time::Moment;

/// A feed in the making: rows in any order.
#[derive(Debug, Clone)]
pub struct Draft {
    header: Header,
    /// What is said of each vulnerability, as it is written.
    rows: BTreeMap<String, String>,
}

impl Draft {
    /// A feed without rows. `source` is the digest of the bytes that it is made from.
    #[must_use]
    pub const fn new(kind: FeedKind, date: Moment, model: String, source: Digest) -> Self {
        Self {
            header: Header {
                count: 0,
                date,
                kind,
                model,
                source,
            },
            rows: BTreeMap::new(),
        }
    }

    /// Adds a row. Numbers may have any spelling, also an exponent.
    ///
    /// # Errors
    /// When it can't stand in this feed, or the vulnerability is there already.
    pub fn insert(&mut self, cve: &str, entry: Entry<'_>) -> Result<(), RowError> {
        if entry.kind() != self.header.kind {
            return Err(RowError::WrongKind(entry.kind()));
        }
        if !is_cve(cve) {
            return Err(RowError::NotACve);
        }
        let row = match entry {
            Entry::Epss { epss, percentile } => {
                let number =
                    |name, text| decimal::normal(text).ok_or(RowError::NotAProbability(name));
                let epss = &*number("epss", epss)?;
                let percentile = &*number("percentile", percentile)?;
                row(Entry::Epss { epss, percentile })?
            }
            Entry::Kev { .. } => row(entry)?,
        };
        match self.rows.entry(cve.to_owned()) {
            btree_map::Entry::Vacant(place) => {
                place.insert(row);
                Ok(())
            }
            btree_map::Entry::Occupied(_) => Err(RowError::Twice),
        }
    }

    /// The feed.
    ///
    /// # Errors
    /// When nothing is listed, or more than a feed may hold.
    pub fn write(mut self) -> Result<Feed, FeedError> {
        self.header.count = u32::try_from(self.rows.len()).map_err(|_| FeedError::TooLong)?;
        let mut text = self.header.to_line();
        text.push('\n');
        for (cve, row) in &self.rows {
            // Writing to memory does not fail.
            let _ = writeln!(text, "{cve} {row}");
        }
        // What is handed out can be read, by the reader itself.
        Feed::parse(text.into_bytes())
    }
}

fn row(entry: Entry<'_>) -> Result<String, RowError> {
    entry.check()?;
    Ok(entry.to_string())
}
