//! Where verdicts' evidence is kept.
//!
//! A store is content-addressed and readable without gate:
//!
//! ```text
//! blobs/sha256/<64 hex digits>       everything a record names, and records themselves; `sha256sum` checks it
//! records/<64 hex digits>            one line: the digest of a record; written last
//! state/<name>                       what changes: what was published, what is still to be; no verdict depends on it
//! ```
//!
//! This room keeps bytes; it never changes a verdict.

mod directory;
mod records;
pub mod s3;
pub mod signing;
mod state;
mod syncing;
mod whole;

pub use directory::DirectoryStore;
pub use whole::{replace_whole, write_whole};
