//! generate.

use crate::run::Result;

/// Not yet.
pub fn generate(_check: bool) -> Result {
    Err("not yet".into())
}
