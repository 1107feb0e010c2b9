use serde::Serialize;

use super::pairs;

/// What became of the events. Public JSON shape.
#[derive(Debug, Serialize)]
pub struct Sending {
    pub version: u32,
    pub sent: usize,
    pub rows: usize,
    pub duplicates: usize,
    pub superseded: usize,
    pub dead_letters: usize,
    pub rejected_by_bus: usize,
    /// Where they were put into the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_by_queue: Option<usize>,
    /// Put on the bus but not seen again in the time given; without `--wait`, all of them.
    pub open: usize,
    pub seconds: f64,
}

/// The same for people.
#[must_use]
pub fn sending_text(report: &Sending) -> String {
    let done = (report.rows + report.duplicates + report.superseded + report.dead_letters) as f64;
    let rate = if report.seconds > 0.0 { done / report.seconds } else { 0.0 };
    let refused = match report.rejected_by_queue {
        Some(count) => ("refused by queue", count.to_string()),
        None => ("refused by bus", report.rejected_by_bus.to_string()),
    };
    pairs([
        ("rows written", report.rows.to_string()),
        ("duplicates", report.duplicates.to_string()),
        ("dead letters", report.dead_letters.to_string()),
        refused,
        ("not seen", report.open.to_string()),
        ("time", format!("{:.1} s", report.seconds)),
        ("events/s", format!("{rate:.0}")),
    ])
}
