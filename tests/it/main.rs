//! The outside view of gate. Each module says what belongs there.
//!
//! `cargo dev test` builds the program and the policies first and says where they are; by hand, run
//! `cargo dev build`, then `cargo test --release -p gate-tests`.

mod bad_input;
mod canary;
mod cases;
mod gate;
mod guests;
mod help;
mod policies;
mod properties;
mod random;
mod replay;
mod standard;
