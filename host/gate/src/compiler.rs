//! How the program compiles: in a process of its own, which is the program again.

use std::{env, io};

use gate_core::exit_code::ExitCode;
use gate_runtime::{COMPILE, Compiler, compile_from_stdin};

/// The compiler of every component that is not part of the program.
pub(crate) fn compiler() -> Compiler {
    // A program that does not know where it is can't start itself: what has to be compiled then fails, nothing else.
    Compiler::in_child(env::current_exe().unwrap_or_default())
}

/// Whether the program was started by itself, to compile. Not a command of the command line: nobody else has a use for
/// it.
pub(crate) fn is_asked() -> bool {
    env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == COMPILE)
}

/// Compiles, and does nothing else.
pub(crate) fn answer() -> ExitCode {
    let answered: io::Result<()> = compile_from_stdin();
    // Nobody reads the exit code: who listens knows by the answer.
    answered.map_or(ExitCode::Undecided, |()| ExitCode::Open)
}
