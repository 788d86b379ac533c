//! Tests of `search`: what it takes, what it refuses, and what it says then.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Changes that remove as many findings as said, each its own.
fn changes(sizes: &[u32]) -> Vec<BTreeSet<u32>> {
    let mut next = 0;
    let change = |size: &u32| {
        let from = next;
        next += size;
        (from..next).collect()
    };
    sizes.iter().map(change).collect()
}

fn removed(changes: &[BTreeSet<u32>], made: &BTreeSet<usize>) -> BTreeSet<u32> {
    made.iter().flat_map(|at| changes[*at].clone()).collect()
}

/// The fewest changes after which it holds, by trying all sets.
fn by_force(changes: &[BTreeSet<u32>], holds: &dyn Fn(&BTreeSet<u32>) -> bool) -> Option<usize> {
    let sets = (0..1_u32 << changes.len()).map(|set| {
        let made = (0..changes.len()).filter(move |at| set >> at & 1 == 1);
        made.collect::<BTreeSet<usize>>()
    });
    let holding = sets.filter(|made| holds(&removed(changes, made)));
    holding.map(|made| made.len()).min()
}

/// Some budgets, each with the findings that it counts.
fn budgets(findings: u32) -> impl Strategy<Value = Vec<(BTreeSet<u32>, usize)>> {
    let counted = vec(any::<bool>(), findings as usize).prop_map(|counted| {
        let counted = (0..).zip(counted).filter(|(_, counted)| *counted);
        counted.map(|(at, _)| at).collect::<BTreeSet<u32>>()
    });
    vec((counted, 0..6_usize), 0..4)
}

fn within(budgets: &[(BTreeSet<u32>, usize)], removed: &BTreeSet<u32>) -> bool {
    budgets
        .iter()
        .all(|(counted, most)| counted.difference(removed).count() <= *most)
}

fn needs(budgets: &[(BTreeSet<u32>, usize)]) -> Vec<Need> {
    let over = budgets
        .iter()
        .filter(|(counted, most)| counted.len() > *most);
    over.map(|(counted, most)| Need {
        among: counted.clone(),
        at_least: counted.len() - most,
    })
    .collect()
}

proptest! {
    #[test]
    fn no_fewer_changes_meet_the_budgets(
        sizes in vec(1..5_u32, 1..9),
        budgets in budgets(32),
        known in any::<bool>(),
    ) {
        let changes = changes(&sizes);
        let holds = |removed: &BTreeSet<u32>| within(&budgets, removed);
        let known = if known { needs(&budgets) } else { Vec::new() };
        let fewest = by_force(&changes, &holds);
        // A need that asks for more than there is can't be met; then nothing holds either.
        let found = smallest(&changes, &known, 5_000, &mut |removed| holds(removed));
        prop_assert_eq!(found.as_ref().map(|found| found.changes.len()), fewest);
        if let Some(found) = found {
            prop_assert!(found.smallest);
            prop_assert!(holds(&removed(&changes, &found.changes)));
        }
    }

    #[test]
    fn no_fewer_changes_make_anything_hold_that_stays_so(
        sizes in vec(1..4_u32, 1..8),
        ways in vec(vec(0..24_u32, 0..6), 0..6),
    ) {
        let changes = changes(&sizes);
        // It holds when all findings of one of the ways are gone: whatever only gets better is of this form.
        let holds = |removed: &BTreeSet<u32>| {
            ways.iter().any(|way| way.iter().all(|at| removed.contains(at)))
        };
        let fewest = by_force(&changes, &holds);
        let found = smallest(&changes, &[], 5_000, &mut |removed| holds(removed));
        prop_assert_eq!(found.as_ref().map(|found| found.changes.len()), fewest);
        prop_assert!(found.is_none_or(|found| found.smallest));
    }

    #[test]
    fn few_questions_give_a_set_that_holds_and_no_wrong_claim(
        sizes in vec(1..5_u32, 1..9),
        budgets in budgets(32),
        most in 1..30_u32,
    ) {
        let changes = changes(&sizes);
        let mut asked = 0;
        let found = smallest(&changes, &[], most, &mut |removed| {
            asked += 1;
            within(&budgets, removed)
        });
        prop_assert!(asked <= most);
        let fewest = by_force(&changes, &|removed| within(&budgets, removed));
        prop_assert_eq!(found.is_some(), fewest.is_some());
        if let Some(found) = found {
            prop_assert!(within(&budgets, &removed(&changes, &found.changes)));
            prop_assert!(!found.smallest || Some(found.changes.len()) == fewest);
        }
    }
}

#[test]
fn thirty_alike_are_proven_with_few_questions_when_the_budget_is_known() {
    let changes = changes(&[1; 30]);
    let budget = [((0..30).collect(), 18)];
    let mut asked = 0;
    let found = smallest(&changes, &needs(&budget), 2_000, &mut |removed| {
        asked += 1;
        within(&budget, removed)
    });
    let found = found.unwrap();
    assert_eq!((found.changes.len(), found.smallest), (12, true));
    assert!(asked < 40, "{asked}");
}

#[test]
fn what_only_more_findings_would_mend_is_not_claimed() {
    // It holds as long as the second finding is there, which only grows worse.
    let changes = changes(&[1, 1]);
    let found = smallest(&changes, &[], 100, &mut |removed| !removed.contains(&1));
    assert_eq!(found, None);
    assert_eq!(smallest(&changes, &[], 0, &mut |_| true), None);
}
