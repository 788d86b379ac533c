//! Runs a policy's function while the host pushes findings.
//!
//! The host calls `on-findings` with batches; the function pulls findings one by one. The function is a future:
//! it runs until it waits for a finding that is not there yet, and goes on with the next batch. There is no
//! executor and nothing to wake: the only thing it can wait for is the next finding.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::bindings::exports::gate::policy::guest::Batch;
use crate::finding::Columns;
use crate::{Answer, Context, Decision, Description, Finding, Refusal};

/// The findings, one by one, in canonical order.
#[derive(Debug)]
pub struct Findings {
    queue: Rc<RefCell<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Batches of which something is left.
    ready: VecDeque<Rc<Columns>>,
    /// Findings of the first of them that were taken.
    row: u32,
    /// Findings that arrived.
    arrived: u32,
    /// Findings that the function took.
    taken: u32,
    ended: bool,
}

impl Queue {
    fn take(&mut self) -> Option<Finding> {
        let columns = self.ready.front()?;
        let finding = Finding::new(Rc::clone(columns), self.row as usize, self.taken);
        self.taken += 1;
        self.row += 1;
        if self.row >= columns.batch.rows {
            self.row = 0;
            self.ready.pop_front();
        }
        Some(finding)
    }
}

impl Findings {
    /// The next finding; `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator can't wait for what is not there yet"
    )]
    pub fn next(&mut self) -> Next<'_> {
        Next { findings: self }
    }
}

/// Waits for the next finding.
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Next<'a> {
    findings: &'a mut Findings,
}

impl Future for Next<'_> {
    type Output = Option<Finding>;

    fn poll(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Option<Finding>> {
        let mut queue = self.findings.queue.borrow_mut();
        match queue.take() {
            None if !queue.ended => Poll::Pending,
            taken => Poll::Ready(taken),
        }
    }
}

type Running = Pin<Box<dyn Future<Output = Result<Answer, Refusal>>>>;

enum State {
    Running(Running),
    Done(Result<Answer, Refusal>),
}

/// One evaluation under way.
#[doc(hidden)]
pub struct Evaluation {
    queue: Rc<RefCell<Queue>>,
    state: RefCell<State>,
    all_attributes: bool,
}

impl fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

impl Evaluation {
    /// Begins to run a policy's function.
    pub fn start<P, F>(description: &Description, context: Context, policy: P) -> Self
    where
        P: FnOnce(Context, Findings) -> F,
        F: Future<Output = Result<Answer, Refusal>> + 'static,
    {
        let queue = Rc::<RefCell<Queue>>::default();
        let findings = Findings {
            queue: Rc::clone(&queue),
        };
        let running: Running = Box::pin(policy(context, findings));
        Self {
            queue,
            state: RefCell::new(State::Running(running)),
            all_attributes: description.reads.contains(&"attributes"),
        }
    }

    fn go_on(&self) {
        let mut state = self.state.borrow_mut();
        if let State::Running(running) = &mut *state {
            let mut context = std::task::Context::from_waker(Waker::noop());
            if let Poll::Ready(result) = running.as_mut().poll(&mut context) {
                *state = State::Done(result);
            }
        }
        if let State::Done(_) = &*state {
            self.queue.borrow_mut().ready.clear();
        }
    }

    /// Takes a batch.
    ///
    /// # Errors
    /// When the function gave up.
    pub fn on_findings(&self, batch: Batch) -> Result<(), String> {
        if batch.rows > 0 {
            let mut queue = self.queue.borrow_mut();
            queue.arrived += batch.rows;
            queue.ready.push_back(Rc::new(Columns {
                batch,
                all_attributes: self.all_attributes,
            }));
        }
        self.go_on();
        match &*self.state.borrow() {
            State::Done(Err(refusal)) => Err(refusal.why().to_owned()),
            _ => Ok(()),
        }
    }

    /// Ends the findings and gives the decision.
    ///
    /// # Errors
    /// When the function gave up, or waits for anything but findings.
    pub fn finish(&self) -> Result<Decision, String> {
        self.queue.borrow_mut().ended = true;
        self.go_on();
        let seen = self.queue.borrow().arrived;
        let taken = Err(Refusal::new("it was asked for its decision twice"));
        match self.state.replace(State::Done(taken)) {
            State::Done(Ok(answer)) => Ok(answer.into_decision(seen)),
            State::Done(Err(refusal)) => Err(refusal.why().to_owned()),
            State::Running(_) => Err("it waits for something that is not a finding".to_owned()),
        }
    }
}
