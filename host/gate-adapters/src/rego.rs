//! Decisions of Rego rules: what the adapters of the tools that evaluate such rules make of them.

use serde_json::{Map, Value};

use gate_core::finding::{Class, Evidence, Finding};
use gate_core::severity::{Level, Severity};

use crate::adapter::RecordError;
use crate::normalize::level;

/// Levels as authors of rules write them; no tool prescribes them.
const LEVELS: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("ERROR", Level::High),
    ("MEDIUM", Level::Medium),
    ("MODERATE", Level::Medium),
    ("WARNING", Level::Medium),
    ("LOW", Level::Low),
    ("INFO", Level::Info),
    ("INFORMATIONAL", Level::Info),
];
/// Keys under which authors of rules name them.
const NAMES: &[&str] = &["id", "rule_id", "check_id", "policy_id", "code"];

/// What a rule decides when it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `deny` and `violation`.
    Deny,
    /// `warn`.
    Warn,
}

impl Kind {
    /// The decision of a rule of this name: `deny`, `violation` or `warn`, alone or before an underscore, as
    /// <https://www.conftest.dev/> prescribes it.
    pub(crate) fn of_rule(name: &str) -> Option<Self> {
        match name.split('_').next()? {
            "deny" | "violation" => Some(Self::Deny),
            "warn" => Some(Self::Warn),
            _ => None,
        }
    }

    const fn level(self) -> Level {
        match self {
            Self::Deny => Level::High,
            Self::Warn => Level::Medium,
        }
    }
}

/// One decision.
#[derive(Debug)]
pub(crate) struct Decision<'a> {
    pub(crate) tool: &'static str,
    pub(crate) kind: Kind,
    /// The query or the package that gave it: the rule's name where its author gave it none.
    pub(crate) query: &'a str,
    pub(crate) message: &'a str,
    /// What the rule says besides its message.
    pub(crate) metadata: &'a Map<String, Value>,
}

impl Decision<'_> {
    /// The decision as a finding. Rego rates nothing: the level is the decision's, unless the rule gives one.
    pub(crate) fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        let message = self.message.trim();
        if message.is_empty() {
            return Err(RecordError::Shape("a decision has no message".to_owned()));
        }
        let severity = match self.said("severity") {
            Some(word) => Severity::tool(level(word, LEVELS), word),
            None => Severity::default_of_tool(self.kind.level()),
        };
        let rule = NAMES.iter().find_map(|name| self.said(name));
        let mut finding = Finding::new(
            self.tool,
            Class::Misconfiguration,
            rule.unwrap_or(self.query),
            severity,
            message,
            at,
        );
        if rule.is_some() && !self.query.is_empty() {
            finding.rule.tags = vec![self.query.into()];
        }
        Ok(finding)
    }

    /// What the rule says under a key, or under a key of its own `metadata`.
    fn said(&self, key: &str) -> Option<&str> {
        let nested = self.metadata.get("metadata").and_then(|all| all.get(key));
        let said = self.metadata.get(key).or(nested)?.as_str()?;
        Some(said).filter(|said| !said.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_s_name_says_what_it_decides() {
        for (name, kind) in [
            ("deny", Some(Kind::Deny)),
            ("deny_public_bucket", Some(Kind::Deny)),
            ("violation", Some(Kind::Deny)),
            ("warn_label", Some(Kind::Warn)),
            ("denying", None),
            ("allow", None),
            ("", None),
        ] {
            assert_eq!(Kind::of_rule(name), kind, "{name}");
        }
    }
}
