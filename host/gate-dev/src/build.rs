//! Builds the standard policies into components, compiles them for the program's target, builds the program.

use std::fs;
use std::path::{Path, PathBuf};

use gate_core::request::Limits;
use gate_runtime::{Runtime, precompile};
use wit_component::ComponentEncoder;

use crate::run::{Result, command, output, root, run, target};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Builds everything and returns the program's path.
pub fn build() -> Result<PathBuf> {
    let policies = build_policies()?;
    build_adapters()?;
    let mut cargo = command(
        "cargo",
        ["build", "--quiet", "--release", "--package", "gate"],
    );
    run(cargo.env("GATE_POLICIES_DIR", &policies))?;
    let program = target().join("release").join("gate");
    if !program.is_file() {
        return Err(format!("cargo built no program at `{}`", program.display()).into());
    }
    Ok(program)
}

/// Names of the standard policies: the folders of `policies/`.
pub fn policy_names() -> Result<Vec<String>> {
    packages("policies")
}

/// Names of the example adapters: the folders of `examples/`.
pub fn adapter_names() -> Result<Vec<String>> {
    packages("examples")
}

/// The packages in a folder of the project.
fn packages(folder: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join(folder))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Builds the policies and returns the folder with `<name>.wasm`, its code in `<name>.cwasm` and what it says of itself
/// in `<name>.json`.
pub fn build_policies() -> Result<PathBuf> {
    let folder = target().join("policies");
    let mut runtime = Runtime::new(&Limits::STANDARD)?;
    for (name, component) in components(&policy_names()?, &folder)? {
        let file = |kind: &str| folder.join(format!("{name}.{kind}"));
        write_if_changed(&file("cwasm"), &precompile(&component)?)?;
        let loaded = runtime.load(&component)?;
        write_if_changed(&file("json"), &serde_json::to_vec(&loaded)?)?;
    }
    Ok(folder)
}

/// Builds the example adapters and returns the folder with `<name>.wasm`. They are no part of the program.
pub fn build_adapters() -> Result<PathBuf> {
    let folder = target().join("adapters");
    components(&adapter_names()?, &folder)?;
    Ok(folder)
}

/// Builds packages for the sandbox and puts their components into a folder; gives names and components.
///
/// What is built together shares the features of its dependencies, so policies and adapters are built apart: the
/// bytes of one must not depend on the other.
fn components(names: &[String], folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    add_wasm_target()?;
    let mut cargo = command(
        "cargo",
        [
            "build",
            "--quiet",
            "--profile",
            "policy",
            "--target",
            WASM_TARGET,
        ],
    );
    for name in names {
        cargo.args(["--package", name]);
    }
    // The same bytes wherever the project lies.
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    let root = root();
    let flags = [
        format!("--remap-path-prefix={}=/gate", root.display()),
        format!("--remap-path-prefix={home}=/cargo"),
    ];
    run(cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")))?;

    let built = target().join(WASM_TARGET).join("policy");
    fs::create_dir_all(folder)?;
    let mut components = Vec::new();
    for name in names {
        let module = fs::read(built.join(format!("{}.wasm", name.replace('-', "_"))))?;
        let component = componentize(&module).map_err(|e| format!("`{name}`: {e}"))?;
        write_if_changed(&folder.join(format!("{name}.wasm")), &component)?;
        components.push((name.clone(), component));
    }
    Ok(components)
}

/// Wraps a module into a component. The module's own metadata says what it exports; `validate` refuses any
/// import that is not of the contract.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true);
    encoder
        .module(module)
        .map_err(|error| format!("{error:#}"))?;
    encoder
        .encode()
        .map_err(|error| format!("{error:#}").into())
}

/// An unchanged file keeps its time, so that cargo does not build again what includes it.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// Adds the target that policies are built for, if it is missing.
fn add_wasm_target() -> Result {
    let probe = ["--print", "target-libdir", "--target", WASM_TARGET];
    let (_, folder) = output(&mut command("rustc", probe))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    run(&mut command("rustup", ["target", "add", WASM_TARGET])).map_err(|error| {
        format!("{error}; install the target {WASM_TARGET} for this toolchain").into()
    })
}
