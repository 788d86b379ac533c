//! Publishes one record: plans, sends, notes what is acknowledged.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::retry::RetryConfig;
use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::fingerprint::Fingerprint;
use gate_core::ports::{Revision, StateStore, StoreError};
use gate_core::record::Record;

use super::asff::Mapper;
use super::error::{self, Stop};
use super::list::{self, Held};
use super::manifest::{Entry, Last, Manifest};
use super::plan::{Plan, Reason, Sending, Superseded};
use super::scope::{Scope, VERDICT};
use super::send::{Limits, Report, Sender};
use super::stamp::Stamp;
use crate::{AwsError, Cause, Connection, Identity};

/// What is published.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The record's name.
    pub name: Digest,
    /// The record.
    pub record: &'a Record,
    /// Its findings.
    pub findings: &'a [Finding],
    /// Finds an earlier record with its findings: what is gone is archived as it was published from there.
    pub earlier: &'a dyn Fn(&Digest) -> Option<Earlier>,
    /// How long it may take.
    pub within: Duration,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An earlier record with its findings, in canonical order.
pub type Earlier = (Record, Vec<Finding>);

/// Stack for who reads findings, in bytes: the SDK has them with every field there is, by value, on several levels.
const READER_STACK: usize = 64 << 20;
/// How often others may be first with the manifest.
const ATTEMPTS: usize = 5;
/// How long at most what was acknowledged stays unwritten, but for a manifest that takes long to write.
const UNWRITTEN: Duration = Duration::from_secs(1);

/// Publishes a record. What is acknowledged is noted in the state, so that the next time only the rest is sent. The
/// verdict is not touched, whatever happens here.
pub fn publish(connection: &Connection, state: &dyn StateStore, job: Job<'_>) -> Report {
    let mut report = Report::default();
    let done = prepared(connection).and_then(|(client, identity)| {
        let publishing = Publishing {
            client: &client,
            scope: Scope::of(&identity, &job.record.question),
            identity: &identity,
            limits: Limits::within(job.within),
            connection,
            state,
            job,
        };
        publishing.run(&mut report)
    });
    report.stopped = done.err();
    report
}

fn prepared(connection: &Connection) -> Result<(Client, Identity), Stop> {
    let identity = connection.identity()?;
    // Calls are counted and repeated here, for it is findings that are repeated.
    let config = aws_sdk_securityhub::config::Builder::from(connection.config())
        .retry_config(RetryConfig::disabled())
        .build();
    Ok((Client::from_conf(config), identity))
}

/// Nothing but calls of the service is waited for in its runtime: the state may have one of its own.
struct Publishing<'a> {
    connection: &'a Connection,
    client: &'a Client,
    identity: &'a Identity,
    scope: Scope,
    limits: Limits,
    state: &'a dyn StateStore,
    job: Job<'a>,
}

impl Publishing<'_> {
    fn run(&self, report: &mut Report) -> Result<(), Stop> {
        for _ in 0..ATTEMPTS {
            match self.attempt(report) {
                Err(Stop::Store(StoreError::Changed(_))) => {}
                done => return done,
            }
        }
        Err(Stop::Contended)
    }

    fn attempt(&self, report: &mut Report) -> Result<(), Stop> {
        let Job {
            name,
            record,
            findings,
            ..
        } = self.job;
        let mut held = None;
        let mut book = Book::open(self.state, &self.scope)?;
        if book.manifest.last.is_none() {
            let found = self.active(report)?;
            let known = found
                .iter()
                .map(|(id, (entry, _))| (id.clone(), entry.clone()));
            book.manifest.findings.extend(known);
            held = Some(found);
        }
        let mapper = Mapper::new(self.identity, name, record);
        let mut plan = match Plan::of(&book.manifest, &mapper, name, record, findings) {
            Ok(plan) => plan,
            Err(Superseded(last)) => {
                report.superseded = Some(last.record);
                return Ok(());
            }
        };
        let last = Last {
            record: name,
            evaluated_at: record.question.evaluated_at,
        };
        if book.manifest.last != Some(last) {
            book.manifest.begin(last);
            book.write()?;
        }
        self.archive(&mut plan, held, report, &mut book)?;
        (report.unchanged, report.kept, report.passed) = (plan.unchanged, plan.kept, plan.passed);
        let mut sender = Sender::new(self.client, self.identity, self.limits, &plan.send);
        let sent = self.send(&mut sender, report, &mut book);
        report.calls += sender.calls;
        report.failed.append(&mut sender.rejected);
        // What was acknowledged is noted, however it ended.
        sent.and(book.close())
    }

    fn send(
        &self,
        sender: &mut Sender<'_>,
        report: &mut Report,
        book: &mut Book<'_>,
    ) -> Result<(), Stop> {
        while let Some(acknowledged) = self.connection.block_on(sender.step())? {
            for sending in &acknowledged {
                *match sending.reason {
                    Reason::New => &mut report.new,
                    Reason::Changed => &mut report.changed,
                    Reason::Gone => &mut report.archived,
                } += 1;
            }
            book.note(&acknowledged)?;
        }
        Ok(())
    }

    fn active(&self, report: &mut Report) -> Result<Held, Stop> {
        let prefix = self.scope.prefix();
        let (connection, client) = (self.connection, self.client);
        let (identity, limits) = (self.identity, self.limits);
        let asked = || connection.block_on(list::active(client, identity, &prefix, limits));
        let answered = thread::scope(|scope| {
            let reader = thread::Builder::new().stack_size(READER_STACK);
            let reader = reader.spawn_scoped(scope, asked).map_err(|error| {
                let (action, cause) =
                    (error::read(identity), Cause::Unreachable(error.to_string()));
                Stop::Aws(AwsError { action, cause })
            })?;
            // A panic there is one here.
            reader.join().unwrap_or_else(|panic| resume_unwind(panic))
        });
        let (held, calls) = answered?;
        report.calls += calls;
        Ok(held)
    }

    /// Finds the content of what is gone: in the record that it was published from, else with the service.
    fn archive(
        &self,
        plan: &mut Plan,
        held: Option<Held>,
        report: &mut Report,
        book: &mut Book<'_>,
    ) -> Result<(), Stop> {
        let now = Stamp::from(self.job.record.question.evaluated_at);
        let mut by_record: BTreeMap<Option<Digest>, Vec<(String, Entry)>> = BTreeMap::new();
        for (id, entry) in std::mem::take(&mut plan.gone) {
            by_record.entry(entry.record).or_default().push((id, entry));
        }
        let mut unknown = Vec::new();
        for (name, gone) in by_record {
            let earlier = name.and_then(|name| Some((name, (self.job.earlier)(&name)?)));
            let Some((name, (record, findings))) = earlier else {
                unknown.extend(gone);
                continue;
            };
            let mapper = Mapper::new(self.identity, name, &record);
            for (id, entry) in gone {
                let last = id.rsplit('/').next();
                let last = last.and_then(|last| last.parse::<Fingerprint>().ok());
                let place = |last| findings.binary_search_by_key(&last, |finding| finding.id);
                let found = last.and_then(|last| findings.get(place(last).ok()?));
                match found {
                    Some(finding) => plan.archive(mapper.finding(finding), &entry, now, name),
                    None => unknown.push((id, entry)),
                }
            }
        }
        if !unknown.is_empty() {
            let mut held = match held {
                Some(held) => held,
                None => self.active(report)?,
            };
            for (id, entry) in unknown {
                match held.remove(&id) {
                    Some((_, asff)) => plan.archive(asff, &entry, now, self.job.name),
                    // The service has forgotten it, or archived it itself.
                    None => {
                        book.manifest.findings.remove(&id);
                        book.clean = false;
                    }
                }
            }
        }
        // Where several sources gave something, the order is that of ids all the same; the verdict comes last.
        plan.send.sort_by_cached_key(|sending| {
            (sending.asff.id.ends_with(VERDICT), sending.asff.id.clone())
        });
        Ok(())
    }
}

/// The manifest, with when it was written.
struct Book<'a> {
    state: &'a dyn StateStore,
    name: String,
    revision: Option<Revision>,
    manifest: Manifest,
    written: Instant,
    /// How long the last writing took.
    took: Duration,
    clean: bool,
}

impl<'a> Book<'a> {
    fn open(state: &'a dyn StateStore, scope: &Scope) -> Result<Self, Stop> {
        let name = scope.state_name();
        let (revision, manifest) = match state.state(&name)? {
            None => (None, Manifest::of(scope.clone())),
            Some(state) => {
                let manifest = Manifest::read(&state.bytes, scope);
                let manifest = manifest.map_err(|why| Stop::Manifest {
                    name: name.clone(),
                    why,
                })?;
                (Some(state.revision), manifest)
            }
        };
        Ok(Self {
            state,
            name,
            revision,
            manifest,
            written: Instant::now(),
            took: Duration::ZERO,
            clean: true,
        })
    }

    /// Notes what was acknowledged, and writes it when it was not for a while.
    fn note(&mut self, sent: &[&Sending]) -> Result<(), Stop> {
        sent.iter().for_each(|sent| self.manifest.note(sent));
        self.clean = false;
        // No more than a tenth of the time is spent with writing.
        if self.written.elapsed() >= UNWRITTEN.max(self.took * 10) {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Stop> {
        let begun = Instant::now();
        let bytes = self.manifest.to_bytes().map_err(|error| {
            Stop::Store(StoreError::Io {
                action: "writing",
                path: self.name.clone(),
                cause: error.into(),
            })
        })?;
        let revision = self
            .state
            .replace_state(&self.name, self.revision.as_ref(), &bytes)?;
        self.revision = Some(revision);
        (self.written, self.took, self.clean) = (Instant::now(), begun.elapsed(), true);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Stop> {
        if self.clean { Ok(()) } else { self.write() }
    }
}
