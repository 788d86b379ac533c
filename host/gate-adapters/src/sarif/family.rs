//! Tools by the name they write into `driver.name`, and what kind of problem they report.

use gate_core::finding::{Class, Text};
use gate_core::severity::Level;

/// What a tool reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Always this.
    Always(Class),
    /// Several things, told apart by rule and tags.
    Mixed,
}

const CODE: Kind = Kind::Always(Class::CodeWeakness);
const CONFIGURATION: Kind = Kind::Always(Class::Misconfiguration);
const SECRETS: Kind = Kind::Always(Class::Secret);

/// Names as tools write them, in lower case; the names that findings carry; what they report.
const FAMILIES: &[(&str, &str, Kind)] = &[
    ("bandit", "bandit", Kind::Mixed),
    ("cfn-guard", "cfn-guard", CONFIGURATION),
    ("cfn-lint", "cfn-lint", CONFIGURATION),
    ("checkov", "checkov", CONFIGURATION),
    ("codeql", "codeql", CODE),
    ("detect-secrets", "detect-secrets", SECRETS),
    ("gitleaks", "gitleaks", SECRETS),
    ("grype", "grype", Kind::Mixed),
    ("hadolint", "hadolint", CONFIGURATION),
    (
        "keeping infrastructure as code secure",
        "kics",
        CONFIGURATION,
    ),
    ("kics", "kics", CONFIGURATION),
    ("kubescape", "kubescape", CONFIGURATION),
    ("osv-scanner", "osv-scanner", Kind::Mixed),
    ("semgrep", "semgrep", Kind::Mixed),
    ("semgrep oss", "semgrep", Kind::Mixed),
    ("semgrep pro", "semgrep", Kind::Mixed),
    ("snyk code", "snyk", CODE),
    ("snyk container", "snyk", Kind::Mixed),
    ("snyk iac", "snyk", CONFIGURATION),
    ("snyk open source", "snyk", Kind::Mixed),
    ("snykcode", "snyk", CODE),
    ("terrascan", "terrascan", CONFIGURATION),
    ("tfsec", "tfsec", CONFIGURATION),
    ("trivy", "trivy", Kind::Mixed),
    ("trufflehog", "trufflehog", SECRETS),
];

/// Tools, and beginnings of their rules that are about something else than their other rules.
const EXCEPTIONS: &[(&str, &str, Class)] = &[
    ("bandit", "B105", Class::Secret),
    ("bandit", "B106", Class::Secret),
    ("bandit", "B107", Class::Secret),
    ("checkov", "CKV_SECRET_", Class::Secret),
    ("snyk", "snyk:lic:", Class::License),
];

/// Beginnings of names of vulnerabilities. Of a tool that looks at code or configuration only, they are names in
/// its rules and no packages.
const VULNERABILITIES: &[&str] = &["ALAS", "CVE-", "GHSA-", "PYSEC-", "RUSTSEC-", "SNYK-"];

/// Tags that tools with several kinds of rules give them.
const TAGS: &[(&str, Class)] = &[
    ("vulnerability", Class::Vulnerability),
    ("misconfiguration", Class::Misconfiguration),
    ("license", Class::License),
];

/// A tool.
pub(super) struct Family {
    /// The name that findings carry.
    pub(super) tool: Text,
    kind: Kind,
}

impl Family {
    /// The tool of this name. One that is not known keeps its name, in lower case with `-` between words.
    pub(super) fn of(name: &str) -> Self {
        let lower = name.trim().to_lowercase();
        if let Some((_, tool, kind)) = FAMILIES.iter().find(|(known, ..)| *known == lower) {
            return Self {
                tool: (*tool).into(),
                kind: *kind,
            };
        }
        let words = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let kebab = words.collect::<Vec<_>>().join("-");
        let tool = if kebab.is_empty() {
            "sarif".into()
        } else {
            kebab.into()
        };
        Self {
            tool,
            kind: Kind::Mixed,
        }
    }

    /// What a problem is that nobody rated: a leaked secret is high in every report of a tool of secrets, other
    /// problems are what the specification says.
    pub(super) fn unrated(&self) -> Level {
        if self.kind == SECRETS {
            Level::High
        } else {
            Level::Medium
        }
    }

    /// What a rule with these tags is about.
    pub(super) fn class(&self, rule: &str, tags: &[Text]) -> Class {
        if self.kind == SECRETS {
            return Class::Secret;
        }
        let mut exceptions = EXCEPTIONS.iter();
        let exception = exceptions
            .find(|(tool, beginning, _)| *tool == &*self.tool && rule.starts_with(beginning));
        if let Some((_, _, class)) = exception {
            return *class;
        }
        if self.kind == Kind::Mixed && VULNERABILITIES.iter().any(|name| rule.starts_with(name)) {
            return Class::Vulnerability;
        }
        if tags
            .iter()
            .any(|tag| tag.to_ascii_lowercase().contains("secret"))
        {
            return Class::Secret;
        }
        let tagged = |word: &str| tags.iter().any(|tag| tag.eq_ignore_ascii_case(word));
        match self.kind {
            Kind::Always(class) => class,
            Kind::Mixed => {
                let known = TAGS.iter().find(|(word, _)| tagged(word));
                known.map_or(Class::CodeWeakness, |(_, class)| *class)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_have_one_name_whatever_they_write() {
        for (name, tool) in [
            ("Trivy", "trivy"),
            ("Semgrep OSS", "semgrep"),
            ("SnykCode", "snyk"),
            ("CodeQL", "codeql"),
            ("LGTM.com", "lgtm-com"),
            ("Shell Script Analysis", "shell-script-analysis"),
            (" @x/Y 2 ", "x-y-2"),
            ("", "sarif"),
            ("+", "sarif"),
        ] {
            assert_eq!(&*Family::of(name).tool, tool, "{name}");
        }
    }

    #[test]
    fn a_rule_is_classed_by_its_tool_then_by_itself() {
        for (tool, rule, tags, class) in [
            ("gitleaks", "CVE-like", &[][..], Class::Secret),
            (
                "Trivy",
                "CVE-2026-1",
                &["vulnerability"],
                Class::Vulnerability,
            ),
            (
                "Trivy",
                "DS001",
                &["misconfiguration"],
                Class::Misconfiguration,
            ),
            ("Trivy", "aws-access-key-id", &["secret"], Class::Secret),
            ("Trivy", "GPL-3.0:x", &["license"], Class::License),
            ("Checkov", "CKV_AWS_1", &[], Class::Misconfiguration),
            ("Checkov", "CKV_SECRET_2", &[], Class::Secret),
            ("Bandit", "B105", &[], Class::Secret),
            ("Bandit", "B602", &["security"], Class::CodeWeakness),
            ("SnykIaC?", "B105", &[], Class::CodeWeakness),
            ("Snyk IaC", "SNYK-CC-TF-1", &[], Class::Misconfiguration),
            (
                "Snyk Open Source",
                "snyk:lic:npm:x:GPL-3.0",
                &[],
                Class::License,
            ),
            ("CodeQL", "CVE-2026-1/check", &[], Class::CodeWeakness),
            ("CodeQL", "py/x", &["security"], Class::CodeWeakness),
            ("Semgrep OSS", "x", &["Hard-coded Secrets"], Class::Secret),
            ("unheard of", "GHSA-1", &[], Class::Vulnerability),
            ("unheard of", "x", &[], Class::CodeWeakness),
        ] {
            let tags: Vec<Text> = tags.iter().map(|tag| (*tag).into()).collect();
            assert_eq!(Family::of(tool).class(rule, &tags), class, "{tool} {rule}");
        }
    }
}
