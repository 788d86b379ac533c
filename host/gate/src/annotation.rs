//! What findings are told before they are kept, so that every policy sees it. A replay tells them the same.

use gate_core::baseline::{Baseline, leave_unsaid};
use gate_core::feed::{Feed, annotate};
use gate_core::finding::Finding;
use gate_core::ports::EvidenceStore;
use gate_core::request::Question;
use gate_core::scan_report::Problem;
use gate_core::time::Moment;

use crate::config::{Asked, Profile};
use crate::failure::Result;
use crate::{baseline, feeds};

/// Where it comes from.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    /// What was there before.
    pub(crate) baseline: Option<Baseline>,
    /// What is known of vulnerabilities beyond what their tools say.
    pub(crate) feeds: Vec<Feed>,
}

impl Annotations {
    /// What a profile has of it, and what can't be read: the gate then can't decide.
    pub(crate) fn of_profile(
        profile: &Profile,
        compared: Option<&baseline::Asked>,
        asked: &Asked<'_>,
        now: Moment,
        store: &dyn EvidenceStore,
    ) -> Result<(Self, Vec<Problem>)> {
        let (feeds, mut problems) = feeds::of_profile(&profile.feeds, store)?;
        let mut baseline = None;
        if let Some(compared) = compared {
            match baseline::load(&compared.path, asked.gate, &profile.scope, now) {
                Ok(read) => baseline = Some(read),
                Err(problem) => problems.push(problem),
            }
        }
        Ok((Self { baseline, feeds }, problems))
    }

    /// What the findings of a record were told, from its store.
    pub(crate) fn of_record(question: &Question, store: &dyn EvidenceStore) -> Result<Self> {
        let used = question.baseline.as_ref();
        let baseline = used.map(|used| baseline::kept(store, &used.digest));
        let feeds = question
            .feeds
            .iter()
            .map(|used| feeds::kept(store, &used.digest));
        Ok(Self {
            baseline: baseline.transpose()?,
            feeds: feeds.collect::<Result<_>>()?,
        })
    }

    /// The findings with all that is known of them.
    pub(crate) fn annotated(&self, mut findings: Vec<Finding>, now: Moment) -> Vec<Finding> {
        annotate(&mut findings, &self.feeds);
        match &self.baseline {
            Some(baseline) => baseline.annotate(&mut findings, now),
            None => leave_unsaid(&mut findings),
        }
        findings
    }
}
