//! An export of Parameter Store: what stood at a place at a moment, in a file that can be signed.

use std::fs;
use std::path::Path;

use gate_aws::ssm::{Parameter, Place};
use gate_core::age::Age;
use gate_core::ports::Signer;
use gate_core::time::{Moment, SKEW_SECONDS};
use gate_evidence::signing::dsse::Envelope;
use gate_evidence::signing::key::PublicKey;
use serde::{Deserialize, Serialize};

use crate::config::Export;
use crate::signing::public_key;

/// What is said of the bytes that are signed.
const TYPE: &str = "application/vnd.gate.thresholds-export+json";
/// The version of the format.
const FORMAT: &str = "gate-thresholds-export/1";

/// An export whose form is checked.
#[derive(Debug)]
pub(crate) struct Exported {
    document: Document,
    place: Place,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    source: String,
    exported_at: Moment,
    /// In order of name.
    parameters: Vec<Parameter>,
}

impl Exported {
    /// What stands at a place, at a moment.
    pub(crate) fn new(place: &Place, parameters: Vec<Parameter>, exported_at: Moment) -> Self {
        Self {
            document: Document {
                format: FORMAT.to_owned(),
                source: place.to_string(),
                exported_at,
                parameters,
            },
            place: place.clone(),
        }
    }

    /// The place.
    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// When it was made.
    pub(crate) const fn exported_at(&self) -> Moment {
        self.document.exported_at
    }

    /// What stood there.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.document.parameters.clone()
    }

    /// The bytes of the file, signed if there is who signs.
    pub(crate) fn to_bytes(&self, signer: Option<&dyn Signer>) -> Result<Vec<u8>, String> {
        let body = serde_json::to_vec_pretty(&self.document).map_err(|error| error.to_string())?;
        let Some(signer) = signer else {
            return Ok([&body[..], b"\n"].concat());
        };
        let sealed = Envelope::seal(TYPE, &body, signer).map_err(|error| error.to_string())?;
        let bytes = sealed.to_bytes().map_err(|error| error.to_string())?;
        // What is too long to be read again is no export.
        Envelope::from_bytes(&bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    /// Reads an export that may stand in for its source: signed by the key, and young enough.
    pub(crate) fn signed(path: &Path, rules: &Export, at: Moment) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        Self::standing_in(&bytes, &public(&rules.key)?, rules.max_age, at)
    }

    fn standing_in(
        bytes: &[u8],
        key: &PublicKey,
        max_age: Age,
        at: Moment,
    ) -> Result<Self, String> {
        let export = Self::opened(bytes, key)?;
        let exported_at = export.exported_at();
        if exported_at.unix() > at.unix().saturating_add(SKEW_SECONDS) {
            return Err(format!(
                "it is of {exported_at}, after the moment of judgement"
            ));
        }
        if !max_age.covers(exported_at, at) {
            return Err(format!(
                "it is of {exported_at}, and it may be {max_age} old"
            ));
        }
        Ok(export)
    }

    /// Reads an export to be looked at: signed by the key if there is one, or not signed.
    pub(crate) fn read(path: &Path, key: Option<&Path>) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        match (Envelope::from_bytes(&bytes), key) {
            (Ok(_), Some(key)) => Self::opened(&bytes, &public(key)?),
            (Ok(_), None) => Err(
                "it is signed, and the profile does not say by which key it has to be".to_owned(),
            ),
            (Err(_), _) => Self::parse(&bytes),
        }
    }

    fn opened(bytes: &[u8], key: &PublicKey) -> Result<Self, String> {
        let opened = Envelope::from_bytes(bytes).and_then(|envelope| envelope.open(&[key]));
        let opened = opened.map_err(|error| error.to_string())?;
        if opened.payload_type != TYPE {
            return Err(format!(
                "what is signed is `{}` and no export",
                opened.payload_type
            ));
        }
        Self::parse(&opened.body)
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if document.format != FORMAT {
            let found = &document.format;
            return Err(format!(
                "its format is `{found}`, and this program reads `{FORMAT}`"
            ));
        }
        let place = Place::parse(&document.source).map_err(|error| error.to_string())?;
        let mut pairs = document.parameters.array_windows();
        if !pairs.all(|[one, other]| one.name < other.name) {
            return Err("its parameters are not in order of name, each once".to_owned());
        }
        Ok(Self { document, place })
    }
}

/// The public key in a file.
fn public(path: &Path) -> Result<PublicKey, String> {
    public_key(path).map_err(|failure| failure.message().to_owned())
}

#[cfg(test)]
mod tests;
