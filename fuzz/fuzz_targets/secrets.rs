//! Fuzz target of the family `secrets`.
#![no_main]

gate_fuzz::target!("secrets");
