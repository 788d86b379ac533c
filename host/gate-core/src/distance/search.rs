//! The smallest set of changes after which something holds. Pure: all that is known of the changes is which findings
//! each removes, and all that is known of the rest is a question that is answered by yes or no.
//!
//! What holds when some findings are gone is taken to hold when more are gone. Where that is not so, the answer may not
//! be the smallest one; it holds all the same, because every set that is given back was asked about.

mod cover;

use std::collections::BTreeSet;

use cover::Cover;

/// Findings of which some have to go, whatever else goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// The findings, by position.
    pub(super) among: BTreeSet<u32>,
    /// How many of them have to go at least.
    pub(super) at_least: usize,
}

/// A set of changes after which it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The changes, by position.
    pub(super) changes: BTreeSet<usize>,
    /// Whether it is proven that no smaller number of changes will do.
    pub(super) smallest: bool,
}

/// Looks for the smallest set of changes after which something holds; of several the one with the fewest findings, as
/// far as it was looked at. None when it does not hold after all of them, or when it could not even be asked once.
///
/// `changes` are the findings that each change removes; no two of them share one. `needs` are known to be so. `holds`
/// says whether it holds without some findings, and is asked at most `most` times.
pub(super) fn smallest(
    changes: &[BTreeSet<u32>],
    needs: &[Need],
    most: u32,
    holds: &mut dyn FnMut(&BTreeSet<u32>) -> bool,
) -> Option<Found> {
    let mut search = Search {
        changes,
        left: most,
        holds,
    };
    let all: BTreeSet<usize> = (0..changes.len()).collect();
    if search.ask(&all) != Some(true) {
        return None;
    }
    // What is kept for the last resort, which asks once for each change.
    let reserve = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    let found = search.prove(needs, &all, reserve);
    Some(found.unwrap_or_else(|| Found {
        changes: search.thin_out(all),
        smallest: false,
    }))
}

struct Search<'a> {
    changes: &'a [BTreeSet<u32>],
    /// How often it may still be asked.
    left: u32,
    holds: &'a mut dyn FnMut(&BTreeSet<u32>) -> bool,
}

impl Search<'_> {
    /// Whether it holds after some changes; `None` when it may not be asked any more.
    fn ask(&mut self, made: &BTreeSet<usize>) -> Option<bool> {
        self.left = self.left.checked_sub(1)?;
        let removed = made.iter().filter_map(|at| self.changes.get(*at));
        Some((self.holds)(&removed.flatten().copied().collect()))
    }

    /// As [`Search::ask`], and leaves some questions over.
    fn ask_sparingly(&mut self, made: &BTreeSet<usize>, reserve: u32) -> Option<bool> {
        if self.left <= reserve {
            return None;
        }
        self.ask(made)
    }

    fn size(&self, made: &BTreeSet<usize>) -> usize {
        let removed = made.iter().filter_map(|at| self.changes.get(*at));
        removed.map(BTreeSet::len).sum()
    }

    /// A set that is proven to be the smallest; `None` when that takes more questions than there are.
    fn prove(&mut self, needs: &[Need], all: &BTreeSet<usize>, reserve: u32) -> Option<Found> {
        // One without which all others do not suffice is in every set.
        let mut must = cover::forced(self.changes, needs);
        for at in all {
            if must.contains(at) {
                continue;
            }
            let mut others = all.clone();
            others.remove(at);
            if !self.ask_sparingly(&others, reserve)? {
                must.insert(*at);
            }
        }
        let proven = |changes| Found {
            changes,
            smallest: true,
        };
        if self.ask_sparingly(&must, reserve)? {
            return Some(proven(must));
        }
        // The smallest set that gives each need what it asks for is a lower bound, and mostly the answer.
        let cover = Cover::new(self.changes, needs, &must);
        let bound = match cover.smallest() {
            Ok(covering) => {
                if self.ask_sparingly(&covering, reserve)? {
                    return Some(proven(covering));
                }
                covering.len()
            }
            Err(bound) => bound,
        };
        for size in bound.max(must.len() + 1)..=all.len() {
            if let Some(found) = self.of_size(size, &cover, reserve)? {
                return Some(proven(found));
            }
        }
        None
    }

    /// The set of a size with the fewest findings, of those that hold and have all that must be in it. The outer `None`
    /// says that there are not enough questions to be sure that there is none.
    fn of_size(
        &mut self,
        size: usize,
        cover: &Cover<'_>,
        reserve: u32,
    ) -> Option<Option<BTreeSet<usize>>> {
        let mut best: Option<(usize, BTreeSet<usize>)> = None;
        for candidate in cover.of_size(size)? {
            let findings = self.size(&candidate);
            if best.as_ref().is_some_and(|(fewest, _)| *fewest <= findings) {
                continue;
            }
            match self.ask_sparingly(&candidate, reserve) {
                Some(true) => best = Some((findings, candidate)),
                Some(false) => {}
                // The number of changes is proven already, if one was found.
                None if best.is_some() => break,
                None => return None,
            }
        }
        Some(best.map(|(_, changes)| changes))
    }

    /// Leaves out of a set that holds what can be left out: the changes with the fewest findings first.
    fn thin_out(&mut self, mut made: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut order: Vec<usize> = made.iter().copied().collect();
        order.sort_by_key(|at| self.changes.get(*at).map_or(0, BTreeSet::len));
        for at in order {
            made.remove(&at);
            if self.ask(&made) != Some(true) {
                made.insert(at);
            }
        }
        made
    }
}

#[cfg(test)]
mod tests;
