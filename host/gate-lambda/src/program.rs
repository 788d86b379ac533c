//! The program `gate` beside this one: run as a child with a clean environment, a deadline and bounded output.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::{Instant, timeout_at};

use crate::failure::{Failure, Result};
use crate::log;
use crate::settings::Settings;

/// The longest answer. It lists all findings.
const ANSWER: u64 = 64 << 20;
/// The most that is taken of what it says on stderr.
const TALK: u64 = 256 << 10;

/// The program, and what it is run with.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    profile: PathBuf,
    scratch: PathBuf,
    passed: Vec<(String, std::ffi::OsString)>,
    runs: AtomicU64,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) answer: Vec<u8>,
}

impl Program {
    /// The program and the profile that lie in the folder of this one.
    pub(crate) fn beside(settings: &Settings) -> Result<Self> {
        let own = std::env::current_exe();
        let own = own.map_err(|error| Failure::new(format!("finding the package: {error}")))?;
        let folder = own.parent().unwrap_or(Path::new("/"));
        let file = |name: &str| {
            let path = folder.join(name);
            if path.is_file() {
                Ok(path)
            } else {
                Err(Failure::new(format!("`{name}` is not in the package")))
            }
        };
        let (path, profile) = (file("gate")?, file("gate.toml")?);
        // What an earlier process of this sandbox left behind is nobody's.
        let scratch = settings.scratch.clone();
        let emptied = match fs::remove_dir_all(&scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir(&scratch),
        };
        emptied.map_err(|error| Failure::new(format!("making a place to work in: {error}")))?;
        Ok(Self {
            path,
            profile,
            scratch,
            passed: settings.passed.clone(),
            runs: AtomicU64::new(0),
        })
    }

    /// The profile that it judges by.
    pub(crate) fn profile(&self) -> &Path {
        &self.profile
    }

    /// A folder for one run.
    pub(crate) fn folder(&self) -> Result<Folder> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let path = self.scratch.join(number.to_string());
        let made = fs::create_dir(&path);
        made.map_err(|error| Failure::new(format!("making a place to work in: {error}")))?;
        Ok(Folder(path))
    }

    /// Runs it to its end, or to the deadline; then it is killed with all that it started.
    pub(crate) async fn run(
        &self,
        folder: &Folder,
        arguments: &[String],
        until: Instant,
    ) -> Result<Ran> {
        let ran = self.attempt(folder, arguments, until).await;
        ran.map_err(|failure| {
            let command = arguments.first().map_or("", String::as_str);
            failure.when(format_args!("`gate {command}`"))
        })
    }

    async fn attempt(&self, folder: &Folder, arguments: &[String], until: Instant) -> Result<Ran> {
        if until <= Instant::now() {
            return Err(Failure::new("there is no time left to run it"));
        }
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .env_clear()
            .envs(self.passed.iter().map(|(name, value)| (name, value)))
            // Its cache of compiled policies lives as long as the sandbox.
            .env("HOME", &self.scratch)
            .env("TMPDIR", &folder.0)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn();
        let mut child = child.map_err(|error| Failure::new(format!("starting it: {error}")))?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let ended = timeout_at(until, async {
            let waited = async {
                let status = child.wait().await;
                status.map_err(|error| Failure::new(format!("waiting for it: {error}")))
            };
            tokio::try_join!(all(stdout), beginning(stderr), waited)
        });
        let ended = ended.await.unwrap_or_else(|_| {
            let late = "it did not end before the time of this invocation did, and was killed";
            Err(Failure::new(late))
        });
        let (answer, said, status) = match ended {
            Ok(ended) => ended,
            Err(failure) => {
                // Who is gone already can't be killed, and that is as well.
                let _ = group.map(|group| kill_process_group(group, Signal::KILL));
                let _ = child.wait().await;
                return Err(failure);
            }
        };
        log::program(&said);
        match status.code() {
            Some(code) => Ok(Ran { code, answer }),
            None => Err(Failure::new(format!("it was killed ({status})"))),
        }
    }
}

/// All that comes, unless it is too much.
async fn all(from: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        let read = from.take(ANSWER + 1).read_to_end(&mut bytes).await;
        read.map_err(|error| Failure::new(format!("reading its answer: {error}")))?;
    }
    if bytes.len() as u64 > ANSWER {
        return Err(Failure::new(format!(
            "its answer has more than {ANSWER} bytes"
        )));
    }
    Ok(bytes)
}

/// The beginning of what comes; the rest is read, so that it can go on, and left.
async fn beginning(from: Option<impl AsyncRead + Unpin>) -> Result<String> {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        let unreadable = |error: io::Error| Failure::new(format!("reading what it says: {error}"));
        let read = (&mut from).take(TALK).read_to_end(&mut bytes).await;
        read.map_err(unreadable)?;
        let rest = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
        rest.map_err(unreadable)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A folder that is gone when it is no longer used.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in it.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.file(name);
        let written = fs::write(&path, bytes);
        written.map_err(|error| Failure::new(format!("writing `{name}`: {error}")))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed is removed with the sandbox.
        let _ = fs::remove_dir_all(&self.0);
    }
}
