//! Feeds from files.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use gate_core::code::Code;
use gate_core::feed::{Feed, MAX_FEED};

use crate::failure::{Failure, Result};

/// Reads a feed that was imported.
pub(crate) fn load(path: &Path) -> Result<Feed> {
    let bytes = read(path, MAX_FEED)?;
    Feed::parse(bytes).map_err(|error| invalid(path, &error.to_string()))
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
