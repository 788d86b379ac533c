//! Model and road of `gate`.
//!
//! ```text
//! reports ─► adapter ─► scan reports + findings ┐
//! thresholds ──────────────────────────────────┼─► EvaluationRequest ─► evaluate() ─► Verdict ─► Record
//! policies ────────────────────────────────────┘      (a value)            │
//!                                                                     PolicyRuntime
//! ```
//!
//! Read [`finding`], then [`request`], then [`evaluate`]. This room knows no scanner, no cloud, no engine and no
//! command line; it reads no clock, no environment, no file and no network, and prints nothing.
#![warn(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a pure room: the same input gives the same bytes"
)]

pub mod age;
pub mod baseline;
pub mod canonical;
mod catalogue;
pub mod causes;
mod check;
pub mod code;
pub mod composition;
pub mod corroboration;
pub mod digest;
pub mod distance;
pub mod evaluate;
pub mod exemption;
pub mod exit_code;
pub mod feed;
pub mod finding;
pub mod fingerprint;
pub mod gate;
pub mod policy;
pub mod ports;
pub mod record;
pub mod request;
pub mod scan_report;
pub mod severity;
pub mod subject;
pub mod threshold;
pub mod time;
pub mod verdict;
pub mod vex;
pub mod waiver;
