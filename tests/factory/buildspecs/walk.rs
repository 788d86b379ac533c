//! Every road through a buildspec, as CodeBuild may take it: whichever command fails, nothing is pushed or deployed before
//! the gates have passed that have to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::buildspecs::runner::PHASES;

/// What a line of a command does for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Gates that have passed once the line has ended well.
    Pass(BTreeSet<String>),
    /// Ends the command unless everything has gone well so far.
    Guard,
    /// An image goes to where others take it from.
    Release(String),
    /// A gate whose answer does not end the command.
    Swallowed(String),
}

/// Which gates have to have passed before anything is pushed or deployed; `None` where nothing may be.
pub(crate) fn needed(name: &str) -> Option<&'static [&'static str]> {
    match name {
        "build" => Some(&["secrets", "sast", "sca", "sbom"]),
        "deploy-staging" => Some(&["secrets", "sast", "sca", "sbom", "image"]),
        "deploy-production" => Some(&["secrets", "sast", "sca", "sbom", "image", "dast"]),
        _ => None,
    }
}

/// The lines of a command, those joined that a backslash or an open quote or pipe continues.
fn lines(command: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in command.lines().map(str::trim) {
        match lines.last_mut() {
            Some(last) if open => {
                let before = last.trim_end_matches('\\').trim_end().to_owned();
                *last = format!("{before} {line}");
            }
            _ => lines.push(line.to_owned()),
        }
        let last = lines.last().map_or("", String::as_str);
        open = last.ends_with('\\') || last.ends_with('|') || last.matches('\'').count() % 2 == 1;
    }
    lines
}

/// What a command does, line by line.
pub(crate) fn steps(command: &str) -> Vec<Step> {
    let lines = lines(command);
    // One line that fails ends a command only where the shell was told so; else the last line alone counts.
    let strict = lines.iter().any(|line| line == "set -euo pipefail");
    let mut steps = Vec::new();
    let mut define = false;
    for (number, line) in lines.iter().enumerate() {
        define = (define && line != "}") || line.ends_with("() {");
        let words: Vec<&str> = line.split_whitespace().collect();
        let of_gate = line.contains("./gate evaluate") || line.contains("./gate verify");
        let gates: BTreeSet<String> = match words[..] {
            // Where it is defined, nothing is called yet.
            ["./gate", "evaluate", "\"$gate\"", ..] if define => continue,
            ["./gate", "evaluate", gate, ..] | ["evaluate", gate, ..] => {
                BTreeSet::from([gate.to_owned()])
            }
            ["./gate", "verify", ..] => {
                let required = words.windows(2).find(|pair| pair[0] == "--require");
                let required = required.map_or("", |pair| pair[1]);
                required.split(',').map(str::to_owned).collect()
            }
            _ => BTreeSet::new(),
        };
        let swallowed = ["||", "&&", " | ", "; ", " &", "--monitor", "+e"]
            .iter()
            .any(|way| line.contains(way) || line.ends_with('&'));
        let last = lines[number + 1..]
            .iter()
            .all(|line| line == ")" || line.is_empty());
        if of_gate || !gates.is_empty() {
            steps.push(if gates.is_empty() || swallowed || !(strict || last) {
                Step::Swallowed(line.clone())
            } else {
                Step::Pass(gates)
            });
        } else if line == "test \"$CODEBUILD_BUILD_SUCCEEDING\" = 1" && strict {
            steps.push(Step::Guard);
        } else if releases(line) {
            steps.push(Step::Release(line.clone()));
        }
    }
    steps
}

/// Whether a line hands an image on: to a registry, or to a cluster.
fn releases(line: &str) -> bool {
    line.contains("docker push")
        || (line.contains("skopeo copy") && line.contains("docker://"))
        || line.contains("buildx build") && line.contains("--push")
        || line.contains("put-image")
        || line.contains("run-task")
        || (line.contains("update-service") && line.contains("--task-definition"))
        || line.contains("kubectl ")
}

/// How far a build has come.
#[derive(Clone, Debug)]
struct State {
    passed: BTreeSet<String>,
    succeeding: bool,
    faults: BTreeSet<String>,
    released: bool,
}

impl State {
    /// One command, to its end or into its failure at any line: the states that it can leave.
    fn command(mut self, command: &str, needed: &[&str]) -> [Self; 2] {
        // What is done before a line fails stays done, so that one state has seen every line.
        let mut guarded = false;
        for step in steps(command) {
            match step {
                Step::Pass(gates) => self.passed.extend(gates),
                Step::Swallowed(line) => drop(self.faults.insert(format!("swallowed: {line}"))),
                Step::Guard if !self.succeeding => return [self.clone().failed(), self.failed()],
                Step::Guard => guarded = true,
                Step::Release(line) => {
                    self.released = true;
                    let missing = needed.iter().find(|gate| !self.passed.contains(**gate));
                    if let Some(missing) = missing {
                        self.faults
                            .insert(format!("before `{missing}` has passed: {line}"));
                    }
                    if !guarded {
                        self.faults
                            .insert(format!("without a look at the build: {line}"));
                    }
                }
            }
        }
        let failed = self.clone().failed();
        [self, failed]
    }

    fn failed(mut self) -> Self {
        self.succeeding = false;
        self
    }
}

/// Every way through the commands of a phase: each may end well or not, and one that does not ends the list. Of a failed
/// command the gates are taken back, since the one of them that failed may be any.
fn through(states: Vec<(State, bool)>, commands: &Value, needed: &[&str]) -> Vec<(State, bool)> {
    let mut ended = Vec::new();
    let mut on = states;
    for command in commands.as_array().into_iter().flatten() {
        let command = command.as_str().unwrap_or_default();
        let mut next = Vec::new();
        for (state, ok) in on {
            let before = state.passed.clone();
            let [passed, mut failed] = state.command(command, needed);
            failed.passed = before;
            if passed.succeeding || !ok {
                next.push((passed, ok));
            }
            ended.push((failed, false));
        }
        on = next;
    }
    ended.extend(on);
    ended
}

/// What is wrong with a buildspec: on some road something leaves too early, or on none at all.
pub(crate) fn faults(buildspec: &Value, needed: Option<&[&str]>) -> BTreeSet<String> {
    let start = State {
        passed: BTreeSet::new(),
        succeeding: true,
        faults: BTreeSet::new(),
        released: false,
    };
    let gates = needed.unwrap_or_default();
    let mut faults = BTreeSet::new();
    let mut ended = Vec::new();
    let mut on = vec![start];
    for phase in PHASES {
        let said = &buildspec["phases"][phase];
        if said.is_null() {
            continue;
        }
        let entered = on.into_iter().map(|state| (state, true)).collect();
        let after = through(entered, &said["commands"], gates);
        // `finally` runs however the commands ended.
        let mut next = Vec::new();
        for (state, ok) in after {
            for (state, finally) in through(vec![(state, ok)], &said["finally"], gates) {
                let on_failure = said["on-failure"].as_str();
                if (ok && finally) || on_failure == Some("CONTINUE") {
                    next.push(state);
                } else if phase == "build" && on_failure != Some("ABORT") {
                    next.push(state.failed());
                } else {
                    ended.push(state);
                }
            }
        }
        on = next;
    }
    ended.extend(on);
    for state in &ended {
        faults.extend(state.faults.iter().cloned());
        if state.released && needed.is_none() {
            faults.insert("something leaves, and nothing may".to_owned());
        }
    }
    if needed.is_some() && !ended.iter().any(|state| state.released) {
        faults.insert("nothing ever leaves".to_owned());
    }
    faults
}
