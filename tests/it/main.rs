//! The outside view of gate. Each module says what belongs there.
//!
//! `cargo dev test` builds the program and the policies first and says where they are; by hand, run
//! `cargo dev build`, then `cargo test --release -p gate-tests`.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking, and so do helpers that only tests call"
)]

mod gate;
mod guests;
mod policies;
mod properties;
mod random;
mod standard;
