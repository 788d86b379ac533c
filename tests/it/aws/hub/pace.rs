//! How many calls Security Hub lets through: a bucket of tokens for each operation.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::super::fault::rest_json;
use super::super::http::Answer;

/// Calls per second and burst, as documented.
const IMPORT: (u32, u32) = (10, 30);
const FIND: (u32, u32) = (3, 6);

/// What limits calls.
#[derive(Default)]
pub(crate) enum Pace {
    /// 10 imports a second and 30 at once, 3 queries a second and 6 at once, by the clock.
    #[default]
    Documented,
    /// The same by a clock of the stub, which each call, refused or not, moves on by this much.
    Counted(Duration),
    /// Nothing.
    Free,
    /// In use: what is left of each operation's tokens, and when that was.
    #[doc(hidden)]
    Running(Running),
}

pub(crate) struct Running {
    step: Option<Duration>,
    begun: Instant,
    counted: Duration,
    /// Tokens, in millionths, and the time at which there were so many.
    left: BTreeMap<String, (u64, Duration)>,
    refusals: usize,
}

/// The ways to say it. All three are documented for this service, and a caller has to know them all.
const WORDS: [&str; 3] = [
    "TooManyRequestsException",
    "ThrottlingException",
    "LimitExceededException",
];

impl Pace {
    pub(super) fn refuse(&mut self, operation: &str) -> Option<Answer> {
        let step = match self {
            Self::Free => return None,
            Self::Running(running) => return running.refuse(operation),
            Self::Documented => None,
            Self::Counted(step) => Some(*step),
        };
        let mut running = Running {
            step,
            begun: Instant::now(),
            counted: Duration::ZERO,
            left: BTreeMap::new(),
            refusals: 0,
        };
        let refused = running.refuse(operation);
        *self = Self::Running(running);
        refused
    }
}

impl Running {
    fn refuse(&mut self, operation: &str) -> Option<Answer> {
        const WHOLE: u64 = 1_000_000;
        let now = match self.step {
            Some(step) => {
                self.counted += step;
                self.counted
            }
            None => self.begun.elapsed(),
        };
        let (rate, burst) = match operation {
            "GetFindings" => FIND,
            _ => IMPORT,
        };
        let full = u64::from(burst) * WHOLE;
        let (left, at) = self.left.entry(operation.to_owned()).or_insert((full, now));
        let micros = u64::try_from((now - *at).as_micros()).unwrap();
        *left = full.min(*left + micros * u64::from(rate));
        *at = now;
        if *left >= WHOLE {
            *left -= WHOLE;
            return None;
        }
        let kind = WORDS[self.refusals % WORDS.len()];
        self.refusals += 1;
        Some(rest_json(429, kind, "Too Many Requests"))
    }
}
