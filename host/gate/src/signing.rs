//! Signs a verdict whose evidence is durable, and keeps what was signed.

use std::fs;
use std::path::{Path, PathBuf};

use gate_aws::{KmsError, KmsSigner, KmsUri};
use gate_core::code::Code;
use gate_core::ports::{Signer, StateStore, Store, StoreError};
use gate_core::request::Subject;
use gate_evidence::signing::bundle;
use gate_evidence::signing::key::{KeyFile, NotAKey, PublicKey};
use gate_evidence::signing::statement::{NotSigned, Promise, Statement};
use gate_evidence::write_whole;

use crate::aws::Aws;
use crate::cli::SigningOptions;
use crate::config::{KeyName, Profile, ResourceTemplate};
use crate::evidence::Kept;
use crate::failure::{Failure, Result};

/// How a verdict is to be signed. What can be wrong with it without asking anybody is known before anything is judged.
#[derive(Debug)]
pub(crate) struct Signing<'a> {
    key: Key,
    promise: Promise,
    output: Option<&'a Path>,
}

/// A key that signs.
#[derive(Debug)]
enum Key {
    File(KeyFile),
    Kms(KmsUri),
}

impl<'a> Signing<'a> {
    /// How the flags or the profile want a verdict to be signed, if they do.
    pub(crate) fn prepare(
        options: &'a SigningOptions,
        profile: &Profile,
        subject: Option<&Subject>,
        environment: Option<&str>,
    ) -> Result<Option<Self>> {
        let rules = &profile.signing;
        let named = options.sign.as_deref().map(|text| {
            let named = text.parse::<KeyName>();
            named.map_err(|error| config(format!("`--sign {text}`: {error}")))
        });
        let Some(key) = named.transpose()?.or_else(|| rules.key.clone()) else {
            for (flag, given) in [
                ("--resource-uri", options.resource_uri.is_some()),
                ("--attestation-output", options.attestation_output.is_some()),
            ] {
                if given {
                    let what = format!("`{flag}` is for what is signed, and there is no key");
                    return Err(config(what).help("name one with `--sign`, or under `[signing]`"));
                }
            }
            return Ok(None);
        };
        let verifier = rules.verifier.clone().ok_or_else(|| {
            config("a verdict is to be signed, and nobody is named who says so".to_owned()).help(
                "add `verifier` under `[signing]` in the profile: a URI that names who judges",
            )
        })?;
        let template = resource(options.resource_uri.as_deref(), rules.resource.as_ref())?;
        let template = template.ok_or_else(|| {
            config("a verdict is to be signed, and nobody says for what".to_owned())
                .help("add `resource` under `[signing]` in the profile, or say `--resource-uri`")
        })?;
        let subject = subject.map_or("", |subject| &subject.name);
        let resource = template.filled(subject, environment);
        Ok(Some(Self {
            key: match key {
                KeyName::File(path) => Key::File(key_file(&path)?),
                KeyName::Kms(uri) => Key::Kms(uri),
            },
            promise: Promise {
                verifier,
                resource: resource
                    .map_err(|error| config(error.to_string()).help("say `--environment`"))?,
            },
            output: options.attestation_output.as_deref(),
        }))
    }

    /// Signs a verdict and makes it durable: as an envelope and as a bundle, among the evidence and where `gate verify`
    /// looks for it.
    pub(crate) fn attest(&self, kept: &Kept, aws: &Aws, store: &dyn Store) -> Result<()> {
        let (record, name) = (kept.record(), kept.name());
        let statement =
            Statement::of(record, name, &self.promise).map_err(|error| not_signed(&error))?;
        let signer: &dyn Signer = match &self.key {
            Key::File(key) => key,
            Key::Kms(uri) => {
                let connection = aws.connection().map_err(|error| kms(error.into()))?;
                &KmsSigner::open(connection, uri.clone()).map_err(kms)?
            }
        };
        let failed = |what: String| Failure::new(Code::SigningFailed, what);
        let envelope = statement.sign(signer).map_err(|error| not_signed(&error))?;
        let key = PublicKey::from_der(signer.public_key());
        let key = key.map_err(|error| failed(format!("{}: {error}", signer.name())))?;
        let forms = envelope.to_bytes().and_then(|bare| {
            Ok([
                ("dsse", bare),
                ("sigstore", bundle::to_bytes(&envelope, &key)?),
            ])
        });
        let forms = forms.map_err(|error| failed(error.to_string()))?;

        // What has no digest was not signed.
        let digest = record.question.subject.as_ref().and_then(|s| s.digest);
        let subject = digest.map(|digest| digest.hex()).unwrap_or_default();
        let gate = &record.question.gate;
        let kept = |error: StoreError| failed(format!("keeping the signed verdict: {error}"));
        for (_, bytes) in &forms {
            store.put(bytes).map_err(kept)?;
        }
        store.publish_record(&name).map_err(kept)?;
        for (form, bytes) in &forms {
            let state = format!("attestations/{subject}/{gate}-{}.{form}.json", name.hex());
            replace(store, &state, bytes).map_err(kept)?;
        }
        if let Some(folder) = self.output {
            for (form, bytes) in &forms {
                let path = folder.join(format!("{gate}-{subject}.{form}.json"));
                let written = fs::create_dir_all(folder).and_then(|()| write_whole(&path, bytes));
                written
                    .map_err(|error| failed(format!("writing `{}`: {error}", path.display())))?;
            }
        }
        Ok(())
    }
}

/// Puts what was signed last under a name: a key of KMS signs the same verdict differently each time.
fn replace(
    store: &dyn StateStore,
    name: &str,
    bytes: &[u8],
) -> std::result::Result<(), StoreError> {
    let there = store.state(name)?;
    if there.as_ref().is_some_and(|there| there.bytes == bytes) {
        return Ok(());
    }
    let revision = there.map(|there| there.revision);
    store.replace_state(name, revision.as_ref(), bytes)?;
    Ok(())
}

/// The resource that a flag names, else the profile.
pub(crate) fn resource(
    flag: Option<&str>,
    profile: Option<&ResourceTemplate>,
) -> Result<Option<ResourceTemplate>> {
    let parse = |text: &str| {
        let parsed = text.parse();
        parsed.map_err(|error| config(format!("`--resource-uri {text}`: {error}")))
    };
    Ok(flag.map(parse).transpose()?.or_else(|| profile.cloned()))
}

/// A private key from its file.
pub(crate) fn key_file(path: &Path) -> Result<KeyFile> {
    let text = key_text(path)?;
    KeyFile::from_pem(&path.display().to_string(), &text).map_err(|error| key_invalid(path, error))
}

/// A public key from its file.
pub(crate) fn public_key(path: &Path) -> Result<PublicKey> {
    PublicKey::from_pem(&key_text(path)?).map_err(|error| key_invalid(path, error))
}

/// A public key from the file of either half.
pub(crate) fn either_half(path: &Path) -> Result<PublicKey> {
    match PublicKey::from_pem(&key_text(path)?) {
        Err(NotAKey::Private) => Ok(key_file(path)?.public()),
        key => key.map_err(|error| key_invalid(path, error)),
    }
}

fn key_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| {
        let message = format!("reading the key `{}`: {error}", path.display());
        Failure::new(Code::KeyInvalid, message)
    })
}

fn key_invalid(path: &Path, error: NotAKey) -> Failure {
    let message = format!("reading the key `{}`: {error}", path.display());
    Failure::new(Code::KeyInvalid, message)
}

fn config(what: String) -> Failure {
    Failure::new(Code::ConfigInvalid, what)
}

fn not_signed(error: &NotSigned) -> Failure {
    Failure::new(Code::SigningFailed, format!("signing the verdict: {error}"))
}

fn kms(error: KmsError) -> Failure {
    let failure = Failure::new(Code::SigningFailed, format!("signing the verdict: {error}"));
    match error {
        KmsError::Aws(error) => failure.help(error.help()),
        KmsError::Kind { .. } => failure,
    }
}

/// Where signed verdicts about an image are, in the state of an evidence store.
pub(crate) fn folder_of(digest: &gate_core::digest::Digest) -> String {
    format!("attestations/{}", digest.hex())
}

/// Files or directories of them, each as a path to a file, in order of name.
pub(crate) fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(files)
}
