//! Where thresholds come from, when they do not come from the profile.

use std::collections::BTreeSet;

use crate::gate::GateName;
use crate::scan_report::Problem;
use crate::threshold::{Layer, Snapshot};

/// A source of thresholds outside the profile.
pub trait ThresholdSource {
    /// What it gives a gate.
    ///
    /// # Errors
    /// As a problem of the question: the gate then can't decide, and no default is used instead.
    fn read(&self, asked: &AskedOf<'_>) -> Result<Sourced, Problem>;
}

/// For whom thresholds are read.
#[derive(Debug, Clone, Copy)]
pub struct AskedOf<'a> {
    /// The gate that asks.
    pub gate: &'a GateName,
    /// All gates of the profile, so that a value for another one is told from a mistake.
    pub gates: &'a BTreeSet<GateName>,
}

/// What a source gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced {
    /// Values, each layer over the one before it; each names where it comes from.
    pub layers: Vec<Layer>,
    /// What was read, for the record.
    pub snapshot: Snapshot,
    /// The texts as they were read, in the snapshot's order: evidence, each named there by its digest.
    pub texts: Vec<Vec<u8>>,
}
