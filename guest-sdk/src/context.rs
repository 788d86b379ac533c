//! Typed access to thresholds and settings.

use std::fmt;

use crate::{Context, Level, Value};

/// A policy's own word that it can't decide. The outcome is `error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(String);

impl Refusal {
    /// Says why the policy can't decide: a lower-case sentence without a final stop.
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

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// How many are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// At most so many.
    AtMost(u32),
    /// Any number.
    Unlimited,
}

impl Budget {
    /// Whether a number is within the budget.
    #[must_use]
    pub const fn allows(self, number: usize) -> bool {
        match self {
            Self::AtMost(most) => number <= most as usize,
            Self::Unlimited => true,
        }
    }
}

impl Context {
    /// The value of a threshold or a setting.
    fn value(&self, name: &str) -> Result<&Value, Refusal> {
        let mut values = self.thresholds.iter().chain(&self.settings);
        values
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
            .ok_or_else(|| Refusal::new(format!("no value for `{name}`")))
    }

    /// A threshold or setting that says how many are allowed.
    ///
    /// # Errors
    /// When the description names no such threshold or setting.
    pub fn budget(&self, name: &str) -> Result<Budget, Refusal> {
        match self.value(name)? {
            Value::Count(most) => Ok(Budget::AtMost(*most)),
            Value::Unlimited => Ok(Budget::Unlimited),
            _ => Err(wrong_kind(name, "count")),
        }
    }

    /// A threshold or setting that is a level.
    ///
    /// # Errors
    /// When the description names no such threshold or setting.
    pub fn level(&self, name: &str) -> Result<Level, Refusal> {
        match self.value(name)? {
            Value::Level(level) => Ok(*level),
            _ => Err(wrong_kind(name, "level")),
        }
    }

    /// A threshold or setting that is `true` or `false`.
    ///
    /// # Errors
    /// When the description names no such threshold or setting.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.value(name)? {
            Value::Flag(flag) => Ok(*flag),
            _ => Err(wrong_kind(name, "flag")),
        }
    }

    /// A threshold or setting that is a text.
    ///
    /// # Errors
    /// When the description names no such threshold or setting.
    pub fn text(&self, name: &str) -> Result<&str, Refusal> {
        match self.value(name)? {
            Value::Text(text) => Ok(text),
            _ => Err(wrong_kind(name, "text")),
        }
    }

    /// A threshold or setting that is a list of texts.
    ///
    /// # Errors
    /// When the description names no such threshold or setting.
    pub fn texts(&self, name: &str) -> Result<&[String], Refusal> {
        match self.value(name)? {
            Value::Texts(texts) => Ok(texts),
            _ => Err(wrong_kind(name, "list of texts")),
        }
    }
}

fn wrong_kind(name: &str, kind: &str) -> Refusal {
    Refusal::new(format!("the value of `{name}` is not a {kind}"))
}
