//! The calls themselves, and what they may take together.

use std::time::{Duration, Instant};

use aws_sdk_ssm::types::{Parameter as Sent, ParameterHistory, ParameterTier, ParameterType};
use aws_smithy_types::DateTime;
use gate_core::time::Moment;

use super::ParameterStore;
use super::error::ParameterError;
use super::read::{Kind, Named, Page, Parameter, Service, incomplete};
use super::write::Past;
use crate::error::{Action, AwsError, Cause};

/// How long all calls for one reading or one writing may take, with the last of them begun before.
const ALL: Duration = Duration::from_secs(60);

/// How many parameters a page has at most: the service's limit.
const PAGE: i32 = 10;

/// Calls for one purpose.
pub(super) struct Calls<'a> {
    store: &'a ParameterStore<'a>,
    until: Option<Instant>,
}

impl<'a> Calls<'a> {
    pub(super) fn begin(store: &'a ParameterStore<'a>) -> Self {
        Self {
            store,
            until: Instant::now().checked_add(ALL),
        }
    }

    /// An action on a parameter, or on what stands below it with `/*` behind.
    pub(super) fn action(&self, name: &'static str, parameter: &str) -> Action {
        Action::on(name, format!("{}:*:parameter{parameter}", self.region()))
    }

    /// The beginning of every ARN here, without the account.
    fn region(&self) -> String {
        let region = self.store.connection.region();
        let partition = match region.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        format!("arn:{partition}:ssm:{region}")
    }

    /// How long what stands before a name in an ARN is.
    pub(super) fn arn_length(&self) -> usize {
        self.region().len() + ":123456789012:parameter".len()
    }

    fn in_time(&self, action: impl FnOnce() -> Action) -> Result<(), AwsError> {
        if self.until.is_none_or(|until| Instant::now() < until) {
            return Ok(());
        }
        let message = format!("{} s for all calls together are over", ALL.as_secs());
        Err(AwsError {
            action: action(),
            cause: Cause::TimedOut(message),
        })
    }

    /// Writes a text over what is there, or where nothing is. The version that it now is.
    pub(super) fn put(
        &self,
        name: &str,
        text: &str,
        kind: Kind,
        advanced: bool,
        overwrite: bool,
    ) -> Result<i64, AwsError> {
        let action = || self.action("ssm:PutParameter", name);
        self.in_time(action)?;
        let put = self.store.client.put_parameter();
        let put = put.name(name).value(text).overwrite(overwrite);
        let put = put.r#type(match kind {
            Kind::String => ParameterType::String,
            Kind::StringList => ParameterType::StringList,
            Kind::SecureString => ParameterType::SecureString,
        });
        let put = put.set_tier(advanced.then_some(ParameterTier::Advanced));
        Ok(self.store.connection.call(action, put.send())?.version)
    }

    /// Takes a parameter away.
    pub(super) fn delete(&self, name: &str) -> Result<(), AwsError> {
        let action = || self.action("ssm:DeleteParameter", name);
        self.in_time(action)?;
        let delete = self.store.client.delete_parameter().name(name);
        self.store.connection.call(action, delete.send())?;
        Ok(())
    }

    /// A page of the versions of a parameter, the oldest first, and what the next page is asked for by.
    pub(super) fn history(
        &self,
        name: &str,
        token: Option<String>,
    ) -> Result<(Vec<Past>, Option<String>), AwsError> {
        let action = || self.action("ssm:GetParameterHistory", name);
        self.in_time(action)?;
        let history = self.store.client.get_parameter_history().name(name);
        let history = history.with_decryption(true).set_next_token(token);
        let answer = self.store.connection.call(action, history.send())?;
        let past = |sent| past(sent).map_err(|what| incomplete(action(), what));
        let versions = answer.parameters.unwrap_or_default().into_iter().map(past);
        Ok((versions.collect::<Result<_, _>>()?, answer.next_token))
    }
}

impl Service for Calls<'_> {
    fn page(&self, path: &str, token: Option<&str>) -> Result<Page, ParameterError> {
        let action = || self.action("ssm:GetParametersByPath", path);
        self.in_time(action)?;
        let call = self.store.client.get_parameters_by_path();
        let call = call.path(path).recursive(true).with_decryption(true);
        let call = call
            .max_results(PAGE)
            .set_next_token(token.map(str::to_owned));
        let answer = self.store.connection.call(action, call.send())?;
        Ok(Page {
            parameters: read(answer.parameters, action)?,
            token: answer.next_token,
        })
    }

    fn named(&self, names: &[String]) -> Result<Named, ParameterError> {
        let first = names.first().map_or("", String::as_str);
        let first = first.split(':').next().unwrap_or_default();
        let action = || self.action("ssm:GetParameters", first);
        self.in_time(action)?;
        let call = self.store.client.get_parameters();
        let call = call.set_names(Some(names.to_vec())).with_decryption(true);
        let answer = self.store.connection.call(action, call.send())?;
        Ok(Named {
            parameters: read(answer.parameters, action)?,
            missing: answer.invalid_parameters.unwrap_or_default(),
        })
    }
}

fn read(
    sent: Option<Vec<Sent>>,
    action: impl Fn() -> Action,
) -> Result<Vec<Parameter>, ParameterError> {
    let sent = sent.unwrap_or_default().into_iter();
    let read = sent.map(|sent| parameter(sent).map_err(|what| incomplete(action(), what)));
    Ok(read.collect::<Result<_, _>>()?)
}

/// A parameter of an answer, or what it lacks.
fn parameter(sent: Sent) -> Result<Parameter, &'static str> {
    let version = u32::try_from(sent.version).ok().filter(|n| *n > 0);
    Ok(Parameter {
        name: sent.name.ok_or("a name")?,
        arn: sent.arn.ok_or("an ARN")?,
        version: version.ok_or("a version")?,
        label: None,
        last_modified: moment(sent.last_modified_date.as_ref())?,
        kind: kind(sent.r#type.as_ref())?,
        text: sent.value.ok_or("a value")?,
    })
}

fn past(sent: ParameterHistory) -> Result<Past, &'static str> {
    let version = u32::try_from(sent.version).ok().filter(|n| *n > 0);
    Ok(Past {
        version: version.ok_or("a version")?,
        last_modified: moment(sent.last_modified_date.as_ref())?,
        by: sent.last_modified_user,
        labels: sent.labels.unwrap_or_default(),
        text: sent.value.ok_or("a value")?,
    })
}

fn moment(date: Option<&DateTime>) -> Result<Moment, &'static str> {
    let seconds = date.map(DateTime::secs);
    let moment = seconds.and_then(|seconds| Moment::from_unix(seconds).ok());
    moment.ok_or("the moment of its last change")
}

fn kind(sent: Option<&ParameterType>) -> Result<Kind, &'static str> {
    match sent {
        Some(ParameterType::String) => Ok(Kind::String),
        Some(ParameterType::StringList) => Ok(Kind::StringList),
        Some(ParameterType::SecureString) => Ok(Kind::SecureString),
        _ => Err("a type that is known"),
    }
}
