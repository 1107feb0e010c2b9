//! The number of writes in flight while the table is slow: one more for each round that succeeds, half as many for each
//! round that is throttled.
//!
//! DynamoDB throttles requests beyond its capacity and serves the others. A batch that continues with full concurrency
//! spends its requests, its log and the receives of its messages on throttled writes. A batch that slows down finds the
//! concurrency that the table serves and uses all of it.

use std::time::Duration;

use tokio::time::Instant;

/// The pause after a throttled write when only one write is in flight; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The most throttled writes that count: the pause is at most 1.6 s, so a table that serves again is found within that
/// time.
const MOST_REFUSALS: u32 = 5;

/// The concurrency of one invocation's writes.
#[derive(Debug, Clone)]
pub struct Pace {
    most: usize,
    limit: usize,
    /// Successful writes since the limit last changed.
    smooth: usize,
    /// Writes that started before this belong to a round with a higher limit, and say nothing about this one.
    lowered_at: Option<Instant>,
    /// Throttled writes with one write in flight, less the successful writes since then.
    refusals: u32,
    paused_until: Option<Instant>,
}

impl Pace {
    /// At most `most` writes in flight, which is also the initial number.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, limit: most, smooth: 0, lowered_at: None, refusals: 0, paused_until: None }
    }

    /// Writes that may be in flight now.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Until when no write may start; `None` without a pause.
    #[must_use]
    pub fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// Whether the table has slowed the writes down and they have not recovered.
    #[must_use]
    pub fn is_slowed(&self) -> bool {
        self.limit < self.most || self.refusals > 0
    }

    /// A write succeeded without being throttled. Pauses become shorter before the limit grows again.
    pub fn served(&mut self, now: Instant) {
        self.paused_until = None;
        if self.refusals > 0 {
            self.refusals -= 1;
            self.pause(now);
            return;
        }
        self.smooth += 1;
        if self.smooth >= self.limit && self.limit < self.most {
            self.limit += 1;
            self.smooth = 0;
        }
    }

    /// A write that began at `started` was throttled, and perhaps succeeded in the end. The throttled writes of one round
    /// count once.
    pub fn throttled(&mut self, started: Instant, now: Instant) {
        if self.lowered_at.is_some_and(|lowered| started < lowered) {
            return;
        }
        self.lowered_at = Some(now);
        self.smooth = 0;
        if self.limit > 1 {
            self.limit /= 2;
        } else {
            self.refusals = (self.refusals + 1).min(MOST_REFUSALS);
            self.pause(now);
        }
    }

    /// Doubles for each throttled write that no success has offset.
    fn pause(&mut self, now: Instant) {
        let doublings = self.refusals.checked_sub(1);
        self.paused_until = doublings.map(|doublings| now + FIRST_PAUSE * 2_u32.pow(doublings));
    }
}
