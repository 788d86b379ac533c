//! What is to be published and is not yet: an entry for each record and publisher, durable before the first call and
//! removed after the last. Who is killed in between goes on with `gate publish`.
//!
//! Of several records of one gate and subject only the latest is published: the others say what is no longer so.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use gate_aws::{Message, hub, notify};
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::ports::{Store, StoreError};
use gate_core::request::Question;
use gate_core::time::Moment;
use gate_report::notification::Notification;
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::config::PublishRules;
use crate::evidence;
use crate::failure::{Failure, Result};
use crate::output::say;

pub(crate) use published::Published;

mod published;

/// To whom a verdict can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Publisher {
    /// Findings and verdict to AWS Security Hub
    #[value(name = "securityhub")]
    SecurityHub,
    /// The verdict in short to the profile's topic of Amazon SNS
    Sns,
}

impl Publisher {
    /// Its part of an entry's name.
    const fn word(self) -> &'static str {
        match self {
            Self::SecurityHub => "security-hub",
            Self::Sns => "sns",
        }
    }

    /// Its name for people.
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::SecurityHub => "Security Hub",
            Self::Sns => "SNS",
        }
    }

    /// Whether it is told what holds, so that the latest verdict is enough, and not what happened.
    const fn latest_is_enough(self) -> bool {
        match self {
            Self::SecurityHub => true,
            Self::Sns => false,
        }
    }
}

/// The folder of entries among what changes.
const FOLDER: &str = "outbox";
/// Version of an entry's form.
const FORMAT: u32 = 1;

/// Something that is to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Entry {
    format: u32,
    publisher: Publisher,
    record: Digest,
    evaluated_at: Moment,
    about: About,
    since: Moment,
}

/// What a verdict is about: of several, the later holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct About {
    scope: String,
    gate: String,
    environment: Option<String>,
    subject: Option<String>,
}

impl Entry {
    fn new(publisher: Publisher, record: Digest, question: &Question, since: Moment) -> Self {
        let about = About {
            scope: question.scope.clone(),
            gate: question.gate.to_string(),
            environment: question.environment.clone(),
            subject: question
                .subject
                .as_ref()
                .map(|subject| subject.name.clone()),
        };
        Self {
            format: FORMAT,
            publisher,
            record,
            evaluated_at: question.evaluated_at,
            about,
            since,
        }
    }

    fn name(&self) -> String {
        format!("{FOLDER}/{}.{}", self.record.hex(), self.publisher.word())
    }

    /// Of two, which is the later.
    fn age(&self) -> (Moment, Moment, Digest) {
        (self.evaluated_at, self.since, self.record)
    }
}

/// Makes it durable that a record is to be published.
pub(crate) fn enter(
    store: &dyn Store,
    to: &BTreeSet<Publisher>,
    record: Digest,
    question: &Question,
    since: Moment,
) -> Result<()> {
    for publisher in to {
        let entry = Entry::new(*publisher, record, question, since);
        let bytes = serde_json::to_vec(&entry).unwrap_or_default();
        let entered = match store.state(&entry.name()) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => match store.replace_state(&entry.name(), None, &bytes) {
                // Somebody else entered the same.
                Ok(_) | Err(StoreError::Changed(_)) => Ok(()),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        entered.map_err(|error| {
            let message = format!("keeping what is to be published: {error}");
            Failure::new(Code::PublishIncomplete, message).help(format!(
                "check the evidence store, then run `gate publish {}`",
                record.hex()
            ))
        })?;
    }
    Ok(())
}

/// Publishes what is pending: all of it, or that of one record.
pub(crate) struct Outbox<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) aws: &'a Aws,
    pub(crate) rules: &'a PublishRules,
}

impl Outbox<'_> {
    /// Publishes, and tells what came of each; entries that can't be read stay, and are told as failures.
    pub(crate) fn publish(&self, only: Option<&Digest>) -> Result<(Vec<Published>, Vec<Failure>)> {
        let (mut groups, mut unreadable) = (BTreeMap::<_, Vec<Entry>>::new(), Vec::new());
        for name in self.store.list_state(FOLDER)? {
            match self.read(&name) {
                Ok(None) => {}
                Ok(Some(entry)) => {
                    let each = (!entry.publisher.latest_is_enough()).then_some(entry.record);
                    let key = (entry.publisher, entry.about.clone(), each);
                    groups.entry(key).or_default().push(entry);
                }
                Err(failure) => unreadable.push(failure),
            }
        }
        let mut published = Vec::new();
        for (_, mut entries) in groups {
            if only.is_some_and(|only| entries.iter().all(|entry| entry.record != *only)) {
                continue;
            }
            entries.sort_by_key(Entry::age);
            let Some(latest) = entries.pop() else {
                continue;
            };
            for entry in entries {
                published.push(self.supersede(&entry, latest.record));
            }
            published.push(self.deliver(&latest));
        }
        Ok((published, unreadable))
    }

    /// Publishes what is pending of one record, tells what came of it, and gives whether nothing remains.
    pub(crate) fn publish_record(&self, record: &Digest) -> Result<bool> {
        let (published, unreadable) = self.publish(Some(record))?;
        // Of another record, or nobody knows of which: it stays, and this one is published all the same.
        unreadable.iter().for_each(|failure| say(failure));
        for published in &published {
            match published.failure() {
                Some(failure) => say(&failure),
                None => say(published),
            }
        }
        Ok(published.iter().all(Published::is_complete))
    }

    fn read(&self, name: &str) -> Result<Option<Entry>> {
        let Some(state) = self.store.state(name)? else {
            // Somebody else was done with it meanwhile.
            return Ok(None);
        };
        let invalid = |why: String| {
            let message = format!("what is to be published, `{name}`, can't be read: {why}");
            Failure::new(Code::PublishIncomplete, message)
                .help("remove it from the store's `state/`, then run `gate publish RECORD` for the record that it names")
        };
        let entry: Entry =
            serde_json::from_slice(&state.bytes).map_err(|e| invalid(e.to_string()))?;
        if entry.format != FORMAT {
            return Err(invalid(format!(
                "it is of format {}, and this program reads {FORMAT}",
                entry.format
            )));
        }
        if entry.name() != name {
            return Err(invalid(
                "it is of another record than its name says".to_owned(),
            ));
        }
        Ok(Some(entry))
    }

    fn supersede(&self, entry: &Entry, by: Digest) -> Published {
        let mut published = Published::of(entry.record, entry.publisher);
        published.superseded(by);
        self.remove(entry, &mut published);
        published
    }

    fn deliver(&self, entry: &Entry) -> Published {
        let mut published = Published::of(entry.record, entry.publisher);
        let done = match entry.publisher {
            Publisher::SecurityHub => self.to_security_hub(entry.record, &mut published),
            Publisher::Sns => self.to_topic(entry.record, &mut published),
        };
        match done {
            Ok(()) if published.is_complete() => self.remove(entry, &mut published),
            Ok(()) => {}
            Err(failure) => published.failed(&failure),
        }
        published
    }

    /// Nothing remains of it. If that can't be kept, it is published again, which changes nothing.
    fn remove(&self, entry: &Entry, published: &mut Published) {
        if let Err(error) = self.store.remove_state(&entry.name()) {
            published.failed(&Failure::new(Code::PublishIncomplete, error.to_string()));
        }
    }

    fn to_security_hub(&self, name: Digest, published: &mut Published) -> Result<()> {
        let read = |name: &Digest| -> Result<hub::Earlier> {
            let record = evidence::record(self.store, name)?;
            let findings = evidence::findings(self.store, &record)?;
            Ok((record, findings))
        };
        let (record, findings) = read(&name)?;
        let job = hub::Job {
            name,
            record: &record,
            findings: &findings,
            earlier: &|name| read(name).ok(),
            within: self.rules.within,
        };
        published.reported(hub::publish(self.aws.connection()?, self.store, job));
        Ok(())
    }

    fn to_topic(&self, name: Digest, published: &mut Published) -> Result<()> {
        let Some(topic) = &self.rules.topic else {
            let message = "the profile names no topic of SNS";
            return Err(Failure::new(Code::PublishIncomplete, message)
                .help("add `sns = \"arn:…\"` to `[publish]`, then run `gate publish --pending`"));
        };
        let record = evidence::record(self.store, &name)?;
        let short = Notification::new(&record.verdict, &record.question, name);
        let text = serde_json::to_string(&short).map_err(|error| {
            Failure::new(
                Code::PublishIncomplete,
                format!("the notification: {error}"),
            )
        })?;
        let environment = short.environment.unwrap_or_default();
        let message = Message {
            subject: &short.subject_line(),
            text: &text,
            attributes: &[
                ("gate", short.gate),
                ("outcome", short.outcome.as_str()),
                ("scope", short.scope),
                ("environment", environment),
            ],
            id: &name.hex(),
            group: &Digest::of(short.scope.as_bytes()).hex(),
        };
        notify(self.aws.connection()?, topic, &message)?;
        published.notified();
        Ok(())
    }
}
