//! Fuzz target of the family `sast`.
#![no_main]

gate_fuzz::target!("sast");
