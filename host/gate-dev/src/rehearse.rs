//! `cargo dev rehearse`: the whole pipeline on this machine, shown as it goes.

use crate::build::build;
use crate::run::{Result, command, run, target};
use crate::tools;

/// The test that rehearses, with nothing of it hidden.
const TEST: [&str; 7] = [
    "test",
    "--quiet",
    "--release",
    "--package",
    "gate-tests",
    "rehearse::the_bad_application",
    "--",
];

/// Builds, installs the tools, rehearses. With `BLESS=1` the transcript becomes `docs/rehearsal.md`.
pub fn rehearse() -> Result {
    build()?;
    let tools = tools::install()?;
    let mut cargo = command("cargo", TEST);
    cargo.arg("--nocapture").env("GATE_TOOLS", &tools);
    run(cargo.env("GATE_POLICIES_DIR", target().join("policies")))
}
