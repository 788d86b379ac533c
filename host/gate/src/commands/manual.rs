//! `gate completions` and `gate man`: generated from the command tree.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;

use crate::cli::{Cli, Completions};
use crate::failure::{Failure, Result};

pub(crate) fn completions(args: &Completions) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "gate", &mut script);
    print(&script)
}

/// The manual page of the program and of each subcommand, one after the other.
pub(crate) fn page() -> Result<ExitCode> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let mut pending = vec![command];
    let mut rendered = Ok(());
    while let Some(command) = pending.pop() {
        let shown = command.get_subcommands().filter(|c| c.get_name() != "help");
        let mut below: Vec<_> = shown.cloned().collect();
        below.reverse();
        pending.append(&mut below);
        rendered = rendered.and_then(|()| clap_mangen::Man::new(command).render(&mut page));
    }
    rendered.map_err(|error| Failure::new(Code::AnswerNotWritten, error.to_string()))?;
    print(&page)
}

fn print(bytes: &[u8]) -> Result<ExitCode> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            Code::AnswerNotWritten,
            format!("writing to stdout: {error}"),
        )),
        _ => Ok(ExitCode::Open),
    }
}
