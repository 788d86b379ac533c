//! What feeds say, told to findings.
//!
//! Each step keeps the graver of what was known and what a feed says. So nothing is ever lowered, neither by a feed that
//! is old or lacks a row nor by one that contradicts the tool, and the order of feeds does not matter.

use super::{Entry, Feed, FeedKind, Ransomware, decimal, is_cve};
use crate::finding::{Attributes, Finding, Text};
use crate::time::is_day;

/// The attribute with the day on which a vulnerability was listed as known exploited.
pub const KEV_ADDED: &str = "kev-added";
/// The attribute with the day by which it is to be mended.
pub const KEV_DUE: &str = "kev-due";
/// The attribute that says whether campaigns of ransomware use it: `known` or `unknown`.
pub const KEV_RANSOMWARE: &str = "kev-ransomware";
/// The attribute with the percentile of its EPSS score, as decimal text between 0 and 1.
pub const EPSS_PERCENTILE: &str = "epss-percentile";

/// Tells findings what feeds say of the vulnerabilities that they name; of several names, the gravest counts.
///
/// `epss` and `epss-percentile` become the highest, `known_exploited` becomes true where any feed lists the
/// vulnerability, `kev-added` and `kev-due` become the earliest day, and `kev-ransomware` is `known` where anyone knows
/// so. Where the tool said nothing and a KEV feed does not list a CVE of the finding, `known_exploited` becomes false; of
/// a vulnerability without a CVE a feed knows nothing. Identities and the number of findings stay.
pub fn annotate(findings: &mut [Finding], feeds: &[Feed]) {
    let names = Names::default();
    for finding in findings {
        let Some(known) = finding.vulnerability.as_deref_mut() else {
            continue;
        };
        let attributes = &mut finding.attributes;
        for feed in feeds {
            let mut listed = false;
            for entry in known.ids.iter().filter_map(|id| feed.get(id)) {
                listed = true;
                match entry {
                    Entry::Epss { epss, percentile } => {
                        if is_higher(known.epss.as_deref(), epss) {
                            known.epss = Some(epss.into());
                        }
                        keep(attributes, &names.percentile, percentile, is_higher);
                    }
                    Entry::Kev {
                        added,
                        due,
                        ransomware,
                    } => {
                        known.known_exploited = Some(true);
                        keep(attributes, &names.added, added, is_earlier);
                        keep(attributes, &names.due, due, is_earlier);
                        let ransomware = ransomware.as_str();
                        keep(attributes, &names.ransomware, ransomware, is_graver);
                    }
                }
            }
            if feed.kind() == FeedKind::Kev && !listed && known.ids.iter().any(|id| is_cve(id)) {
                known.known_exploited.get_or_insert(false);
            }
        }
    }
}

/// Names of attributes, held once for all findings.
struct Names {
    added: Text,
    due: Text,
    ransomware: Text,
    percentile: Text,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            added: KEV_ADDED.into(),
            due: KEV_DUE.into(),
            ransomware: KEV_RANSOMWARE.into(),
            percentile: EPSS_PERCENTILE.into(),
        }
    }
}

/// Puts a text under a name, where it says more than what stands there.
fn keep(
    attributes: &mut Attributes,
    name: &Text,
    text: &str,
    says_more: fn(Option<&str>, &str) -> bool,
) {
    if says_more(attributes.get(name).map(Text::as_str), text) {
        attributes.insert(name.clone(), text.into());
    }
}

/// What is no number says nothing: neither did a tool mean one, nor could a policy have read it.
fn is_higher(held: Option<&str>, text: &str) -> bool {
    let held = held.and_then(decimal::normal);
    held.is_none_or(|held| decimal::compare(&held, text).is_lt())
}

fn is_earlier(held: Option<&str>, text: &str) -> bool {
    let held = held.filter(|held| is_day(held));
    held.is_none_or(|held| text < held)
}

fn is_graver(held: Option<&str>, text: &str) -> bool {
    const WORDS: [&str; 2] = [Ransomware::Unknown.as_str(), Ransomware::Known.as_str()];
    let rank = |word: &str| WORDS.iter().position(|known| *known == word);
    held.and_then(rank) < rank(text)
}

#[cfg(test)]
mod tests;
