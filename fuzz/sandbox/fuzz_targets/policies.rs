//! Fuzz target `policies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    gate_fuzz_sandbox::policies(input);
});
