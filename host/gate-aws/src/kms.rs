//! Signatures by a key of KMS, which never leaves it.

use std::str::FromStr;

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec};
use gate_core::ports::{Signer, SignerError};

use crate::connection::Connection;
use crate::error::{Action, AwsError};

/// Most bytes that `Sign` takes as they are (`MessageType` `RAW`), as its reference says.
const MAX_RAW: usize = 4096;

/// Which key of KMS: `awskms:///alias/NAME`, `awskms:///KEY-ID`, or the ARN of either. The form is the one of cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsUri {
    id: String,
}

/// A text that names no key of KMS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAKmsUri {
    /// It has another form.
    #[error("expected `awskms:///` and a key's id, `alias/NAME`, or the ARN of either")]
    Form,
    /// It names an address.
    #[error(
        "expected nothing between `awskms://` and the next `/`: the address is a setting of its own"
    )]
    Endpoint,
}

impl KmsUri {
    /// What such texts begin with.
    pub const SCHEME: &str = "awskms://";

    /// The resource of IAM: the ARN, or what is known of it. An alias stands for a key that only KMS knows, and policies
    /// are about keys.
    fn resource(&self, region: &str) -> String {
        if let Some((account, _)) = self.id.split_once(":alias/") {
            return format!("{account}:key/*");
        }
        if self.id.starts_with("arn:") {
            return self.id.clone();
        }
        let key = if self.id.starts_with("alias/") {
            "key/*".to_owned()
        } else {
            format!("key/{}", self.id)
        };
        format!("arn:*:kms:{region}:*:{key}")
    }
}

impl FromStr for KmsUri {
    type Err = NotAKmsUri;

    fn from_str(text: &str) -> Result<Self, NotAKmsUri> {
        let rest = text.strip_prefix(Self::SCHEME).ok_or(NotAKmsUri::Form)?;
        let id = rest.strip_prefix('/').ok_or(NotAKmsUri::Endpoint)?;
        // What a `KeyId` may have, of 2048 bytes at most.
        let letter = |b: u8| b.is_ascii_alphanumeric() || b":/_-".contains(&b);
        let named = (1..=2048).contains(&id.len()) && id.bytes().all(letter);
        let whole = id
            .strip_prefix("alias/")
            .is_none_or(|name| !name.is_empty());
        let known = !id.contains([':', '/']) || id.starts_with("alias/") || id.starts_with("arn:");
        if !(named && whole && known) {
            return Err(NotAKmsUri::Form);
        }
        Ok(Self { id: id.to_owned() })
    }
}

/// A key of KMS that signs.
#[derive(Debug)]
pub struct KmsSigner<'a> {
    connection: &'a Connection,
    client: Client,
    key: KmsUri,
    arn: String,
    public_key: Vec<u8>,
}

/// Why a key of KMS can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KmsError {
    /// KMS did not do what was asked.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// It is a key for something else.
    #[error(
        "the key `{arn}` is of kind `{spec}` for `{usage}`: ECC_NIST_P256 for SIGN_VERIFY is needed"
    )]
    Kind {
        /// The key.
        arn: String,
        /// Its kind.
        spec: String,
        /// What it is for.
        usage: String,
    },
}

impl<'a> KmsSigner<'a> {
    /// Asks KMS for the public half of a key.
    ///
    /// # Errors
    /// When KMS does not give it, or it is a key for something else.
    pub fn open(connection: &'a Connection, key: KmsUri) -> Result<Self, KmsError> {
        let client = Client::new(connection.config());
        let action = || Action::on("kms:GetPublicKey", key.resource(connection.region()));
        let call = client.get_public_key().key_id(&key.id).send();
        let answer = connection.call(action, call)?;
        let arn = answer.key_id.unwrap_or_else(|| key.id.clone());
        let text = |text: Option<&str>| text.unwrap_or("unknown").to_owned();
        // Where the kind is not said, the public key itself says it to who uses it.
        let spec = answer.key_spec.as_ref();
        let fits = spec.is_none_or(|spec| *spec == KeySpec::EccNistP256)
            && answer.key_usage == Some(KeyUsageType::SignVerify);
        let Some(public_key) = answer.public_key.filter(|_| fits) else {
            return Err(KmsError::Kind {
                arn,
                spec: text(answer.key_spec.as_ref().map(KeySpec::as_str)),
                usage: text(answer.key_usage.as_ref().map(KeyUsageType::as_str)),
            });
        };
        Ok(Self {
            connection,
            client,
            key,
            arn,
            public_key: public_key.into_inner(),
        })
    }
}

impl Signer for KmsSigner<'_> {
    fn name(&self) -> &str {
        &self.arn
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        if message.len() > MAX_RAW {
            return Err(SignerError::TooLong {
                key: self.arn.clone(),
                limit: MAX_RAW,
                length: message.len(),
            });
        }
        let call = self
            .client
            .sign()
            .key_id(&self.key.id)
            .message(Blob::new(message))
            .message_type(MessageType::Raw)
            .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256)
            .send();
        let action = || Action::on("kms:Sign", self.key.resource(self.connection.region()));
        let answer = self.connection.call(action, call);
        let answer =
            answer.map_err(|error| SignerError::Refused(format!("{error}; {}", error.help())))?;
        let signature = answer.signature.map(Blob::into_inner);
        signature.ok_or_else(|| SignerError::Refused(format!("{}: no signature came", self.arn)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_as_cosign_does() {
        for (text, resource) in [
            ("awskms:///alias/gate", "arn:*:kms:eu-west-1:*:key/*"),
            (
                "awskms:///1234abcd-12ab",
                "arn:*:kms:eu-west-1:*:key/1234abcd-12ab",
            ),
            (
                "awskms:///arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/gate",
                "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/*",
            ),
            (
                "awskms:///arn:aws:kms:eu-west-1:111122223333:key/1",
                "arn:aws:kms:eu-west-1:111122223333:key/1",
            ),
        ] {
            let uri: KmsUri = text.parse().unwrap();
            assert_eq!(uri.resource("eu-west-1"), resource);
        }
        for (text, error) in [
            ("", NotAKmsUri::Form),
            ("gate.key", NotAKmsUri::Form),
            ("awskms:///", NotAKmsUri::Form),
            ("awskms:///alias/", NotAKmsUri::Form),
            ("awskms:///key/1234", NotAKmsUri::Form),
            ("awskms:///alias/a b", NotAKmsUri::Form),
            ("awskms:///alias/a\n", NotAKmsUri::Form),
            ("awskms://localhost:4566/alias/gate", NotAKmsUri::Endpoint),
            ("awskms://alias/gate", NotAKmsUri::Endpoint),
        ] {
            assert_eq!(text.parse::<KmsUri>(), Err(error), "{text:?}");
        }
    }
}
