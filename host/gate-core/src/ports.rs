//! Ports: what the road needs from outside, as traits.

mod signer;
mod state;
mod thresholds;

use std::io;

use crate::digest::Digest;
use crate::policy::{Decision, PolicyFailure};
use crate::request::EvaluationRequest;

pub use signer::{Signer, SignerError};
pub use state::{Revision, State, StateStore};
pub use thresholds::{AskedOf, Sourced, ThresholdSource};

/// Runs policies. The one port that [`crate::evaluate::evaluate`] has.
///
/// ```
/// use gate_core::policy::PolicyFailure;
/// use gate_core::ports::{PolicyAnswer, PolicyRuntime};
/// use gate_core::request::EvaluationRequest;
///
/// /// A runtime without a single policy at hand.
/// struct Nothing;
///
/// impl PolicyRuntime for Nothing {
///     fn run(&self, request: &EvaluationRequest) -> Vec<PolicyAnswer> {
///         let missing = || PolicyAnswer::from(Err(PolicyFailure::Missing));
///         request.question.policies.iter().map(|_| missing()).collect()
///     }
/// }
/// ```
pub trait PolicyRuntime {
    /// Asks each policy of the request, in the request's order.
    fn run(&self, request: &EvaluationRequest) -> Vec<PolicyAnswer>;
}

/// What came of asking one policy.
#[derive(Debug, Clone)]
pub struct PolicyAnswer {
    /// Its decision, or why there is none.
    pub result: Result<Decision, PolicyFailure>,
    /// What is worth knowing and must not be in the record.
    pub diagnostics: Diagnostics,
}

/// Measurements and engine messages. They differ between machines and versions, so they are shown and never
/// recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// Fuel used from after instantiation to the answer.
    pub fuel_used: u64,
    /// Linear memory at its largest, in bytes.
    pub memory_peak: u64,
    /// Time from instantiation to the answer, in microseconds.
    pub micros: u64,
    /// The engine's message about a failure.
    pub engine_message: Option<String>,
}

impl From<Result<Decision, PolicyFailure>> for PolicyAnswer {
    fn from(result: Result<Decision, PolicyFailure>) -> Self {
        Self {
            result,
            diagnostics: Diagnostics::default(),
        }
    }
}

/// A content-addressed store of blobs and records.
///
/// # Contract
/// When [`EvidenceStore::publish_record`] returns, the record and all that was put before are durable. A `get` returns
/// only bytes that have the digest asked for.
pub trait EvidenceStore: Sync {
    /// Keeps some bytes and returns the digest that names them.
    ///
    /// # Errors
    /// When they could not be kept.
    fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        self.put_as(&digest, bytes)?;
        Ok(digest)
    }

    /// Keeps some bytes under their digest, which was computed before. What is under another digest than its own is
    /// damaged: it is refused, or never given out.
    ///
    /// # Errors
    /// When they could not be kept.
    fn put_as(&self, digest: &Digest, bytes: &[u8]) -> Result<(), StoreError>;

    /// Begins to keep bytes whose digest is not known yet.
    ///
    /// # Errors
    /// When the store can't take them.
    fn writer(&self) -> Result<Box<dyn BlobWriter>, StoreError>;

    /// Begins to keep bytes whose digest is likely to be computed by who writes them ([`BlobWriter::finish_as`]).
    ///
    /// # Errors
    /// When the store can't take them.
    fn copier(&self) -> Result<Box<dyn BlobWriter>, StoreError>;

    /// The bytes of a digest.
    ///
    /// # Errors
    /// When they are missing, damaged or unreadable.
    fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError>;

    /// Publishes a record whose bytes were put before, and makes durable what was put. The last step: what has no entry
    /// here was never announced.
    ///
    /// # Errors
    /// When the entry, or what was put before, could not be made durable.
    fn publish_record(&self, digest: &Digest) -> Result<(), StoreError>;

    /// The names of all records, in order of name.
    ///
    /// # Errors
    /// When they can't be listed.
    fn list_records(&self) -> Result<Vec<Digest>, StoreError>;

    /// The record whose name begins with some hexadecimal digits.
    ///
    /// # Errors
    /// When there is none, or more than one.
    fn find_record(&self, prefix: &str) -> Result<Digest, StoreError>;
}

/// Where evidence is kept, with what changes beside it.
pub trait Store: EvidenceStore + StateStore {}

impl<T: EvidenceStore + StateStore> Store for T {}

/// A blob in the making. Dropped before [`BlobWriter::finish`], it leaves nothing behind.
pub trait BlobWriter: io::Write + Send {
    /// Keeps the bytes and returns the digest that names them.
    ///
    /// # Errors
    /// When they could not be kept.
    fn finish(self: Box<Self>) -> Result<Digest, StoreError>;

    /// Keeps the bytes under a digest that who wrote them computed from the same bytes. What is under another digest than
    /// its own is damaged: it is refused, or never given out.
    ///
    /// # Errors
    /// When they could not be kept.
    fn finish_as(self: Box<Self>, digest: Digest) -> Result<(), StoreError>;
}

/// Why the evidence store can't do what was asked. Paths are the store's own.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("{action} `{path}`: {cause}")]
    Io {
        /// What was tried, such as `writing`.
        action: &'static str,
        /// Where.
        path: String,
        /// Why not.
        cause: io::Error,
    },
    /// The service that holds the store refused, or could not be reached.
    #[error("{action} `{path}`: {why}")]
    Service {
        /// What was tried, such as `writing`.
        action: &'static str,
        /// Where, such as `s3://bucket/blobs/…`.
        path: String,
        /// Why not.
        why: String,
        /// What to do.
        help: String,
    },
    /// Somebody else replaced a value between reading and replacing it.
    #[error("`{0}` was changed by somebody else meanwhile")]
    Changed(String),
    /// There is no such blob.
    #[error("blob {0} is not in the evidence store")]
    Missing(Digest),
    /// The bytes are not what their name says.
    #[error("blob `{path}` is damaged: its name says {expected}, its bytes are {actual}")]
    Damaged {
        /// Where.
        path: String,
        /// Digest in its name.
        expected: Digest,
        /// Digest of its bytes.
        actual: Digest,
    },
    /// What was asked for is no name of a record.
    #[error("`{0}` is not the beginning of a record's name: expected 4 to 64 hexadecimal digits")]
    NotARecordName(String),
    /// No record has this name.
    #[error("no record begins with `{0}`")]
    NoRecord(String),
    /// Several records have names that begin so.
    #[error("{count} records begin with `{prefix}`")]
    AmbiguousRecord {
        /// What was asked for.
        prefix: String,
        /// How many there are.
        count: usize,
    },
}
