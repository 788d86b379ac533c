//! Many runs of one kind, on all processors.

use std::collections::BTreeSet;
use std::fs;
use std::thread;

use super::call::Call;
use super::room::Room;

/// Runs each numbered case.
pub(super) fn each(cases: usize, case: impl Fn(usize) + Sync) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for worker in 0..workers {
            let case = &case;
            scope.spawn(move || (worker + 1..=cases).step_by(workers).for_each(case));
        }
    });
}

/// A script, and how a run of it ends that nothing disturbs.
pub(super) struct Script {
    pub(super) name: &'static str,
    pub(super) arguments: &'static [&'static str],
    pub(super) before: fn() -> Room,
    pub(super) says: &'static str,
}

impl Script {
    /// What is asked in a run that nothing disturbs.
    pub(super) fn undisturbed(&self) -> Vec<Call> {
        let room = (self.before)();
        room.run(self.name, self.arguments, &[]).success();
        room.calls()
    }

    /// Refuses each call in turn. Nothing is changed afterwards; and where it was a change, the first of its operation,
    /// another run gets to the end.
    pub(super) fn refused_at_each_call(&self) {
        let calls = self.undisturbed();
        let mut seen = BTreeSet::new();
        let again: Vec<bool> = calls
            .iter()
            .map(|call| call.changes() && seen.insert(call.operation()))
            .collect();
        assert!(seen.len() > 5, "{seen:?}");
        each(calls.len(), |number| {
            self.refused_at(number, again[number - 1]);
        });
    }

    fn refused_at(&self, number: usize, again: bool) {
        let room = (self.before)();
        let ran = room.run(
            self.name,
            self.arguments,
            &[("REFUSE", &number.to_string())],
        );
        assert_eq!(ran.code, Some(1), "call {number}: {ran:?}");
        assert!(
            ran.stderr.contains("refused by the test") || ran.stderr.contains("error: "),
            "{ran:?}"
        );
        let calls = room.calls();
        assert!(calls.len() >= number, "{number}: {ran:?}");
        let refused = &calls[number - 1];
        for call in &calls[number..] {
            assert!(
                !call.changes() || call.gives_back(),
                "after {refused:?} came {call:?}"
            );
        }
        // The lock is given back, but where giving it back was what was refused.
        let lock = "state/objects/gate%shop%dev%deploy.lock.json";
        assert_eq!(room.there(lock), refused.gives_back(), "{refused:?}");
        if room.there(lock) {
            // It says how, and nothing else is in the way.
            assert!(
                ran.stderr
                    .contains("aws s3 rm s3://state-bucket/gate/shop/dev/deploy.lock.json"),
                "{ran:?}"
            );
            fs::remove_file(room.path(lock)).unwrap();
        }
        if again {
            let said = room.run(self.name, self.arguments, &[]).success();
            assert!(said.contains(self.says), "{said}");
        }
    }
}
