//! Dead letters for people, grouped or one by one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::width::cut;
use super::{printable, style};

/// Most names of fields that are shown of a message.
const FIELDS: usize = 6;

/// A dead letter, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterLine {
    pub message_id: String,
    /// RFC 3339.
    pub sent_at: Option<String>,
    /// How often the processor tried it; `None`: unknown.
    pub attempts: Option<u32>,
    /// How often it had been redriven before it failed again.
    pub sent_back: u32,
    /// A reason code.
    pub reason: &'static str,
    pub explanation: String,
    /// The names of its fields.
    pub preview: String,
    /// The whole body, if it was requested.
    pub body: Option<String>,
}

/// The dead letters of one reason, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterGroup {
    pub reason: &'static str,
    pub count: usize,
    /// When the first and the last of them were sent, in RFC 3339.
    pub first: Option<String>,
    pub last: Option<String>,
    /// The explanations, with the number of messages each, the most frequent first.
    pub explanations: Vec<(String, usize)>,
    /// How many had been redriven before.
    pub failed_again: usize,
    pub newest: DeadLetterLine,
}

/// Most explanations of one reason that are shown.
const EXPLANATIONS: usize = 3;

/// The number of dead letters by reason, their times, and the newest of each; a line fits into `width` columns.
#[must_use]
pub fn groups_text(groups: &[DeadLetterGroup], width: usize) -> String {
    let longest = groups.iter().map(|group| group.reason.len()).max().unwrap_or_default();
    let mut lines = Vec::new();
    for group in groups {
        let DeadLetterGroup { reason, count, explanations, failed_again, newest, .. } = group;
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let count = style::red(&format!("{count:>6}"));
        lines.push(
            format!("  {count} {reason:<longest$}  {}", style::dim(&span(group))).trim_end().to_owned(),
        );
        for (explanation, times) in explanations.iter().take(EXPLANATIONS) {
            let times = if explanations.len() > 1 { format!(" ({times})") } else { String::new() };
            let columns = width.saturating_sub(9 + times.len());
            lines.push(format!("         {}{times}", cut(&printable(explanation), columns)));
        }
        if let Some(more @ 1..) = explanations.len().checked_sub(EXPLANATIONS) {
            lines.push(format!("         and {more} more"));
        }
        if *failed_again > 0 {
            let words = format!("         {failed_again} failed again after a redrive");
            lines.push(style::yellow(&words));
        }
        let of = format!("         newest  {}  ", style::cyan(&printable(&newest.message_id)));
        lines.push(format!("{of}{}", style::dim(&tried(newest))));
        lines.push(style::dim(&cut(&format!("                 {}", printable(&newest.preview)), width)));
    }
    lines.join("\n")
}

/// The time range in which they were sent.
fn span(group: &DeadLetterGroup) -> String {
    match (&group.first, &group.last) {
        (Some(first), Some(last)) if first != last => format!("{} to {}", printable(first), printable(last)),
        (Some(at), _) | (_, Some(at)) => printable(at),
        _ => String::new(),
    }
}

fn tried(dead_letter: &DeadLetterLine) -> String {
    match dead_letter.attempts {
        None => "attempts unknown".to_owned(),
        Some(1) => "1 attempt".to_owned(),
        Some(attempts) => format!("{attempts} attempts"),
    }
}

/// The number of dead letters by reason, then each of them; a line fits into `width` columns. The lines are sorted by
/// reason.
#[must_use]
pub fn dead_letters_text(dead_letters: &[DeadLetterLine], width: usize) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for dead_letter in dead_letters {
        *counts.entry(dead_letter.reason).or_default() += 1;
    }
    let longest = counts.keys().map(|reason| reason.len()).max().unwrap_or_default();
    let mut lines: Vec<String> = counts
        .iter()
        .map(|(reason, count)| format!("  {} {reason:<longest$}", style::red(&format!("{count:>6}"))))
        .collect();
    for dead_letter in dead_letters {
        lines.push(String::new());
        let at = dead_letter.sent_at.as_deref().unwrap_or("sent at an unknown time");
        let mut summary = format!("{at}, {}", tried(dead_letter));
        if dead_letter.sent_back > 0 {
            summary.push_str(", failed again after a redrive");
        }
        let id = style::cyan(&printable(&dead_letter.message_id));
        lines.push(format!("  {id}  {}", style::dim(&summary)));
        lines.push(cut(
            &format!("    {}: {}", dead_letter.reason, printable(&dead_letter.explanation)),
            width,
        ));
        lines.push(style::dim(&match &dead_letter.body {
            Some(body) => format!("    {}", printable(body)),
            None => cut(&format!("    {}", printable(&dead_letter.preview)), width),
        }));
    }
    lines.join("\n")
}

/// The names of an event's fields, or the size in bytes of any other body: values may be personal.
#[must_use]
pub fn preview(body: &str) -> String {
    let value: Option<Value> = serde_json::from_str(body).ok();
    let fields = value.as_ref().and_then(|value| value.get("detail").or(Some(value))?.as_object());
    let Some(fields) = fields else { return format!("{} bytes, no object", body.len()) };
    let more = fields.len().saturating_sub(FIELDS);
    let names: Vec<&str> = fields.keys().take(FIELDS).map(String::as_str).collect();
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{{{}{more}}}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_and_foreign_text_is_printable() {
        let dead_letter = |reason| DeadLetterLine {
            message_id: "m-1".to_owned(),
            sent_at: Some("2026-11-23T10:00:00Z".to_owned()),
            attempts: Some(5),
            sent_back: 0,
            reason,
            explanation: "`shipment_id` is missing".to_owned(),
            preview: "\u{1b}[2J{a, b}".to_owned() + &"x".repeat(100),
            body: None,
        };
        let text = dead_letters_text(
            &[dead_letter("conflict"), dead_letter("missing-field"), dead_letter("missing-field")],
            60,
        );
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(text.starts_with("       1 conflict     \n       2 missing-field\n"), "{text}");
        assert!(
            text.contains("    missing-field: `shipment_id` is missing\n    \\u{1b}[2J{a, b}xxx"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }

    #[test]
    fn a_group_shows_count_times_reasons_and_the_newest() {
        let newest = DeadLetterLine {
            message_id: "m-9".to_owned(),
            sent_at: None,
            attempts: Some(1),
            sent_back: 1,
            reason: "missing-field",
            explanation: "`a` is missing".to_owned(),
            preview: "{a, \u{202e}b}".to_owned(),
            body: None,
        };
        let group = DeadLetterGroup {
            reason: "missing-field",
            count: 41,
            first: Some("2026-11-28T03:00:00Z".to_owned()),
            last: Some("2026-11-28T04:00:00Z".to_owned()),
            explanations: ["a", "b", "c", "d"].map(|name| (format!("`{name}` is missing"), 10)).to_vec(),
            failed_again: 2,
            newest,
        };
        let text = anstream::adapter::strip_str(&groups_text(&[group], 60)).to_string();
        let expected = "      41 missing-field  2026-11-28T03:00:00Z to 2026-11-28T04:00:00Z
         `a` is missing (10)
         `b` is missing (10)
         `c` is missing (10)
         and 1 more
         2 failed again after a redrive
         newest  m-9  1 attempt
                 {a, \\u{202e}b}";
        assert_eq!(text, expected.replace("\\\\", "\\"));
    }
}
