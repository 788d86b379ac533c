//! The factory from outside: what `iac/` says, and what other people's tools make of it. Each module says what belongs there.
//!
//! `cargo dev test` installs the tools first and says where they are; by hand, run `cargo dev tools`, then
//! `cargo test --release -p gate-factory-tests`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests say what they expect by panicking, and so do their helpers"
)]

mod buildspecs;
mod cloudformation;
mod contract;
mod files;
mod hcl;
mod iam;
mod own_gate;
mod page;
mod platform;
mod scripts;
mod server;
mod terraform;
mod tool;
mod yaml;
