//! The adapters, one row each. A report is read by exactly one of them.

use crate::adapter::Adapter;
use crate::{
    anchore, asff, aws_config, bandit, cargo_audit, cfn_guard, cfn_lint, cfn_nag, checkov, clair,
    cobertura, conftest, csaf, cyclonedx, dependency_check, detect_secrets, ecr, eslint, falco,
    git_secrets, gitleaks, grype, guardduty, hadolint, inspector2, junit, kics, kube_bench,
    kubescape, lcov, npm_audit, nuclei, ocsf, opa, openvex, osv_scanner, phpstan, pip_audit,
    polaris, prowler, sarif, semgrep, snyk, sonarqube, spdx, tflint, tfsec, trivy, trufflehog, zap,
};

/// All adapters, in order of name.
pub static ADAPTERS: &[&Adapter] = &[
    &anchore::ADAPTER,
    &asff::ADAPTER,
    &aws_config::ADAPTER,
    &bandit::ADAPTER,
    &cargo_audit::ADAPTER,
    &cfn_guard::ADAPTER,
    &cfn_lint::ADAPTER,
    &cfn_nag::ADAPTER,
    &checkov::ADAPTER,
    &clair::ADAPTER,
    &cobertura::ADAPTER,
    &conftest::ADAPTER,
    &csaf::ADAPTER,
    &cyclonedx::ADAPTER,
    &cyclonedx::XML,
    &dependency_check::JSON,
    &dependency_check::XML,
    &detect_secrets::ADAPTER,
    &ecr::ADAPTER,
    &eslint::ADAPTER,
    &falco::ADAPTER,
    &git_secrets::ADAPTER,
    &gitleaks::ADAPTER,
    &grype::ADAPTER,
    &guardduty::ADAPTER,
    &hadolint::ADAPTER,
    &inspector2::ADAPTER,
    &junit::ADAPTER,
    &kics::ADAPTER,
    &kube_bench::ADAPTER,
    &kubescape::ADAPTER,
    &lcov::ADAPTER,
    &npm_audit::ADAPTER,
    &nuclei::ADAPTER,
    &ocsf::ADAPTER,
    &opa::ADAPTER,
    &openvex::ADAPTER,
    &osv_scanner::ADAPTER,
    &phpstan::ADAPTER,
    &pip_audit::ADAPTER,
    &polaris::ADAPTER,
    &prowler::ADAPTER,
    &sarif::ADAPTER,
    &semgrep::ADAPTER,
    &snyk::ADAPTER,
    &sonarqube::ADAPTER,
    &spdx::ADAPTER,
    &spdx::TAG_VALUE,
    &tflint::ADAPTER,
    &tfsec::ADAPTER,
    &trivy::ADAPTER,
    &trufflehog::ADAPTER,
    &zap::ADAPTER,
    &zap::CONSOLE,
    &zap::XML,
];

/// The adapters of a tool: one for each way of writing a report; none for a tool that nobody knows.
#[must_use]
pub fn of_tool(tool: &str) -> &'static [&'static Adapter] {
    of_tool_among(ADAPTERS, tool)
}

/// Those of a tool among adapters that are in the order of the table: by tool, then by identifier.
#[must_use]
pub fn of_tool_among<'a>(all: &'a [&'static Adapter], tool: &str) -> &'a [&'static Adapter] {
    let start = all.partition_point(|adapter| adapter.tool < tool);
    let end = all.partition_point(|adapter| adapter.tool <= tool);
    all.get(start..end).unwrap_or_default()
}

/// The adapter of an identifier such as `trivy-json@1`.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Adapter> {
    ADAPTERS.iter().find(|adapter| adapter.id == id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order_and_none_twice() {
        let order = |adapter: &Adapter| (adapter.tool, adapter.id);
        assert!(
            ADAPTERS
                .windows(2)
                .all(|pair| order(pair[0]) < order(pair[1]))
        );
        // How a report is written must tell the adapters of one tool apart.
        let syntax = |adapter: &Adapter| (adapter.tool, adapter.format.syntax());
        let mut ways: Vec<_> = ADAPTERS.iter().map(|adapter| syntax(adapter)).collect();
        ways.sort_unstable();
        assert!(ways.windows(2).all(|pair| pair[0] != pair[1]), "{ways:?}");
    }

    #[test]
    fn every_row_says_what_the_documentation_needs() {
        for adapter in ADAPTERS {
            assert!(gate_core::gate::is_name(adapter.tool), "{adapter:?}");
            assert!(
                adapter.id.starts_with(adapter.tool) && adapter.id.contains('@'),
                "{adapter:?}"
            );
            for text in [adapter.reads, adapter.severity, adapter.completeness] {
                assert!(!text.is_empty(), "{adapter:?}");
            }
        }
    }
}
