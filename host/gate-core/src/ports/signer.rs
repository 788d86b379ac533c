//! Who signs.

/// A key pair of which the private half signs without being seen: ECDSA over the curve P-256 with SHA-256.
pub trait Signer {
    /// Which key, for people: a file's name or a key's ARN.
    fn name(&self) -> &str;

    /// The public key as SubjectPublicKeyInfo (RFC 5480) in DER.
    fn public_key(&self) -> &[u8];

    /// The signature over the SHA-256 digest of a message, as ASN.1 DER (RFC 3279, section 2.2.3).
    ///
    /// # Errors
    /// When the key can't be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}

/// Why there is no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The message is longer than the key takes.
    #[error("{key} takes {limit} bytes at most, and what is to be signed has {length}")]
    TooLong {
        /// Which key.
        key: String,
        /// What it takes, in bytes.
        limit: usize,
        /// What it was given, in bytes.
        length: usize,
    },
    /// The key, or who has it, refused.
    #[error("{0}")]
    Refused(String),
}
