//! The standard policies on findings that are made up: natively, in the sandbox, and in the sandbox run otherwise.

use std::sync::LazyLock;

use gate_core::digest::Digest;
use gate_core::policy::BadDecision;
use gate_core::ports::PolicyRuntime as _;
use gate_core::request::{Limits, PolicyUse};
use gate_runtime::{Runtime, Variant};
use proptest::prelude::Strategy as _;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::random;
use crate::standard::{NATIVE, STANDARD, Standard, ask_natively, request, with};

/// The input seeds the chance by which findings and thresholds are chosen: the generators of the ordinary tests take more
/// chance than an input has.
pub fn check(input: &[u8]) {
    static OTHERS: LazyLock<[Standard; 2]> = LazyLock::new(|| {
        let of = |variant| Runtime::of_variant(&Limits::STANDARD, variant).unwrap();
        [Variant::Unoptimized, Variant::Interpreted].map(|variant| Standard::of(of(variant)))
    });
    let seed = Digest::of(input);
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, seed.as_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), chance);
    let policies = STANDARD.loaded.iter().map(|policy| &policy.description);
    let thresholds: Vec<_> = policies.map(random::thresholds).collect();
    let Ok(chosen) = (random::findings(0..60), thresholds).new_tree(&mut runner) else {
        return;
    };
    let (findings, layers) = chosen.current();
    let loaded = STANDARD.loaded.iter().zip(&layers);
    let policies: Vec<PolicyUse> = loaded.map(|(policy, layer)| with(policy, layer)).collect();
    let request = request(policies, findings, Vec::new(), Vec::new());
    let answers = STANDARD.runtime.run(&request);
    assert_eq!(answers.len(), NATIVE.len());
    let asked = NATIVE.iter().zip(&request.question.policies);
    for ((native, using), answer) in asked.zip(&answers) {
        let expected = ask_natively(native, using, &request);
        assert_eq!(answer.result, expected, "{}", using.name);
        if let Ok(decision) = expected {
            // A policy that nothing limits has no rule, and its answer is refused.
                let checked = decision.check(request.findings.len() as u32);
                assert!(matches!(checked, Ok(()) | Err(BadDecision::NoRule)), "{checked:?}");
        }
    }
    for other in OTHERS.iter() {
        for (answer, other) in answers.iter().zip(other.runtime.run(&request)) {
            assert_eq!(other.result, answer.result);
            let taken =
                [&other, answer].map(|a| (a.diagnostics.fuel_used, a.diagnostics.memory_peak));
            assert_eq!(taken[0], taken[1]);
        }
    }
}
