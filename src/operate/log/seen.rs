//! Which lines were printed already, so that each is printed once.

use std::collections::HashMap;

use super::LogEvent;

/// How late a line may arrive: each read begins this many milliseconds before the newest line.
const LATE: i64 = 120_000;

/// The lines that were shown, back to the start of the next read.
#[derive(Debug)]
pub(super) struct Seen {
    from: i64,
    newest: i64,
    ids: HashMap<String, i64>,
}

impl Seen {
    /// `from`: the start of the first read, in milliseconds since 1970.
    pub(super) fn new(from: i64) -> Self {
        Self { from, newest: from, ids: HashMap::new() }
    }

    /// The start of the next read. It never moves back, and older lines are forgotten. A line with a fast clock does not
    /// hide the others.
    pub(super) fn from(&mut self, now: i64) -> i64 {
        self.from = self.from.max(self.newest.min(now) - LATE);
        let from = self.from;
        self.ids.retain(|_, at| *at >= from);
        from
    }

    /// Whether a line is new.
    pub(super) fn is_new(&mut self, event: &LogEvent) -> bool {
        self.newest = self.newest.max(event.at);
        self.ids.insert(event.id.clone(), event.at).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: i64, id: &str) -> LogEvent {
        LogEvent { id: id.to_owned(), at, stream: String::new(), text: String::new() }
    }

    #[test]
    fn each_line_is_new_once_also_one_that_arrives_late() {
        const START: i64 = 1_000_000;
        let mut seen = Seen::new(START);
        assert_eq!(seen.from(START), START);
        assert!(seen.is_new(&event(START + 5, "a")) && seen.is_new(&event(START + 300_000, "b")));
        let from = seen.from(START + 400_000);
        assert_eq!(from, START + 300_000 - LATE);
        assert_eq!(seen.ids.len(), 1, "what cannot come again is forgotten");
        // The next read returns existing lines again, and those that arrived late in between.
        assert!(!seen.is_new(&event(START + 300_000, "b")) && seen.is_new(&event(from + 1, "late")));
        assert_eq!(seen.from(START + 400_000), from);
        assert!(!seen.is_new(&event(from + 1, "late")));
    }

    #[test]
    fn a_fast_clock_hides_no_line_and_a_slow_one_shows_none_twice() {
        let mut seen = Seen::new(1_000_000);
        assert!(seen.is_new(&event(9_000_000, "fast")));
        assert_eq!(seen.from(1_500_000), 1_500_000 - LATE);
        // The clock of this machine is set back.
        assert_eq!(seen.from(1_100_000), 1_500_000 - LATE);
        assert!(!seen.is_new(&event(9_000_000, "fast")));
    }
}
