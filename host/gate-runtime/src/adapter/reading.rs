//! One report being read: an instance on a thread of its own, asked batch by batch.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::ResourceAny;

use gate_core::finding::Finding;
use gate_core::request::Limits;

use super::finding::Taken;
use super::{AdapterFailure, Description, Misread, Record, Run, wit};
use crate::bindings::adapter::{Adapter as Bindings, AdapterPre};
use crate::convert::bounded;
use crate::limiter::Limiter;
use crate::sandbox::{Fault, THREAD_STACK, fault, instantiate, patience};

/// What an adapter made of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It says these. Their identity and the report's digest are not known yet.
    Findings(Vec<Finding>),
    /// A check that passed or did not apply.
    Passed,
    /// It can't be understood, or what the adapter says of it can't be true; a clause that names the adapter.
    Unclear(String),
}

/// One report being read. The instance is thrown away with it.
#[derive(Debug)]
pub struct Reading {
    asks: mpsc::Sender<Ask>,
    answers: mpsc::Receiver<Told>,
    patience: Duration,
}

enum Ask {
    Records(Vec<Record>),
    Finish(String),
}

enum Told {
    Started(Result<(), AdapterFailure>),
    Records(Result<Vec<Answer>, AdapterFailure>),
    Finished(Result<Result<Run, Misread>, AdapterFailure>),
}

impl Reading {
    pub(super) fn start(
        pre: AdapterPre<Limiter>,
        limits: Limits,
        description: &Arc<Description>,
    ) -> Result<Self, AdapterFailure> {
        let (asks, asked) = mpsc::channel();
        let (tell, answers) = mpsc::channel();
        let description = Arc::clone(description);
        // Ends when the reading is dropped, or when its fuel does.
        let work = move || serve(&pre, limits, &description, &asked, &tell);
        let spawned = thread::Builder::new().stack_size(THREAD_STACK).spawn(work);
        spawned.map_err(|_| Fault::Engine)?;
        let reading = Self {
            asks,
            answers,
            patience: patience(&limits),
        };
        match reading.hear()? {
            Told::Started(started) => started.map(|()| reading),
            Told::Records(_) | Told::Finished(_) => Err(Fault::Engine.into()),
        }
    }

    /// Hands over records; gives an answer for each, in the same order.
    ///
    /// # Errors
    /// When the adapter fails. It can't be asked again.
    pub fn records(&mut self, batch: Vec<Record>) -> Result<Vec<Answer>, AdapterFailure> {
        match self.ask(Ask::Records(batch))? {
            Told::Records(answers) => answers,
            Told::Started(_) | Told::Finished(_) => Err(Fault::Engine.into()),
        }
    }

    /// Hands over what surrounds the records.
    ///
    /// # Errors
    /// When the adapter fails.
    pub fn finish(mut self, envelope: String) -> Result<Result<Run, Misread>, AdapterFailure> {
        match self.ask(Ask::Finish(envelope))? {
            Told::Finished(run) => run,
            Told::Started(_) | Told::Records(_) => Err(Fault::Engine.into()),
        }
    }

    fn ask(&mut self, ask: Ask) -> Result<Told, AdapterFailure> {
        // The thread ends only when this value does; or else it panicked.
        self.asks.send(ask).map_err(|_| Fault::Engine)?;
        self.hear()
    }

    fn hear(&self) -> Result<Told, AdapterFailure> {
        self.answers
            .recv_timeout(self.patience)
            .map_err(|error| match error {
                mpsc::RecvTimeoutError::Timeout => Fault::WallClock.into(),
                mpsc::RecvTimeoutError::Disconnected => Fault::Engine.into(),
            })
    }
}

/// The thread: makes the instance, then answers until nobody asks.
fn serve(
    pre: &AdapterPre<Limiter>,
    limits: Limits,
    description: &Description,
    asked: &mpsc::Receiver<Ask>,
    tell: &mpsc::Sender<Told>,
) {
    let mut instance = match Instance::new(pre, limits, description) {
        Ok(instance) => instance,
        Err(failure) => {
            // Nobody listens: nobody is told. The same below.
            let _ = tell.send(Told::Started(Err(failure)));
            return;
        }
    };
    let mut heard = tell.send(Told::Started(Ok(())));
    while let (Ok(()), Ok(ask)) = (heard, asked.recv()) {
        heard = tell.send(match ask {
            Ask::Records(batch) => Told::Records(instance.records(&batch)),
            Ask::Finish(envelope) => Told::Finished(instance.finish(&envelope)),
        });
    }
}

struct Instance<'a> {
    store: Store<Limiter>,
    bindings: Bindings,
    handle: ResourceAny,
    limits: Limits,
    description: &'a Description,
    /// What its findings may still take, in bytes.
    allowance: u64,
}

impl<'a> Instance<'a> {
    fn new(
        pre: &AdapterPre<Limiter>,
        limits: Limits,
        description: &'a Description,
    ) -> Result<Self, AdapterFailure> {
        let (mut store, bindings) = instantiate(pre.engine(), &limits, limits.fuel, |store| {
            pre.instantiate(store)
        })
        .map_err(|(fault, _)| fault)?;
        let reading = bindings.gate_adapter_guest().reading();
        let handle = reading.call_constructor(&mut store);
        let handle = handle.map_err(|error| fault(&error, store.data()))?;
        Ok(Self {
            store,
            bindings,
            handle,
            limits,
            description,
            allowance: limits.answer_bytes,
        })
    }

    /// Adds what the records are worth. What is left of earlier batches stays: the fuel for a report does not depend
    /// on how it was cut into batches.
    fn refuel(&mut self, records: usize) -> Result<(), Fault> {
        let left = self.store.get_fuel().map_err(|_| Fault::Engine)?;
        let more = self.limits.fuel_per_finding.saturating_mul(records as u64);
        let fuel = left.saturating_add(more);
        self.store.set_fuel(fuel).map_err(|_| Fault::Engine)
    }

    fn records(&mut self, batch: &[Record]) -> Result<Vec<Answer>, AdapterFailure> {
        self.refuel(batch.len())?;
        let per_record = self.limits.answer_bytes_per_record;
        let more = per_record.saturating_mul(batch.len() as u64);
        self.allowance = self.allowance.saturating_add(more);
        let Self {
            store,
            bindings,
            handle,
            ..
        } = self;
        let reading = bindings.gate_adapter_guest().reading();
        let answers = reading.call_on_records(&mut *store, *handle, batch);
        let answers = answers.map_err(|error| fault(&error, store.data()))?;
        if answers.len() != batch.len() {
            return Err(AdapterFailure::Count {
                answered: answers.len(),
                given: batch.len(),
            });
        }
        let pairs = answers.into_iter().zip(batch);
        pairs
            .map(|(answer, record)| self.take(answer, &record.pointer))
            .collect()
    }

    fn take(&mut self, answer: wit::Answer, pointer: &str) -> Result<Answer, AdapterFailure> {
        let tool = &self.description.tool;
        let found = match answer {
            wit::Answer::Passed => return Ok(Answer::Passed),
            wit::Answer::Unclear(why) => {
                let why = bounded(&why, 1000);
                let why = format!("the adapter of `{tool}` does not understand it: {why}");
                return Ok(Answer::Unclear(why));
            }
            wit::Answer::Findings(found) => found,
        };
        let mut findings = Vec::with_capacity(found.len());
        for finding in found {
            let mut taken = Taken::new(self.limits.finding_text_bytes);
            match taken.finding(finding, tool, pointer) {
                Ok(finding) => findings.push(finding),
                Err(what) => {
                    let why = format!("the adapter of `{tool}` gives a finding {what}");
                    return Ok(Answer::Unclear(why));
                }
            }
            // The host keeps findings outside the adapter's memory.
            let left = self.allowance.checked_sub(taken.bytes());
            self.allowance = left.ok_or(Fault::AnswerTooLarge)?;
        }
        Ok(Answer::Findings(findings))
    }

    fn finish(&mut self, envelope: &str) -> Result<Result<Run, Misread>, AdapterFailure> {
        let Self {
            store,
            bindings,
            handle,
            ..
        } = self;
        let reading = bindings.gate_adapter_guest().reading();
        let run = reading.call_finish(&mut *store, *handle, envelope);
        let run = run.map_err(|error| fault(&error, store.data()))?;
        handle
            .resource_drop(&mut *store)
            .map_err(|error| fault(&error, store.data()))?;
        match run {
            Ok(run) => Run::new(run, &self.limits).map(Ok),
            Err(misread) => Ok(Err(misread.into())),
        }
    }
}
