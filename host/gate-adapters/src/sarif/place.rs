//! Where a result is: a region of a file, or a named thing in it (sections 3.28 to 3.30).

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{Location, Text};

use crate::normalize::{position, uri_path};
use crate::redact::token;

/// Positions in `run.artifacts` and `run.logicalLocations`, where the location itself names nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Pointers {
    pub(super) artifact: Option<usize>,
    pub(super) logical: Option<usize>,
}

/// A location (section 3.28).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place<'a> {
    #[serde(borrow)]
    logical_locations: Option<Vec<Logical<'a>>>,
    #[serde(borrow)]
    physical_location: Option<Physical<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    #[serde(borrow)]
    fully_qualified_name: Option<Cow<'a, str>>,
    index: Option<i64>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical<'a> {
    #[serde(borrow)]
    artifact_location: Option<ArtifactLocation<'a>>,
    #[serde(borrow)]
    context_region: Option<Region<'a>>,
    #[serde(borrow)]
    region: Option<Region<'a>>,
}

/// Where a file is (section 3.4).
#[derive(Deserialize)]
pub(super) struct ArtifactLocation<'a> {
    index: Option<i64>,
    #[serde(borrow)]
    uri: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region<'a> {
    end_column: Option<i64>,
    end_line: Option<i64>,
    #[serde(borrow)]
    snippet: Option<Snippet<'a>>,
    start_column: Option<i64>,
    start_line: Option<i64>,
}

#[derive(Deserialize)]
struct Snippet<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

/// An index; -1 and what is absent mean none.
pub(super) fn index_of(index: Option<i64>) -> Option<usize> {
    index.and_then(|i| usize::try_from(i).ok())
}

impl Place<'_> {
    /// The token of the first snippet, of the region or of its surroundings.
    pub(super) fn context(&self) -> Option<&str> {
        let physical = self.physical_location.as_ref()?;
        [&physical.region, &physical.context_region]
            .into_iter()
            .flatten()
            .find_map(|region| token(region.snippet.as_ref()?.text.as_deref()?))
    }

    /// The location, and what it only refers to.
    pub(super) fn read(&self) -> (Location, Pointers) {
        let physical = self.physical_location.as_ref();
        let file = physical.and_then(|p| p.artifact_location.as_ref());
        let (path, artifact) = file.map(ArtifactLocation::read).unwrap_or_default();
        let region = physical.and_then(|p| p.region.as_ref());
        let number = |pick: fn(&Region<'_>) -> Option<i64>| position(region.and_then(pick));
        let named = self.logical_locations.as_ref().and_then(|all| all.first());
        let name = named.and_then(|l| l.fully_qualified_name.as_deref().or(l.name.as_deref()));
        let location = Location {
            end_column: number(|r| r.end_column),
            end_line: number(|r| r.end_line),
            logical: name.map(Into::into),
            path,
            start_column: number(|r| r.start_column),
            start_line: number(|r| r.start_line),
        };
        let logical = named
            .filter(|_| name.is_none())
            .and_then(|l| index_of(l.index));
        (location, Pointers { artifact, logical })
    }
}

impl ArtifactLocation<'_> {
    /// The path, or where `run.artifacts` has it. `uriBaseId` is not resolved: bases are folders of the
    /// machine that scanned, and a finding's path is relative.
    pub(super) fn read(&self) -> (Option<Text>, Option<usize>) {
        match &self.uri {
            Some(uri) => (Some(uri_path(uri)), None),
            None => (None, index_of(self.index)),
        }
    }
}
