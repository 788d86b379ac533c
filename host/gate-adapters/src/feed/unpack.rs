//! What is packed with gzip (RFC 1952), unpacked within limits.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::bufread::GzDecoder;

use super::{ImportError, MAX_SOURCE};

/// How a packed file begins.
const MAGIC: &[u8] = b"\x1F\x8B";

/// How many times as long as it was a file may become. Feeds become four to eight times as long.
const MAX_RATIO: usize = 100;

/// The bytes of a file, unpacked if they are packed.
pub(super) fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ImportError> {
    if !bytes.starts_with(MAGIC) {
        return Ok(bytes.into());
    }
    let limit = bytes.len().saturating_mul(MAX_RATIO).min(MAX_SOURCE);
    let mut unpacked = Vec::new();
    let mut packed = GzDecoder::new(bytes).take(limit as u64 + 1);
    packed
        .read_to_end(&mut unpacked)
        .map_err(|_| ImportError::Packed("it is cut off or damaged"))?;
    if unpacked.len() > limit {
        let what = format!("unpacked it is longer than {limit} bytes");
        return Err(ImportError::TooLarge(what));
    }
    if !packed.into_inner().into_inner().is_empty() {
        return Err(ImportError::Packed("something follows its end"));
    }
    if unpacked.is_empty() {
        return Err(ImportError::Empty);
    }
    Ok(unpacked.into())
}
