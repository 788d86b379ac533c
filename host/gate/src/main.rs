//! The `gate` program: reads the command line, wires the rooms together, ends with the verdict's exit code.

mod adapters;
mod annotation;
mod aws;
mod baseline;
mod beside;
mod cli;
mod commands;
mod compiler;
mod config;
mod defect;
mod evidence;
mod exits;
mod failure;
mod feeds;
mod outbox;
mod output;
mod parallel;
mod place;
mod policies;
mod recorded;
mod reports;
mod signing;
mod standard;
mod thresholds;
mod vex;
mod waivers;

use std::process;

use clap::Parser as _;
use gate_core::exit_code::ExitCode;

use crate::cli::{Adapter, Cli, Command, Feed, Key, Policy, Waiver};

fn main() -> process::ExitCode {
    let code = if compiler::is_asked() {
        compiler::answer()
    } else {
        defect::guarded(run)
    };
    process::ExitCode::from(code as u8)
}

fn run() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let config = config.as_deref();
    let result = match command {
        Command::Evaluate(args) => commands::evaluate::run(config, &args),
        Command::Normalize(args) => commands::normalize::run(config, &args),
        Command::Replay(args) => commands::replay::run(config, &args),
        Command::Publish(args) => commands::publish::run(config, &args),
        Command::Explain(args) => commands::explain::run(config, &args),
        Command::Baseline(args) => commands::baseline::run(config, &args),
        Command::Policy(Policy::Inspect(args)) => commands::policy::inspect(&args),
        Command::Adapter(Adapter::Inspect(args)) => commands::adapter::inspect(&args),
        Command::Feed(Feed::Import(args)) => commands::feed::import(config, &args),
        Command::Feed(Feed::Show(args)) => commands::feed::show(config, &args),
        Command::Waiver(Waiver::Check(args)) => commands::waiver::check(config, &args),
        Command::Waiver(Waiver::Prune(args)) => commands::waiver::prune(config, &args),
        Command::Waiver(Waiver::Import(args)) => commands::waiver::import(config, &args),
        Command::Verify(args) => commands::verify::run(config, &args),
        Command::Key(Key::New(args)) => commands::key::new(&args),
        Command::Key(Key::Show(args)) => commands::key::show(config, &args),
        Command::Completions(args) => commands::manual::completions(&args),
        Command::Man => commands::manual::page(),
    };
    result.unwrap_or_else(|failure| {
        output::say(&failure);
        failure.exit()
    })
}
