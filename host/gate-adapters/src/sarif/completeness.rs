//! Whether a log file proves that everything was looked at (appendix I of the specification).

use serde::Deserialize;

use gate_core::finding::Text;
use gate_core::time::Moment;

use super::log::{Log, Written};
use super::message::Message;
use super::rules::{Components, Override, Reference};
use super::run::Run;
use crate::adapter::Run as Account;
use crate::error::ReadError;
use crate::normalize::uri_path;

/// A run of the tool (section 3.20).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    end_time_utc: Option<String>,
    execution_successful: Option<bool>,
    exit_code: Option<i64>,
    exit_code_description: Option<String>,
    process_start_failure_message: Option<String>,
    pub(super) rule_configuration_overrides: Option<Vec<Override>>,
    tool_configuration_notifications: Option<Vec<Notification>>,
    tool_execution_notifications: Option<Vec<Notification>>,
}

/// A condition that the tool met (section 3.58).
#[derive(Deserialize)]
struct Notification {
    descriptor: Option<Reference>,
    level: Option<String>,
    locations: Option<Vec<Place>>,
    message: Option<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    physical_location: Option<Physical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Option<Address>,
}

#[derive(Deserialize)]
struct Address {
    uri: Option<String>,
}

/// Judges a log file and gives its runs back, ready to complete findings.
pub(super) fn judge(log: Log, account: &mut Account) -> Result<Vec<Run>, ReadError> {
    let inline = log.inline_external_properties.into_iter().flatten();
    if inline
        .into_iter()
        .any(|external| external.results.is_some())
    {
        return Err(elsewhere("`inlineExternalProperties`"));
    }
    let Some(written) = log.runs.flatten() else {
        account.failed("`runs` is null: the tool could not tell what it did");
        return Ok(Vec::new());
    };
    if written.is_empty() {
        account.nothing_scanned("`runs` is empty: no tool ran");
    }
    let mut tools: Vec<Text> = Vec::new();
    let mut versions: Vec<String> = Vec::new();
    let mut runs = Vec::new();
    for (at, mut written) in written.into_iter().enumerate() {
        let driver = &written.tool.driver;
        let version = driver.semantic_version.as_ref().or(driver.version.as_ref());
        if let Some(version) = version {
            add(&mut versions, version.clone());
        }
        judge_run(at, &written, account)?;
        let invocations = written.invocations.take().unwrap_or_default();
        let mut run = Run::new(written);
        for (n, invocation) in invocations.iter().enumerate() {
            let place = format!("/runs/{at}/invocations/{n}");
            judge_invocation(&place, invocation, run.components(), account);
        }
        run.heed(invocations);
        add(&mut tools, run.tool());
        runs.push(run);
    }
    account.tool = (!tools.is_empty()).then(|| tools.join("+"));
    account.tool_version = (!versions.is_empty()).then(|| versions.join("+"));
    Ok(runs)
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

fn elsewhere(place: &str) -> ReadError {
    ReadError::Unsupported(format!(
        "its results stand in {place}, which is not read; write them into the run"
    ))
}

fn judge_run(at: usize, run: &Written, account: &mut Account) -> Result<(), ReadError> {
    if let Some(references) = &run.external_property_file_references {
        if references.results.is_some() {
            return Err(elsewhere("other files"));
        }
        for (name, value) in [
            ("driver", &references.driver),
            ("extensions", &references.extensions),
            ("invocations", &references.invocations),
        ] {
            if value.is_some() {
                let place = format!("/runs/{at}/externalPropertyFileReferences/{name}");
                account.left_out(
                    place,
                    format!("`{name}` stands in another file, which is not read"),
                );
            }
        }
    }
    if run.results.is_none() {
        account.failed(format!(
            "run {at} has no `results`: the tool could not produce them"
        ));
    }
    Ok(())
}

fn judge_invocation(
    place: &str,
    invocation: &Invocation,
    components: &Components,
    account: &mut Account,
) {
    let ended = invocation
        .end_time_utc
        .as_deref()
        .and_then(|text| text.parse::<Moment>().ok());
    account.finished = account.finished.max(ended);
    let start_failure = invocation.process_start_failure_message.as_deref();
    if invocation.execution_successful == Some(false) || start_failure.is_some() {
        let reason = start_failure.or(invocation.exit_code_description.as_deref());
        let reason = reason.map(|text| format!(": {text}"));
        let code = invocation
            .exit_code
            .map(|code| format!(", exit code {code}"));
        account.failed(format!(
            "the tool says that its run failed{}{}",
            code.unwrap_or_default(),
            reason.unwrap_or_default()
        ));
    }
    for (list, notifications) in [
        (
            "toolExecutionNotifications",
            &invocation.tool_execution_notifications,
        ),
        (
            "toolConfigurationNotifications",
            &invocation.tool_configuration_notifications,
        ),
    ] {
        for (n, notification) in notifications.iter().flatten().enumerate() {
            if notification.is_error(components) {
                let place = notification
                    .file()
                    .unwrap_or_else(|| format!("{place}/{list}/{n}"));
                account.left_out(place, notification.text());
            }
        }
    }
}

impl Notification {
    /// Whether it is an error; a level that the specification does not have counts as one.
    fn is_error(&self, components: &Components) -> bool {
        let kind = || components.notification_level(self.descriptor.as_ref()?);
        let level = self.level.as_deref().or_else(kind).unwrap_or("warning");
        !["none", "note", "warning"].contains(&level)
    }

    fn file(&self) -> Option<String> {
        let first = self.locations.as_ref()?.first()?;
        let file = first
            .physical_location
            .as_ref()?
            .artifact_location
            .as_ref()?;
        file.uri.as_deref().map(|uri| uri_path(uri).into())
    }

    fn text(&self) -> String {
        let own = self.message.as_ref().and_then(Message::plain);
        let id = || self.descriptor.as_ref()?.id.clone();
        own.or_else(id)
            .map_or_else(|| "the tool met an error".to_owned(), Into::into)
    }
}
