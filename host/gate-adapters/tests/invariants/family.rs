//! The families of adapters that are fuzzed together, and how an input says which adapter reads it and how.

use gate_adapters::adapter::Adapter;
use gate_adapters::registry::ADAPTERS;

/// Adapters that are fuzzed together. An input chooses one by its position, so a new one is added at the end:
/// inputs that were kept go on meaning what they meant.
#[derive(Debug)]
pub struct Family {
    /// The name of the target and of the folder of its cases.
    pub name: &'static str,
    /// Identifiers of the adapters, without their versions.
    pub rows: &'static [&'static str],
}

/// All families. `formats` reads by rows that are made for it; every other adapter is in exactly one.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "secrets",
        rows: &[
            "detect-secrets-json",
            "git-secrets-text",
            "gitleaks-json",
            "trufflehog-json",
        ],
    },
    Family {
        name: "sca",
        rows: &[
            "anchore-json",
            "asff-json",
            "cargo-audit-json",
            "clair-json",
            "dependency-check-json",
            "dependency-check-xml",
            "ecr-json",
            "grype-json",
            "inspector2-json",
            "npm-audit-json",
            "ocsf-json",
            "osv-scanner-json",
            "pip-audit-json",
            "snyk-json",
            "trivy-json",
        ],
    },
    Family {
        name: "sast",
        rows: &[
            "bandit-json",
            "cobertura-xml",
            "eslint-json",
            "hadolint-json",
            "junit-xml",
            "lcov-text",
            "phpstan-json",
            "sarif",
            "semgrep-json",
            "sonarqube-json",
        ],
    },
    Family {
        name: "iac",
        rows: &[
            "aws-config-json",
            "cfn-guard-json",
            "cfn-lint-json",
            "cfn-nag-json",
            "checkov-json",
            "conftest-json",
            "kics-json",
            "kube-bench-json",
            "kubescape-json",
            "opa-json",
            "polaris-json",
            "prowler-csv",
            "tflint-json",
            "tfsec-json",
        ],
    },
    Family {
        name: "dast",
        rows: &[
            "falco-json",
            "guardduty-json",
            "nuclei-json",
            "zap-text",
            "zap-json",
            "zap-xml",
        ],
    },
    Family {
        name: "sbom",
        rows: &[
            "csaf-json",
            "cyclonedx-json",
            "cyclonedx-xml",
            "openvex-json",
            "spdx-json",
            "spdx-text",
        ],
    },
    Family {
        name: "formats",
        rows: &[],
    },
];

/// How an input begins, before the report: which adapter, what it is told, and what chance decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Header {
    /// Position of the adapter in its family; beyond the end it begins anew.
    pub row: u8,
    /// The lowest three bits choose the exit code; then come [`Header::ANY`], [`Header::REDACTED`] and
    /// [`Header::KEYED`].
    pub switches: u8,
    /// Chooses the size of pieces, the sensitive text that becomes a canary, the lists.
    pub chance: u8,
}

impl Header {
    /// The adapter is chosen by content.
    pub const ANY: u8 = 1 << 3;
    /// The report is a twin.
    pub const REDACTED: u8 = 1 << 4;
    /// There is a project key.
    pub const KEYED: u8 = 1 << 5;

    /// From here on, chance has the report given in pieces.
    pub const PIECES: u8 = u8::MAX - 3;

    /// Takes the header off an input.
    pub fn split(input: &[u8]) -> Option<(Self, &[u8])> {
        let ([row, switches, chance], report) = input.split_first_chunk()?;
        let header = Self {
            row: *row,
            switches: *switches,
            chance: *chance,
        };
        Some((header, report))
    }

    /// An input of this header and a report.
    pub fn before(self, report: &[u8]) -> Vec<u8> {
        [&[self.row, self.switches, self.chance], report].concat()
    }

    /// The scanner's exit code, where one is given.
    pub fn exit_code(self) -> Option<i32> {
        match self.switches & 7 {
            4 => Some(0),
            5 => Some(1),
            6 => Some(2),
            7 => Some(-1),
            _ => None,
        }
    }
}

/// The adapter of an identifier without its version.
pub fn adapter(row: &str) -> Option<&'static Adapter> {
    let named = |adapter: &&&'static Adapter| adapter.id.split('@').next() == Some(row);
    ADAPTERS.iter().find(named).copied()
}
