//! The list of records, as every store has it: an entry under each record's name, which says the name again.

use gate_core::digest::Digest;
use gate_core::ports::StoreError;

/// What stands in a record's entry.
pub(crate) fn line(digest: &Digest) -> String {
    format!("{digest}\n")
}

/// Refuses what can't be the beginning of a record's name.
pub(crate) fn check(prefix: &str) -> Result<(), StoreError> {
    let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if (4..=64).contains(&prefix.len()) && prefix.bytes().all(hexadecimal) {
        return Ok(());
    }
    Err(StoreError::NotARecordName(prefix.to_owned()))
}

/// The one of some names that begins so.
pub(crate) fn only(prefix: &str, mut names: Vec<Digest>) -> Result<Digest, StoreError> {
    names.retain(|name| name.hex().starts_with(prefix));
    match names.as_slice() {
        [] => Err(StoreError::NoRecord(prefix.to_owned())),
        [one] => Ok(*one),
        several => Err(StoreError::AmbiguousRecord {
            prefix: prefix.to_owned(),
            count: several.len(),
        }),
    }
}

/// Checks an entry: it says its own name, and another digest in it is tampering.
pub(crate) fn entry(
    name: Digest,
    bytes: &[u8],
    path: impl FnOnce() -> String,
) -> Result<Digest, StoreError> {
    let said = std::str::from_utf8(bytes).ok();
    let said = said.and_then(|line| line.trim_end().parse::<Digest>().ok());
    if said == Some(name) {
        return Ok(name);
    }
    Err(StoreError::Damaged {
        path: path(),
        expected: name,
        actual: Digest::of(bytes),
    })
}
