//! Thresholds in Parameter Store.
//!
//! Below a path such as `/gate/shop/production` stand parameters that are read together:
//!
//! | parameter | holds |
//! | --- | --- |
//! | `image` | a JSON object with thresholds of the gate `image` |
//! | `image/max-high` | one threshold of the gate `image`, as plain text |
//! | `max-high` | one threshold for every gate whose policies read it, as plain text |
//!
//! What is more, deeper or named otherwise is an error, and so is whatever can't be read: no default takes its place.

mod call;
mod error;
mod name;
mod plan;
mod read;
#[cfg(test)]
mod testing;
mod value;
mod write;

use std::collections::BTreeSet;

use aws_sdk_ssm::Client;
use gate_core::gate::GateName;
use gate_core::ports::{AskedOf, Sourced, ThresholdSource};
use gate_core::scan_report::Problem;

use crate::connection::Connection;
use call::Calls;
use read::Reader;

pub use error::ParameterError;
pub use name::{Pin, Place};
pub use plan::{Change, Plan, Removal, Step};
pub use read::{Kind, Parameter};
pub use value::{Key, Valued, plain_value, sourced, valued};
pub use write::Past;

/// Parameter Store in the region of a connection.
#[derive(Debug)]
pub struct ParameterStore<'a> {
    connection: &'a Connection,
    client: Client,
}

impl<'a> ParameterStore<'a> {
    /// The store that a connection leads to. Nothing is asked of it yet.
    #[must_use]
    pub fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            client: Client::new(connection.config()),
        }
    }

    /// What stands at a place for one gate.
    ///
    /// # Errors
    /// When it can't be read, is nothing, or is not what the layout says.
    pub fn thresholds(
        &self,
        place: &Place,
        asked: &AskedOf<'_>,
    ) -> Result<Sourced, ParameterError> {
        let calls = Calls::begin(self);
        let parameters = Reader::new(&calls, place).of_gate(asked)?;
        sourced(place, parameters, asked)
    }

    /// Everything that stands at a place, in order of name; nothing is no error.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn parameters(
        &self,
        place: &Place,
        gates: &BTreeSet<GateName>,
    ) -> Result<Vec<Parameter>, ParameterError> {
        let calls = Calls::begin(self);
        Reader::new(&calls, place).all(gates)
    }
}

/// A place in Parameter Store, as a source of thresholds.
#[derive(Debug)]
pub struct ParameterSource<'a> {
    /// The store.
    pub store: ParameterStore<'a>,
    /// Where in it.
    pub place: Place,
}

impl ThresholdSource for ParameterSource<'_> {
    fn read(&self, asked: &AskedOf<'_>) -> Result<Sourced, Problem> {
        let read = self.store.thresholds(&self.place, asked);
        read.map_err(|error| error.problem())
    }
}
