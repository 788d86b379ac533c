//! Signatures: who signed some bytes, and what a signed verdict proves.
//!
//! ```text
//! record ─► statement (in-toto, VSA) ─► envelope (DSSE) ─► bundle (Sigstore)
//! envelope or bundle ─► signature holds ─► statement ─► what is demanded is proven, or refused by name
//! ```

pub mod bundle;
pub mod dsse;
pub mod key;
pub mod refusal;
pub mod statement;
pub mod verify;
