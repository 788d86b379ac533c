//! Sigstore bundle, version 0.3, signed with a key: for cosign and `@sigstore/verify`.
//!
//! It holds an envelope with exactly one signature and without the id of a key. The protocol's text asks that the id be
//! the bundle's hint; sigstore-go itself writes none, and go-securesystemslib skips a signature whose id is not the
//! OpenSSH fingerprint of the key.

use serde::{Deserialize, Serialize};

use crate::signing::dsse::{Envelope, NotOpened};
use crate::signing::key::PublicKey;

/// What says that it is a bundle of this version.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A bundle. Fields that are not known are not read: what is in them, such as an entry of a log, is not asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    media_type: String,
    verification_material: Material,
    dsse_envelope: Envelope,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    public_key: Hint,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hint {
    hint: String,
}

/// A bundle of an envelope that one key signed, as JSON on a line.
///
/// # Errors
/// Never; it has no part that JSON has not.
pub fn to_bytes(envelope: &Envelope, key: &PublicKey) -> serde_json::Result<Vec<u8>> {
    let bundle = Bundle {
        media_type: MEDIA_TYPE.to_owned(),
        verification_material: Material {
            public_key: Hint { hint: key.hint() },
        },
        dsse_envelope: envelope.clone().without_key_ids(),
    };
    let mut bytes = serde_json::to_vec(&bundle)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads an envelope, bare or in a bundle. The hint of a bundle is not signed and is not read.
///
/// # Errors
/// When it is neither.
pub fn envelope(bytes: &[u8]) -> Result<Envelope, NotOpened> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind {
        media_type: Option<String>,
    }
    let malformed = |what: String| NotOpened::Malformed(what);
    let kind = serde_json::from_slice(bytes);
    let Some(media_type) = kind.ok().and_then(|kind: Kind| kind.media_type) else {
        return Envelope::from_bytes(bytes);
    };
    if media_type != MEDIA_TYPE {
        let what = format!("it is of type `{media_type}`, and `{MEDIA_TYPE}` is read");
        return Err(malformed(what));
    }
    let bundle: Bundle =
        serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    let count = bundle.dsse_envelope.signatures();
    if count != 1 {
        return Err(malformed(format!(
            "a bundle has exactly one signature, this one has {count}"
        )));
    }
    Ok(bundle.dsse_envelope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::key::tests::key;

    #[test]
    fn a_bundle_has_the_hint_one_signature_and_no_id() {
        let envelope_of = Envelope::seal("t", b"body", &key()).unwrap();
        let bytes = to_bytes(&envelope_of, &key().public()).unwrap();
        let seen: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(seen["mediaType"], MEDIA_TYPE);
        assert_eq!(
            seen["verificationMaterial"]["publicKey"]["hint"],
            key().public().hint()
        );
        let signature = &seen["dsseEnvelope"]["signatures"][0];
        assert!(signature.get("keyid").is_none(), "{seen}");
        let read = envelope(&bytes).unwrap();
        assert_eq!(read.open(&[&key().public()]).unwrap().body, b"body");

        let text = String::from_utf8(bytes).unwrap();
        let one = serde_json::to_string(signature).unwrap();
        for (from, to, why) in [
            (&*one, format!("{one},{one}"), "has 2"),
            (&one, String::new(), "has 0"),
            ("bundle.v0.3", "bundle.v0.1".to_owned(), "is read"),
            ("publicKey", "certificate".to_owned(), "publicKey"),
        ] {
            let error = envelope(text.replace(from, &to).as_bytes()).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
