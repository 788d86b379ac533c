//! `cargo dev test`: every check and every test. The one command that has to pass.

use std::time::Instant;

use crate::build::{adapter_names, build, policy_names};
use crate::run::{Result, command, output, root, run};
use crate::{bench, generate, tidy, tools};

/// Runs everything, each step named and timed.
pub fn test() -> Result {
    let started = Instant::now();
    step("format", || {
        run(&mut command("cargo", ["fmt", "--all", "--check"]))
    })?;
    step("tidy", tidy::tidy)?;
    let gate = step("build", build)?;
    step("generated files", || generate::generate_with(&gate, true))?;
    let policies = crate::run::target().join("policies");
    step("lints", || {
        let arguments = "clippy --quiet --release --workspace --all-targets -- -D warnings";
        run(command("cargo", arguments.split(' ')).env("GATE_POLICIES_DIR", &policies))
    })?;
    step("documentation", || {
        let arguments = "doc --quiet --release --workspace --no-deps --document-private-items";
        let mut cargo = command("cargo", arguments.split(' '));
        run(cargo
            .env("RUSTDOCFLAGS", "-D warnings")
            .env("GATE_POLICIES_DIR", &policies))
    })?;
    // A workspace of its own, which nothing else here builds: its lock file grows old with every new dependency.
    step("lock file of the fuzz targets", || {
        let manifest = root().join("fuzz/Cargo.toml");
        let mut cargo = command("cargo", ["metadata", "--quiet", "--locked"]);
        cargo.args(["--format-version", "1", "--manifest-path"]);
        match output(cargo.arg(manifest))? {
            (0, _) => Ok(()),
            _ => Err("it is old; `cargo update --workspace` in `fuzz/` renews it".into()),
        }
    })?;
    step("tests of the rooms", || {
        let mut cargo = command("cargo", ["test", "--release"]);
        // With everything of the guests' room, whoever else asks for it.
        cargo.args(["--features", "gate-guest/json"]);
        let rooms = [
            "core", "adapters", "aws", "runtime", "evidence", "report", "guest",
        ];
        for package in rooms.map(|room| format!("gate-{room}")) {
            cargo.args(["--package", &package]);
        }
        cargo.args(["--package", "gate"]);
        for guest in policy_names()?.into_iter().chain(adapter_names()?) {
            cargo.args(["--package", &guest]);
        }
        run(cargo.env("GATE_POLICIES_DIR", &policies))
    })?;
    let tools = step("tools of the tests", tools::install)?;
    step("tests from outside", || {
        let mut cargo = command("cargo", ["test", "--release", "--package", "gate-tests"]);
        // What says where the tools are says that they are there: a test that misses one then fails.
        run(cargo.env("GATE_TOOLS", &tools))
    })?;
    step("tests of the factory", || {
        let arguments = "test --release --package gate-factory-tests";
        let mut cargo = command("cargo", arguments.split(' '));
        run(cargo.env("GATE_TOOLS", &tools).env("GATE_PROGRAM", &gate))
    })?;
    step("instructions", || bench::instructions::check(&gate))?;
    step("supply chain", supply_chain)?;
    println!("all passed in {} s", started.elapsed().as_secs());
    Ok(())
}

fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("== {name}");
    let started = Instant::now();
    let result = work().map_err(|error| format!("{name}: {error}"))?;
    println!("== {name}: passed in {} s", started.elapsed().as_secs());
    Ok(result)
}

/// Licences, bans and sources, where cargo-deny is installed. Building it takes longer than everything else
/// here, so it is not installed on the fly; the workflow does it.
fn supply_chain() -> Result {
    let installed = command("cargo", ["deny", "--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        println!(
            "SKIPPED: cargo-deny is not installed; `cargo install --locked cargo-deny` adds it"
        );
        return Ok(());
    }
    // Advisories need the network; the workflow checks them.
    run(&mut command(
        "cargo",
        ["deny", "--offline", "check", "bans", "licenses", "sources"],
    ))
}
