//! A panic is a defect of the program. It ends as one: with a message, and with an exit code that leaves the gate closed.

use std::panic::{UnwindSafe, catch_unwind, set_hook};

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;

use crate::failure::Failure;
use crate::output::say;

/// Does the program's work. Where it panics, the gate stays closed.
///
/// What runs a policy is guarded besides (`gate-runtime`): there a panic is the answer of that policy.
pub(crate) fn guarded(work: impl FnOnce() -> ExitCode + UnwindSafe) -> ExitCode {
    set_hook(Box::new(|panic| {
        // Where, and not what: the message may hold parts of a report, and those may be secret.
        if let Some(place) = panic.location() {
            say(&format_args!("defect at {place}"));
        }
    }));
    catch_unwind(work).unwrap_or_else(|_| {
        let failure = Failure::new(
            Code::Defect,
            "the program itself failed; no answer of it counts",
        );
        say(&failure);
        failure.exit()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_does_not_open_the_gate() {
        assert_eq!(guarded(|| panic!("a defect")), ExitCode::Undecided);
        assert_eq!(guarded(|| ExitCode::Open), ExitCode::Open);
    }
}
