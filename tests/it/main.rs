//! The outside view of gate. Each module says what belongs there.
//!
//! `cargo dev test` builds the program and the policies first and says where they are; by hand, run
//! `cargo dev build`, then `cargo test --release -p gate-tests`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests say what they expect by panicking, and so do their helpers"
)]

mod adapters;
mod answers;
mod aws;
mod bad_input;
mod baseline;
mod bombs;
mod cache;
mod canary;
mod cases;
mod damage;
mod defect;
mod distance;
mod engines;
mod faults;
mod feeds;
mod foreign;
mod gate;
mod guests;
mod help;
mod hostile;
mod matrix;
mod notify;
mod outputs;
mod policies;
mod properties;
mod publish;
mod random;
mod rehearse;
mod replay;
mod road;
mod s3;
mod standard;
mod swallowed;
mod thresholds;
mod tools;
mod unasked;
mod verify;
mod vex;
mod waivers;
