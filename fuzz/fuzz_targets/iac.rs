//! Fuzz target of the family `iac`.
#![no_main]

gate_fuzz::target!("iac");
