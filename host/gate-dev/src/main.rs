//! `cargo dev`: the project's own commands. Nothing here ships.

mod bench;
mod build;
mod demo;
mod fuzz;
mod generate;
mod package;
mod rehearse;
mod run;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo dev", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the standard policies and the program at target/release/gate.
    Build,
    /// Build, then evaluate a real report with the embedded defaults, and replay the record.
    Demo,
    /// Build, then take the example application through every buildspec of the pipeline, against emulators.
    Rehearse,
    /// Run every check and every test.
    Test,
    /// Measure, and write docs/performance.md.
    Bench(bench::Options),
    /// Run a command and print what it took: wall and CPU microseconds, peak KiB. For the benchmarks.
    #[command(hide = true)]
    Measure {
        /// The command.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Make up reports for the adapters, components and answers for the sandbox, for a bounded time.
    Fuzz {
        /// One target, such as `sca` or `components`; all, one after the other, when none is named.
        target: Option<String>,
        /// How long for each target.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Pack the functions for AWS Lambda into target/package, for the kind of machine that this is.
    Package(package::Options),
    /// Install what the tests run that is not ours, into target/tools.
    Tools,
    /// Check the house rules.
    Tidy,
    /// Write the generated files: JSON Schemas, command reference, codes, adapters, limits.
    Generate {
        /// Only check that they are up to date.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Build => build::build().map(drop),
        Command::Demo => demo::demo(),
        Command::Rehearse => rehearse::rehearse(),
        Command::Test => test::test(),
        Command::Bench(options) => bench::bench(&options),
        Command::Measure { command } => bench::measure(&command),
        Command::Fuzz { target, seconds } => fuzz::fuzz(target.as_deref(), seconds),
        Command::Package(options) => package::package(&options),
        Command::Tools => tools::install().map(drop),
        Command::Tidy => tidy::tidy(),
        Command::Generate { check } => generate::generate(check),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
