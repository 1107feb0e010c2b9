//! How many writes may be in flight while the table is slow: one more for each round
//! that goes through, half as many for each that is throttled.
//!
//! DynamoDB throttles what exceeds its capacity and serves the rest, so a batch that goes
//! on at full width spends its requests, its log and the receives of its messages on being
//! refused. A batch that gives way finds the width the table serves and uses all of it.

use std::time::Duration;

use tokio::time::Instant;

/// The pause after a refusal when only one write is in flight; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Refusals that count: the pause ends at 1.6 s, within which a table that serves again is
/// found.
const MOST_REFUSALS: u32 = 5;

/// The width of one invocation's writes.
#[derive(Debug, Clone)]
pub struct Pace {
    most: usize,
    limit: usize,
    /// Writes that went through since the limit was last changed.
    smooth: usize,
    /// Writes that started before this are of a wider round, and say nothing of this one.
    lowered_at: Option<Instant>,
    /// Refusals with one write in flight, less the writes that went through since.
    refusals: u32,
    paused_until: Option<Instant>,
}

impl Pace {
    /// At most `most` writes in flight, and as many to begin with.
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

    /// Until when no write may start.
    #[must_use]
    pub fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// Whether the table has slowed the writes down and they have not recovered.
    #[must_use]
    pub fn is_slowed(&self) -> bool {
        self.limit < self.most || self.refusals > 0
    }

    /// A write went through without being throttled. Pauses grow shorter before the width
    /// grows again.
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

    /// A write that began at `started` was throttled, and perhaps went through at last. The
    /// writes of one round are refused together, and count once.
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

    /// Twice as long for each refusal that was not made up for.
    fn pause(&mut self, now: Instant) {
        let doublings = self.refusals.checked_sub(1);
        self.paused_until = doublings.map(|doublings| now + FIRST_PAUSE * 2_u32.pow(doublings));
    }
}
