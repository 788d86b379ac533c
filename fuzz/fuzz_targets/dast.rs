//! Fuzz target of the family `dast`.
#![no_main]

gate_fuzz::target!("dast");
