//! What is required of a workload, and which rules of which tools say that it is not met.

use gate_guest::Finding;

/// One thing that is required of every container of a workload.
#[derive(Debug)]
pub(crate) struct Requirement {
    /// Its word: in the threshold, as the code of its reason, and as the rule's id of a check of one's own.
    pub(crate) word: &'static str,
    /// What is wrong where it is not met.
    pub(crate) unmet: &'static str,
    /// What to do.
    pub(crate) help: &'static str,
    /// What a message of an OPA or Conftest rule without an id contains: the name of the field.
    field: &'static str,
    /// For each tool that has checks of it, in the order of [`TOOLS`], what these are called.
    rules: [&'static [&'static str]; TOOLS.len()],
}

/// Tools with checks of their own, by their names in findings and reports.
const TOOLS: [&str; 4] = ["checkov", "kubescape", "polaris", "trivy"];

/// Tools whose checks their users write. That such a check is there can't be seen where it passes: they are believed to
/// ask everything.
const OWN: [&str; 2] = ["conftest", "opa"];

/// All requirements, in the order of their reasons.
///
/// Sources: Checkov, `checkov/kubernetes/checks/resource/k8s/`; Kubescape, `controls/` of kubescape/regolibrary; Polaris,
/// `pkg/config/checks/`; Trivy, `checks/kubernetes/` of aquasecurity/trivy-checks.
pub(crate) const REQUIREMENTS: [Requirement; 7] = [
    Requirement {
        word: "run-as-non-root",
        unmet: "may run as root",
        help: "set `securityContext.runAsNonRoot: true` and a user other than 0",
        field: "runAsNonRoot",
        rules: [
            &["CKV_K8S_23"],
            &["C-0013"],
            &["runAsRootAllowed"],
            &["KSV-0012", "KSV-0105"],
        ],
    },
    Requirement {
        word: "resource-limits",
        unmet: "has no limit of processor or memory",
        help: "set `resources.limits.cpu` and `resources.limits.memory`",
        field: "resources.limits",
        rules: [
            &["CKV_K8S_11", "CKV_K8S_13"],
            &["C-0004", "C-0009", "C-0050", "C-0270", "C-0271"],
            &["cpuLimitsMissing", "memoryLimitsMissing"],
            &["KSV-0011", "KSV-0018"],
        ],
    },
    Requirement {
        word: "no-privilege-escalation",
        unmet: "may gain privileges",
        help: "set `securityContext.allowPrivilegeEscalation: false`",
        field: "allowPrivilegeEscalation",
        rules: [
            &["CKV_K8S_20"],
            &["C-0016"],
            &["privilegeEscalationAllowed"],
            &["KSV-0001"],
        ],
    },
    Requirement {
        word: "trusted-registry",
        unmet: "takes its image from a registry that is not trusted",
        help: "take images from your own registry",
        field: "trusted registry",
        rules: [&[], &["C-0001", "C-0078"], &[], &["KSV-0125"]],
    },
    Requirement {
        word: "read-only-root-filesystem",
        unmet: "can write its root file system",
        help: "set `securityContext.readOnlyRootFilesystem: true`, and mount a volume for what is written",
        field: "readOnlyRootFilesystem",
        rules: [
            &["CKV_K8S_22"],
            &["C-0017"],
            &["notReadOnlyRootFilesystem"],
            &["KSV-0014"],
        ],
    },
    Requirement {
        word: "liveness-probe",
        unmet: "has no liveness probe",
        help: "set `livenessProbe`",
        field: "livenessProbe",
        rules: [&["CKV_K8S_8"], &["C-0056"], &["livenessProbeMissing"], &[]],
    },
    Requirement {
        word: "readiness-probe",
        unmet: "has no readiness probe",
        help: "set `readinessProbe`",
        field: "readinessProbe",
        rules: [&["CKV_K8S_9"], &["C-0018"], &["readinessProbeMissing"], &[]],
    },
];

impl Requirement {
    /// Whether a tool can tell whether it is met.
    pub(crate) fn is_asked_by(&self, tool: &str) -> bool {
        let mut of_tools = TOOLS.iter().zip(self.rules);
        OWN.contains(&tool) || of_tools.any(|(known, rules)| *known == tool && !rules.is_empty())
    }

    /// Whether a finding says that it is not met.
    pub(crate) fn is_unmet_by(&self, finding: &Finding) -> bool {
        let id = finding.rule().id();
        let is_own = || OWN.contains(&finding.tool()) && finding.title().contains(self.field);
        let mut rules = self.rules.iter().copied().flatten();
        id == self.word || rules.any(|rule| is_same(id, rule)) || is_own()
    }
}

/// Whether an id is a rule's. Trivy's `KSV-0014` was `KSV014` and `AVD-KSV-0014` before.
fn is_same(id: &str, rule: &str) -> bool {
    let number = |id: &str| -> Option<u32> {
        let id = id.strip_prefix("AVD-").unwrap_or(id).strip_prefix("KSV")?;
        id.strip_prefix('-').unwrap_or(id).parse().ok()
    };
    id == rule || number(rule).is_some_and(|rule| number(id) == Some(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_of_trivy_has_had_three_names() {
        for (id, same) in [
            ("KSV-0014", true),
            ("KSV014", true),
            ("AVD-KSV-0014", true),
            ("KSV-0140", false),
            ("KSV", false),
            ("DS-0014", false),
            ("CKV_K8S_14", false),
        ] {
            assert_eq!(is_same(id, "KSV-0014"), same, "{id}");
        }
        assert!(!is_same("C-13", "C-0013"));
    }

    #[test]
    fn each_tool_asks_what_it_has_rules_of() {
        let asked = |tool: &str| {
            let all = REQUIREMENTS.iter();
            all.filter(|one| one.is_asked_by(tool)).count()
        };
        for (tool, number) in [
            ("checkov", 6),
            ("conftest", 7),
            ("kubescape", 7),
            ("opa", 7),
            ("polaris", 6),
            ("trivy", 5),
            ("grype", 0),
        ] {
            assert_eq!(asked(tool), number, "{tool}");
        }
    }

    #[test]
    fn no_rule_says_two_things() {
        let rules = |one: &Requirement| one.rules.into_iter().flatten().copied().collect();
        let mut all: Vec<&str> = REQUIREMENTS
            .iter()
            .flat_map(|one| -> Vec<_> { rules(one) })
            .collect();
        all.extend(REQUIREMENTS.iter().map(|one| one.word));
        let number = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), number);
    }
}
