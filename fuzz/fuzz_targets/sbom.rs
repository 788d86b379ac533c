//! Fuzz target of the family `sbom`.
#![no_main]

gate_fuzz::target!("sbom");
