//! Feeds from files.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::feed::{Feed, MAX_FEED};
use gate_core::ports::EvidenceStore;
use gate_core::scan_report::Problem;

use crate::config::Feeds;
use crate::evidence;
use crate::failure::{Failure, Result};

/// Reads a feed that was imported.
pub(crate) fn load(path: &Path) -> Result<Feed> {
    let bytes = read(path, MAX_FEED)?;
    Feed::parse(bytes).map_err(|error| invalid(path, &error.to_string()))
}

/// Reads the feeds that a profile names and keeps them with the evidence.
///
/// One that can't be read is a problem of the question: what it would have said is not known.
pub(crate) fn of_profile(
    asked: &Feeds,
    store: &dyn EvidenceStore,
) -> Result<(Vec<Feed>, Vec<Problem>)> {
    let (mut feeds, mut problems) = (Vec::new(), Vec::new());
    for (kind, path) in &asked.files {
        let read = load(path).and_then(|feed| {
            if feed.kind() == *kind {
                return Ok(feed);
            }
            Err(invalid(
                path,
                &format!(
                    "it is a feed of {}, and the profile calls it {kind}",
                    feed.kind()
                ),
            ))
        });
        match read {
            Ok(feed) => {
                evidence::put(store, feed.as_bytes())?;
                feeds.push(feed);
            }
            Err(failure) => {
                problems.push(Problem::advised(Code::FeedInvalid, failure.message()));
            }
        }
    }
    Ok((feeds, problems))
}

/// The feed that a record names.
pub(crate) fn kept(store: &dyn EvidenceStore, digest: &Digest) -> Result<Feed> {
    Feed::parse(store.get(digest)?).map_err(|error| {
        let message = format!("the feed {digest} of the record can't be read: {error}");
        Failure::new(Code::RecordUnreadable, message)
    })
}

/// The bytes of a file, one more than the most at the most: who takes them refuses what is too long.
pub(crate) fn read(path: &Path, most: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| invalid(path, &error.to_string()))?;
    Ok(bytes)
}

/// A feed that can't be read.
pub(crate) fn invalid(path: &Path, why: &str) -> Failure {
    let message = format!("reading the feed `{}`: {why}", path.display());
    Failure::new(Code::FeedInvalid, message)
}
