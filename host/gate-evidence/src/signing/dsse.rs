//! DSSE, the envelope of a signed document (<https://github.com/secure-systems-lab/dsse>, protocol 1.0.2).
//!
//! What is signed is the type and the bytes together, so that bytes of one type can't be passed off as another's. Who
//! opens an envelope gets the bytes whose signature holds, and never reads the envelope a second time.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use gate_core::ports::{Signer, SignerError};
use serde::{Deserialize, Serialize};

use crate::signing::key::PublicKey;

/// Most bytes that an envelope may have, to be read.
pub const MAX_BYTES: usize = 4 << 20;
/// Most signatures that an envelope may have, to be read: each costs a verification for each key.
const MAX_SIGNATURES: usize = 16;

/// What is signed for some bytes of a type: `DSSEv1 <length> <type> <length> <bytes>`.
#[must_use]
pub fn pae(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A document with its signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Signature {
    /// Not signed, so it proves nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    keyid: String,
    sig: String,
}

/// What was in an envelope, and whose signature holds over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The key that signed it, one of those that were given.
    pub key: PublicKey,
    /// Its type.
    pub payload_type: String,
    /// The bytes that were signed.
    pub body: Vec<u8>,
}

/// Why nothing comes out of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// It has not the form of an envelope.
    #[error("it is no envelope: {0}")]
    Malformed(String),
    /// It says that it is signed by others than those that are trusted.
    #[error("it is signed by `{0}`, which is no key that is trusted")]
    KeyUnknown(String),
    /// No signature holds.
    #[error("no signature in it holds for a key that is trusted")]
    SignatureInvalid,
    /// It is genuine and of another type than the one that was asked for.
    #[error("what was signed is of type `{found}`, and `{expected}` was expected")]
    PayloadType {
        /// What was asked for.
        expected: &'static str,
        /// What it is.
        found: String,
    },
}

impl Envelope {
    /// Signs some bytes. The key's id is the fingerprint that OpenSSH gives it: go-securesystemslib, which cosign and
    /// slsa-verifier use, skips a signature with any other id.
    ///
    /// # Errors
    /// When the key does not sign, or is no key that gate uses.
    pub fn seal(payload_type: &str, body: &[u8], signer: &dyn Signer) -> Result<Self, SignerError> {
        let key = PublicKey::from_der(signer.public_key());
        let key =
            key.map_err(|error| SignerError::Refused(format!("{}: {error}", signer.name())))?;
        let message = pae(payload_type, body);
        let sig = signer.sign(&message)?;
        if !key.verifies(&message, &sig) {
            let what = format!("{}: what it gave is no signature of its own", signer.name());
            return Err(SignerError::Refused(what));
        }
        let standard = &general_purpose::STANDARD;
        Ok(Self {
            payload: standard.encode(body),
            payload_type: payload_type.to_owned(),
            signatures: vec![Signature {
                keyid: key.fingerprint(),
                sig: standard.encode(sig),
            }],
        })
    }

    /// The same without the ids of keys.
    #[must_use]
    pub fn without_key_ids(mut self) -> Self {
        for signature in &mut self.signatures {
            signature.keyid.clear();
        }
        self
    }

    /// How many signatures it has.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// As JSON on a line.
    ///
    /// # Errors
    /// Never; it has no part that JSON has not.
    pub fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads an envelope. Fields that are not known mean nothing: they are not signed.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotOpened> {
        if bytes.len() > MAX_BYTES {
            let what = format!("it has {} bytes, {MAX_BYTES} at most", bytes.len());
            return Err(NotOpened::Malformed(what));
        }
        serde_json::from_slice(bytes).map_err(|error| NotOpened::Malformed(error.to_string()))
    }

    /// The bytes of which one of some keys is proven to have signed the type and them.
    ///
    /// # Errors
    /// When no signature of such a key holds.
    pub fn open(&self, trusted: &[&PublicKey]) -> Result<Opened, NotOpened> {
        let count = self.signatures.len();
        if !(1..=MAX_SIGNATURES).contains(&count) {
            let what = format!("it has {count} signatures, of 1 to {MAX_SIGNATURES}");
            return Err(NotOpened::Malformed(what));
        }
        let body = decode("payload", &self.payload)?;
        let message = pae(&self.payload_type, &body);
        for signature in &self.signatures {
            let sig = decode("sig", &signature.sig)?;
            // The id of the key is not signed: every key is tried.
            if let Some(key) = trusted.iter().find(|key| key.verifies(&message, &sig)) {
                return Ok(Opened {
                    key: (*key).clone(),
                    payload_type: self.payload_type.clone(),
                    body,
                });
            }
        }
        let known = |id: &str| id.is_empty() || trusted.iter().any(|key| key.fingerprint() == id);
        let ids = self.signatures.iter().map(|signature| &*signature.keyid);
        Err(match ids.clone().next() {
            Some(first) if !ids.clone().any(known) => NotOpened::KeyUnknown(first.to_owned()),
            _ => NotOpened::SignatureInvalid,
        })
    }

    /// As [`Envelope::open`], of one type.
    ///
    /// # Errors
    /// Also when what was signed is of another type.
    pub fn open_as(
        &self,
        payload_type: &'static str,
        trusted: &[&PublicKey],
    ) -> Result<Opened, NotOpened> {
        let opened = self.open(trusted)?;
        if opened.payload_type == payload_type {
            return Ok(opened);
        }
        Err(NotOpened::PayloadType {
            expected: payload_type,
            found: opened.payload_type,
        })
    }
}

/// Both alphabets are to be accepted, and padding is not asked for everywhere.
fn decode(field: &str, text: &str) -> Result<Vec<u8>, NotOpened> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    let engine = if text.contains(['-', '_']) {
        URL_SAFE
    } else {
        STANDARD
    };
    let decoded = engine.decode(text);
    decoded.map_err(|error| NotOpened::Malformed(format!("`{field}` is no base64: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::key::KeyFile;
    use crate::signing::key::tests::{OTHER, key};

    /// The example of the protocol's page.
    #[test]
    fn what_is_signed_is_as_the_protocol_says() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        // Lengths are of bytes.
        assert_eq!(pae("é", "ü".as_bytes()), "DSSEv1 2 é 2 ü".as_bytes());
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    }

    /// The example of the protocol's page, with the page's key; its signature is deterministic, too, and written there as
    /// two numbers.
    #[test]
    fn the_protocols_own_example_is_signed_alike() {
        let key = "\
            -----BEGIN EC PRIVATE KEY-----\n\
            MHcCAQEEINc+xDf9Y0bjYZxev9//D2kWgElVrTKsmsSSsO3h9v+3oAoGCCqGSM49\n\
            AwEHoUQDQgAEZ805D3eqNZywjCI19lInBJOp7YMrCrzAH3CVTAOQ0jgMeCvVTiaR\n\
            JaRPRDOv8UMs6U4SvKc6pnrIDOoSYI3fdA==\n\
            -----END EC PRIVATE KEY-----\n";
        let key = KeyFile::from_pem("protocol", key).unwrap();
        let envelope = Envelope::seal("http://example.com/HelloWorld", b"hello world", &key);
        let envelope = envelope.unwrap();
        assert_eq!(envelope.payload, "aGVsbG8gd29ybGQ=");
        let der = general_purpose::STANDARD.decode(&envelope.signatures[0].sig);
        let signature = p256::ecdsa::Signature::from_der(&der.unwrap()).unwrap();
        assert_eq!(
            general_purpose::STANDARD.encode(signature.to_bytes()),
            "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
        );
        assert!(envelope.open(&[&key.public()]).is_ok());
    }

    #[test]
    fn both_alphabets_open_and_nothing_else_does() {
        let body = [0xfb, 0xff, 0xfe, 0x01];
        let sealed = Envelope::seal("t", &body, &key()).unwrap();
        assert!(sealed.payload.contains(['+', '/']), "{sealed:?}");
        let (ours, other) = (key().public(), PublicKey::from_pem(OTHER).unwrap());
        let alter = |change: &dyn Fn(&mut Envelope)| {
            let mut altered = sealed.clone();
            change(&mut altered);
            altered.open(&[&ours]).map(|opened| opened.body)
        };
        assert_eq!(alter(&|_| {}).unwrap(), body);
        let url_safe = |e: &mut Envelope| {
            for text in [&mut e.payload, &mut e.signatures[0].sig] {
                *text = text.replace('+', "-").replace('/', "_");
                text.retain(|c| c != '=');
            }
        };
        assert_eq!(alter(&url_safe).unwrap(), body);
        let forged = |e: &mut Envelope| e.payload = general_purpose::STANDARD.encode(b"forged");
        for (change, refused) in [
            (&forged as &dyn Fn(&mut Envelope), "no signature"),
            (&|e| e.payload_type = "u".to_owned(), "no signature"),
            (&|e| e.payload.push('!'), "`payload` is no base64"),
            (&|e| e.signatures[0].sig = "AAAA".to_owned(), "no signature"),
            (&|e| e.signatures.clear(), "0 signatures"),
            (
                &|e| e.signatures = vec![e.signatures[0].clone(); 17],
                "17 signatures",
            ),
            // An id of another key does not matter, as long as the signature holds; if not, it explains why.
            (
                &|e| {
                    e.signatures[0].keyid = "SHA256:other".to_owned();
                    e.payload.clear();
                },
                "`SHA256:other`, which is no key that is trusted",
            ),
        ] {
            let error = alter(change).unwrap_err().to_string();
            assert!(error.contains(refused), "{error}");
        }
        assert!(alter(&|e| e.signatures[0].keyid = "SHA256:other".to_owned()).is_ok());
        let error = sealed.open(&[&other]).unwrap_err();
        assert!(matches!(error, NotOpened::KeyUnknown(_)), "{error}");
        assert!(sealed.open(&[&other, &ours]).is_ok());
        let error = sealed.open_as("u", &[&ours]).unwrap_err().to_string();
        assert!(error.contains("of type `t`"), "{error}");
    }

    #[test]
    fn an_envelope_is_read_as_it_was_written() {
        let sealed = Envelope::seal("t", b"body", &key()).unwrap();
        let bytes = sealed.to_bytes().unwrap();
        assert_eq!(Envelope::from_bytes(&bytes).unwrap(), sealed);
        assert!(
            !String::from_utf8(sealed.without_key_ids().to_bytes().unwrap())
                .unwrap()
                .contains("keyid")
        );
        for text in [
            "",
            "{}",
            "{\"payload\":\"\",\"payload\":\"\",\"payloadType\":\"\",\"signatures\":[]}",
            "[]",
        ] {
            assert!(Envelope::from_bytes(text.as_bytes()).is_err(), "{text}");
        }
    }
}
