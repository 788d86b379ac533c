//! The function from outside: the real binary, driven by an emulated Runtime API, with services that answer as documented
//! and a program that stands in for `gate`; the real one where it is built.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests say what they expect by panicking, and so do their helpers"
)]

mod aws;
mod events;
mod failures;
mod http;
mod image;
mod lambda;
mod logs;
mod package;
mod start;
mod verify;
mod whole;
