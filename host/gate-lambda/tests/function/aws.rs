//! The services that the function asks by itself: each answer is what the service's documentation has, and every request
//! has to be signed for that service.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::http::{Answer, Request, serve};
use crate::package::REGION;

#[derive(Default)]
struct State {
    /// Answers by operation, in turn; the last one stays.
    answers: BTreeMap<String, Vec<(u16, Value)>>,
    asked: Vec<(String, Value)>,
    objects: BTreeSet<String>,
    /// Whether objects are refused.
    denied: bool,
}

/// All of AWS at one address.
pub(crate) struct Aws {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Aws {
    pub(crate) fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let behind = state.clone();
        let address = serve(move |request| behind.lock().unwrap().answer(request));
        Self { address, state }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What an operation answers from now on, in turn. Status 0 is no answer at all.
    pub(crate) fn answers(&self, operation: &str, answers: &[(u16, Value)]) {
        let mut state = self.state.lock().unwrap();
        state.answers.insert(operation.to_owned(), answers.to_vec());
    }

    /// What was asked, in order; takes it out.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    /// The keys of the objects there are.
    pub(crate) fn objects(&self) -> Vec<String> {
        self.state.lock().unwrap().objects.iter().cloned().collect()
    }

    /// Refuses objects, or no longer.
    pub(crate) fn deny(&self, denied: bool) {
        self.state.lock().unwrap().denied = denied;
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Option<Answer> {
        let target = request.header("x-amz-target");
        if target.is_empty() {
            signed(request, "s3");
            return Some(self.object(request));
        }
        let (service, operation) = target.split_once('.').unwrap();
        signed(
            request,
            match service {
                "AmazonEC2ContainerRegistry_V20150921" => "ecr",
                "AmazonEC2ContainerServiceV20141113" => "ecs",
                "CodePipeline_20150709" => "codepipeline",
                other => panic!("nobody knows the service {other}"),
            },
        );
        assert_eq!(request.header("content-type"), "application/x-amz-json-1.1");
        let question = serde_json::from_str(&request.body).unwrap();
        self.asked.push((operation.to_owned(), question));
        let unknown =
            json!({"__type": "InvalidParameterException", "message": "not prepared\u{1b}"});
        let (status, body) = match self.answers.get_mut(operation) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers[0].clone(),
            None => (400, unknown),
        };
        // CodePipeline answers with nothing at all where there is nothing to say.
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        (status > 0).then(|| Answer::new(status, body))
    }

    fn object(&mut self, request: &Request) -> Answer {
        let key = request.path.clone();
        if self.denied {
            return Answer::new(403, "<Error><Code>AccessDenied</Code></Error>");
        }
        match &*request.method {
            "GET" if self.objects.contains(&key) => Answer::new(200, ""),
            "GET" => Answer::new(404, "<Error><Code>NoSuchKey</Code></Error>"),
            "PUT" => {
                assert_eq!(request.header("if-none-match"), "*");
                assert!(!request.header("x-amz-checksum-sha256").is_empty());
                let made = self.objects.insert(key);
                Answer::new(if made { 200 } else { 412 }, "")
            }
            other => panic!("the function asks for no {other}"),
        }
    }
}

fn signed(request: &Request, service: &str) {
    let authorization = request.header("authorization");
    let scope = format!("/{REGION}/{service}/aws4_request, ");
    let right = authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIATEST/")
        && authorization.contains(&scope)
        && authorization.contains("Signature=");
    assert!(right, "signed otherwise: {authorization}");
    assert_eq!(
        request.header("x-amz-security-token"),
        "canary-of-the-token"
    );
}
