//! A resource with its controls, and a control as a finding.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    Class, Evidence, Finding, Location, Resource, Status, Suppression, SuppressionKind,
    SuppressionState, Text,
};
use gate_core::severity::Severity;

use super::ADAPTER;
use crate::adapter::RecordError;

/// What a rule gives whose finding does not count.
const EXCEPTED: &str = "w/exceptions";

/// A resource with what was found of it.
#[derive(Deserialize)]
pub(super) struct Judged<'a> {
    pub(super) controls: Option<Vec<Value>>,
    #[serde(borrow, rename = "resourceID")]
    pub(super) resource: Cow<'a, str>,
}

/// A control of a resource.
#[derive(Deserialize)]
pub(super) struct Control<'a> {
    #[serde(borrow, rename = "controlID")]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    rules: Option<Vec<Rule>>,
    status: Option<Outcome>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    status: Text,
    sub_status: Option<Text>,
}

#[derive(Deserialize)]
struct Rule {
    exception: Option<Vec<Exception>>,
    #[serde(flatten)]
    outcome: Outcome,
    paths: Option<Vec<Paths>>,
}

#[derive(Deserialize)]
struct Exception {
    name: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paths {
    failed_path: Option<Text>,
    fix_path: Option<Fix>,
}

#[derive(Deserialize)]
struct Fix {
    path: Option<Text>,
}

/// What came of a control, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Passed,
    Excepted,
    Skipped,
    Failed,
}

impl Outcome {
    fn state(&self) -> Result<State, RecordError> {
        if self.sub_status.as_deref() == Some(EXCEPTED) {
            return Ok(State::Excepted);
        }
        match &*self.status {
            "passed" | "irrelevant" => Ok(State::Passed),
            "excluded" => Ok(State::Excepted),
            "skipped" => Ok(State::Skipped),
            "failed" => Ok(State::Failed),
            _ => Err(RecordError::Shape("a status is unknown".to_owned())),
        }
    }
}

impl Rule {
    fn excepted(&self) -> bool {
        self.exception.as_ref().is_some_and(|all| !all.is_empty())
    }

    fn state(&self) -> Result<State, RecordError> {
        match self.outcome.state()? {
            State::Failed if self.excepted() => Ok(State::Excepted),
            state => Ok(state),
        }
    }
}

impl Control<'_> {
    /// The worst of what it and its rules say.
    pub(super) fn state(&self) -> Result<State, RecordError> {
        let own = self
            .status
            .as_ref()
            .map_or(Ok(State::Passed), Outcome::state)?;
        let mut rules = self.rules.iter().flatten();
        rules.try_fold(own, |worst, rule| Ok(worst.max(rule.state()?)))
    }

    /// The control as a finding. How bad it is and where the resource stands is said at the end of the report.
    pub(super) fn finding(self, state: State, resource: &str, at: Evidence) -> Finding {
        let title = if self.name.is_empty() {
            &self.id
        } else {
            &self.name
        };
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Misconfiguration,
            &*self.id,
            Severity::unknown(),
            &**title,
            at,
        );
        let id = plain(resource);
        // `…/Kind/name`
        let kind = id.rsplit('/').nth(1).filter(|kind| !kind.is_empty());
        finding.resource = Some(Box::new(Resource {
            account: None,
            id: id.into(),
            image_digest: None,
            kind: kind.unwrap_or("resource").into(),
            region: None,
        }));
        finding.locations = vec![Location {
            logical: Some(id.into()),
            ..Location::default()
        }];
        if state == State::Skipped {
            finding.status = Status::Open;
        }
        let rules = self.rules.unwrap_or_default();
        let mut names: Vec<&str> = rules
            .iter()
            .flat_map(|rule| rule.exception.iter().flatten())
            .filter_map(|exception| exception.name.as_deref())
            .collect();
        names.sort_unstable();
        names.dedup();
        finding.suppression = (state == State::Excepted).then(|| Suppression {
            justification: (!names.is_empty()).then(|| names.join(", ").into()),
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
        let paths = rules.iter().flat_map(|rule| rule.paths.iter().flatten());
        let mut paths: Vec<&str> = paths
            .filter_map(|paths| {
                let fix = paths.fix_path.as_ref().and_then(|fix| fix.path.as_deref());
                paths.failed_path.as_deref().or(fix)
            })
            .filter(|path| !path.is_empty())
            .collect();
        paths.sort_unstable();
        paths.dedup();
        if !paths.is_empty() {
            finding
                .attributes
                .insert("paths".into(), paths.join(", ").into());
        }
        finding
    }
}

/// The name of a resource without the digest of the path before it: `apps/v1/shop/Deployment/bills`.
fn plain(resource: &str) -> &str {
    let rest = match resource.strip_prefix("path=") {
        Some(rest) => rest.split_once('/').map_or(rest, |(_, rest)| rest),
        None => resource,
    };
    rest.strip_prefix("api=").unwrap_or(rest)
}
