//! Runs a buildspec as CodeBuild does: phases in their order, commands in one shell, `finally` however a phase ended.
//!
//! What it takes from the documents: in version 0.2 all commands share one shell; a command that fails ends its phase, then
//! the phase's `finally` runs; after a failed `build` comes `post_build`, unless `on-failure` says ABORT, after any other
//! failed phase nothing; the environment of the project goes before that of the buildspec.
//!
//! It needs nothing but the standard library and `serde_json`, so that other tests can take it as it is.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// The phases in their order.
pub(crate) const PHASES: [&str; 4] = ["install", "pre_build", "build", "post_build"];

/// How a build ended.
#[derive(Debug)]
pub(crate) struct Build {
    pub succeeded: bool,
    /// What the commands printed, each behind a line with its phase: what the log of CodeBuild shows.
    pub log: String,
    /// The exported variables that have a value.
    pub exported: BTreeMap<String, String>,
    /// The phases that ran, and whether they succeeded.
    pub phases: Vec<(String, bool)>,
}

/// How commands share what they set. The documents say one shell; should it be one for each command, with the environment
/// and the working directory handed on, a buildspec has to do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    One,
    Each,
}

/// Runs a buildspec in a folder, with `source/` in it as the source. `environment` is the whole of it, with `PATH`; what
/// CodeBuild itself sets (`CODEBUILD_…`, `HOME`) is added, unless it is there.
pub(crate) fn run(buildspec: &Value, environment: &[(String, String)], folder: &Path) -> Build {
    run_in(Session::One, buildspec, environment, folder)
}

/// As [`run`], with a choice how commands share what they set.
pub(crate) fn run_in(
    session: Session,
    buildspec: &Value,
    environment: &[(String, String)],
    folder: &Path,
) -> Build {
    let source = folder.join("source");
    fs::create_dir_all(&source).unwrap();
    let home = folder.join("home");
    fs::create_dir_all(&home).unwrap();
    let log = folder.join("log");
    fs::write(&log, "").unwrap();

    let mut variables = BTreeMap::from([
        ("HOME".to_owned(), home.display().to_string()),
        ("CODEBUILD_SRC_DIR".to_owned(), source.display().to_string()),
        ("CODEBUILD_BUILD_ID".to_owned(), "build:1".to_owned()),
        (
            "CODEBUILD_BUILD_URL".to_owned(),
            "https://console.example/build/1".to_owned(),
        ),
    ]);
    for (name, value) in buildspec["env"]["variables"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let value = value.as_str().map_or(value.to_string(), str::to_owned);
        variables.insert(name.clone(), value);
    }
    variables.extend(environment.iter().cloned());

    let mut shell = Shell::new(session, variables, source, folder, log.clone());
    let mut phases = Vec::new();
    let mut succeeded = true;
    for phase in PHASES {
        let Some(said) = buildspec["phases"].get(phase) else {
            continue;
        };
        let passed = shell.phase(phase, said, succeeded);
        phases.push((phase.to_owned(), passed));
        if passed {
            continue;
        }
        let on_failure = said["on-failure"].as_str();
        if on_failure == Some("CONTINUE") {
            continue;
        }
        succeeded = false;
        if phase != "build" || on_failure == Some("ABORT") {
            break;
        }
    }
    let exported = shell.exported(&buildspec["env"]["exported-variables"]);
    drop(shell);
    Build {
        succeeded,
        log: String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned(),
        exported,
        phases,
    }
}

/// The shell that runs the commands, begun anew when a command has ended it.
struct Shell {
    session: Session,
    variables: BTreeMap<String, String>,
    source: PathBuf,
    folder: PathBuf,
    log: PathBuf,
    running: Option<(Child, ChildStdin, BufReader<ChildStdout>)>,
    commands: usize,
}

impl Shell {
    fn new(
        session: Session,
        variables: BTreeMap<String, String>,
        source: PathBuf,
        folder: &Path,
        log: PathBuf,
    ) -> Self {
        let (folder, running, commands) = (folder.to_owned(), None, 0);
        Self {
            session,
            variables,
            source,
            folder,
            log,
            running,
            commands,
        }
    }

    fn phase(&mut self, name: &str, phase: &Value, succeeding: bool) -> bool {
        let mut passed = true;
        for (part, list) in [("", &phase["commands"]), (" finally", &phase["finally"])] {
            for command in list.as_array().into_iter().flatten() {
                // What is no text, CodeBuild refuses before it runs anything.
                let command = command.as_str().unwrap_or("exit 1");
                if !self.command(&format!("{name}{part}"), command, succeeding && passed) {
                    passed = false;
                    break;
                }
            }
        }
        passed
    }

    /// Runs one command; what it prints goes to the log.
    fn command(&mut self, phase: &str, command: &str, succeeding: bool) -> bool {
        let file = self.folder.join(format!("command-{}", self.commands));
        self.commands += 1;
        fs::write(&file, command).unwrap();
        let line = format!(
            "export CODEBUILD_BUILD_SUCCEEDING={}; printf '[%s]\\n' '{phase}' >> '{log}'\n\
             {{ . '{file}'; }} < /dev/null >> '{log}' 2>&1; echo \"$?\"\n",
            u8::from(succeeding),
            log = self.log.display(),
            file = file.display(),
        );
        let answer = self.say(&line);
        if self.session == Session::Each {
            self.hand_on();
        }
        answer.is_some_and(|answer| answer == "0")
    }

    /// Hands a line to the shell and reads its answer; `None` when the shell has ended.
    fn say(&mut self, line: &str) -> Option<String> {
        if self.running.is_none() {
            self.running = Some(self.start());
        }
        let (_, stdin, stdout) = self.running.as_mut().unwrap();
        // A shell that has ended reads nothing more; the answer that does not come says so.
        let _written = stdin.write_all(line.as_bytes());
        let mut answer = String::new();
        if stdout.read_line(&mut answer).unwrap() == 0 {
            let (mut child, ..) = self.running.take().unwrap();
            child.wait().unwrap();
            return None;
        }
        Some(answer.trim().to_owned())
    }

    fn start(&self) -> (Child, ChildStdin, BufReader<ChildStdout>) {
        let mut child = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .env_clear()
            .envs(&self.variables)
            .current_dir(&self.source)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        (child, stdin, stdout)
    }

    /// Ends the shell and keeps its environment and working directory for the next one.
    fn hand_on(&mut self) {
        if let Some((variables, directory)) = self.environment() {
            self.variables = variables;
            self.source = directory;
        }
        if let Some((mut child, stdin, _)) = self.running.take() {
            drop(stdin);
            child.wait().unwrap();
        }
    }

    fn environment(&mut self) -> Option<(BTreeMap<String, String>, PathBuf)> {
        let file = self.folder.join("environment");
        let answer = self.say(&format!("env -0 > '{}'; pwd\n", file.display()))?;
        let text = fs::read_to_string(&file).unwrap();
        let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
        let variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some((variables.collect(), PathBuf::from(answer)))
    }

    fn exported(&mut self, names: &Value) -> BTreeMap<String, String> {
        let Some((mut variables, _)) = self.environment() else {
            return BTreeMap::new();
        };
        let names = names.as_array().into_iter().flatten();
        names
            .filter_map(|name| variables.remove_entry(name.as_str()?))
            .collect()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        if let Some((mut child, stdin, _)) = self.running.take() {
            drop(stdin);
            let _ended = child.wait();
        }
    }
}
