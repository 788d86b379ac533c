//! Sets of changes that give each need what it asks for. Nothing is evaluated here: it is arithmetic.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::Need;

/// How many partial sets are looked at before it is given up.
const STEPS: usize = 200_000;
/// How many sets of one size are tried.
const CANDIDATES: usize = 20_000;
/// Of how many sets the one with the fewest findings is taken.
const COMPARED: usize = 1_000;

/// What a change gives to each need.
fn given(change: &BTreeSet<u32>, needs: &[Need]) -> Vec<usize> {
    let common = |need: &Need| change.intersection(&need.among).count();
    needs.iter().map(common).collect()
}

/// Changes without which some need is not met even by all others.
pub(super) fn forced(changes: &[BTreeSet<u32>], needs: &[Need]) -> BTreeSet<usize> {
    let gives: Vec<_> = changes.iter().map(|change| given(change, needs)).collect();
    let mut total = vec![0; needs.len()];
    for gives in &gives {
        add(&mut total, gives);
    }
    let lacks = |gives: &Vec<usize>| {
        let without = total.iter().zip(gives).zip(needs);
        without
            .into_iter()
            .any(|((total, gives), need)| total - gives < need.at_least)
    };
    let lacking = (0..).zip(&gives).filter(|(_, gives)| lacks(gives));
    lacking.map(|(at, _)| at).collect()
}

fn add(total: &mut [usize], gives: &[usize]) {
    for (total, gives) in total.iter_mut().zip(gives) {
        *total += gives;
    }
}

/// Changes that can be chosen beside those that must be, with what they give.
pub(super) struct Cover<'a> {
    must: &'a BTreeSet<usize>,
    /// What each need still asks for.
    asked: Vec<usize>,
    /// Changes that are free to choose: those that give most first, then those with the fewest findings.
    free: Vec<Free>,
    /// The most that a change gives to each need, from each place in `free` on.
    most: Vec<Vec<usize>>,
}

struct Free {
    at: usize,
    findings: usize,
    gives: Vec<usize>,
}

impl<'a> Cover<'a> {
    pub(super) fn new(
        changes: &[BTreeSet<u32>],
        needs: &[Need],
        must: &'a BTreeSet<usize>,
    ) -> Self {
        let mut asked: Vec<usize> = needs.iter().map(|need| need.at_least).collect();
        let mut free = Vec::new();
        for (at, change) in changes.iter().enumerate() {
            let gives = given(change, needs);
            if must.contains(&at) {
                asked = left_of(&asked, &gives);
            } else {
                let findings = change.len();
                free.push(Free {
                    at,
                    findings,
                    gives,
                });
            }
        }
        free.sort_by_key(|free| {
            let sum: usize = free.gives.iter().sum();
            (Reverse(sum), free.findings, free.at)
        });
        let mut most = vec![vec![0; needs.len()]];
        for free in free.iter().rev() {
            let above = most.last().into_iter().flatten().zip(&free.gives);
            most.push(above.map(|(above, gives)| *above.max(gives)).collect());
        }
        most.reverse();
        Self {
            must,
            asked,
            free,
            most,
        }
    }

    /// A smallest set that gives each need what it asks for; when that is too much work, a number of changes below
    /// which there is none.
    pub(super) fn smallest(&self) -> Result<BTreeSet<usize>, usize> {
        for more in 0..=self.free.len() {
            let mut walk = Walk::new(self, COMPARED);
            walk.visit(0, more, &self.asked);
            let fewest = walk
                .found
                .into_iter()
                .min_by_key(|found| self.findings(found));
            if let Some(found) = fewest {
                return Ok(found);
            }
            if walk.steps == 0 {
                return Err(self.must.len() + more);
            }
        }
        // Not even all of them suffice; who asks has been told something that is not so.
        Err(self.must.len())
    }

    /// How many findings go with a set, beside those that go in any case.
    fn findings(&self, set: &BTreeSet<usize>) -> usize {
        let free = self.free.iter().filter(|free| set.contains(&free.at));
        free.map(|free| free.findings).sum()
    }

    /// All sets of a size that give each need what it asks for; `None` when there are too many.
    pub(super) fn of_size(&self, size: usize) -> Option<Vec<BTreeSet<usize>>> {
        let mut walk = Walk::new(self, CANDIDATES);
        walk.visit(0, size.checked_sub(self.must.len())?, &self.asked);
        (walk.steps > 0 && walk.found.len() < CANDIDATES).then_some(walk.found)
    }
}

fn left_of(asked: &[usize], gives: &[usize]) -> Vec<usize> {
    let asked = asked.iter().zip(gives);
    asked
        .map(|(asked, gives)| asked.saturating_sub(*gives))
        .collect()
}

/// One way through the sets of a size.
struct Walk<'a, 'b> {
    cover: &'a Cover<'b>,
    chosen: Vec<usize>,
    found: Vec<BTreeSet<usize>>,
    most: usize,
    steps: usize,
}

impl<'a, 'b> Walk<'a, 'b> {
    fn new(cover: &'a Cover<'b>, most: usize) -> Self {
        Self {
            cover,
            chosen: Vec::new(),
            found: Vec::new(),
            most,
            steps: STEPS,
        }
    }

    /// Chooses `more` changes from a place on; `asked` is what they have to give.
    fn visit(&mut self, from: usize, more: usize, asked: &[usize]) {
        if self.steps == 0 || self.found.len() >= self.most {
            return;
        }
        self.steps -= 1;
        if more == 0 {
            if asked.iter().all(|asked| *asked == 0) {
                let chosen = self.chosen.iter().copied();
                self.found
                    .push(chosen.chain(self.cover.must.iter().copied()).collect());
            }
            return;
        }
        let Some(last) = self.cover.free.len().checked_sub(more) else {
            return;
        };
        for place in from..=last {
            let most = self.cover.most.get(place).into_iter().flatten();
            let enough = most
                .zip(asked)
                .all(|(most, asked)| most.saturating_mul(more) >= *asked);
            let Some(free) = self.cover.free.get(place).filter(|_| enough) else {
                return;
            };
            self.chosen.push(free.at);
            self.visit(place + 1, more - 1, &left_of(asked, &free.gives));
            self.chosen.pop();
        }
    }
}
