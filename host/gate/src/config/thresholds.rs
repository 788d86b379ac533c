//! Where thresholds come from beside the profile, and what may stand in when that can't be reached.

use std::path::{Path, PathBuf};

use gate_core::age::Age;
use gate_core::code::Code;
use serde::{Deserialize, Serialize};

use crate::config::check::beside;
use crate::config::{Invalid, invalid};
use crate::failure::{Failure, Result};
use crate::thresholds::Source;

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ThresholdsTable {
    source: Option<String>,
    snapshot: Option<PathBuf>,
    snapshot_key: Option<PathBuf>,
    max_snapshot_age: Option<Age>,
}

/// Where thresholds come from beside the profile.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ThresholdRules {
    /// The source's address, with `{environment}` and `{scope}` not yet filled in.
    pub(crate) source: Option<String>,
    /// The export that stands in for it while it can't be reached.
    pub(crate) snapshot: Option<PathBuf>,
    /// What is asked of any export; none is used without.
    pub(crate) export: Option<Export>,
    #[serde(skip)]
    folder: PathBuf,
}

/// What is asked of an export that stands in for its source.
#[derive(Debug, Serialize)]
pub(crate) struct Export {
    /// File of the public key that it has to be signed by.
    pub(crate) key: PathBuf,
    /// How old it may be.
    pub(crate) max_age: Age,
}

/// How old an export may be where the profile says nothing else, in days.
const DAYS: u32 = 1;

impl ThresholdRules {
    pub(super) fn new(table: ThresholdsTable, folder: &Path) -> std::result::Result<Self, Invalid> {
        let snapshot = beside(folder, table.snapshot, "thresholds.snapshot")?;
        let key = beside(folder, table.snapshot_key, "thresholds.snapshot-key")?;
        if snapshot.is_some() && key.is_none() {
            let what = "`thresholds.snapshot` needs `thresholds.snapshot-key`: an export that nobody signed proves nothing";
            return Err(invalid(what.to_owned()).help(
                "name the file of the public key whose private half `gate thresholds export --sign-key` has",
            ));
        }
        if table.max_snapshot_age.is_some() && key.is_none() {
            let what =
                "`thresholds.max-snapshot-age` limits nothing without `thresholds.snapshot-key`";
            return Err(invalid(what.to_owned()));
        }
        let export = key.zip(table.max_snapshot_age.or_else(|| Age::of_days(DAYS)));
        let rules = Self {
            source: table.source,
            snapshot,
            export: export.map(|(key, max_age)| Export { key, max_age }),
            folder: folder.to_path_buf(),
        };
        // A mistake shows before anything is judged.
        let source = rules.source("scope", Some("environment"));
        let source = source.map_err(|error| invalid(error.message().to_owned()))?;
        if rules.snapshot.is_some() && !matches!(source, Some(Source::Store(_))) {
            let what = "`thresholds.snapshot` stands in for Parameter Store, and `thresholds.source` does not name it";
            return Err(invalid(what.to_owned())
                .help("say `source = \"ssm:/gate/APPLICATION/{environment}\"`"));
        }
        Ok(rules)
    }

    /// The source for an application and an environment.
    pub(crate) fn source(&self, scope: &str, environment: Option<&str>) -> Result<Option<Source>> {
        let Some(written) = &self.source else {
            return Ok(None);
        };
        let invalid = |why: String| {
            let message = format!("`thresholds.source = \"{written}\"`: {why}");
            Failure::new(Code::ConfigInvalid, message)
        };
        let mut filled = written.clone();
        for (word, value) in [("{scope}", Some(scope)), ("{environment}", environment)] {
            if !filled.contains(word) {
                continue;
            }
            let value = value.ok_or_else(|| {
                invalid("no environment was named".to_owned())
                    .help("say with `--environment` where the subject is to go")
            })?;
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
            if value.is_empty() || !value.chars().all(allowed) {
                let why = format!(
                    "`{value}` in place of `{word}` has more than letters, digits, `.`, `-`, `_` and `/`"
                );
                return Err(invalid(why));
            }
            filled = filled.replace(word, value);
        }
        let source = Source::parse(Path::new(&filled), &self.folder);
        source
            .map(Some)
            .map_err(|error| invalid(error.message().to_owned()))
    }
}
