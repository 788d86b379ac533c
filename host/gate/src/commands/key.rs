//! `gate key`: makes a key that signs verdicts, and shows the public half of one.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use gate_aws::{KmsError, KmsSigner};
use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::ports::Signer as _;
use gate_evidence::signing::key::{KeyFile, NotAKey, PublicKey};
use gate_report::text::safe;
use serde::Serialize;

use crate::aws::Aws;
use crate::cli::{Destination, NewKey, Output, ShowKey};
use crate::config::{KeyName, Profile};
use crate::failure::{Failure, Result};
use crate::signing;

/// A key as it is shown: nothing of its private half.
#[derive(Debug, Serialize)]
struct Shown {
    format: &'static str,
    key: String,
    fingerprint: String,
    hint: String,
    public_key: String,
}

pub(crate) fn new(args: &NewKey) -> Result<ExitCode> {
    let name = args.key.display().to_string();
    let failed = |what: String| Failure::new(Code::KeyInvalid, format!("making `{name}`: {what}"));
    let key = KeyFile::generate(&name).map_err(|error| failed(error.to_string()))?;
    let pem = key.to_pem().map_err(|error| failed(error.to_string()))?;
    write_private(&args.key, pem.as_ref().as_bytes()).map_err(|error| {
        let failure = failed(error.to_string());
        match error.kind() {
            io::ErrorKind::AlreadyExists => {
                failure.help("a key is never replaced; name another file with `--output`")
            }
            _ => failure.help("name a file with `--output`, in a folder that you can write to"),
        }
    })?;
    let output = Output {
        format: args.format,
        to: Destination { path: None },
    };
    show_key(name.clone(), &key.public(), &output)
}

pub(crate) fn show(config: Option<&Path>, args: &ShowKey) -> Result<ExitCode> {
    let named = args
        .key
        .parse::<KeyName>()
        .map_err(|error| Failure::new(Code::KeyInvalid, format!("`{}`: {error}", args.key)))?;
    match named {
        KeyName::File(path) => show_key(
            args.key.clone(),
            &signing::either_half(&path)?,
            &args.output,
        ),
        KeyName::Kms(uri) => {
            let aws = Aws::of(&Profile::load(config)?);
            let signer = KmsSigner::open(aws.connection()?, uri).map_err(|error| match error {
                KmsError::Aws(error) => error.into(),
                KmsError::Kind { .. } => Failure::new(Code::KeyInvalid, error.to_string()),
            })?;
            let key = PublicKey::from_der(signer.public_key());
            let key = key.map_err(|error| invalid(signer.name(), error))?;
            show_key(signer.name().to_owned(), &key, &args.output)
        }
    }
}

fn show_key(name: String, key: &PublicKey, output: &Output) -> Result<ExitCode> {
    let shown = Shown {
        format: "gate-key/1",
        fingerprint: key.fingerprint(),
        hint: key.hint(),
        public_key: key.to_pem().map_err(|error| invalid(&name, error))?,
        key: name,
    };
    output.write(&shown, || &shown)?;
    Ok(ExitCode::Open)
}

fn invalid(name: &str, error: NotAKey) -> Failure {
    Failure::new(Code::KeyInvalid, format!("`{name}`: {error}"))
}

/// Writes a file that is not there yet and that only its owner reads.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "        key: {}", safe(&self.key))?;
        writeln!(f, "fingerprint: {}", self.fingerprint)?;
        writeln!(f, "       hint: {}", self.hint)?;
        write!(f, "{}", self.public_key)
    }
}
