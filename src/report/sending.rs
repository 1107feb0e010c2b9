use serde::Serialize;

use super::{pairs, printable};

/// The results of the events. Public JSON shape.
#[derive(Debug, Serialize)]
pub struct Sending {
    pub version: u32,
    pub sent: usize,
    pub rows: usize,
    pub duplicates: usize,
    pub superseded: usize,
    /// Of erased keys: the processor does not write them.
    pub erased: usize,
    pub dead_letters: usize,
    pub rejected_by_bus: usize,
    /// Set if they were put into the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_by_queue: Option<usize>,
    /// Put on the bus without a result within the given time; without `--wait`, all of them.
    pub open: usize,
    pub seconds: f64,
    /// Events that were sent a second time on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_twice: Option<usize>,
    /// Events that were made invalid so that the processor rejects them, by reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub poison: Vec<Poison>,
    /// Why events are not rows, the most frequent reason first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Unstored>,
}

/// Invalid events of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Poison {
    pub reason: String,
    pub sent: usize,
    /// Those that became dead letters for this reason.
    pub dead_letters: usize,
}

/// Events that are not rows for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unstored {
    pub what: Lost,
    pub reason: String,
    pub count: usize,
    /// The id of one of them, if it has one.
    pub event_id: Option<String>,
}

/// Where an event's path ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// No rule's pattern matches it.
    NotMatched,
    /// The bus or the queue did not accept it.
    NotTaken,
    /// EventBridge could not deliver it to the queue.
    NotDelivered,
    /// The processor rejected it: it is a dead letter.
    Refused,
    /// The processor rejects it, and it is not a dead letter yet.
    BeingRefused,
    /// It was not found within the given time.
    NotSeen,
}

impl Lost {
    fn words(self) -> &'static str {
        match self {
            Self::NotMatched => "no pattern matches",
            Self::NotTaken => "not accepted",
            Self::NotDelivered => "not delivered to the queue",
            Self::Refused => "rejected by the processor",
            Self::BeingRefused => "rejected by the processor, a dead letter later",
            Self::NotSeen => "not found in time",
        }
    }
}

/// Most reasons that are shown; the JSON form has all.
const SHOWN: usize = 5;

/// A line for each reason, for people.
#[must_use]
pub fn unstored_lines(reasons: &[Unstored]) -> Vec<String> {
    let shown = reasons.iter().take(SHOWN);
    let mut lines: Vec<String> = shown
        .map(|one| format!("  not a row     {} {}: {}", one.count, one.what.words(), printable(&one.reason)))
        .collect();
    let more = reasons.len().saturating_sub(SHOWN);
    lines.extend((more > 0).then(|| format!("  not a row     for {more} more reasons")));
    lines
}

/// The same for people.
#[must_use]
pub fn sending_text(report: &Sending) -> String {
    let Sending { rows, duplicates, superseded, erased, dead_letters, .. } = *report;
    let done = (rows + duplicates + superseded + erased + dead_letters) as f64;
    let rate = if report.seconds > 0.0 { done / report.seconds } else { 0.0 };
    let refused = match report.rejected_by_queue {
        Some(count) => ("refused by queue", count.to_string()),
        None => ("refused by bus", report.rejected_by_bus.to_string()),
    };
    let twice = report.sent_twice.map(|count| ("sent twice", count.to_string()));
    let poison = report.poison.iter().map(|one| {
        ("poison", format!("{} {}, {} of them dead letters", one.sent, one.reason, one.dead_letters))
    });
    let written = [("rows written", rows.to_string()), ("duplicates", duplicates.to_string())];
    let unwritten =
        [("superseded", superseded.to_string()), ("erased keys", format!("{erased}, not written"))];
    let unwritten = unwritten.into_iter().zip([superseded, erased]).filter(|(_, count)| *count > 0);
    let remainder = [
        ("dead letters", dead_letters.to_string()),
        refused,
        ("not seen", report.open.to_string()),
        ("time", format!("{:.1} s", report.seconds)),
        ("events/s", format!("{rate:.0}")),
    ];
    let counts = written.into_iter().chain(unwritten.map(|(line, _)| line)).chain(remainder);
    pairs(counts.chain(twice).chain(poison))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sending() -> Sending {
        Sending {
            version: 1,
            sent: 3,
            rows: 0,
            duplicates: 0,
            superseded: 0,
            erased: 0,
            dead_letters: 0,
            rejected_by_bus: 0,
            rejected_by_queue: None,
            open: 0,
            seconds: 1.0,
            sent_twice: None,
            poison: Vec::new(),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_written_by_design_is_shown_where_there_is_any() {
        let text = sending_text(&Sending { superseded: 1, erased: 2, ..sending() });
        assert!(text.contains("superseded") && text.contains("2, not written"), "{text}");
        let text = sending_text(&Sending { rows: 3, ..sending() });
        assert!(!text.contains("superseded") && !text.contains("erased"), "{text}");
    }
}
