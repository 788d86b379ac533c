//! Reads parameters, page by page, until two readings agree.
//!
//! The service has no snapshot of several parameters: what is read one after the other can be half of the old and half of
//! the new. So several are read again, and count when nothing changed between.

use std::collections::BTreeSet;

use gate_core::gate::GateName;
use gate_core::ports::AskedOf;
use gate_core::time::Moment;
use serde::{Deserialize, Serialize};

use super::error::ParameterError;
use super::name::{Pin, Place};
use super::value::concerns;
use crate::error::AwsError;

/// How many pages of one listing are read. A page may be empty and not be the last.
const PAGES: usize = 1000;
/// How many parameters may stand below a path.
const PARAMETERS: usize = 1000;
/// How often several parameters are read again until they are as they were.
const ROUNDS: usize = 3;
/// How many parameters are asked for by name in one call: the service's limit.
const NAMES: usize = 10;

/// A parameter as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Name, such as `/gate/shop/production/image`.
    pub name: String,
    /// Resource name of it.
    pub arn: String,
    /// Which of its values.
    pub version: u32,
    /// The label by which the version was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// When this value was written.
    pub last_modified: Moment,
    /// What kind of text it is.
    pub kind: Kind,
    /// The text; of a SecureString the decrypted one.
    pub text: String,
}

impl Parameter {
    /// Where its values come from, in answers and records.
    #[must_use]
    pub fn source(&self) -> String {
        format!("{}{}:{}", Place::SCHEME, self.name, self.version)
    }
}

/// What kind of text a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A text.
    String,
    /// Texts with commas between them.
    StringList,
    /// A text that the service keeps encrypted.
    SecureString,
}

/// A page of a listing.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) parameters: Vec<Parameter>,
    /// What the next page is asked for by.
    pub(super) token: Option<String>,
}

/// What came of asking for parameters by name.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) parameters: Vec<Parameter>,
    /// Names of which there is nothing, or not this version or label.
    pub(super) missing: Vec<String>,
}

/// What is asked of the service.
pub(super) trait Service {
    /// A page of what stands below a path, at any depth, decrypted.
    fn page(&self, path: &str, token: Option<&str>) -> Result<Page, ParameterError>;

    /// Some parameters, decrypted, each by its name or as `name:version` or `name:label`.
    fn named(&self, names: &[String]) -> Result<Named, ParameterError>;
}

/// Reads what stands at a place.
pub(super) struct Reader<'a, S> {
    service: &'a S,
    place: &'a Place,
}

impl<'a, S: Service> Reader<'a, S> {
    pub(super) fn new(service: &'a S, place: &'a Place) -> Self {
        Self { service, place }
    }

    /// What is for a gate.
    pub(super) fn of_gate(&self, asked: &AskedOf<'_>) -> Result<Vec<Parameter>, ParameterError> {
        if !self.place.is_parameter(asked.gates) {
            return self.settled(&|name| concerns(self.place, name, asked));
        }
        if let Some(gate) = self.place.gate(asked.gates)
            && gate != asked.gate
        {
            let why = format!("it is for the gate `{gate}`, and `{}` asks", asked.gate);
            let help = "name the path above it, or the parameter of the gate that asks";
            return Err(ParameterError::wrong(self.place.to_string(), why, help));
        }
        self.by_name(&[self.place.name().to_owned()])
    }

    /// What stands at the place, for any gate.
    pub(super) fn all(&self, gates: &BTreeSet<GateName>) -> Result<Vec<Parameter>, ParameterError> {
        if self.place.is_parameter(gates) {
            return self.by_name(&[self.place.name().to_owned()]);
        }
        self.settled(&|_| true)
    }

    /// Reads until two readings agree, in order of name.
    fn settled(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Parameter>, ParameterError> {
        let mut last = self.once(wanted)?;
        if last.len() < 2 {
            return Ok(last);
        }
        for _ in 0..ROUNDS {
            let again = self.once(wanted)?;
            if again == last {
                return Ok(again);
            }
            last = again;
        }
        let why = format!("parameters changed between readings, {ROUNDS} times in a row");
        let help = "wait until whoever writes them is done; one JSON object for a gate is always read whole";
        Err(ParameterError::wrong(self.place.to_string(), why, help))
    }

    fn once(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Parameter>, ParameterError> {
        let mut listed = self.listed()?;
        listed.retain(|parameter| wanted(&parameter.name));
        if self.place.pin().is_none() {
            return Ok(listed);
        }
        let names: Vec<_> = listed.into_iter().map(|listed| listed.name).collect();
        self.by_name(&names)
    }

    /// What stands below the path, in order of name.
    fn listed(&self) -> Result<Vec<Parameter>, ParameterError> {
        let endless = |what: &str, most: usize| {
            let why = format!("there are more than {most} {what} below it");
            ParameterError::wrong(
                self.place.to_string(),
                why,
                "name a path that is for gate alone",
            )
        };
        let mut listed: Vec<Parameter> = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES {
            let page = self.service.page(self.place.name(), token.as_deref())?;
            listed.extend(page.parameters);
            if listed.len() > PARAMETERS {
                return Err(endless("parameters", PARAMETERS));
            }
            token = page.token.filter(|token| !token.is_empty());
            if token.is_none() {
                return self.ordered(listed);
            }
        }
        Err(endless("pages", PAGES))
    }

    /// Parameters by name, each with the pin of the place.
    fn by_name(&self, names: &[String]) -> Result<Vec<Parameter>, ParameterError> {
        let pin = self.place.pin();
        let mut all = Vec::new();
        for names in names.chunks(NAMES) {
            let pinned = |name: &String| match pin {
                Some(pin) => format!("{name}:{pin}"),
                None => name.clone(),
            };
            let asked: Vec<String> = names.iter().map(pinned).collect();
            let named = self.service.named(&asked)?;
            let mut found = named.parameters;
            for (name, asked) in names.iter().zip(&asked) {
                let times = found.iter().filter(|found| found.name == *name).count();
                if times != 1 || named.missing.contains(asked) {
                    return Err(self.absent(name));
                }
            }
            if found.len() != names.len() {
                let why = "the service gave parameters that nobody asked for";
                return Err(ParameterError::wrong(
                    self.place.to_string(),
                    why,
                    "try again",
                ));
            }
            for parameter in &mut found {
                parameter.label = match pin {
                    Some(Pin::Label(label)) => Some(label.clone()),
                    Some(Pin::Version(version)) if *version != parameter.version => {
                        return Err(self.absent(&parameter.name));
                    }
                    _ => None,
                };
            }
            all.extend(found);
        }
        self.ordered(all)
    }

    fn absent(&self, name: &str) -> ParameterError {
        let (why, help) = match self.place.pin() {
            None => (
                "there is no such parameter".to_owned(),
                "create it, or name another one",
            ),
            Some(Pin::Version(version)) => (
                format!("there is no version {version} of it"),
                "`gate thresholds history` lists the versions; the service keeps the last 100",
            ),
            Some(Pin::Label(label)) => (
                format!("no version of it has the label `{label}`"),
                "label every parameter below the path, or pin the ones that have it",
            ),
        };
        ParameterError::wrong(name, why, help)
    }

    /// In order of name, in which each stands once.
    fn ordered(&self, mut parameters: Vec<Parameter>) -> Result<Vec<Parameter>, ParameterError> {
        parameters.sort_by(|one, other| one.name.cmp(&other.name));
        let names: BTreeSet<&str> = parameters.iter().map(|of| &*of.name).collect();
        if names.len() == parameters.len() {
            return Ok(parameters);
        }
        let why = "the service listed a parameter twice, which happens when it changes meanwhile";
        Err(ParameterError::wrong(
            self.place.to_string(),
            why,
            "try again",
        ))
    }
}

/// An answer of the service that lacks what every answer has.
pub(super) fn incomplete(action: crate::Action, what: &str) -> AwsError {
    AwsError {
        action,
        cause: crate::Cause::Service {
            code: "answer".to_owned(),
            message: format!("a parameter came without {what}"),
        },
    }
}

#[cfg(test)]
mod tests;
