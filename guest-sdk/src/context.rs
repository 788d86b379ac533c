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

    /// A threshold or setting that is a number and can't be without a limit, such as how many there have to be.
    ///
    /// # Errors
    /// When the description names no such threshold or setting, and when its value is `unlimited`.
    pub fn count(&self, name: &str) -> Result<u32, Refusal> {
        match self.budget(name)? {
            Budget::AtMost(count) => Ok(count),
            Budget::Unlimited => Err(Refusal::new(format!("`{name}` has to be a number"))),
        }
    }

    /// A threshold or setting that is a share of a hundred.
    ///
    /// # Errors
    /// As [`Context::count`], and when the value is above 100.
    pub fn percent(&self, name: &str) -> Result<u32, Refusal> {
        match self.count(name)? {
            percent @ ..=100 => Ok(percent),
            more => Err(Refusal::new(format!(
                "`{name}` is {more}, more than 100 percent"
            ))),
        }
    }

    /// How many of some budgets limit anything. A policy that nothing limits can't fail: it has no rule, and its answer
    /// is refused.
    ///
    /// # Errors
    /// When the description names no such threshold or setting.
    pub fn limited<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<u32, Refusal> {
        let mut limited = 0;
        for name in names {
            limited += u32::from(self.budget(name)? != Budget::Unlimited);
        }
        Ok(limited)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native;

    #[test]
    fn a_number_has_a_limit_and_a_share_has_a_hundred() {
        for (value, count, percent) in [
            (Value::Count(0), Some(0), Some(0)),
            (Value::Count(100), Some(100), Some(100)),
            (Value::Count(101), Some(101), None),
            (Value::Unlimited, None, None),
            (Value::Flag(true), None, None),
        ] {
            let context = native::context_with("t", value);
            assert_eq!(
                (context.count("t").ok(), context.percent("t").ok()),
                (count, percent)
            );
        }
        assert!(native::context().count("t").is_err());
    }
}
