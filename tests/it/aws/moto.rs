//! One moto server for the whole test process, started by the first test that asks for it.

use std::fmt::Display;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs, thread};

use serde_json::Value;

use super::http::{Answer, Request, ask};
use crate::gate::target;

/// Ends by itself when this process does, however that ends: the pipe to it closes.
const PROGRAM: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(['-p', '0'])
";

/// The folder of a tool that `cargo dev test` installs, such as `python`; `None`, said on stderr, when it is not there.
///
/// # Panics
/// When `cargo dev test` says that it has installed the tools and this one is missing.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let given = env::var_os("GATE_TOOLS").map(PathBuf::from);
    let folder = given.clone().unwrap_or_else(|| target().join("tools"));
    let tool = folder.join(name);
    // Written when all is there.
    if folder.join(format!("{name}.lock")).is_file() {
        return Some(tool);
    }
    match (
        fs::read_to_string(folder.join(format!("{name}.missing"))),
        given,
    ) {
        (Ok(why), _) => skipped(why.trim()),
        (Err(_), None) => skipped("`cargo dev tools` was not run"),
        (Err(error), Some(_)) => panic!("{tool:?} is missing, and nothing says why: {error}"),
    }
    None
}

/// Says that a test was left out. Not with `eprintln!`, which the harness hides when a test passes.
pub(crate) fn skipped(why: impl Display) {
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("SKIPPED: {test}: {why}\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}

/// The server's address.
pub(super) fn server() -> Option<SocketAddr> {
    static SERVER: OnceLock<(Child, SocketAddr)> = OnceLock::new();
    let python = tool("python")?;
    let (_, address) = SERVER.get_or_init(|| start(&python));
    Some(*address)
}

fn start(python: &Path) -> (Child, SocketAddr) {
    let mut command = Command::new(python.join("bin/python"));
    command.args(["-c", PROGRAM]).env_clear();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    let address = loop {
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("moto did not start: {said}"));
        let line = line.unwrap();
        if let Some((_, address)) = line.split_once("Running on http://") {
            break address.trim().parse().unwrap();
        }
        said += &line;
    };
    // Who does not read on has it wait, some thousand requests later.
    thread::spawn(move || lines.for_each(drop));
    (child, address)
}

/// Asks moto itself, past the front and its faults: what a test puts there, and what it looks up.
#[derive(Clone)]
pub(crate) struct Client {
    pub(super) address: SocketAddr,
    pub(super) account: String,
    pub(super) region: String,
}

impl Client {
    /// A request signed for a service, with no valid signature.
    pub(crate) fn request(&self, service: &str, method: &str, target: &str) -> Request {
        let Self {
            account, region, ..
        } = self;
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=AKIATESTER/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        Request::new(method, target)
            .with("authorization", &credential)
            .with("x-moto-account-id", account)
    }

    pub(crate) fn ask(&self, request: &Request) -> Answer {
        ask(self.address, request).unwrap()
    }

    /// An action of a service that speaks JSON, such as `ssm` `AmazonSSM.PutParameter` or `kms` `TrentService.CreateKey`.
    ///
    /// # Panics
    /// When it is refused.
    pub(crate) fn json(&self, service: &str, target: &str, body: &Value) -> Value {
        let request = self
            .request(service, "POST", "/")
            .with("content-type", "application/x-amz-json-1.1")
            .with("x-amz-target", target)
            .body(body.to_string());
        let answer = self.ask(&request);
        assert_eq!(
            answer.status,
            200,
            "{target} {body}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.as_json()
    }
}
