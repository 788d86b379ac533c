//! Scanner reports into scan reports and findings.
//!
//! [`registry::ADAPTERS`] is the table of formats; each row is one module. [`read::read`] takes a stream, picks
//! the row, splits the report into records ([`splitter`]), replaces what is secret ([`redact`]) and accounts for
//! every record: it ends as a finding, as a check that passed, or in quarantine, which makes the report partial.
//!
//! This room opens no file and decides nothing; an adapter knows no other adapter.
#![warn(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a pure room: the same bytes give the same findings"
)]

pub mod adapter;
pub mod error;
pub mod format;
pub mod normalize;
pub mod read;
pub mod redact;
pub mod registry;
pub mod shape;
pub mod splitter;
mod transcode;

mod bandit;
mod checkov;
mod csaf;
mod cyclonedx;
mod gitleaks;
mod grype;
mod nuclei;
mod openvex;
mod package;
mod sarif;
mod spdx;
mod trivy;
mod vex;
mod zap;
