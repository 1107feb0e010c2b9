//! One step of an event's way, with its time.

use serde::Serialize;

/// A stage of an event's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The event happened, according to its envelope.
    Event,
    /// SQS received the message.
    Queued,
    /// The processor received it.
    Received,
    /// Its row exists.
    Stored,
    /// It is in the dead-letter queue.
    Dead,
    /// It is in the queue of undelivered events.
    Undelivered,
}

impl Stage {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Queued => "queued",
            Self::Received => "received",
            Self::Stored => "stored",
            Self::Dead => "dead letter",
            Self::Undelivered => "undelivered",
        }
    }
}

/// The source of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HopSource {
    Row,
    Message,
    Log,
}

/// One stage, and when the event reached it. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub stage: Stage,
    /// Milliseconds since 1970, or why the time is unknown.
    pub at: Result<i64, String>,
    pub origin: HopSource,
    /// A remark about the time.
    pub remark: Option<&'static str>,
}

impl Hop {
    pub(super) fn new(stage: Stage, origin: HopSource, at: Result<i64, String>) -> Self {
        Self { stage, at, origin, remark: None }
    }

    pub(super) fn with(self, remark: &'static str) -> Self {
        Self { remark: self.at.is_ok().then_some(remark), ..self }
    }

    /// Milliseconds from the previous stage with a known time to this one: `None` if one of the two is unknown.
    #[must_use]
    pub fn steps(hops: &[Self]) -> Vec<Option<i64>> {
        let mut before: Option<i64> = None;
        let step = |hop: &Self| {
            let at = hop.at.as_ref().ok().copied();
            let step = at.zip(before).map(|(at, before)| at - before);
            before = at.or(before);
            step
        };
        hops.iter().map(step).collect()
    }
}

/// The envelope's times have no fractions.
pub(super) const WHOLE_SECONDS: &str = "whole seconds: EventBridge gives no fractions";

/// An instant of a row, a message or an envelope, in milliseconds.
pub(in crate::operate) fn milliseconds(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_counted_from_the_last_known_time() {
        let hop = |at: Option<i64>| Hop::new(Stage::Event, HopSource::Row, at.ok_or_else(String::new));
        let hops = [hop(None), hop(Some(1_000)), hop(None), hop(Some(1_250)), hop(Some(1_240))];
        assert_eq!(Hop::steps(&hops), [None, None, None, Some(250), Some(-10)]);
    }
}
