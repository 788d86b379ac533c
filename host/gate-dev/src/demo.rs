//! demo.

use crate::run::Result;

/// Not yet.
pub fn demo() -> Result {
    Err("not yet".into())
}
