//! Every way in which an adapter can fail as a whole.

use crate::sandbox::Fault;

/// Every way in which an adapter can fail as a whole. The report that it was to read is failed, and the gate can't
/// pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdapterFailure {
    /// The bytes are not a component, or not one that exports our interface.
    #[error("its component does not export the `gate:adapter` interface")]
    Invalid,
    /// It ended without an answer.
    #[error(transparent)]
    Fault(Fault),
    /// What it says of itself can't be true.
    #[error("its description {0}")]
    Description(String),
    /// It answered for another number of records than it was given.
    #[error("it answered for {answered} records, was given {given}")]
    Count {
        /// Its number.
        answered: usize,
        /// The true one.
        given: usize,
    },
    /// What it says of the run can't be true.
    #[error("what it says of the run {0}")]
    BadRun(String),
}

impl From<Fault> for AdapterFailure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid => Self::Invalid,
            other => Self::Fault(other),
        }
    }
}
