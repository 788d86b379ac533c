//! Components that are made up: through the look before compiling, the compiler, and a run within small limits.

use std::sync::LazyLock;

use gate_core::evaluate::{Evaluation, evaluate};
use gate_core::request::Limits;
use gate_runtime::{Runtime, Variant};
use wasm_mutate::WasmMutate;
use wasm_smith::{Component, Config, Module};
use wit_parser::{Resolve, WorldId};

use crate::answers::{about, holds, with};
use crate::gate::workspace;
use crate::guests;

/// Less than the standard ones, so that what goes to a limit gets there soon.
const LIMITS: Limits = Limits {
    fuel: 2_000_000,
    fuel_per_finding: 1_000,
    memory_bytes: 4 << 20,
    table_elements: 1_000,
    answer_bytes: 256 << 10,
    wall_clock_seconds: 60,
    ..Limits::STANDARD
};

/// What the first byte of an input chooses.
pub fn check(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let component = match kind % 4 {
        0 => changed_guest(rest),
        1 => changed_module(rest),
        2 => module_of_our_world(rest),
        _ => any_component(rest),
    };
    if let Some(component) = component {
        ask(&component);
    }
}

/// One of the guests of `tests/guests/`, some of its bytes changed: three bytes for each say where and how.
fn changed_guest(input: &[u8]) -> Option<Vec<u8>> {
    static GUESTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(guests::components);
    let (which, changes) = input.split_first()?;
    let mut component = GUESTS[usize::from(*which) % GUESTS.len()].clone();
    for change in changes.chunks_exact(3).take(16) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
        let at = at % component.len();
        component[at] ^= change[2];
    }
    Some(component)
}

/// The module of one of the guests, changed so that it is still valid: two bytes for each change.
fn changed_module(input: &[u8]) -> Option<Vec<u8>> {
    static MODULES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(guests::modules);
    let (which, changes) = input.split_first()?;
    let mut module = MODULES[usize::from(*which) % MODULES.len()].clone();
    for change in changes.chunks_exact(2).take(16) {
        let mut mutate = WasmMutate::default();
        mutate.seed(u16::from_le_bytes([change[0], change[1]]).into());
        mutate.fuel(100).preserve_semantics(false);
        let changed = mutate.run(&module).ok().and_then(|mut all| all.next());
        if let Some(Ok(changed)) = changed {
            module = changed;
        }
    }
    of_our_world(module)
}

/// A module with the imports and exports of a policy, and any code.
fn module_of_our_world(input: &[u8]) -> Option<Vec<u8>> {
    static SHAPE: LazyLock<Vec<u8>> = LazyLock::new(guests::honest_module);
    let config = Config {
        module_shape: Some(SHAPE.clone()),
        ..config()
    };
    let module = Module::new(config, &mut chance(input)).ok()?;
    of_our_world(module.to_bytes())
}

fn of_our_world(module: Vec<u8>) -> Option<Vec<u8>> {
    static WORLD: LazyLock<(Resolve, WorldId)> =
        LazyLock::new(|| guests::build::world(&workspace().join("wit"), None));
    let (resolve, world) = &*WORLD;
    guests::build::encode(module, resolve, *world).ok()
}

fn any_component(input: &[u8]) -> Option<Vec<u8>> {
    let component = Component::new(config(), &mut chance(input)).ok()?;
    Some(component.to_bytes())
}

/// Mostly what policies may use: what they may not is refused, and then nothing more is seen of it.
fn config() -> Config {
    Config {
        max_memory32_bytes: 8 << 20,
        max_table_elements: 2_000,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        ..Config::default()
    }
}

fn chance(input: &[u8]) -> arbitrary::Unstructured<'_> {
    arbitrary::Unstructured::new(input)
}

fn ask(component: &[u8]) {
    let asked = |runtime| {
        let (runtime, policy) = with(runtime, component);
        let request = about(policy, &[1, 1, 1], LIMITS);
        let evaluation = evaluate(&request, &runtime);
        holds(&request, &evaluation);
        let again = evaluate(&request, &runtime);
        same(&evaluation, &again);
        evaluation
    };
    let expected = asked(Runtime::new(&LIMITS).unwrap());
    for variant in [Variant::Unoptimized, Variant::Interpreted] {
        let other = asked(Runtime::of_variant(&LIMITS, variant).unwrap());
        // How deep calls can nest depends on their frames.
        if !overflowed(&expected) && !overflowed(&other) {
            same(&expected, &other);
        }
    }
}

fn overflowed(evaluation: &Evaluation) -> bool {
    let reasons = evaluation.verdict.reasons.iter();
    reasons
        .map(|r| &*r.code)
        .any(|code| code == "policy-stack-overflow")
}

fn same(one: &Evaluation, other: &Evaluation) {
    assert_eq!(one.verdict, other.verdict);
    let taken = |evaluation: &Evaluation| {
        let taken = evaluation.diagnostics.iter();
        taken
            .map(|d| (d.fuel_used, d.memory_peak))
            .collect::<Vec<_>>()
    };
    assert_eq!(taken(one), taken(other));
}
