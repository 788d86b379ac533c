//! Compiled code from one run to the next.
//!
//! Code is machine code: who can put a file into the cache and have it loaded runs what he likes as the gate. So an
//! entry is believed for one reason only: it carries a keyed digest that nobody can make without the secret, and the
//! secret never leaves a directory that belongs to the user alone. The engine's own look at code is a check of fit, not
//! of origin.
//!
//! What is wrong with a cache is never an error and never changes an answer. It costs a compilation.

mod directory;

use std::fmt;
use std::hash::{Hash as _, Hasher};
use std::path::PathBuf;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use gate_core::digest::Digest;

use crate::child::MAX_CODE;
use crate::engine::engine_id;
use directory::Directory;

/// Size of all entries together, in bytes, beyond which those that were not used for longest are removed.
pub const MAX_CACHE: u64 = 512 << 20;

const SECRET: &str = "secret";
const SECRET_BYTES: usize = 32;
/// Length of the keyed digest in front of an entry's code.
const MAC_BYTES: usize = 32;

/// A directory with compiled code. Several processes can use it at once.
pub struct Cache {
    path: PathBuf,
    most: u64,
    /// Opened when it is used for the first time; `None` if it can't be used.
    opened: OnceLock<Option<Opened>>,
}

struct Opened {
    directory: Directory,
    secret: Vec<u8>,
}

/// Which code an entry holds: that of one component, compiled by one engine with one configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(Digest);

/// Code that this program compiled, in this run or in another one of the same user, and that nobody altered since.
pub(crate) struct OwnCode(Vec<u8>);

impl OwnCode {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Key {
    /// The engine says what of its configuration shows in code, and its name says the rest: with a version of our own,
    /// the engine leaves its version out of both this and of its check of code.
    pub(crate) fn of(engine: &Engine, component: Digest) -> Self {
        let mut key = Sha256::new_with_prefix(b"gate-code/1\0");
        key.update(component.as_bytes());
        let mut configuration = Feed(Sha256::new());
        engine
            .precompile_compatibility_hash()
            .hash(&mut configuration);
        key.update(configuration.0.finalize());
        key.update(engine_id());
        Self(Digest::from_bytes(key.finalize().into()))
    }

    fn file(self) -> String {
        format!("{}.code", self.0.hex())
    }
}

/// Hashes whatever says that it can be hashed.
struct Feed(Sha256);

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        // Nobody asks: the whole digest is taken.
        0
    }
}

impl Cache {
    /// The cache in a directory, which is made when it is first needed. One that is not the user's alone is not used.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            most: MAX_CACHE,
            opened: OnceLock::new(),
        }
    }

    /// The code of a key, if it is there and made by us.
    pub(crate) fn get(&self, key: Key) -> Option<OwnCode> {
        let Opened { directory, secret } = self.opened()?;
        let mut entry = directory
            .read(&key.file(), MAX_CODE + MAC_BYTES as u64)
            .ok()?;
        // The bytes that are checked are the bytes that are used: they are in memory, and nobody can change them there.
        let (mac, code) = entry.split_at_checked(MAC_BYTES)?;
        keyed(secret, key, code)?.verify_slice(mac).ok()?;
        Some(OwnCode(entry.split_off(MAC_BYTES)))
    }

    /// Keeps the code of a key.
    pub(crate) fn put(&self, key: Key, code: &[u8]) {
        let Some(Opened { directory, secret }) = self.opened() else {
            return;
        };
        let Some(mac) = keyed(secret, key, code) else {
            return;
        };
        // Full disk, no permission: next time then.
        let _ = directory
            .replace(&key.file(), &[&mac.finalize().into_bytes()[..], code])
            .and_then(|()| directory.evict(self.most, SECRET));
    }

    fn opened(&self) -> Option<&Opened> {
        let open = || {
            let directory = Directory::open(&self.path).ok()?;
            let secret = secret(&directory)?;
            Some(Opened { directory, secret })
        };
        self.opened.get_or_init(open).as_ref()
    }
}

/// The secret of a directory, made where there is none. One of another length was cut off when it was written: what
/// it vouched for is compiled again.
fn secret(directory: &Directory) -> Option<Vec<u8>> {
    let read = || {
        let secret = directory.read(SECRET, SECRET_BYTES as u64).ok()?;
        (secret.len() == SECRET_BYTES).then_some(secret)
    };
    read().or_else(|| {
        let fresh = directory::random::<SECRET_BYTES>().ok()?;
        // Another process may be faster: then its secret is the secret.
        if directory.create(SECRET, &fresh).is_err() && read().is_none() {
            directory.replace(SECRET, &[&fresh]).ok()?;
        }
        read()
    })
}

fn keyed(secret: &[u8], key: Key, code: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(key.0.as_bytes());
    mac.update(code);
    Some(mac)
}

#[cfg(test)]
mod tests;
