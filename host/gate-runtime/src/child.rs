//! Compiles in a process of its own.
//!
//! The compiler is the largest part of the engine that code of unknown origin gets to, and the one part that fuel does
//! not limit. In a process of its own it has limits of the operating system, and what breaks, breaks there.
//!
//! The component goes to the process on stdin. What comes back on stdout is [`REFUSED`], or [`CODE`], the length of the
//! code in eight bytes, the lowest first, and the code. Anything else, an early end above all, is a compilation that
//! failed.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::engine::precompile;
use crate::sandbox::Fault;
use crate::scan::MAX_COMPONENT;

/// The argument with which a program says to itself that it is to call [`compile_from_stdin`] and nothing else.
pub const COMPILE: &str = "compile-component-from-stdin";

/// Address space of the process, in bytes. A guest of 2 MB takes 80 MiB, one of 18 MB less than 1 GiB.
pub const MAX_MEMORY: u64 = 2 << 30;

/// Processor time of the process, in seconds; on two processors the wall clock ends it before.
pub const MAX_CPU_SECONDS: u64 = 240;

/// Threads that compile: as many on every machine, because each takes memory.
const THREADS: &str = "4";

/// Largest code that is taken from the process, in bytes. Code is about four times as long as its component.
pub const MAX_CODE: u64 = 8 * MAX_COMPONENT;

const CODE: u8 = b'c';
const REFUSED: u8 = b'r';

/// What the process does: reads a component from stdin, compiles it within limits, writes the code to stdout.
///
/// For the program that a [`Compiler`](crate::Compiler) starts. The limits hold for the rest of the process.
///
/// # Errors
/// When the limits can't be set, or stdin or stdout fails. Whoever listens is then told nothing, which says enough.
pub fn compile_from_stdin() -> io::Result<()> {
    confine()?;
    let mut component = Vec::new();
    let mut stdin = io::stdin().lock().take(MAX_COMPONENT);
    stdin.read_to_end(&mut component)?;
    let mut stdout = io::stdout().lock();
    match precompile(&component) {
        Ok(code) => {
            stdout.write_all(&[CODE])?;
            stdout.write_all(&(code.len() as u64).to_le_bytes())?;
            stdout.write_all(&code)?;
        }
        Err(_) => stdout.write_all(&[REFUSED])?,
    }
    stdout.flush()
}

/// Takes from this process what compiling does not need.
fn confine() -> io::Result<()> {
    let limits = [
        (Resource::As, MAX_MEMORY),
        (Resource::Cpu, MAX_CPU_SECONDS),
        // No image of the memory if it is killed, no byte into a file, no file opened.
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 0),
    ];
    for (resource, most) in limits {
        // Whoever started us may have allowed less.
        let now = getrlimit(resource);
        let allowed = [now.current, now.maximum].into_iter().flatten();
        let most = allowed.fold(most, u64::min);
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

/// Has a program compile a component: one that calls [`compile_from_stdin`].
pub(crate) fn compile(
    program: &Path,
    component: &[u8],
    patience: Duration,
) -> Result<Vec<u8>, Fault> {
    let mut command = Command::new(program);
    command
        .arg(COMPILE)
        .env_clear()
        // How the compiler's threads are counted.
        .env("RAYON_NUM_THREADS", THREADS)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Nothing of the engine's is shown.
        .stderr(Stdio::null());
    let mut process = Process(command.spawn().map_err(|_| Fault::Engine)?);
    let (Some(mut stdin), Some(mut stdout)) = (process.0.stdin.take(), process.0.stdout.take())
    else {
        return Err(Fault::Engine);
    };
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        // Both threads end when the process does. It may end without having read everything.
        let write = thread::Builder::new().spawn_scoped(scope, move || {
            let _ = stdin.write_all(component);
        });
        // The receiver may have given up.
        let read = thread::Builder::new().spawn_scoped(scope, move || {
            let _ = sender.send(answer(&mut stdout));
        });
        let heard = match (write, read) {
            (Ok(_), Ok(_)) => receiver.recv_timeout(patience),
            _ => Err(mpsc::RecvTimeoutError::Disconnected),
        };
        // Before the scope ends, or it would wait for the threads.
        drop(process);
        heard.unwrap_or_else(|error| match error {
            mpsc::RecvTimeoutError::Timeout => Err(Fault::WallClock),
            mpsc::RecvTimeoutError::Disconnected => Err(Fault::Engine),
        })
    })
}

/// The process's answer.
fn answer(stdout: &mut impl Read) -> Result<Vec<u8>, Fault> {
    // It ended before it had answered: killed by a limit, or by a defect of the compiler.
    let ended = |_| Fault::Compile;
    let mut kind = [0];
    stdout.read_exact(&mut kind).map_err(ended)?;
    match kind {
        [CODE] => {}
        [REFUSED] => return Err(Fault::Invalid),
        _ => return Err(Fault::Compile),
    }
    let mut length = [0; 8];
    stdout.read_exact(&mut length).map_err(ended)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_CODE {
        return Err(Fault::Compile);
    }
    let mut code = Vec::new();
    stdout.take(length).read_to_end(&mut code).map_err(ended)?;
    if code.len() as u64 == length {
        Ok(code)
    } else {
        Err(Fault::Compile)
    }
}

/// A process that ends, at the latest, when nobody waits for it any more.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_cut_off_too_long_or_another_is_no_code() {
        let whole = [&[CODE][..], &3_u64.to_le_bytes(), b"abc"].concat();
        assert_eq!(answer(&mut &*whole), Ok(b"abc".to_vec()));
        for end in 0..whole.len() {
            assert_eq!(answer(&mut &whole[..end]), Err(Fault::Compile), "{end}");
        }
        let endless = [&[CODE][..], &(MAX_CODE + 1).to_le_bytes()].concat();
        assert_eq!(answer(&mut &*endless), Err(Fault::Compile));
        assert_eq!(answer(&mut &b"gate"[..]), Err(Fault::Compile));
        assert_eq!(answer(&mut &[REFUSED][..]), Err(Fault::Invalid));
    }
}
