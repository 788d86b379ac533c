//! How far a verdict is from another one: what would make it pass, how much room is left, and when it flips.
//!
//! Every answer is found by judging again, with some findings gone, a threshold changed or a later moment. Nothing is
//! worked out from what a policy's name or message seems to mean.

mod change;
mod date;
mod repair;
mod room;
mod search;
mod what_if;

use serde::Serialize;

use crate::ports::PolicyRuntime;
use crate::request::EvaluationRequest;
use crate::verdict::{Outcome, Reason, Verdict};

pub use change::{Change, Place};
pub use date::{Cause, Dates, Flip};
pub use repair::Repair;
pub use room::{Direction, Room};

use what_if::WhatIf;

/// How far a verdict is from another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Distance {
    /// What it is.
    pub outcome: Outcome,
    /// What would make a fail pass; absent for any other outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
    /// What has to go first and is no finding: what keeps the gate from deciding, or makes it fail whatever is mended.
    pub blocked_by: Vec<Reason>,
    /// How much room each count of a policy leaves, in order of policy and threshold.
    pub room: Vec<Room>,
    /// When it flips if nothing else changes.
    pub dates: Dates,
    /// How much it took to find out.
    pub work: Work,
}

/// How often it was judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Work {
    /// Evaluations that were made.
    pub evaluations: u32,
    /// Evaluations that may be made, for this number of findings.
    pub at_most: u32,
}

impl Distance {
    /// How far a verdict is from another one. The verdict is what the request comes to with this runtime.
    #[must_use]
    pub fn of(verdict: &Verdict, request: &EvaluationRequest, runtime: &dyn PolicyRuntime) -> Self {
        let mut what_if = WhatIf::new(request, runtime);
        let (room, needs) = match verdict.outcome {
            Outcome::Error => Default::default(),
            Outcome::Pass | Outcome::Warn | Outcome::Fail => room::of(what_if.up_to(4)),
        };
        let dates = Dates::of(verdict, what_if.up_to(5));
        let (repair, blocked_by) = match verdict.outcome {
            Outcome::Fail => match repair::of(verdict, needs, what_if.up_to(8)) {
                Ok(repair) => (Some(repair), Vec::new()),
                Err(blocked_by) => (None, blocked_by),
            },
            Outcome::Error => (None, repair::worst(verdict)),
            Outcome::Pass | Outcome::Warn => (None, Vec::new()),
        };
        Self {
            outcome: verdict.outcome,
            repair,
            blocked_by,
            room,
            dates,
            work: what_if.work(),
        }
    }
}
