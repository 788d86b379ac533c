//! Which events were dealt with: an empty note in the store of evidence, among what changes, under the event's own digest.
//!
//! It is written after the work, never before: who is killed in between does it again, which alters nothing, for what is
//! published has stable ids. It is never replaced, and nothing but this function reads it.

use std::fs;
use std::io;

use bytes::Bytes;
use gate_core::canonical;
use gate_core::digest::Digest;
use serde_json::Value;
use tokio::time::Instant;

use crate::aws::Aws;
use crate::failure::{Failure, Result};
use crate::settings::{Evidence, Settings};

/// Where notes are, in the layout of the store.
const FOLDER: &str = "state/events";

/// What is remembered.
#[derive(Debug)]
pub(crate) struct Memory(Evidence);

/// An event, by what it says: the digest of its canonical JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(Digest);

impl Key {
    /// The key of what an event says, without how it was delivered.
    pub(crate) fn of(event: &Value) -> Result<Self> {
        let bytes = canonical::to_vec(event);
        let bytes = bytes.map_err(|error| Failure::new(format!("naming the event: {error}")))?;
        Ok(Self(Digest::of(&bytes)))
    }

    /// Its digits.
    pub(crate) fn hex(self) -> String {
        self.0.hex()
    }
}

impl Memory {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self(settings.evidence.clone())
    }

    /// Whether an event was dealt with.
    pub(crate) async fn has(&self, key: Key, aws: &Aws, until: Instant) -> Result<bool> {
        let name = format!("{FOLDER}/{}", key.hex());
        let found = match &self.0 {
            Evidence::Directory(root) => {
                let found = root.join(name).try_exists();
                found.map_err(|error| Failure::new(error.to_string()))
            }
            Evidence::Bucket(bucket, prefix) => {
                aws.is_there(bucket, &format!("{prefix}{name}"), until)
                    .await
            }
        };
        found.map_err(|failure| failure.when("asking whether the event was dealt with"))
    }

    /// Remembers that an event was dealt with.
    pub(crate) async fn keep(&self, key: Key, aws: &Aws, until: Instant) -> Result {
        let name = format!("{FOLDER}/{}", key.hex());
        let kept = match &self.0 {
            Evidence::Directory(root) => {
                let path = root.join(name);
                let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
                let made = folder.and_then(|()| fs::File::create_new(&path).map(drop));
                match made {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                    made => made.map_err(|error| Failure::new(error.to_string())),
                }
            }
            Evidence::Bucket(bucket, prefix) => {
                let key = format!("{prefix}{name}");
                aws.create(bucket, &key, Bytes::new(), until).await
            }
        };
        kept.map_err(|failure| failure.when("remembering that the event was dealt with"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_words_in_another_order_are_the_same_event() {
        let key = |text: &str| Key::of(&serde_json::from_str(text).unwrap()).unwrap();
        let one = key(r#"{"id": "1", "detail": {"severity": 4.0, "n": 1}}"#);
        assert_eq!(one, key(r#"{"detail":{"n":1,"severity":4},"id":"1"}"#));
        assert_ne!(one, Key::of(&json!({"id": "2"})).unwrap());
    }
}
