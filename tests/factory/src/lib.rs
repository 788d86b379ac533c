//! The tests stand in `main.rs`; this package has no library of its own.
