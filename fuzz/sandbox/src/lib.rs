//! What the fuzz targets of the sandbox look at. What holds of a policy's answer the ordinary tests know as well.

#![allow(
    dead_code,
    reason = "parts of the ordinary tests, of which only some are needed"
)]

#[path = "../../../tests/it/answers.rs"]
mod answers;
mod components;
#[path = "../../../tests/it/gate.rs"]
mod gate;
mod guests;
mod policies;
#[path = "../../../tests/it/random/mod.rs"]
mod random;
#[path = "../../../tests/it/standard.rs"]
mod standard;

pub use components::check as components;
pub use policies::check as policies;

/// Has an input as the answer of a policy.
pub fn decisions(input: &[u8]) {
    answers::check(input);
}
