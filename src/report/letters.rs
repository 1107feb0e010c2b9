use std::collections::BTreeMap;

use serde_json::Value;

use super::width::cut;
use super::{harmless, style};

/// Names of fields shown of a message.
const FIELDS: usize = 6;

/// A dead letter, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterLine {
    pub message_id: String,
    /// RFC 3339.
    pub sent_at: Option<String>,
    pub receive_count: u32,
    /// A reason code.
    pub reason: &'static str,
    pub explanation: String,
    /// The names of its fields.
    pub preview: String,
    /// All of it, where it was asked for.
    pub body: Option<String>,
}

/// How many died of what, then each of them; a line fits into `width` columns. The lines are sorted by reason.
#[must_use]
pub fn letters_text(letters: &[LetterLine], width: usize) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for letter in letters {
        *counts.entry(letter.reason).or_default() += 1;
    }
    let longest = counts.keys().map(|reason| reason.len()).max().unwrap_or_default();
    let mut lines: Vec<String> = counts
        .iter()
        .map(|(reason, count)| format!("  {} {reason:<longest$}", style::red(&format!("{count:>6}"))))
        .collect();
    for letter in letters {
        lines.push(String::new());
        let at = letter.sent_at.as_deref().unwrap_or("sent at an unknown time");
        let received = format!("received {} times", letter.receive_count);
        lines.push(format!(
            "  {}  {}",
            style::cyan(&harmless(&letter.message_id)),
            style::dim(&format!("{at}, {received}"))
        ));
        lines.push(cut(&format!("    {}: {}", letter.reason, harmless(&letter.explanation)), width));
        lines.push(style::dim(&match &letter.body {
            Some(body) => format!("    {}", harmless(body)),
            None => cut(&format!("    {}", harmless(&letter.preview)), width),
        }));
    }
    lines.join("\n")
}

/// The names of an event's fields, or how many bytes there are of something else: values may be personal.
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
    fn reasons_are_counted_and_foreign_text_is_harmless() {
        let letter = |reason| LetterLine {
            message_id: "m-1".to_owned(),
            sent_at: Some("2026-11-23T10:00:00Z".to_owned()),
            receive_count: 5,
            reason,
            explanation: "`shipment_id` is missing".to_owned(),
            preview: "\u{1b}[2J{a, b}".to_owned() + &"x".repeat(100),
            body: None,
        };
        let text = letters_text(&[letter("conflict"), letter("missing-field"), letter("missing-field")], 60);
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(text.starts_with("       1 conflict     \n       2 missing-field\n"), "{text}");
        assert!(
            text.contains("    missing-field: `shipment_id` is missing\n    \\u{1b}[2J{a, b}xxx"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }
}
