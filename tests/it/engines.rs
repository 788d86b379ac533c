//! However a component is compiled, its answer is the same, and so are its fuel and its memory.
//!
//! What needs more of the engine than the program has, an interpreter and a second compiler, is compared by the fuzz
//! targets `components` and `policies`.

use std::sync::LazyLock;

use gate_core::evaluate::evaluate;
use gate_core::request::{EvaluationRequest, Limits};
use gate_core::verdict::Outcome;
use gate_runtime::{Embedded, Runtime, Variant, precompile};
use proptest::prelude::*;

use crate::guests::{GUESTS, HONEST, component, request, used};
use crate::random;
use crate::standard::{STANDARD, Standard, defaults};

const VARIANTS: [Variant; 2] = [Variant::Unoptimized, Variant::Small];

/// What must be the same: the verdict to the byte, and for each policy fuel and memory.
fn answer(request: &EvaluationRequest, runtime: &Runtime) -> (String, Vec<[u64; 2]>) {
    let evaluation = evaluate(request, runtime);
    let taken = evaluation.diagnostics.iter();
    (
        serde_json::to_string(&evaluation.verdict).unwrap(),
        taken.map(|d| [d.fuel_used, d.memory_peak]).collect(),
    )
}

fn of(variant: Variant) -> Runtime {
    Runtime::of_variant(&Limits::STANDARD, variant).unwrap()
}

#[test]
fn every_guest_comes_to_the_same_however_it_is_compiled() {
    for (name, _) in GUESTS.iter().chain(HONEST) {
        let component = component(name);
        let asked = |mut runtime: Runtime| {
            let policy = used(&mut runtime, "guest", &component);
            let (verdict, taken) = answer(&request(&[policy]), &runtime);
            // How deep calls can nest depends on their frames. That it is an error does not.
            (verdict, (*name != "recursion").then_some(taken))
        };
        let expected = asked(Runtime::new(&Limits::STANDARD).unwrap());
        for variant in VARIANTS {
            assert_eq!(asked(of(variant)), expected, "{name}, {variant:?}");
        }
    }
}

#[test]
fn fuel_is_the_same_on_every_run_and_with_code_of_the_program() {
    let component = component("honest");
    let mut compiled_now = Runtime::new(&Limits::STANDARD).unwrap();
    let policy = used(&mut compiled_now, "guest", &component);
    let request = request(&[policy]);
    let first = answer(&request, &compiled_now);
    assert!(first.1[0][0] > 0);
    assert!((0..10).all(|_| answer(&request, &compiled_now) == first));

    let code = precompile(&component).unwrap();
    let loaded = serde_json::to_vec(&compiled_now.load(&component).unwrap()).unwrap();
    let embedded = Embedded::from_included_files(component.leak(), code.leak(), loaded.leak());
    let mut compiled_before = Runtime::new(&Limits::STANDARD).unwrap();
    compiled_before.load_embedded(&embedded).unwrap();
    assert_eq!(answer(&request, &compiled_before), first);
}

/// The control of `nan-bits`: were it not for the setting, it would see what the processor makes of NaNs.
#[test]
fn without_canonical_nans_a_guest_could_tell_machines_apart() {
    let mut runtime = of(Variant::NanAsItComes);
    let policy = used(&mut runtime, "guest", &component("nan-bits"));
    let evaluation = evaluate(&request(&[policy]), &runtime);
    assert_ne!(evaluation.verdict.outcome, Outcome::Pass);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_standard_policies_decide_the_same_however_they_are_compiled(
        findings in random::findings(0..60),
    ) {
        static OTHERS: LazyLock<[Standard; 2]> =
            LazyLock::new(|| VARIANTS.map(|variant| Standard::of(of(variant))));
        let request = crate::standard::request(defaults(), findings, Vec::new(), Vec::new());
        let expected = answer(&request, &STANDARD.runtime);
        for other in OTHERS.iter() {
            prop_assert_eq!(answer(&request, &other.runtime), expected.clone());
        }
    }
}
