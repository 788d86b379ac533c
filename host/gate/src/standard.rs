//! The standard policies: components and compiled code inside the program.

use gate_runtime::Embedded;

/// Name and policy, in order of name.
pub(crate) const STANDARD: &[(&str, Embedded)] = include!(concat!(env!("OUT_DIR"), "/standard.rs"));

/// The standard policy of this name.
pub(crate) fn find(name: &str) -> Option<&'static Embedded> {
    STANDARD
        .iter()
        .find(|(standard, _)| *standard == name)
        .map(|(_, policy)| policy)
}
