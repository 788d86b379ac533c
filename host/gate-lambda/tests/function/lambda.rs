//! The Runtime API of AWS Lambda, as far as a function sees it: it asks for the next event, and answers or fails.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::http::{Answer, Request, serve};

/// How long a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long an invocation may take where a test does not say.
pub(crate) const LONG: Duration = Duration::from_secs(100);

/// What an invocation came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    Answer(Value),
    Error(String),
}

impl Ended {
    /// The messages that are to be delivered again.
    pub(crate) fn failed(&self) -> Vec<String> {
        let Self::Answer(answer) = self else {
            panic!("the function failed: {self:?}");
        };
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let id = |item: &Value| item["itemIdentifier"].as_str().unwrap().to_owned();
        failures.iter().map(id).collect()
    }

    /// What Amazon ECS is told.
    pub(crate) fn hook(&self) -> &str {
        match self {
            Self::Answer(answer) => answer["hookStatus"].as_str().unwrap(),
            Self::Error(why) => panic!("the function failed: {why}"),
        }
    }
}

/// A function that runs, and the service that calls it.
pub(crate) struct Lambda {
    child: Child,
    events: Option<Sender<(String, SystemTime)>>,
    ended: Receiver<Ended>,
    init: Receiver<String>,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Lambda {
    /// Starts a function.
    pub(crate) fn start(command: &mut Command) -> Self {
        let (events, queue) = channel::<(String, SystemTime)>();
        let (ends, ended) = channel();
        let (inits, init) = channel();
        let queue = Mutex::new((queue, 0));
        let address = serve(move |request| answer(request, &queue, &ends, &inits));
        let mut child = command
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "gate")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "gate")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "gate")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, into) = (BufReader::new(child.stderr.take().unwrap()), log.clone());
        let reader = thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                into.lock().unwrap().push(line);
            }
        });
        Self {
            child,
            events: Some(events),
            ended,
            init,
            log,
            reader: Some(reader),
        }
    }

    /// Has it deal with an event, and waits for what comes of it.
    pub(crate) fn invoke(&self, event: &Value) -> Ended {
        self.invoke_for(&event.to_string(), LONG)
    }

    /// The same, with so much time.
    pub(crate) fn invoke_for(&self, event: &str, time: Duration) -> Ended {
        let events = self.events.as_ref().unwrap();
        let deadline = SystemTime::now() + time;
        events.send((event.to_owned(), deadline)).unwrap();
        match self.ended.recv_timeout(PATIENCE) {
            Ok(ended) => ended,
            Err(error) => {
                let init: Vec<_> = self.init.try_iter().collect();
                panic!(
                    "no answer ({error}): {init:?} {:#?}",
                    self.log.lock().unwrap()
                )
            }
        }
    }

    /// What it told before it ended, if it could not begin.
    pub(crate) fn init_error(mut self) -> (String, bool) {
        let why = match self.init.recv_timeout(PATIENCE) {
            Ok(why) => why,
            Err(RecvTimeoutError::Timeout) => panic!("it neither works nor says why"),
            Err(error) => panic!("{error}"),
        };
        (why, self.child.wait().unwrap().success())
    }

    /// Everything that it logged, when it has ended.
    pub(crate) fn log(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.reader.take().unwrap().join().unwrap();
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.events = None;
        // Who has ended already can't be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type Queue = Mutex<(Receiver<(String, SystemTime)>, u32)>;

fn answer(
    request: &Request,
    queue: &Queue,
    ends: &Sender<Ended>,
    inits: &Sender<String>,
) -> Option<Answer> {
    let path = request.path.strip_prefix("/2018-06-01/runtime/").unwrap();
    let said = || serde_json::from_str::<Value>(&request.body).unwrap();
    match (&*request.method, path) {
        ("GET", "invocation/next") => {
            let (queue, number) = &mut *queue.lock().unwrap();
            // None when the test is over.
            let (event, deadline) = queue.recv().ok()?;
            *number += 1;
            let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap();
            let mut answer = Answer::new(200, event);
            let id = format!("00000000-0000-0000-0000-{number:012}");
            let function = "arn:aws:lambda:eu-central-1:111122223333:function:gate";
            answer.headers = vec![
                ("lambda-runtime-aws-request-id", id),
                (
                    "lambda-runtime-deadline-ms",
                    deadline.as_millis().to_string(),
                ),
                ("lambda-runtime-invoked-function-arn", function.to_owned()),
            ];
            Some(answer)
        }
        ("POST", "init/error") => {
            inits
                .send(said()["errorMessage"].as_str()?.to_owned())
                .ok()?;
            Some(Answer::new(202, "{}"))
        }
        ("POST", path) if path.ends_with("/response") => {
            ends.send(Ended::Answer(said())).ok()?;
            Some(Answer::new(202, "{}"))
        }
        ("POST", path) if path.ends_with("/error") => {
            let why = said()["errorMessage"].as_str()?.to_owned();
            ends.send(Ended::Error(why)).ok()?;
            Some(Answer::new(202, "{}"))
        }
        other => panic!("no call of the Runtime API: {other:?}"),
    }
}
