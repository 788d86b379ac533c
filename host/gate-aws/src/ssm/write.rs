//! Writes parameters, each only if it is still what the plan was made for.
//!
//! The service writes without conditions. So the version is read right before, and what comes back after has to be the
//! next one. Two writers at the very same time can't be kept apart by that, but the second of them is told.

use gate_core::time::Moment;
use serde::Serialize;

use super::ParameterStore;
use super::call::Calls;
use super::error::ParameterError;
use super::name::{Place, Tier, check};
use super::plan::{Change, Plan, Step};
use super::read::Service as _;
use crate::error::{AwsError, Cause};

/// How many pages a history has at most; the service keeps 100 versions.
const PAGES: usize = 100;

/// A value that a parameter had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Past {
    /// Which of its values.
    pub version: u32,
    /// When it was written.
    pub last_modified: Moment,
    /// Who wrote it, as ARN.
    pub by: Option<String>,
    /// Labels that it has now.
    pub labels: Vec<String>,
    /// The text.
    #[serde(rename = "value")]
    pub text: String,
}

impl ParameterStore<'_> {
    /// Refuses a plan of which the service would refuse a part.
    ///
    /// # Errors
    /// For the first parameter that is beyond a limit.
    pub fn check(&self, plan: &Plan) -> Result<(), ParameterError> {
        let arn = Calls::begin(self).arn_length();
        let tier = if plan.advanced {
            Tier::Advanced
        } else {
            Tier::Standard
        };
        for step in &plan.steps {
            if let Some(new) = step.change.text() {
                check(&step.name, new, tier, arn)?;
            }
        }
        Ok(())
    }

    /// Does what a plan says, in its order; `done` is told of each step that is. It ends with the first that is not done.
    ///
    /// # Errors
    /// When a parameter is not any more what the plan was made for, or the service refuses.
    pub fn apply(&self, plan: &Plan, mut done: impl FnMut(&Step)) -> Result<(), ParameterError> {
        self.check(plan)?;
        for step in &plan.steps {
            self.step(step, plan.advanced)?;
            done(step);
        }
        Ok(())
    }

    fn step(&self, step: &Step, advanced: bool) -> Result<(), ParameterError> {
        let calls = Calls::begin(self);
        let Step { name, kind, change } = step;
        match change {
            Change::Nothing { .. } => Ok(()),
            Change::Create { new } => match calls.put(name, new, *kind, advanced, false) {
                Ok(1) => Ok(()),
                Ok(version) => Err(conflict(name, None, Some(version), AFTER)),
                Err(error) if is_there(&error) => Err(conflict(name, None, Some(1), BEFORE)),
                Err(error) => Err(error.into()),
            },
            Change::Replace { version, new, .. } => {
                self.is_still(&calls, name, *version)?;
                let now = calls.put(name, new, *kind, advanced, true)?;
                if now == i64::from(*version) + 1 {
                    return Ok(());
                }
                Err(conflict(name, Some(*version), Some(now - 1), AFTER))
            }
            Change::Delete { version, .. } => {
                self.is_still(&calls, name, *version)?;
                Ok(calls.delete(name)?)
            }
        }
    }

    fn is_still(&self, calls: &Calls<'_>, name: &str, version: u32) -> Result<(), ParameterError> {
        let named = calls.named(&[name.to_owned()])?;
        let found = named.parameters.first().map(|found| found.version);
        if found == Some(version) {
            return Ok(());
        }
        Err(conflict(name, Some(version), found.map(i64::from), BEFORE))
    }

    /// The values that a parameter had, the newest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn history(&self, name: &Place) -> Result<Vec<Past>, ParameterError> {
        let calls = Calls::begin(self);
        let mut versions = Vec::new();
        let mut token = None;
        for _ in 0..PAGES {
            let (page, next) = calls.history(name.name(), token)?;
            versions.extend(page);
            token = next.filter(|token| !token.is_empty());
            if token.is_none() {
                versions.sort_by_key(|past| std::cmp::Reverse(past.version));
                return Ok(versions);
            }
        }
        let why = format!("its history has more than {PAGES} pages");
        Err(ParameterError::wrong(name.to_string(), why, "try again"))
    }
}

const BEFORE: &str = "it was left as it is";
const AFTER: &str = "what you meant is there now, over what somebody else wrote a moment before; the history has both";

fn is_there(error: &AwsError) -> bool {
    matches!(&error.cause, Cause::Service { code, .. } if code == "ParameterAlreadyExists")
}

fn conflict(
    name: &str,
    planned: Option<u32>,
    found: Option<i64>,
    done: &'static str,
) -> ParameterError {
    let version = |version: Option<i64>| {
        version.map_or_else(|| "no parameter".to_owned(), |n| format!("version {n}"))
    };
    ParameterError::Conflict {
        name: name.to_owned(),
        planned: version(planned.map(i64::from)),
        found: version(found),
        done,
    }
}
