//! How much memory findings take. One record can give many findings, each with a copy of a long text of that record;
//! without a limit a report of a few megabytes could fill the memory. What findings share is counted for each of them.

use gate_core::finding::{Finding, Text};

/// Most that the findings of one report may take, in bytes.
pub const MAX_FINDINGS: usize = 1 << 30;

/// About how many bytes a finding takes: itself, and what it holds that a report can make long or many.
pub(crate) fn weight(finding: &Finding) -> usize {
    let list = |texts: &[Text]| texts.iter().map(|text| text.len() + 16).sum::<usize>();
    let known = finding.vulnerability.as_deref().map_or(0, |known| {
        let ratings = known.cvss.iter().map(|rating| {
            let vector = rating.vector.as_deref().map_or(0, str::len);
            let source = rating.source.as_deref().map_or(0, str::len);
            80 + vector + source
        });
        200 + list(&known.ids)
            + list(&known.fixed_in)
            + 4 * known.cwes.len()
            + ratings.sum::<usize>()
    });
    let attributes = finding
        .attributes
        .iter()
        .map(|(name, value)| name.len() + value.len() + 40);
    size_of::<Finding>()
        + finding.title.len()
        + finding.description.len()
        + finding.remediation.as_deref().map_or(0, str::len)
        + finding.locations.len() * 80
        + list(&finding.references)
        + list(&finding.rule.tags)
        + list(&finding.keys)
        + attributes.sum::<usize>()
        + known
}
