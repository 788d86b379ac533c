//! An emulator of AWS (moto) that keeps what it is given: one for the whole test process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use crate::tool::tool;

/// Ends by itself when this process does, however that ends: the pipe to it closes.
const PROGRAM: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(['-p', '0'])
";

/// Its address, such as `http://127.0.0.1:5000`; `None`, said on stderr, where it is not installed.
pub(crate) fn emulator() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(Child, String)>> = OnceLock::new();
    let (_, address) = SERVER.get_or_init(another).as_ref()?;
    Some(address)
}

/// One of the caller's own, who leaves much in it that others would stumble over.
pub(crate) fn another() -> Option<(Child, String)> {
    start(&["-c", PROGRAM])
}

/// Starts the emulator with a program for its Python, which says where it is reached and ends when the pipe to it closes.
pub(crate) fn start(arguments: &[&str]) -> Option<(Child, String)> {
    let bin = tool("moto_server")?.parent()?.to_owned();
    let mut command = Command::new(bin.join("python"));
    command
        .args(arguments)
        // Terraform and CloudFormation name policies of AWS itself.
        .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
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
        if let Some((_, address)) = line.split_once("Running on ") {
            break address.trim().to_owned();
        }
        said += &line;
    };
    // Who does not read on has it wait, some thousand requests later.
    thread::spawn(move || lines.for_each(drop));
    Some((child, address))
}
