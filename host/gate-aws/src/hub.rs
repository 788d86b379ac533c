//! Findings and verdicts in Security Hub, each sent when it is new or has changed, and archived when it is gone.
//!
//! What is pure comes first: a finding becomes a document of theirs ([`asff`]), what was sent before is known
//! ([`manifest`]), and from both follows what is to be sent ([`plan`]). Only then is anything asked of the service: in
//! batches, within its limits, until everything is acknowledged or the time is up. The verdict is never read back from
//! there, and nothing that happens there changes it.

pub mod asff;
mod error;
mod list;
pub mod manifest;
mod pace;
pub mod plan;
mod publisher;
mod scope;
mod send;
mod stamp;

pub use error::Stop;
pub use publisher::{Earlier, Job, publish};
pub use scope::Scope;
pub use send::{Failed, Report};
pub use stamp::Stamp;

#[cfg(test)]
mod fixture;
