//! `gate thresholds set` and `apply`: a plan, a question, and writing.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use gate_aws::ssm::{Change, Key, Kind, ParameterError, Plan, Removal, Step, plain_value};
use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::gate::is_name;
use gate_core::threshold::RawValue;
use gate_report::text::safe;

use super::Context;
use super::sheet::Sheet;
use crate::cli::{ApplyThresholds, Output, SetThreshold, Writing};
use crate::failure::{Failure, Result};
use crate::output::say;

pub(super) fn set(config: Option<&Path>, args: &SetThreshold) -> Result<ExitCode> {
    let context = Context::new(config, args.writing.environment.as_ref())?;
    let gate = args.gate.as_deref().map(|name| context.gate(name));
    let invalid = |what: String| Failure::new(Code::ConfigInvalid, what);
    if !is_name(&args.name) || context.gates.iter().any(|gate| gate.as_str() == args.name) {
        let what = format!("`{}` can't be the name of a threshold", args.name);
        return Err(invalid(what));
    }
    let value = plain_value(&args.value, Kind::String)
        .map_err(|why| invalid(format!("the value of `{}`: {why}", args.name)))?;
    let meant = BTreeMap::from([((gate.transpose()?, args.name.clone()), value)]);
    written(&context, &args.writing, &meant, Removal::Keep)
}

pub(super) fn apply(config: Option<&Path>, args: &ApplyThresholds) -> Result<ExitCode> {
    let context = Context::new(config, args.writing.environment.as_ref())?;
    let gate = args.gate.as_deref().map(|name| context.gate(name));
    let sheet = Sheet::of_file(&context, &args.file, gate.transpose()?.as_ref())?;
    let removal = if args.delete {
        Removal::Delete
    } else {
        Removal::Keep
    };
    written(&context, &args.writing, &sheet.values(), removal)
}

/// Shows what is to be written, asks, and writes it.
fn written(
    context: &Context,
    args: &Writing,
    meant: &BTreeMap<Key, RawValue>,
    removal: Removal,
) -> Result<ExitCode> {
    let place = context.place(args.to.as_deref())?;
    let store = context.store()?;
    let there = store.parameters(&place, &context.gates)?;
    let mut plan = Plan::new(&place, &there, &context.gates, meant, removal)?;
    plan.advanced = args.advanced;
    store.check(&plan)?;
    Output::human().write(&Shown(&plan), || ())?;
    let changes = plan.changes().count();
    if changes == 0 {
        return Ok(ExitCode::Open);
    }
    if !args.yes {
        ask(changes)?;
    }
    let mut done = Vec::new();
    let result = store.apply(&plan, |step| {
        if !matches!(step.change, Change::Nothing { .. }) {
            done.push(step.name.clone());
        }
    });
    result.map_err(|error| stopped(&error, &done))?;
    say(&format!("{changes} written"));
    Ok(ExitCode::Open)
}

/// Names what was written before a plan ended.
fn stopped(error: &ParameterError, done: &[String]) -> Failure {
    let before = match done {
        [] => "nothing was written before".to_owned(),
        done => format!("written before: {}", done.join(", ")),
    };
    Failure::of_parameters(error, &format!("{error}; {before}"))
}

/// Asks whoever sits there; nobody else agrees to anything.
fn ask(changes: usize) -> Result<()> {
    let refused =
        |message: &str, help: &str| Err(Failure::new(Code::ConfigInvalid, message).help(help));
    if !io::stdin().is_terminal() {
        let message = "nothing was written: there is nobody at a terminal to ask";
        return refused(message, "look at the plan, then say `--yes`");
    }
    let _ = write!(anstream::stderr(), "change {changes} parameters? [y/N] ");
    let mut answer = String::new();
    // What can't be read is no yes.
    let _ = io::stdin().lock().read_line(&mut answer);
    if matches!(answer.trim(), "y" | "yes") {
        return Ok(());
    }
    refused(
        "nothing was written: the answer was not yes",
        "answer `y`, or say `--yes`",
    )
}

/// A plan for people.
struct Shown<'a>(&'a Plan);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.changes().next().is_none() {
            return writeln!(f, "nothing to write: everything is as it should be");
        }
        for Step { name, change, .. } in &self.0.steps {
            let name = safe(name);
            match change {
                Change::Nothing { version } => writeln!(f, "  = {name}:{version} stays")?,
                Change::Create { new } => writeln!(f, "  + {name} is {}", safe(new))?,
                Change::Replace { version, old, new } => {
                    let (old, new) = (safe(old), safe(new));
                    writeln!(f, "  ~ {name}:{version} becomes {new}, was {old}")?;
                }
                Change::Delete { version, old } => {
                    writeln!(f, "  - {name}:{version} goes, was {}", safe(old))?;
                }
            }
        }
        Ok(())
    }
}
