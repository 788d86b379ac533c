//! Templates of CloudFormation, parsed: what each resource says, and whom each policy lets do what.
//!
//! An emulator reports a stack complete whose pipeline, builds, trail and alarms it never made. So `stack` deploys all
//! templates in the order of the contract by itself, down to plain values, and the other modules ask those.

mod audit;
mod builds;
mod denials;
mod emulator;
mod events;
mod filter;
mod foundation;
mod lint;
mod observability;
mod pattern;
mod pipeline;
mod policy;
mod roles;
pub(crate) mod stack;
mod template;
