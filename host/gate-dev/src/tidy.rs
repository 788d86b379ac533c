//! tidy.

use crate::run::Result;

/// Not yet.
pub fn tidy() -> Result {
    Err("not yet".into())
}
