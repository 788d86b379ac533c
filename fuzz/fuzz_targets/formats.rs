//! Fuzz target of the family `formats`.
#![no_main]

gate_fuzz::target!("formats");
