//! One source of thresholds, read while policies are made ready.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use gate_aws::ssm::{ParameterError, ParameterStore, Place, sourced};
use gate_core::code::Code;
use gate_core::gate::GateName;
use gate_core::ports::{AskedOf, EvidenceStore, Sourced};
use gate_core::scan_report::Problem;
use gate_core::threshold::{Layer, Snapshot};
use gate_core::time::Moment;

use super::{Exported, from_file};
use crate::aws::Aws;
use crate::config::{Profile, ThresholdRules};
use crate::evidence;
use crate::failure::{Failure, Result};
use crate::output::say;
use crate::parallel::both;

/// Where thresholds come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A JSON file.
    File(PathBuf),
    /// Parameter Store.
    Store(Place),
    /// Parameter Store, and an export of it while it can't be reached.
    Export(PathBuf),
}

impl Source {
    /// The source of an address, `ssm:…`, `snapshot:FILE`, `file:FILE` or a path; files begin at a folder.
    pub(crate) fn parse(address: &Path, folder: &Path) -> Result<Self> {
        let Some(text) = address.to_str() else {
            return Ok(Self::File(folder.join(address)));
        };
        if text.starts_with(Place::SCHEME) {
            let place = Place::parse(text);
            return place.map(Self::Store).map_err(|error| {
                Failure::new(Code::ConfigInvalid, error.to_string()).help(error.help())
            });
        }
        let (make, path): (fn(PathBuf) -> Self, &str) = match text.split_once(':') {
            Some(("file", path)) => (Self::File, path),
            Some(("snapshot", path)) => (Self::Export, path),
            _ => (Self::File, text),
        };
        if path.is_empty() {
            return Err(Failure::new(
                Code::ConfigInvalid,
                format!("`{text}` names no file of thresholds"),
            ));
        }
        Ok(make(folder.join(path)))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Store(place) => place.fmt(f),
            Self::Export(path) => write!(f, "snapshot:{}", path.display()),
        }
    }
}

/// What a source gave, or why it gave nothing.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// Values, each layer over the one before it.
    pub(crate) layers: Vec<Layer>,
    /// What was read, for the record.
    pub(crate) snapshots: Vec<Snapshot>,
    /// The texts that the snapshots name.
    texts: Vec<Vec<u8>>,
    /// Why it gave nothing: the gate then can't decide.
    pub(crate) problems: Vec<Problem>,
}

impl Given {
    /// Keeps the texts as they were read.
    pub(crate) fn keep(&self, store: &dyn EvidenceStore) -> Result<()> {
        let put = |text: &Vec<u8>| evidence::put(store, text).map(|_| ());
        self.texts.iter().try_for_each(put)
    }
}

impl From<Sourced> for Given {
    fn from(sourced: Sourced) -> Self {
        Self {
            layers: sourced.layers,
            snapshots: vec![sourced.snapshot],
            texts: sourced.texts,
            problems: Vec::new(),
        }
    }
}

impl From<Problem> for Given {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
            ..Self::default()
        }
    }
}

/// The names of a profile's gates.
pub(crate) fn gates(profile: &Profile) -> BTreeSet<GateName> {
    profile.gates.keys().cloned().collect()
}

/// Reads the source of thresholds for one gate.
pub(crate) struct Thresholds<'a> {
    pub(crate) source: Option<&'a Source>,
    pub(crate) rules: &'a ThresholdRules,
    pub(crate) aws: &'a Aws,
    pub(crate) asked: AskedOf<'a>,
    /// The moment of judgement.
    pub(crate) at: Moment,
}

impl Thresholds<'_> {
    /// Reads the source, at once with some work where the source is far away.
    pub(crate) fn read_beside<T>(&self, work: impl FnOnce() -> T) -> (T, Given) {
        match self.source {
            None => (work(), Given::default()),
            Some(Source::File(path)) => (work(), file(path)),
            Some(source) => both(work, || self.read(source)),
        }
    }

    fn read(&self, source: &Source) -> Given {
        let read = match source {
            Source::File(path) => return file(path),
            Source::Store(place) => self.store(place, self.rules.snapshot.as_deref()),
            Source::Export(path) => self
                .export(path)
                .and_then(|export| self.store(export.place(), Some(path))),
        };
        read.map_or_else(Given::from, Given::from)
    }

    /// The store, or its export when there is one and the store can't be reached. What the store says is never passed
    /// over: only silence is.
    fn store(&self, place: &Place, export: Option<&Path>) -> std::result::Result<Sourced, Problem> {
        let read = || -> std::result::Result<Sourced, ParameterError> {
            ParameterStore::new(self.aws.connection()?).thresholds(place, &self.asked)
        };
        let error = match read() {
            Ok(sourced) => return Ok(sourced),
            Err(error) => error,
        };
        let Some(path) = export.filter(|_| error.passes()) else {
            return Err(error.problem());
        };
        let stands_in = || {
            let export = self.export(path)?;
            if export.place() != place {
                let why = format!("it is of {}", export.place());
                return Err(unusable(path, &why));
            }
            let mut sourced = sourced(place, export.parameters(), &self.asked)
                .map_err(|error| error.problem())?;
            sourced.snapshot.exported_at = Some(export.exported_at());
            Ok(sourced)
        };
        stands_in()
            .inspect(|_| {
                say(&format!(
                    "note: {error}; its export `{}` stands in",
                    path.display()
                ));
            })
            .map_err(|unusable: Problem| Problem {
                message: format!("{}; {}", error.problem().message, unusable.message),
                ..unusable
            })
    }

    fn export(&self, path: &Path) -> std::result::Result<Exported, Problem> {
        let rules = self.rules.export.as_ref();
        let export = rules
            .ok_or_else(|| "the profile does not say by which key it has to be signed".to_owned())
            .and_then(|rules| Exported::signed(path, rules, self.at));
        export.map_err(|why| unusable(path, &why))
    }
}

fn file(path: &Path) -> Given {
    match from_file(path) {
        Ok(layer) => Given {
            layers: vec![layer],
            ..Given::default()
        },
        Err(problem) => problem.into(),
    }
}

fn unusable(path: &Path, why: &str) -> Problem {
    let message = format!("the export `{}` can't stand in: {why}", path.display());
    Problem {
        help: Some(
            "make it with `gate thresholds export --sign-key`, and name the public key as \
             `snapshot-key` under `[thresholds]`; docs/thresholds.md has the steps"
                .to_owned(),
        ),
        ..Problem::new(Code::ThresholdsUnreadable, message)
    }
}
