//! Every way in which an adapter can fail as a whole.

use crate::sandbox::Fault;

/// Every way in which an adapter can fail as a whole. The report that it was to read is failed, and the gate can't
/// pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdapterFailure {
    /// The bytes are not a component, or not one that exports our interface.
    #[error("its component does not export the `gate:adapter` interface")]
    Invalid,
    /// The component wants something from outside.
    #[error("its component imports `{0}`; an adapter imports nothing")]
    Import(String),
    /// What it says of itself can't be true.
    #[error("its description {0}")]
    Description(String),
    /// It could not be instantiated: a trap in its initialisation, or more memories, tables or instances than
    /// allowed.
    #[error("it could not be instantiated within its limits")]
    Instantiate,
    /// It used up its fuel.
    #[error("it used up its fuel")]
    OutOfFuel,
    /// It asked for more memory or table space than it may have.
    #[error("it asked for more memory than it may have")]
    OutOfMemory,
    /// Its calls nested too deep.
    #[error("its calls nested too deep")]
    StackOverflow,
    /// It trapped: a panic, a division by zero, an access outside its memory.
    #[error("it trapped")]
    Trap,
    /// It answered more than allowed.
    #[error("its answer is larger than allowed")]
    AnswerTooLarge,
    /// It answered for another number of records than it was given.
    #[error("it answered for {answered} records, was given {given}")]
    Count {
        /// Its number.
        answered: usize,
        /// The true one.
        given: usize,
    },
    /// Its answer can't be read: no UTF-8, a case that does not exist, a place outside its memory.
    #[error("its answer can't be read")]
    Unreadable,
    /// What it says of the run can't be true.
    #[error("what it says of the run {0}")]
    BadRun(String),
    /// The outer time limit ran out. The only failure that depends on the machine.
    #[error("it ran into the wall-clock guard")]
    WallClock,
    /// The engine itself failed.
    #[error("the engine failed")]
    Engine,
}

impl From<Fault> for AdapterFailure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid => Self::Invalid,
            Fault::Import(name) => Self::Import(name),
            Fault::Instantiate => Self::Instantiate,
            Fault::OutOfFuel => Self::OutOfFuel,
            Fault::OutOfMemory => Self::OutOfMemory,
            Fault::StackOverflow => Self::StackOverflow,
            Fault::Trap => Self::Trap,
            Fault::AnswerTooLarge => Self::AnswerTooLarge,
            Fault::Unreadable => Self::Unreadable,
            Fault::WallClock => Self::WallClock,
            Fault::Engine => Self::Engine,
        }
    }
}
