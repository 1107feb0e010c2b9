//! What becomes of one event, in words.

use std::collections::BTreeMap;

use processor::json::Json;

use super::width::{columns, padded};
use super::{printable, style};

/// The result of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub file: String,
    pub matches: bool,
    /// The rules whose patterns match it, if the spec has several.
    pub rules: Vec<String>,
    /// The result that the spec expects; `None` for an event given by hand.
    pub expected: Option<bool>,
    /// The row it becomes, if it matches and is accepted.
    pub row: Option<BTreeMap<String, Json>>,
    /// Why it does not match, or why the processor rejects it.
    pub reason: Option<String>,
    /// The file does not contain a valid event.
    pub unreadable: bool,
}

impl Verdict {
    /// Whether the result is as expected: a matching sample becomes a row, an ignored one does not match, and an event
    /// given by hand is not a dead letter.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        match self.expected {
            None => !self.matches || self.row.is_some(),
            Some(true) => self.row.is_some(),
            Some(false) => !self.matches && !self.unreadable,
        }
    }
}

/// Its result, and its row or why there is none.
pub(super) fn verdict_text(verdict: &Verdict) -> String {
    let sign = if verdict.is_as_expected() { style::green("✓") } else { style::red("✗") };
    let words = match (verdict.unreadable, verdict.matches, verdict.expected) {
        (true, ..) => "cannot be used",
        (_, true, Some(false)) => "matches, but should be ignored",
        (_, true, _) => "matches",
        (_, false, Some(true)) => "does not match, but should",
        (_, false, Some(false)) => "is ignored",
        (_, false, None) => "does not match",
    };
    let mut text = format!("{sign} {} {words}", style::cyan(&printable(&verdict.file)));
    if !verdict.rules.is_empty() {
        text.push_str(&format!(" (rule `{}`)", printable(&verdict.rules.join("`, `"))));
    }
    if let Some(reason) = &verdict.reason {
        text.push_str(&format!("\n    {}", printable(reason)));
    }
    if let Some(row) = &verdict.row {
        let keys: Vec<String> = row.keys().map(|key| printable(key)).collect();
        let width = keys.iter().map(|key| columns(key)).max().unwrap_or_default();
        for (key, value) in keys.iter().zip(row.values()) {
            let value = value.as_text().map_or_else(|| value.canonical(), ToOwned::to_owned);
            text.push_str(&format!("\n    {}  {}", padded(key, width), style::dim(&printable(&value))));
        }
    }
    text
}
