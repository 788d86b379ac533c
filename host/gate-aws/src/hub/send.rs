//! Sends documents in batches, until each is acknowledged or refused for good, or the time is up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::operation::batch_import_findings::{
    BatchImportFindingsError, BatchImportFindingsOutput,
};
use aws_sdk_securityhub::types::AwsSecurityFinding;
use aws_smithy_runtime_api::client::result::SdkError;
use gate_core::digest::Digest;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::asff::limits::{CALL_BYTES, CALL_FINDINGS, FINDING_BYTES};
use super::error::{Stop, import};
use super::pace::Pace;
use super::plan::Sending;
use crate::error::Cause;
use crate::{AwsError, Identity};

/// Calls per second and at once. The service allows bursts of 30, but counts them over the whole account.
const RATE: (f64, f64) = (10.0, 10.0);
/// Calls that may wait for their answers at the same time.
const FLYING: usize = 4;
/// How often the same is tried while it is not for the number of calls that it is refused.
const TRIES: u32 = 8;
/// So many rejected one by one, and nothing accepted: then it is not for what they say.
const ALL_REJECTED: usize = 5;

/// Until when it may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) deadline: Instant,
    pub(super) within: Duration,
}

impl Limits {
    pub(super) fn within(within: Duration) -> Self {
        let deadline = Instant::now() + within;
        Self { deadline, within }
    }

    /// That the time is up.
    pub(super) fn passed(self, last: Option<String>) -> Stop {
        let seconds = self.within.as_secs();
        Stop::Deadline { seconds, last }
    }
}

/// What came of publishing a record.
#[derive(Debug, Default)]
pub struct Report {
    /// Sent for the first time.
    pub new: usize,
    /// Sent again.
    pub changed: usize,
    /// Archived.
    pub archived: usize,
    /// Not sent: nothing new.
    pub unchanged: usize,
    /// Not in this record, and left as they are: its scan does not prove that they are gone.
    pub kept: usize,
    /// Not published: checks that passed or did not apply.
    pub passed: usize,
    /// Refused for good.
    pub failed: Vec<Failed>,
    /// Calls made.
    pub calls: u32,
    /// The record of which something was published that is later; nothing is sent then.
    pub superseded: Option<Digest>,
    /// Why it stopped before its end.
    pub stopped: Option<Stop>,
}

impl Report {
    /// Whether nothing remains.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.stopped.is_none()
    }

    /// How many were sent and acknowledged.
    #[must_use]
    pub const fn sent(&self) -> usize {
        self.new + self.changed + self.archived
    }
}

/// A finding that Security Hub refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Its id there.
    pub id: String,
    /// The service's word.
    pub code: String,
    /// The service's sentence; untrusted.
    pub message: String,
}

/// Words with which the service refuses a finding that it may take the next time.
const PASSING: &[&str] = &[
    "ConcurrentUpdateError",
    "InternalException",
    "InternalFailure",
    "LimitExceeded",
    "LimitExceededException",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// What of a stop is in its place: a hub that is not there is no lack of permission.
pub(super) fn stop(error: AwsError, identity: &Identity) -> Stop {
    match error.cause {
        Cause::Service { code, message } if code.starts_with("InvalidAccess") => Stop::NotEnabled {
            account: identity.account.clone(),
            region: identity.region.clone(),
            message,
        },
        _ => Stop::Aws(error),
    }
}

/// A batch on its way.
#[derive(Clone, Debug)]
struct Batch {
    /// Places in the list of what is sent.
    places: Vec<usize>,
    tries: u32,
}

/// Sends, step by step: between two steps nothing runs, so that who calls can write down what was acknowledged.
pub(super) struct Sender<'a> {
    client: &'a Client,
    identity: &'a Identity,
    limits: Limits,
    sending: &'a [Sending],
    queue: VecDeque<Batch>,
    flying: JoinSet<(Batch, Answer)>,
    pace: Pace,
    /// Refused for good, one by one.
    pub(super) rejected: Vec<Failed>,
    /// Calls made.
    pub(super) calls: u32,
    accepted: usize,
    /// What was last answered in place of an acknowledgement.
    last: Option<String>,
}

type Answer = Result<
    BatchImportFindingsOutput,
    SdkError<BatchImportFindingsError, aws_smithy_runtime_api::http::Response>,
>;

impl<'a> Sender<'a> {
    /// Will send all of it.
    pub(super) fn new(
        client: &'a Client,
        identity: &'a Identity,
        limits: Limits,
        sending: &'a [Sending],
    ) -> Self {
        let (queue, rejected) = batches(sending);
        Self {
            client,
            identity,
            limits,
            sending,
            queue,
            flying: JoinSet::new(),
            pace: Pace::new(RATE.0, RATE.1),
            rejected,
            calls: 0,
            accepted: 0,
            last: None,
        }
    }

    /// Waits for the next answer: what it acknowledged, or `None` when nothing is left. An error ends the work.
    pub(super) async fn step(&mut self) -> Result<Option<Vec<&'a Sending>>, Stop> {
        while self.flying.len() < FLYING
            && let Some(batch) = self.queue.pop_front()
        {
            if !self.pace.wait(self.limits.deadline).await {
                return Err(self.passed());
            }
            let findings = batch.places.iter().filter_map(|at| self.sending.get(*at));
            let findings: Vec<AwsSecurityFinding> =
                findings.map(|sending| (&sending.asff).into()).collect();
            let call = self
                .client
                .batch_import_findings()
                .set_findings(Some(findings));
            self.calls += 1;
            self.flying.spawn(async move { (batch, call.send().await) });
        }
        match timeout_at(self.limits.deadline, self.flying.join_next()).await {
            Err(_) => Err(self.passed()),
            Ok(None) => Ok(None),
            Ok(Some(Ok((batch, Ok(output))))) => self.answered(&batch, &output).map(Some),
            Ok(Some(Ok((batch, Err(error))))) => {
                let error = AwsError::of(import(self.identity), &error);
                self.refused(batch, error).map(|()| Some(Vec::new()))
            }
            Ok(Some(Err(broken))) => Err(Stop::Rejected {
                code: "no acknowledgement".to_owned(),
                message: broken.to_string(),
            }),
        }
    }

    fn passed(&mut self) -> Stop {
        self.limits.passed(self.last.take())
    }

    /// A call was answered: some of it may have failed.
    fn answered(
        &mut self,
        batch: &Batch,
        output: &BatchImportFindingsOutput,
    ) -> Result<Vec<&'a Sending>, Stop> {
        let id = |at: &usize| self.sending.get(*at).map(|sending| &*sending.asff.id);
        let ids: BTreeSet<&str> = batch.places.iter().filter_map(id).collect();
        let mut failed = BTreeMap::new();
        for failure in output.failed_findings() {
            let code = failure.error_code().unwrap_or_default();
            let message = failure.error_message().unwrap_or("it does not say why");
            failed.insert(failure.id().unwrap_or_default(), (code, message));
        }
        let count = |count: Option<i32>| usize::try_from(count.unwrap_or(-1)).ok();
        let adds_up = failed.keys().all(|id| ids.contains(id))
            && count(output.failed_count) == Some(failed.len())
            && count(output.success_count) == batch.places.len().checked_sub(failed.len());
        if !adds_up {
            let message = "the answer does not account for what was sent".to_owned();
            return self.again(batch.clone(), message).map(|()| Vec::new());
        }
        let (mut acknowledged, mut again) = (Vec::new(), Vec::new());
        for at in &batch.places {
            let Some(sending) = self.sending.get(*at) else {
                continue;
            };
            match failed.get(&*sending.asff.id) {
                None => acknowledged.push(sending),
                Some((code, message)) if PASSING.contains(code) && batch.tries < TRIES => {
                    self.last = Some(format!("{code}: {message}"));
                    again.push(*at);
                }
                Some((code, message)) => self.rejected.push(Failed {
                    id: sending.asff.id.clone(),
                    code: (*code).to_owned(),
                    message: (*message).to_owned(),
                }),
            }
        }
        self.accepted += acknowledged.len();
        if again.is_empty() {
            self.pace.faster();
        } else {
            let tries = batch.tries + 1;
            self.pace.slower(tries);
            self.queue.push_back(Batch {
                places: again,
                tries,
            });
        }
        Ok(acknowledged)
    }

    /// A call was refused as a whole: for now, for what is in it, or for good.
    fn refused(&mut self, batch: Batch, error: AwsError) -> Result<(), Stop> {
        if matches!(error.cause, Cause::Throttled(_)) {
            let tries = batch.tries + 1;
            self.last = Some(error.to_string());
            self.pace.slower(tries);
            self.queue.push_back(Batch { tries, ..batch });
            return Ok(());
        }
        if error.passes() {
            return if batch.tries < TRIES {
                self.again(batch, error.to_string())
            } else {
                Err(error.into())
            };
        }
        match error.cause {
            Cause::Service { code, message } if !code.starts_with("InvalidAccess") => {
                self.rejected(batch, code, message)
            }
            _ => Err(stop(error, self.identity)),
        }
    }

    fn again(&mut self, batch: Batch, message: String) -> Result<(), Stop> {
        let tries = batch.tries + 1;
        if tries > TRIES {
            let code = "no acknowledgement".to_owned();
            return Err(Stop::Rejected { code, message });
        }
        self.last = Some(message);
        self.pace.slower(tries);
        self.queue.push_back(Batch { tries, ..batch });
        Ok(())
    }

    /// A call was rejected for what is in it: its halves may do better.
    fn rejected(&mut self, batch: Batch, code: String, message: String) -> Result<(), Stop> {
        let Batch { mut places, tries } = batch;
        if places.len() > 1 {
            let half = places.split_off(places.len() / 2);
            self.queue.push_front(Batch {
                places: half,
                tries,
            });
            self.queue.push_front(Batch { places, tries });
            return Ok(());
        }
        let sending = places.first().and_then(|at| self.sending.get(*at));
        self.rejected.extend(sending.map(|sending| Failed {
            id: sending.asff.id.clone(),
            code: code.clone(),
            message: message.clone(),
        }));
        let all = self.accepted == 0 && self.rejected.len() >= ALL_REJECTED.min(self.sending.len());
        if all {
            return Err(Stop::Rejected { code, message });
        }
        Ok(())
    }
}

/// Cuts what is to be sent into batches that a call may have.
fn batches(sending: &[Sending]) -> (VecDeque<Batch>, Vec<Failed>) {
    let (mut batches, mut failed) = (VecDeque::new(), Vec::new());
    let (mut places, mut bytes) = (Vec::new(), 0);
    let mut close = |places: &mut Vec<usize>| {
        if !places.is_empty() {
            let places = std::mem::take(places);
            batches.push_back(Batch { places, tries: 0 });
        }
    };
    for (at, sending) in sending.iter().enumerate() {
        let size = sending.asff.size();
        if size > FINDING_BYTES {
            failed.push(Failed {
                id: sending.asff.id.clone(),
                code: "FindingSizeExceeded".to_owned(),
                message: format!(
                    "it has {size} bytes, and the service takes 240 KB; it was not sent"
                ),
            });
            continue;
        }
        if places.len() == CALL_FINDINGS || bytes + size > CALL_BYTES {
            close(&mut places);
            bytes = 0;
        }
        places.push(at);
        bytes += size;
    }
    close(&mut places);
    (batches, failed)
}
