//! Answers that are made up: the guest `echoes` gives back, as its decision, whatever words it is given. What holds of
//! each of them is also what the fuzz targets `decisions` and `components` look at.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use gate_core::digest::Digest;
use gate_core::evaluate::{Evaluation, evaluate};
use gate_core::finding::{Class, Evidence, Finding};
use gate_core::fingerprint::Fingerprint;
use gate_core::gate::is_name;
use gate_core::request::{EvaluationRequest, Limits, PolicyUse};
use gate_core::severity::Severity;
use gate_core::threshold::resolve;
use gate_core::verdict::{Disposition, Outcome, Reason, Verdict};
use gate_runtime::Runtime;

use crate::guests::component;
use crate::standard::{report_of, request};

/// Most words of an answer: the guest has room for more.
const MOST: usize = 2048;

/// Which word of a decision says how many findings the policy has seen.
const SEEN: usize = 6;

/// A runtime with one policy.
pub(crate) fn with(mut runtime: Runtime, component: &[u8]) -> (Runtime, PolicyUse) {
    let loaded = runtime.load(component);
    let policy = PolicyUse {
        name: "guest".to_owned(),
        digest: Digest::of(component),
        thresholds: loaded.map_or_else(
            |_| Default::default(),
            |loaded| {
                resolve(
                    "guest",
                    &loaded.description.thresholds,
                    &[],
                    &Default::default(),
                )
                .unwrap()
            },
        ),
        settings: Default::default(),
        terms: Default::default(),
    };
    (runtime, policy)
}

/// A question about findings that differ in their counts alone.
pub(crate) fn about(policy: PolicyUse, counts: &[u32], limits: Limits) -> EvaluationRequest {
    let template = {
        let evidence = Evidence {
            pointer: "/results/0".into(),
            report: Digest::of(b"a report"),
        };
        let class = Class::CodeWeakness;
        Finding::new(
            "bandit",
            class,
            "B101",
            Severity::unknown(),
            "a title",
            evidence,
        )
    };
    let finding = |(at, count): (usize, &u32)| Finding {
        id: format!("gf1:{at:064x}").parse().unwrap(),
        count: *count,
        ..template.clone()
    };
    let findings: Vec<Finding> = counts.iter().enumerate().map(finding).collect();
    let reports = vec![report_of(&findings)];
    let mut request = request(vec![policy], findings, reports, Vec::new());
    request.question.limits = limits;
    request
}

/// Has an input as its answer. If the first byte is odd, the number of findings seen is put right, because every other
/// one is refused before anything else is looked at.
pub(crate) fn check(input: &[u8]) -> Outcome {
    static ECHOES: LazyLock<(Runtime, PolicyUse)> = LazyLock::new(|| {
        with(
            Runtime::new(&Limits::STANDARD).unwrap(),
            &component("echoes"),
        )
    });
    let Some((first, rest)) = input.split_first() else {
        return Outcome::Error;
    };
    let words = rest.chunks_exact(4).take(MOST);
    let mut words: Vec<u32> = words
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect();
    let number = words.len() as u32;
    if let Some(seen) = words.get_mut(SEEN)
        && first % 2 == 1
    {
        *seen = number;
    }
    let (runtime, policy) = &*ECHOES;
    let request = about(policy.clone(), &words, Limits::STANDARD);
    let evaluation = evaluate(&request, runtime);
    holds(&request, &evaluation);
    let again = evaluate(&request, runtime);
    assert_eq!(again.verdict, evaluation.verdict);
    assert_eq!(
        again.diagnostics[0].fuel_used,
        evaluation.diagnostics[0].fuel_used
    );
    evaluation.verdict.outcome
}

/// What holds of a verdict of one policy, whatever that policy is: either it proved its answer, or the outcome is
/// `error`, and not because the gate broke.
pub(crate) fn holds(request: &EvaluationRequest, evaluation: &Evaluation) {
    let verdict = &evaluation.verdict;
    let given = request.findings.len() as u32;
    let limits = request.question.limits;
    let ids: BTreeSet<Fingerprint> = request.findings.iter().map(|finding| finding.id).collect();
    for reason in &verdict.reasons {
        assert!(is_name(&reason.code), "{reason:?}");
        assert!(
            reason.findings.iter().all(|id| ids.contains(id)),
            "{reason:?}"
        );
        let texts = [Some(&reason.message), reason.help.as_ref()];
        let longest = texts.into_iter().flatten().map(String::len).max();
        assert!(longest <= Some(limits.text_bytes as usize), "{reason:?}");
        let broken = ["policy-engine", "policy-wall-clock"].contains(&&*reason.code);
        assert!(!broken || reason.outcome != Outcome::Error, "{reason:?}");
    }
    assert!(verdict.reasons.len() <= limits.reasons as usize);
    let counted = verdict.dispositions.get(&Disposition::Counted);
    let counted = counted.map_or(0, Vec::len);
    let [policy] = &verdict.policies[..] else {
        panic!("one policy was asked: {verdict:?}")
    };
    // Of a gate that looks at nothing, the gate itself says so.
    let (own, gates): (Vec<&Reason>, Vec<&Reason>) = verdict
        .reasons
        .iter()
        .partition(|reason| reason.policy.is_some());
    let blind = policy.counters.is_some_and(|proof| proof.matched == 0) && given > 0;
    assert!(
        gates
            .iter()
            .all(|reason| blind && reason.code == "nothing-matched"),
        "{gates:?}"
    );
    let worst = own.iter().map(|reason| reason.outcome).max();
    match (policy.outcome, policy.counters) {
        (Outcome::Error, None) => assert_eq!((worst, counted), (Some(Outcome::Error), 0)),
        (outcome, Some(proof)) if outcome != Outcome::Error => {
            assert_eq!(proof.seen, given);
            assert!(proof.rules > 0 && proof.matched <= given && counted as u32 <= proof.matched);
            assert_eq!(worst.unwrap_or(Outcome::Pass), outcome);
            assert!(outcome != Outcome::Pass || counted == 0);
        }
        other => panic!("neither an answer nor an error: {other:?}"),
    }
    let expected = if gates.is_empty() {
        policy.outcome
    } else {
        Outcome::Error
    };
    assert_eq!(verdict.outcome, expected);
    let written = serde_json::to_string(verdict).unwrap();
    assert_eq!(&serde_json::from_str::<Verdict>(&written).unwrap(), verdict);
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::gate::{files_below, workspace};

    /// The words of a decision as the canonical ABI has them, from place 4096 on: its outcome; for each reason its
    /// outcome and how many findings it names; dispositions.
    fn decision(outcome: u32, reasons: &[(u32, u32)], dispositions: &[(u32, u32)]) -> Vec<u32> {
        let place = |words: usize| 4096 + 4 * words as u32;
        let (heads, pairs) = (9, 9 + 10 * reasons.len());
        let (number, disposed) = (reasons.len() as u32, dispositions.len() as u32);
        let lists = pairs + 2 * dispositions.len();
        let mut words = vec![0, outcome, place(heads), number, place(pairs), disposed];
        words.extend([0, disposed, 1]);
        for (outcome, findings) in reasons {
            // Texts of the scaffold.
            words.extend([
                1136,
                8,
                1152,
                27,
                0,
                0,
                0,
                place(lists),
                *findings,
                *outcome,
            ]);
        }
        words.extend(dispositions.iter().flat_map(|(at, what)| [*at, *what]));
        let most = reasons.iter().map(|(_, findings)| *findings).max();
        words.extend(0..most.unwrap_or_default());
        words
    }

    fn input(words: &[u32]) -> Vec<u8> {
        let words = words.iter().flat_map(|word| word.to_le_bytes());
        [1].into_iter().chain(words).collect()
    }

    #[test]
    fn what_is_put_right_is_an_answer() {
        for (outcome, expected) in [Outcome::Pass, Outcome::Warn, Outcome::Fail]
            .iter()
            .enumerate()
        {
            let outcome = outcome as u32;
            let what = u32::from(outcome == 0);
            let words = decision(outcome, &[(0, 3), (outcome, 1)], &[(0, what), (7, what)]);
            assert_eq!(check(&input(&words)), *expected);
        }
        assert_eq!(check(&input(&decision(0, &[], &[(0, 1)]))), Outcome::Pass);
        // Findings are there, and the policy looked at none of them.
        assert_eq!(check(&input(&decision(0, &[], &[]))), Outcome::Error);
        assert_eq!(check(&input(&decision(1, &[], &[]))), Outcome::Error);
    }

    #[test]
    fn it_holds_of_the_cases() {
        let cases = files_below(&workspace().join("fuzz/cases/decisions"));
        assert!(!cases.is_empty());
        for case in cases {
            println!("{}", case.display());
            check(&fs::read(case).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_holds_of_changed_answers(
            outcome in 0..3_u32,
            reasons in vec((0..3_u32, 0..5_u32), 0..4),
            dispositions in vec((0..20_u32, 0..2_u32), 0..4),
            changes in vec((any::<Index>(), prop_oneof![
                0..24_u32,
                4080..4400_u32,
                select(vec![131_068, 131_072, 0x7fff_ffff, 0x8000_0000, u32::MAX - 3, u32::MAX]),
                any::<u32>(),
            ]), 0..4),
        ) {
            let mut words = decision(outcome, &reasons, &dispositions);
            for (at, word) in changes {
                let at = at.index(words.len());
                words[at] = word;
            }
            check(&input(&words));
        }
    }
}
