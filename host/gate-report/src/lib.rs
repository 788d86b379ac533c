//! A verdict, written down: one module per format.
//!
//! Every text that came from a report, a policy or a file name is untrusted and escaped for its sink. This room
//! changes no outcome and does no input or output of its own.
#![warn(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a pure room: the same verdict gives the same text"
)]

pub mod answer;
mod cells;
pub mod corroboration;
mod disposition;
pub mod distance;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod metrics;
pub mod notification;
pub mod sarif;
pub mod table;
pub mod text;
pub mod waivers;
