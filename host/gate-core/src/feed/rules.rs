//! What a gate asks of its feeds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::FeedKind;
use crate::age::Age;
use crate::code::Code;
use crate::digest::Digest;
use crate::time::{Moment, SKEW_SECONDS};
use crate::verdict::Reason;

/// A feed that findings were annotated from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FeedUse {
    /// As of when it holds.
    pub date: Moment,
    /// Digest of the feed.
    pub digest: Digest,
    /// What it says.
    pub kind: FeedKind,
    /// The version of EPSS's model, or of KEV's catalogue.
    pub model: String,
}

/// What a gate asks of its feeds. Without any of it, every feed will do, and none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FeedRules {
    /// How long before the moment of judgement a feed may be dated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Age>,
    /// Kinds of feed that have to be there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub required: BTreeSet<FeedKind>,
}

impl FeedRules {
    pub(crate) fn is_standard(&self) -> bool {
        *self == Self::default()
    }
}

/// What is wrong with the feeds of a gate, each an error. A feed that is too old annotates all the same: it lowers
/// nothing.
#[must_use]
pub fn check(feeds: &[FeedUse], rules: &FeedRules, evaluated_at: Moment) -> Vec<Reason> {
    let there = |kind: &&FeedKind| feeds.iter().any(|feed| feed.kind == **kind);
    let missing = rules.required.iter().filter(|kind| !there(kind));
    let missing = missing.map(|kind| {
        let message = format!("the gate demands a feed of {kind}, and there is none");
        Reason::error(Code::FeedMissing, message)
    });
    let wrong = feeds.iter().filter_map(|feed| {
        let (code, message) = wrong(feed, rules.max_age, evaluated_at)?;
        Some(Reason::error(code, message))
    });
    missing.chain(wrong).collect()
}

fn wrong(feed: &FeedUse, max_age: Option<Age>, now: Moment) -> Option<(Code, String)> {
    let FeedUse { date, kind, .. } = feed;
    if date.unix() > now.unix().saturating_add(SKEW_SECONDS) {
        let message = format!("the feed of {kind} is dated {date}, which is after {now}");
        return Some((Code::FeedFromTheFuture, message));
    }
    let limit = max_age.filter(|limit| !limit.covers(*date, now))?;
    let message =
        format!("the feed of {kind} is dated {date}, which is more than {limit} before {now}");
    Some((Code::FeedTooOld, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(kind: FeedKind, date: &str) -> FeedUse {
        FeedUse {
            date: date.parse().unwrap(),
            digest: Digest::of(b"feed"),
            kind,
            model: "v1".to_owned(),
        }
    }

    #[test]
    fn a_feed_is_there_and_of_its_time() {
        use FeedKind::{Epss, Kev};
        let both: &[FeedKind] = &[Epss, Kev];
        for (feeds, max_age, required, expected) in [
            (vec![], None, &[][..], &[][..]),
            (vec![], Some("1d"), &[], &[]),
            (vec![], None, &[Epss], &["feed-missing"]),
            (vec![], None, both, &["feed-missing", "feed-missing"]),
            (
                vec![feed(Kev, "2026-01-31T00:00:00Z")],
                None,
                both,
                &["feed-missing"],
            ),
            (
                vec![feed(Kev, "2026-01-30T12:00:00Z")],
                Some("1d"),
                &[Kev],
                &[],
            ),
            (
                vec![feed(Kev, "2026-01-30T11:59:59Z")],
                Some("1d"),
                &[Kev],
                &["feed-too-old"],
            ),
            (
                vec![feed(Kev, "2026-01-30T11:59:59Z")],
                Some("1d"),
                &[],
                &["feed-too-old"],
            ),
            (vec![feed(Kev, "1999-01-01T00:00:00Z")], None, &[Kev], &[]),
            (
                vec![feed(Epss, "2026-01-31T12:05:00Z")],
                Some("1d"),
                &[],
                &[],
            ),
            (
                vec![feed(Epss, "2026-01-31T12:05:01Z")],
                None,
                &[],
                &["feed-from-the-future"],
            ),
        ] {
            let rules = FeedRules {
                max_age: max_age.map(|age| age.parse().unwrap()),
                required: required.iter().copied().collect(),
            };
            let reasons = check(&feeds, &rules, "2026-01-31T12:00:00Z".parse().unwrap());
            let codes: Vec<_> = reasons.iter().map(|reason| reason.code.as_str()).collect();
            assert_eq!(codes, expected, "{reasons:?}");
        }
    }

    #[test]
    fn it_says_which_feed_how_old_and_as_of_when() {
        let rules = FeedRules {
            max_age: "7d".parse().ok(),
            required: BTreeSet::new(),
        };
        let old = feed(FeedKind::Epss, "2026-01-01T00:00:00Z");
        let reasons = check(&[old], &rules, "2026-01-31T12:00:00Z".parse().unwrap());
        assert_eq!(
            reasons[0].message,
            "the feed of EPSS is dated 2026-01-01T00:00:00Z, which is more than 7d before 2026-01-31T12:00:00Z"
        );
    }

    #[test]
    fn rules_and_uses_are_read_as_written_and_an_unknown_field_is_refused() {
        let used = feed(FeedKind::Kev, "2026-01-01T00:00:00Z");
        let text = serde_json::to_string(&used).unwrap();
        assert_eq!(text.as_bytes(), crate::canonical::to_vec(&used).unwrap());
        assert_eq!(serde_json::from_str::<FeedUse>(&text).unwrap(), used);
        let more = text.replacen('{', "{\"surprise\":1,", 1);
        assert!(serde_json::from_str::<FeedUse>(&more).is_err());
        assert_eq!(serde_json::to_string(&FeedRules::default()).unwrap(), "{}");
        assert!(serde_json::from_str::<FeedRules>("{\"surprise\":1}").is_err());
    }
}
