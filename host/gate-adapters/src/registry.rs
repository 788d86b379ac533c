//! The adapters, one row each. A report is read by exactly one of them.

use crate::adapter::Adapter;
use crate::{bandit, checkov, gitleaks, grype, sarif, trivy};

/// All adapters, in order of name.
pub static ADAPTERS: &[&Adapter] = &[
    &bandit::ADAPTER,
    &checkov::ADAPTER,
    &gitleaks::ADAPTER,
    &grype::ADAPTER,
    &sarif::ADAPTER,
    &trivy::ADAPTER,
];

/// The adapter of a tool.
#[must_use]
pub fn find(tool: &str) -> Option<&'static Adapter> {
    ADAPTERS
        .iter()
        .find(|adapter| adapter.tool == tool)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order_and_none_twice() {
        assert!(ADAPTERS.windows(2).all(|pair| pair[0].tool < pair[1].tool));
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
