//! What an answer is made from, in whatever format it is written.

use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::fingerprint::Fingerprint;
use gate_core::ports::Diagnostics;
use gate_core::request::EvaluationRequest;
use gate_core::verdict::{Reason, Verdict};

use crate::disposition::exempt;

/// A verdict, and what is needed to explain it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The verdict.
    pub verdict: &'a Verdict,
    /// What was judged.
    pub request: &'a EvaluationRequest,
    /// What each policy took, in the order of the verdict's policies; not part of the record.
    pub diagnostics: &'a [Diagnostics],
    /// Name of the evaluation record.
    pub record: Digest,
    /// The exit code that goes with the verdict.
    pub exit_code: u8,
}

impl<'a> Answer<'a> {
    /// The findings that a reason names, in its order.
    pub(crate) fn named(self, reason: &'a Reason) -> impl Iterator<Item = &'a Finding> {
        let all = &self.request.findings;
        let find = move |id: &Fingerprint| {
            let at = all.binary_search_by_key(id, |finding| finding.id).ok()?;
            all.get(at)
        };
        reason.findings.iter().filter_map(find)
    }

    /// Findings that were kept from counting, each with the reason.
    pub(crate) fn exempted(self) -> impl Iterator<Item = (&'a Finding, &'static str)> {
        let why = move |finding: &'a Finding| {
            let disposition = self.verdict.disposition_of(&finding.id);
            exempt(disposition).map(|why| (finding, why))
        };
        self.request.findings.iter().filter_map(why)
    }

    /// The subject's name and digest.
    pub(crate) fn subject(self) -> Option<String> {
        let subject = self.verdict.subject.as_ref()?;
        let digest = subject.digest.map(|digest| format!("@{digest}"));
        Some(format!("{}{}", subject.name, digest.unwrap_or_default()))
    }
}
