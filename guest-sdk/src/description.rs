//! What a policy says of itself, as a constant.

use crate::bindings::exports::gate::policy::guest as wit;
use crate::{Level, Value};

/// What a policy says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// Kebab-case name, the same as the crate's.
    pub name: &'static str,
    /// Version; usually `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// The one question it answers, with a question mark.
    pub question: &'static str,
    /// Thresholds that it reads.
    pub thresholds: &'static [Threshold],
    /// Settings that it reads.
    pub settings: &'static [Threshold],
    /// Fields of a finding that it reads, by their names in `wit/policy.wit`: such as `title`, `severity.level`, all of
    /// `severity`, or `attributes.NAME`. No other arrives; to ask for one is a panic.
    pub reads: &'static [&'static str],
}

/// A threshold or a setting: name, default and meaning. Its type is its default's.
#[derive(Debug, Clone, Copy)]
pub struct Threshold {
    name: &'static str,
    default: Default,
    meaning: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Default {
    Flag(bool),
    Count(u32),
    Unlimited,
    Level(Level),
    Text(&'static str),
    Texts(&'static [&'static str]),
}

impl Threshold {
    /// `true` or `false`.
    #[must_use]
    pub const fn flag(name: &'static str, default: bool, meaning: &'static str) -> Self {
        Self {
            name,
            default: Default::Flag(default),
            meaning,
        }
    }

    /// How many are allowed.
    #[must_use]
    pub const fn count(name: &'static str, default: u32, meaning: &'static str) -> Self {
        Self {
            name,
            default: Default::Count(default),
            meaning,
        }
    }

    /// How many are allowed; any number unless somebody sets it.
    #[must_use]
    pub const fn unlimited(name: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            default: Default::Unlimited,
            meaning,
        }
    }

    /// A level.
    #[must_use]
    pub const fn level(name: &'static str, default: Level, meaning: &'static str) -> Self {
        Self {
            name,
            default: Default::Level(default),
            meaning,
        }
    }

    /// A text.
    #[must_use]
    pub const fn text(name: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            default: Default::Text(default),
            meaning,
        }
    }

    /// A list of texts.
    #[must_use]
    pub const fn texts(
        name: &'static str,
        default: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            default: Default::Texts(default),
            meaning,
        }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The default as a value.
    #[must_use]
    pub fn default_value(&self) -> Value {
        match self.default {
            Default::Flag(flag) => Value::Flag(flag),
            Default::Count(count) => Value::Count(count),
            Default::Unlimited => Value::Unlimited,
            Default::Level(level) => Value::Level(level),
            Default::Text(text) => Value::Text(text.to_owned()),
            Default::Texts(texts) => Value::Texts(texts.iter().map(|t| (*t).to_owned()).collect()),
        }
    }

    fn to_wit(self) -> wit::Parameter {
        let kind = match self.default {
            Default::Flag(_) => wit::ValueKind::Flag,
            Default::Count(_) | Default::Unlimited => wit::ValueKind::Count,
            Default::Level(_) => wit::ValueKind::Level,
            Default::Text(_) => wit::ValueKind::Text,
            Default::Texts(_) => wit::ValueKind::Texts,
        };
        wit::Parameter {
            name: self.name.to_owned(),
            kind,
            default: self.default_value(),
            meaning: self.meaning.to_owned(),
        }
    }
}

impl Description {
    /// As the host sees it.
    #[doc(hidden)]
    #[must_use]
    pub fn to_wit(&self) -> wit::Description {
        let parameters = |list: &[Threshold]| list.iter().map(|t| t.to_wit()).collect();
        wit::Description {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            question: self.question.to_owned(),
            thresholds: parameters(self.thresholds),
            settings: parameters(self.settings),
            reads: self.reads.iter().map(|field| (*field).to_owned()).collect(),
        }
    }
}
