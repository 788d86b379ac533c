//! Write a policy for `gate` as one plain function; or, with [`adapter`], what reads the reports of your own tool.
//!
//! A policy asks one question about the findings of a gate. It gets the findings one by one, in canonical order,
//! and the context: thresholds, settings, scan reports, the moment of judgement. It can touch nothing else.
//!
//! ```
//! use gate_guest::{Answer, Context, Description, Findings, Level, Refusal, Threshold};
//!
//! /// What the policy says of itself.
//! pub const DESCRIPTION: Description = Description {
//!     name: "too-many-criticals",
//!     version: "1.0.0",
//!     question: "Are there more critical findings than allowed?",
//!     thresholds: &[Threshold::count("max-critical", 0, "critical findings allowed")],
//!     settings: &[],
//!     reads: &["severity.level", "status", "suppression"],
//! };
//!
//! /// The policy: one plain function.
//! pub async fn policy(context: Context, mut findings: Findings) -> Result<Answer, Refusal> {
//!     let mut answer = Answer::of_rules(1);
//!     let mut critical = Vec::new();
//!     while let Some(finding) = findings.next().await {
//!         if finding.is_active() && finding.level() == Level::Critical {
//!             critical.push(finding.position());
//!         }
//!     }
//!     if context.budget("max-critical")?.allows(critical.len()) {
//!         answer.tolerate(critical);
//!     } else {
//!         let message = format!("{} critical findings", critical.len());
//!         answer.fail("too-many", message).help("upgrade what has a fix").count(critical);
//!     }
//!     Ok(answer)
//! }
//!
//! gate_guest::export_policy!(DESCRIPTION, policy);
//!
//! // The same function runs natively, in a plain unit test.
//! use gate_guest::native;
//! let critical = native::finding("CVE-2026-0001", Level::Critical);
//! let answer = native::run(&DESCRIPTION, policy, native::context(), [critical]).unwrap();
//! assert_eq!(answer.reasons[0].message, "1 critical findings");
//! ```
//!
//! `cargo build --target wasm32-unknown-unknown` then gives a module that imports nothing; `cargo dev build` wraps
//! it into a component. The function is `async` so that it can wait for the next finding while it holds only what
//! it needs: a policy's memory does not grow with the number of findings unless it keeps them.

pub mod adapter;
mod answer;
#[doc(hidden)]
pub mod bindings;
mod context;
mod description;
mod evaluation;
mod export;
mod finding;
pub mod native;
mod reports;
mod text;
mod upgrades;

pub use answer::{Answer, ReasonBuilder};
pub use bindings::exports::gate::policy::guest::{
    Class, Completeness, Context, Decision, Disposition, FixState, Level, Origin, Outcome, Reason,
    ScanReport, Status, Subject, SuppressionKind, SuppressionState, Value,
};
pub use context::{Budget, Refusal};
pub use description::{Description, Threshold};
pub use evaluation::{Findings, Next};
pub use finding::{
    Cvss, Endpoint, Finding, Location, Resource, Rule, Severity, Software, Suppression,
    Vulnerability,
};
pub use text::{named, number_of};
pub use upgrades::Upgrades;

/// For the macro only.
#[doc(hidden)]
pub mod internal {
    pub use crate::evaluation::Evaluation;
}
