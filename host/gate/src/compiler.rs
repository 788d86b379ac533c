//! How the program compiles: in a process of its own, which is the program again; and where the code is kept.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_runtime::{COMPILE, Cache, Compiler, compile_from_stdin};

use crate::failure::{Failure, Result};

/// The compiler of every component that is not part of the program.
pub(crate) fn compiler() -> Result<Compiler> {
    let cache = cache(|name| env::var_os(name).filter(|value| !value.is_empty()))?;
    // A program that does not know where it is can't start itself: what has to be compiled then fails, nothing else.
    let program = env::current_exe().unwrap_or_default();
    Ok(Compiler::in_child(program, cache.map(Cache::new)))
}

/// Where compiled code is kept, by the environment: the directory that is named for it, or the user's own; nowhere if
/// it is off or the user has none.
fn cache(variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<PathBuf>> {
    match variable("GATE_CACHE") {
        None => {}
        Some(off) if off == "off" => return Ok(None),
        Some(other) => {
            let message = format!("`GATE_CACHE={}`: expected `off`", other.display());
            return Err(Failure::new(Code::ConfigInvalid, message)
                .help("leave it out to keep compiled code; `GATE_CACHE_DIR` says where"));
        }
    }
    // A path that means something else in each folder is nobody's home.
    let folder = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let below = |folder: PathBuf, path: &str| folder.join(Path::new(path));
    Ok(variable("GATE_CACHE_DIR")
        .map(PathBuf::from)
        .or_else(|| Some(below(folder("XDG_CACHE_HOME")?, "gate")))
        .or_else(|| Some(below(folder("HOME")?, ".cache/gate"))))
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
    // Nobody reads the exit code: who listens knows by the answer.
    compile_from_stdin().map_or(ExitCode::Undecided, |()| ExitCode::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_three_places_is_taken() {
        for (given, expected) in [
            (&[][..], None),
            (&[("HOME", "/home/a")], Some("/home/a/.cache/gate")),
            (&[("HOME", "a")], None),
            (
                &[("XDG_CACHE_HOME", "/var/a"), ("HOME", "/home/a")],
                Some("/var/a/gate"),
            ),
            (
                &[("XDG_CACHE_HOME", "a"), ("HOME", "/home/a")],
                Some("/home/a/.cache/gate"),
            ),
            (
                &[("GATE_CACHE_DIR", "here"), ("HOME", "/home/a")],
                Some("here"),
            ),
            (&[("GATE_CACHE", "off"), ("GATE_CACHE_DIR", "/a")], None),
        ] {
            let variable = |name: &str| {
                let given = given.iter().find(|(given, _)| *given == name);
                given.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(cache(variable).unwrap().as_deref(), expected.map(Path::new));
        }
        let no = |name: &str| (name == "GATE_CACHE").then(|| OsString::from("no"));
        assert_eq!(cache(no).unwrap_err().code(), Code::ConfigInvalid);
    }
}
