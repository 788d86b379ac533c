//! Keys: ECDSA over the curve P-256 with SHA-256, in PEM.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use p256::SecretKey;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use p256::elliptic_curve::Generate as _;
use p256::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
    LineEnding,
};
use sha2::{Digest as _, Sha256};

use gate_core::ports::{Signer, SignerError};

/// A key pair from a file. Its signatures are deterministic (RFC 6979): the same message has the same one.
pub struct KeyFile {
    name: String,
    secret: SigningKey,
    public: PublicKey,
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFile({}, {})", self.name, self.public.fingerprint())
    }
}

/// The public half of a key pair.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    spki: Vec<u8>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

/// Why some text is not the key that is needed. Nothing of the text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// There is no PEM in it.
    #[error("expected a key in PEM, which begins with `-----BEGIN `")]
    NotPem,
    /// It needs a password.
    #[error("it is encrypted; gate asks for no password")]
    Encrypted,
    /// It is the public half.
    #[error("it is a public key, and the private one is needed")]
    Public,
    /// It is the private half.
    #[error("it is a private key, which belongs to who signs; the public one is needed")]
    Private,
    /// It is another kind of key, or broken.
    #[error("expected a key for ECDSA over the curve P-256 (prime256v1)")]
    NotP256,
}

impl KeyFile {
    /// Reads a private key: PKCS #8 (`PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`). The name is for messages.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_pem(name: &str, text: &str) -> Result<Self, NotAKey> {
        let (label, block) = block(text).ok_or(NotAKey::NotPem)?;
        let secret = match label {
            "PRIVATE KEY" => SecretKey::from_pkcs8_pem(block).map_err(|_| NotAKey::NotP256)?,
            // With a password it has header lines, which the newer form has not.
            "EC PRIVATE KEY" if block.contains("ENCRYPTED") => return Err(NotAKey::Encrypted),
            "EC PRIVATE KEY" => SecretKey::from_sec1_pem(block).map_err(|_| NotAKey::NotP256)?,
            "ENCRYPTED PRIVATE KEY" => return Err(NotAKey::Encrypted),
            "PUBLIC KEY" => return Err(NotAKey::Public),
            _ => return Err(NotAKey::NotP256),
        };
        Self::of(name, &secret)
    }

    /// Makes a key from the system's source of randomness.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn generate(name: &str) -> Result<Self, SignerError> {
        let refused = |why: String| SignerError::Refused(format!("making a key: {why}"));
        let secret = SecretKey::try_generate().map_err(|error| refused(error.to_string()))?;
        Self::of(name, &secret).map_err(|error| refused(error.to_string()))
    }

    fn of(name: &str, secret: &SecretKey) -> Result<Self, NotAKey> {
        let secret = SigningKey::from(secret);
        Ok(Self {
            name: name.to_owned(),
            public: PublicKey::of(*secret.verifying_key())?,
            secret,
        })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// The private key as PKCS #8 in PEM. It is erased from memory when it is dropped.
    ///
    /// # Errors
    /// Never; every key has this form.
    pub fn to_pem(&self) -> Result<impl AsRef<str>, NotAKey> {
        let secret = SecretKey::from(self.secret.as_nonzero_scalar());
        let pem = secret.to_pkcs8_pem(LineEnding::LF);
        pem.map_err(|_| NotAKey::NotP256)
    }
}

impl Signer for KeyFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn public_key(&self) -> &[u8] {
        &self.public.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature: Result<DerSignature, _> = self.secret.try_sign(message);
        let signature = signature.map_err(|error| {
            SignerError::Refused(format!("signing by `{}`: {error}", self.name))
        })?;
        Ok(signature.as_bytes().to_vec())
    }
}

impl PublicKey {
    /// Reads a public key: SubjectPublicKeyInfo in PEM (`PUBLIC KEY`).
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_pem(text: &str) -> Result<Self, NotAKey> {
        let (label, block) = block(text).ok_or(NotAKey::NotPem)?;
        match label {
            "PUBLIC KEY" => {}
            label if label.ends_with("PRIVATE KEY") => return Err(NotAKey::Private),
            _ => return Err(NotAKey::NotP256),
        }
        Self::of(VerifyingKey::from_public_key_pem(block).map_err(|_| NotAKey::NotP256)?)
    }

    /// Reads a public key: SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_der(der: &[u8]) -> Result<Self, NotAKey> {
        Self::of(VerifyingKey::from_public_key_der(der).map_err(|_| NotAKey::NotP256)?)
    }

    fn of(key: VerifyingKey) -> Result<Self, NotAKey> {
        let spki = key.to_public_key_der().map_err(|_| NotAKey::NotP256)?;
        let spki = spki.as_bytes().to_vec();
        Ok(Self { key, spki })
    }

    /// Whether a signature, as ASN.1 DER, is one over a message by this key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        DerSignature::from_bytes(signature)
            .is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }

    /// The fingerprint as `ssh-keygen -lf` shows it: `SHA256:` and the digest of the key in the form of RFC 4253 and
    /// RFC 5656, in base64 without padding.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let point = self.key.to_sec1_point(false);
        let mut digest = Sha256::new();
        for part in [b"ecdsa-sha2-nistp256", &b"nistp256"[..], point.as_bytes()] {
            // No part is longer than the 65 bytes of a point.
            digest.update(u32::try_from(part.len()).unwrap_or_default().to_be_bytes());
            digest.update(part);
        }
        format!("SHA256:{}", STANDARD_NO_PAD.encode(digest.finalize()))
    }

    /// What a Sigstore bundle calls the key: the digest of its SubjectPublicKeyInfo, in base64.
    #[must_use]
    pub fn hint(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.spki))
    }

    /// SubjectPublicKeyInfo in PEM.
    ///
    /// # Errors
    /// Never; every key has this form.
    pub fn to_pem(&self) -> Result<String, NotAKey> {
        let pem = self.key.to_public_key_pem(LineEnding::LF);
        pem.map_err(|_| NotAKey::NotP256)
    }
}

/// The first block of a PEM text and its label, parameters of a curve aside, which `openssl ecparam` writes before the
/// key.
fn block(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    loop {
        let (_, begun) = rest.split_once("-----BEGIN ")?;
        let (label, _) = begun.split_once("-----")?;
        let end = format!("-----END {label}-----");
        let (_, after) = begun.split_once(end.as_str())?;
        if label != "EC PARAMETERS" {
            let start = rest.len() - begun.len() - "-----BEGIN ".len();
            let stop = rest.len() - after.len();
            return Some((label, rest.get(start..stop)?));
        }
        rest = after;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Made by `openssl ecparam -name prime256v1 -genkey`, for tests.
    pub(crate) const SEC1: &str = "\
        -----BEGIN EC PARAMETERS-----\n\
        BggqhkjOPQMBBw==\n\
        -----END EC PARAMETERS-----\n\
        -----BEGIN EC PRIVATE KEY-----\n\
        MHcCAQEEIAjmgb/9aYZf8ypoCH3Ci1LoSox/SUNPYFl5zdoQizEPoAoGCCqGSM49\n\
        AwEHoUQDQgAEVAiKLoQ4Gzj0hw6VS0t6ewRcAsA+i2MG9I0WQOiSfc6k3NvwfJUS\n\
        R48Xkv2QQv/EXY34fsd51W6VctkhTMvJEA==\n\
        -----END EC PRIVATE KEY-----\n";
    /// The same by `openssl pkcs8 -topk8 -nocrypt`.
    const PKCS8: &str = "\
        -----BEGIN PRIVATE KEY-----\n\
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCOaBv/1phl/zKmgI\n\
        fcKLUuhKjH9JQ09gWXnN2hCLMQ+hRANCAARUCIouhDgbOPSHDpVLS3p7BFwCwD6L\n\
        Ywb0jRZA6JJ9zqTc2/B8lRJHjxeS/ZBC/8Rdjfh+x3nVbpVy2SFMy8kQ\n\
        -----END PRIVATE KEY-----\n";
    /// Its public half by `openssl pkey -pubout`.
    const PUBLIC: &str = "\
        -----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVAiKLoQ4Gzj0hw6VS0t6ewRcAsA+\n\
        i2MG9I0WQOiSfc6k3NvwfJUSR48Xkv2QQv/EXY34fsd51W6VctkhTMvJEA==\n\
        -----END PUBLIC KEY-----\n";
    /// Its fingerprint by `ssh-keygen -i -m PKCS8` and `ssh-keygen -lf`.
    const FINGERPRINT: &str = "SHA256:z6ZvVlY1DvHS6qHIMh7q+htvSiSy45ob0E7jIZAp4BY";
    /// Another public key.
    pub(crate) const OTHER: &str = "\
        -----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKcCtVw8TRAltjb9QP8ZvUIj6b02a\n\
        M1soyWVCQXnsYADnENIcMztXoRoGVNEFcMLRt6vg5YPlUwILcSI3R4VCOQ==\n\
        -----END PUBLIC KEY-----\n";
    /// A key of another curve.
    const P384: &str = "\
        -----BEGIN EC PRIVATE KEY-----\n\
        MIGkAgEBBDARSuVReH3IsGZjfHct/7E4wvhiIqvrmIdJPnSD//O839ajufb2xhV1\n\
        OtDZA0bJQSqgBwYFK4EEACKhZANiAAQj5hFSoYPZyBxKwce6Kc28JpERsKVqG8E4\n\
        MYICbarp/t2JFNgHy4dKZ9pAwLO4S+hJ+WCFay7gBZus0PnkKEz9g+N+N7uz5Q0h\n\
        9lthdxTGqRCf5rdGV+G6Ac8y8EUTmHo=\n\
        -----END EC PRIVATE KEY-----\n";

    pub(crate) fn key() -> KeyFile {
        KeyFile::from_pem("test.key", SEC1).unwrap()
    }

    #[test]
    fn keys_of_openssl_are_read_in_both_forms() {
        let keys = [SEC1, PKCS8].map(|pem| KeyFile::from_pem("k", pem).unwrap().public());
        let public = PublicKey::from_pem(PUBLIC).unwrap();
        assert!(keys.iter().all(|key| *key == public));
        assert_eq!(public.to_pem().unwrap(), PUBLIC);
        assert_eq!(key().to_pem().unwrap().as_ref(), PKCS8);
        // Text around the block, and line ends of Windows.
        let around = format!("bag attributes\n{PUBLIC}more");
        assert_eq!(PublicKey::from_pem(&around).unwrap(), public);
        let windows = PKCS8.replace('\n', "\r\n");
        assert_eq!(KeyFile::from_pem("k", &windows).unwrap().public(), public);
    }

    #[test]
    fn the_fingerprint_is_the_one_of_openssh() {
        assert_eq!(key().public().fingerprint(), FINGERPRINT);
    }

    #[test]
    fn what_is_no_such_key_says_what_it_is() {
        let private = |text: &str| KeyFile::from_pem("k", text).unwrap_err();
        let public = |text: &str| PublicKey::from_pem(text).unwrap_err();
        assert_eq!(private(""), NotAKey::NotPem);
        assert_eq!(private("-----BEGIN PRIVATE KEY-----"), NotAKey::NotPem);
        assert_eq!(private(PUBLIC), NotAKey::Public);
        assert_eq!(private(P384), NotAKey::NotP256);
        let encrypted = PKCS8.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        assert_eq!(private(&encrypted), NotAKey::Encrypted);
        assert_eq!(public(PKCS8), NotAKey::Private);
        assert_eq!(public(SEC1), NotAKey::Private);
        assert_eq!(
            public(&PKCS8.replace("PRIVATE", "PUBLIC")),
            NotAKey::NotP256
        );
        assert_eq!(public("a key"), NotAKey::NotPem);
    }

    #[test]
    fn a_signature_is_the_same_again_and_of_this_message_alone() {
        let key = key();
        let signature = key.sign(b"message").unwrap();
        assert_eq!(key.sign(b"message").unwrap(), signature);
        assert!(key.public().verifies(b"message", &signature));
        assert!(!key.public().verifies(b"another", &signature));
        assert!(
            !key.public()
                .verifies(b"message", &[&signature[..], &[0]].concat())
        );
        assert!(
            !PublicKey::from_pem(OTHER)
                .unwrap()
                .verifies(b"message", &signature)
        );
    }

    #[test]
    fn a_key_that_was_made_is_read_again_and_is_never_shown() {
        let made = KeyFile::generate("new.key").unwrap();
        let pem = made.to_pem().unwrap();
        let read = KeyFile::from_pem("new.key", pem.as_ref()).unwrap();
        assert_eq!(read.public(), made.public());
        assert_ne!(made.public(), key().public());
        let shown = format!("{made:?}");
        assert_eq!(
            shown,
            format!("KeyFile(new.key, {})", made.public().fingerprint())
        );
    }
}
