//! Fuzz target of the family `sca`.
#![no_main]

gate_fuzz::target!("sca");
