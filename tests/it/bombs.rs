//! Components that are made to keep the compiler busy, or to break it: refused before it sees them, or stopped with
//! the process that it runs in. The caps one by one stand in `host/gate-runtime/src/scan/tests.rs`.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use gate_core::request::Limits;
use gate_core::verdict::Outcome;
use gate_runtime::{CAPS, COMPILE, Compiler, MAX_CPU_SECONDS, MAX_MEMORY, Runtime};

use crate::gate::{Folder, Ran, target, workspace};
use crate::guests::{comes_to_error_in, component, honest_in, pad};

/// A runtime that compiles as the program does: in a process of its own.
fn runtime() -> Runtime {
    let program = target().join("release").join("gate");
    assert!(
        program.is_file(),
        "{program:?}: run `cargo dev build` first"
    );
    compiled_by(Compiler::in_child(program, None))
}

fn compiled_by(compiler: Compiler) -> Runtime {
    Runtime::new(&Limits::STANDARD)
        .unwrap()
        .with_compiler(compiler)
}

fn of_text(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// An honest policy, and a module with this function beside it. Nobody calls it; it is compiled all the same.
fn with_function(locals: usize, code: &str) -> Vec<u8> {
    let locals = "i32 ".repeat(locals);
    let bomb = of_text(&format!(
        "(component (core module (func (local {locals}) {code})))"
    ));
    // Sections of a component follow each other as they please; 8 bytes are the header.
    [&component("honest"), &bomb[8..]].concat()
}

/// What a component holds too much of, and the component.
pub(crate) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let header = b"\0asm\x0d\0\x01\0";
    let section = |id: u8, content: &[u8]| {
        // The length in three bytes.
        let length = content.len();
        let digit = |at: usize| (length >> (7 * at)) as u8 & 0x7f;
        [&[id, digit(0) | 0x80, digit(1) | 0x80, digit(2)], content].concat()
    };
    let nested = (0..1_000).fold(header.to_vec(), |inner, _| {
        [&header[..], &section(4, &inner)].concat()
    });
    // Instance types with one declaration: a type.
    let types = [&[1][..], &[0x42, 1, 1].repeat(100_000)].concat();
    let types = [&header[..], &section(7, &types)].concat();
    let doubled = (0..11).fold("(component $c)".to_owned(), |inner, _| {
        format!("(component $c {inner} (instance (instantiate $c)) (instance (instantiate $c)))")
    });
    let functions = "(func)".repeat(100_001);
    let mut data = component("honest");
    pad(&mut data, 100 << 20);
    vec![
        (
            "more than 3000 parameters and locals in one function",
            with_function(40_000, ""),
        ),
        (
            "more than 20000 blocks and branches in one function",
            with_function(0, &"(if (i32.const 0) (then))".repeat(50_000)),
        ),
        (
            "more than 4000 blocks in one another",
            with_function(
                0,
                &format!("{}{}", "block ".repeat(5_000), "end ".repeat(5_000)),
            ),
        ),
        (
            "more than 524288 bytes in one function",
            with_function(0, &"nop ".repeat(1 << 19)),
        ),
        (
            "more than 100000 functions",
            of_text(&format!("(component (core module {functions}))")),
        ),
        ("more than 33554432 bytes", data),
        (
            "more than 67108864 bytes between the first and the last data of memories",
            of_text(&format!(
                "(component {})",
                r#"(core module (memory 240)
                    (data (i32.const 0) "a") (data (i32.const 15000000) "b"))"#
                    .repeat(5)
            )),
        ),
        (
            "more than 16 levels of components and types in one another",
            nested,
        ),
        (
            "more than 16 levels of components and types in one another",
            types,
        ),
        (
            "more than 1000 instantiations of components in one another",
            of_text(&doubled),
        ),
    ]
}

#[test]
fn what_would_keep_the_compiler_busy_is_refused_before() {
    for (what, bomb) in bombs() {
        let says = format!("its component has {what}; that is not compiled");
        comes_to_error_in(runtime(), &bomb, "policy-too-large", &says);
    }
}

#[test]
fn the_program_says_which_cap_it_was() {
    let folder = Folder::new();
    folder.file("bomb.wasm", with_function(40_000, ""));
    let says = "its component has more than 3000 parameters and locals in one function; that is not compiled";
    let policy = folder.gate(&["policy", "inspect", "bomb.wasm"]);
    let adapter = folder.gate(&["adapter", "inspect", "bomb.wasm"]);
    assert_eq!((policy.code, adapter.code), (3, 2));
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        first(&policy.stderr),
        format!("error[gate::policy-too-large]: the policy can't be used: {says}")
    );
    assert_eq!(
        first(&adapter.stderr),
        format!("error[gate::adapter-invalid]: the adapter `bomb.wasm` can't be used: {says}")
    );
}

#[test]
fn what_is_cut_off_is_no_policy_whoever_compiles_it() {
    let honest = component("honest");
    for end in [0, 8, honest.len() / 2, honest.len() - 1] {
        let says = "its component does not export the `gate:policy` interface";
        comes_to_error_in(runtime(), &honest[..end], "policy-invalid", says);
    }
    // Well-formed for whoever reads it, and no WebAssembly: the process that compiles finds out.
    let says = "its component does not export the `gate:policy` interface";
    comes_to_error_in(
        runtime(),
        &with_function(0, "i32.add"),
        "policy-invalid",
        says,
    );
}

#[test]
fn code_of_the_process_decides_as_code_compiled_here() {
    let there = honest_in(runtime());
    let here = honest_in(Runtime::new(&Limits::STANDARD).unwrap());
    assert_eq!(there.verdict.outcome, Outcome::Pass);
    let json = |e: &gate_core::evaluate::Evaluation| serde_json::to_string(&e.verdict).unwrap();
    assert_eq!(json(&there), json(&here));
    assert_eq!(
        there.diagnostics[0].fuel_used,
        here.diagnostics[0].fuel_used
    );
}

/// A program that does this in place of compiling.
fn instead(folder: &Folder, script: &str) -> Compiler {
    let program = folder.file("compiler", format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
    Compiler::in_child(program, None)
}

#[test]
fn a_compilation_that_breaks_is_an_error_and_not_the_end() {
    let says = "its component could not be compiled within the limits of compilation";
    for script in [
        "exit 0",
        "exit 101",
        "kill -KILL $$",
        "kill -XCPU $$",
        "kill -ABRT $$",
        "kill -SEGV $$",
        // Answers that are none: cut off, endless, of no kind, no code.
        "printf c",
        r"printf 'c\003\000\000\000\000\000\000\000ab'",
        r"printf 'c\377\377\377\377\377\377\377\377'; exec cat /dev/zero",
        "exec cat /dev/zero",
        r"printf 'c\003\000\000\000\000\000\000\000abc'",
    ] {
        let folder = Folder::new();
        let runtime = compiled_by(instead(&folder, script));
        breaks(runtime, "policy-compile", says);
    }
}

/// The caps let through what takes 100 MB and more; the machine gives less.
#[test]
fn a_compilation_that_gets_no_memory_ends_in_its_process() {
    let folder = Folder::new();
    let large = with_function(0, &"(if (i32.const 0) (then))".repeat(19_000));
    folder.file("large.wasm", large);
    let program = folder.command(&[]).get_program().to_owned();
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "ulimit -v 100000; exec \"$0\" policy inspect large.wasm",
    ]);
    let ran = Ran::of(shell.arg(program).env_clear().current_dir(folder.path()));
    let first = ran.stderr.lines().next().unwrap_or_default();
    let says = "its component could not be compiled within the limits of compilation";
    assert_eq!(
        first,
        format!("error[gate::policy-compile]: the policy can't be used: {says}")
    );
    assert_eq!(ran.code, 3);
    assert_eq!(folder.gate(&["policy", "inspect", "large.wasm"]).code, 0);
}

#[test]
fn a_compilation_without_end_is_ended() {
    let folder = Folder::new();
    let impatient = Limits {
        wall_clock_seconds: 0,
        ..Limits::STANDARD
    };
    // If it were not ended, this test would wait for it.
    let runtime = Runtime::new(&impatient).unwrap();
    let runtime = runtime.with_compiler(instead(&folder, "exec sleep 100000"));
    breaks(
        runtime,
        "policy-wall-clock",
        "it ran into the wall-clock guard",
    );
}

#[test]
fn a_compiler_that_can_t_be_started_is_an_error() {
    let runtime = compiled_by(Compiler::in_child("/no/such/program".into(), None));
    breaks(runtime, "policy-engine", "the engine failed");
}

/// What comes of loading an honest policy where nothing can be compiled.
fn breaks(mut runtime: Runtime, code: &str, says: &str) {
    let failure = runtime.load(&component("honest")).unwrap_err();
    assert_eq!(
        (failure.code().as_str(), &*failure.to_string()),
        (code, says)
    );
}

#[test]
fn the_process_that_compiles_gets_nothing_of_the_environment() {
    let folder = Folder::new();
    let seen = folder.path().join("seen");
    let compiler = instead(&folder, &format!("env > {}", seen.display()));
    breaks(
        compiled_by(compiler),
        "policy-compile",
        "its component could not be compiled within the limits of compilation",
    );
    let seen = fs::read_to_string(seen).unwrap();
    let names: Vec<_> = seen.lines().filter_map(|l| l.split_once('=')).collect();
    // The shell adds some of its own.
    let of_shell = ["PWD", "OLDPWD", "SHLVL", "_"];
    let given: Vec<_> = names
        .iter()
        .filter(|(name, _)| !of_shell.contains(name))
        .collect();
    assert_eq!(given, [&("RAYON_NUM_THREADS", "4")]);
}

/// As the operating system sees it.
#[test]
#[cfg(target_os = "linux")]
fn the_process_that_compiles_has_limits() {
    let mut command = Folder::new().command(&[COMPILE]);
    command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds: when this is written, the process reads, and it sets its limits before.
    stdin.write_all(&vec![0; 4 << 20]).unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    drop(stdin);
    child.wait().unwrap();
    for (name, most) in [
        ("Max cpu time", MAX_CPU_SECONDS),
        ("Max address space", MAX_MEMORY),
        ("Max core file size", 0),
        ("Max file size", 0),
        ("Max open files", 0),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let most = most.to_string();
        let columns: Vec<_> = line[name.len()..].split_whitespace().take(2).collect();
        assert_eq!(columns, [&most, &most], "{line}");
    }
}

#[test]
fn every_cap_is_in_the_documentation() {
    let documentation = fs::read_to_string(workspace().join("docs/limits.md")).unwrap();
    for cap in CAPS {
        let digits = cap.most.to_string();
        let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
        let groups: Vec<_> = groups
            .iter()
            .map(|g| std::str::from_utf8(g).unwrap())
            .collect();
        let row = format!("| {} | {} |", cap.what, groups.join(" "));
        assert!(documentation.contains(&row), "{row}");
    }
}
