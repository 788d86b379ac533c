//! A verdict, written down: one module per format.
//!
//! Every text that came from a report, a policy or a file name is untrusted and escaped for its sink. This room
//! changes no outcome and does no input or output of its own.
#![warn(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a pure room: the same verdict gives the same text"
)]

pub mod corroboration;
pub mod distance;
pub mod human;
pub mod json;
pub mod table;
pub mod text;
