//! Small values that change: what was published, what is still to be published.

use crate::ports::StoreError;

/// Values that are replaced whole, and only by who knows what was there. They stand in the evidence store beside what
/// never changes, and no verdict depends on them.
///
/// Names are parts of lower-case letters, digits, `.`, `-` and `_`, separated by `/`, such as
/// `outbox/4c1d….security-hub`.
pub trait StateStore: Sync {
    /// What is under a name.
    ///
    /// # Errors
    /// When it can't be read. That there is nothing is no error.
    fn state(&self, name: &str) -> Result<Option<State>, StoreError>;

    /// Puts a value under a name, if what is there is still what was read; `None` if nothing was. Durable when this
    /// returns.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when somebody else was there first, so that who asks can read again; otherwise when it
    /// could not be made durable.
    fn replace_state(
        &self,
        name: &str,
        read: Option<&Revision>,
        bytes: &[u8],
    ) -> Result<Revision, StoreError>;

    /// Takes away what is under a name. That there is nothing is no error.
    ///
    /// # Errors
    /// When it could not be taken away.
    fn remove_state(&self, name: &str) -> Result<(), StoreError>;

    /// The names below a first part, such as `outbox`, in order.
    ///
    /// # Errors
    /// When they can't be listed.
    fn list_state(&self, below: &str) -> Result<Vec<String>, StoreError>;
}

/// A value, and which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Which of the values that were ever under this name.
    pub revision: Revision,
    /// The value.
    pub bytes: Vec<u8>,
}

/// Tells values under one name apart; only the store that made it can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision(pub String);
