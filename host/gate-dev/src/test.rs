//! test.

use crate::run::Result;

/// Not yet.
pub fn test() -> Result {
    Err("not yet".into())
}
