//! bench.

use crate::run::Result;

/// Not yet.
pub fn bench(_quick: bool) -> Result {
    Err("not yet".into())
}
