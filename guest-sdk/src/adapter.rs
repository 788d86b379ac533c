//! Write an adapter: what reads the reports of a tool that `gate` does not know.
//!
//! An adapter never sees a report's bytes. The gate cuts the report into records, replaces the texts that the
//! adapter names as sensitive, and hands over one record after the other, then what surrounds them. The adapter
//! says what each record means: findings, a check that passed, or that it does not understand it.
//!
//! ```
//! use gate_guest::adapter::*;
//!
//! /// Reads `{"version": "2.1", "issues": [{"check": "A1", "level": "BAD", "what": "…"}]}`.
//! #[derive(Default)]
//! pub struct Acme;
//!
//! impl Adapter for Acme {
//!     const DESCRIPTION: Description = Description {
//!         tool: "acme",
//!         version: "1.0.0",
//!         format: Format::Json,
//!         lists: &["/issues/*"],
//!         sensitive: &[source("line")],
//!         recognized_by: &["version", "issues"],
//!         exits: Exits::ONE_WHEN_FOUND,
//!         reads: "JSON (`acme --json`), seen in 2.1",
//!         severity: "level: BAD is high; any other word is unknown",
//!         completeness: "complete when it is there",
//!     };
//!
//!     fn record(&mut self, record: &Record) -> Result<Answer, Unclear> {
//!         // A real adapter parses: see `Record::parse` with the feature `json`.
//!         let level = if record.json.contains("BAD") { Level::High } else { Level::Unknown };
//!         let severity = Severity::tool(level, "BAD");
//!         Ok(Finding::new(Class::Lint, "A1", severity, "do not do this").into())
//!     }
//!
//!     fn finish(&mut self, _envelope: &str) -> Result<Run, Misread> {
//!         Ok(Run::complete())
//!     }
//! }
//!
//! gate_guest::export_adapter!(Acme);
//!
//! // The same adapter runs natively, in a plain unit test.
//! let mut reading = native::Reading::<Acme>::new();
//! let answer = reading.record("/issues/0", r#"{"check":"A1","level":"BAD","what":"…"}"#).unwrap();
//! assert!(matches!(answer, Answer::Findings(found) if found[0].severity.level == Level::High));
//! assert!(reading.finish("{}").unwrap().problems.is_empty());
//! ```
//!
//! `docs/own-tool.md` leads from here to a gate that uses it.

#[doc(hidden)]
pub mod bindings;
mod description;
mod finding;
#[cfg(feature = "json")]
mod json;
pub mod native;
mod run;

use std::cell::RefCell;

use bindings::exports::gate::adapter::guest as wit;

pub use bindings::exports::gate::adapter::guest::{
    Class, Content, Cvss, Endpoint, Finding, FixState, Level, Location, Misread, Origin, Problem,
    ProblemKind, Record, Resource, Rule, Run, Severity, Software, Status, Suppression,
    SuppressionKind, SuppressionState, Target, Vulnerability,
};
pub use description::{
    Description, Exits, Format, Sensitive, Sensitivity, Xml, address, after, digests, quotes,
    quotes_and_colon, secret, source, spared_under,
};
pub use finding::{level, token};
#[cfg(feature = "json")]
pub use json::envelope;

/// Reads the reports of one tool. A fresh value reads each report, so it may remember what it was given.
pub trait Adapter: Default {
    /// What it says of itself.
    const DESCRIPTION: Description;

    /// Says what a record is.
    ///
    /// # Errors
    /// When the record can't be understood. It is put into quarantine and the report is partial, so that nothing
    /// passes for it.
    fn record(&mut self, record: &Record) -> Result<Answer, Unclear>;

    /// Says what the rest of the report tells of the run. `envelope` is the report as JSON, with `0` in place of
    /// every record.
    ///
    /// # Errors
    /// When the report is not what this adapter reads.
    fn finish(&mut self, envelope: &str) -> Result<Run, Misread>;
}

/// What a record is.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It says these; at least one.
    Findings(Vec<Finding>),
    /// A check that passed or did not apply.
    Passed,
}

impl From<Finding> for Answer {
    fn from(finding: Finding) -> Self {
        Self::Findings(vec![finding])
    }
}

/// Why a record can't be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear(String);

impl Unclear {
    /// A clause in lower case that quotes nothing of the record: it is printed and kept.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    /// Why.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.0
    }
}

/// One report being read.
#[doc(hidden)]
#[derive(Debug)]
pub struct Exported<A>(RefCell<A>);

impl<A: Adapter> Exported<A> {
    /// Begins with a fresh adapter.
    #[must_use]
    pub fn new() -> Self {
        Self(RefCell::default())
    }

    /// One answer for each record.
    #[must_use]
    pub fn on_records(&self, batch: &[Record]) -> Vec<wit::Answer> {
        let mut adapter = self.0.borrow_mut();
        let answer = |record| match adapter.record(record) {
            Ok(Answer::Findings(found)) => wit::Answer::Findings(found),
            Ok(Answer::Passed) => wit::Answer::Passed,
            Err(Unclear(why)) => wit::Answer::Unclear(why),
        };
        batch.iter().map(answer).collect()
    }

    /// What the rest tells of the run.
    ///
    /// # Errors
    /// When the report is not what the adapter reads.
    pub fn finish(&self, envelope: &str) -> Result<Run, Misread> {
        self.0.borrow_mut().finish(envelope)
    }
}

impl<A: Adapter> Default for Exported<A> {
    fn default() -> Self {
        Self::new()
    }
}

/// Exports a type as the adapter of this crate.
///
/// Outside WebAssembly it only checks that the type is an [`Adapter`], so that the same
/// crate runs in unit tests.
#[macro_export]
macro_rules! export_adapter {
    ($adapter:ty) => {
        const _: () = {
            use $crate::adapter::bindings::exports::gate::adapter::guest as wit;

            struct Exported;
            struct Reading($crate::adapter::Exported<$adapter>);

            impl wit::Guest for Exported {
                type Reading = Reading;

                fn describe() -> wit::Description {
                    <$adapter as $crate::adapter::Adapter>::DESCRIPTION.to_wit()
                }
            }

            impl wit::GuestReading for Reading {
                fn new() -> Self {
                    Self($crate::adapter::Exported::new())
                }

                fn on_records(&self, batch: Vec<wit::Record>) -> Vec<wit::Answer> {
                    self.0.on_records(&batch)
                }

                fn finish(&self, envelope: String) -> Result<wit::Run, wit::Misread> {
                    self.0.finish(&envelope)
                }
            }

            #[cfg(target_arch = "wasm32")]
    $crate::adapter::bindings::export!(Exported with_types_in $crate::adapter::bindings);
        };
    };
}
