//! Signatures: who signed some bytes.

pub mod dsse;
pub mod key;
