//! How fast the service is asked: no faster than it allows, and slower when it asks for it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Calls per second, and how many may come at once. It falls by half with each refusal and rises again with success.
#[derive(Debug)]
pub(super) struct Pace {
    most: f64,
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
    /// Nothing is asked before.
    pause: Instant,
}

/// The slowest, in calls per second.
const SLOWEST: f64 = 0.5;
/// The longest pause after a refusal.
const LONGEST: Duration = Duration::from_secs(20);
/// The first pause.
const FIRST: Duration = Duration::from_millis(200);

impl Pace {
    /// So many calls per second, and so many at once.
    pub(super) fn new(rate: f64, burst: f64) -> Self {
        let now = Instant::now();
        Self {
            most: rate,
            rate,
            burst,
            tokens: burst,
            filled: now,
            pause: now,
        }
    }

    /// When the next call may be made; it counts as made.
    pub(super) fn next(&mut self) -> Instant {
        let now = Instant::now().max(self.pause);
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + since * self.rate).min(self.burst) - 1.0;
        self.filled = self.filled.max(now);
        if self.tokens >= 0.0 {
            return now;
        }
        now + Duration::from_secs_f64(-self.tokens / self.rate)
    }

    /// Waits for the next call, unless that would be after the deadline.
    pub(super) async fn wait(&mut self, deadline: Instant) -> bool {
        let at = self.next();
        if at >= deadline {
            return false;
        }
        sleep_until(at).await;
        true
    }

    /// A call was answered.
    pub(super) fn faster(&mut self) {
        self.rate = (self.rate + 0.5).min(self.most);
    }

    /// A call was refused for now, which was tried so many times before: waits longer each time, and never two programs
    /// for the same time.
    pub(super) fn slower(&mut self, tries: u32) {
        self.rate = (self.rate / 2.0).max(SLOWEST.min(self.most));
        self.tokens = self.tokens.min(0.0);
        let longest = FIRST.saturating_mul(1 << tries.min(10)).min(LONGEST);
        self.pause = self
            .pause
            .max(Instant::now() + longest.mul_f64(0.5 + chance() / 2.0));
    }
}

/// A number from 0 to 1. Nothing but waiting depends on it.
fn chance() -> f64 {
    let number = RandomState::new().build_hasher().finish() >> 11;
    // 53 bits, which a float holds.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
    let chance = number as f64 / (1_u64 << 53) as f64;
    chance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_burst_calls_are_as_far_apart_as_the_rate_says() {
        let mut pace = Pace::new(10.0, 3.0);
        let begin = Instant::now();
        let calls: Vec<Instant> = (0..23).map(|_| pace.next()).collect();
        assert!(calls[2] <= Instant::now());
        // Twenty more calls at ten in a second.
        let last = calls[22].saturating_duration_since(begin).as_secs_f64();
        assert!(last > 1.9, "{last}");
        assert!(
            calls
                .windows(2)
                .all(|pair| pair[0] <= pair[1] + Duration::from_millis(1))
        );
    }

    #[test]
    fn refusals_slow_down_and_answers_hasten() {
        let mut pace = Pace::new(10.0, 10.0);
        (0..9).for_each(|tries| pace.slower(tries));
        assert!(pace.next() > Instant::now() + FIRST / 2);
        assert!((pace.rate - SLOWEST).abs() < f64::EPSILON);
        (0..30).for_each(|_| pace.faster());
        assert!((pace.rate - 10.0).abs() < f64::EPSILON);
    }
}
