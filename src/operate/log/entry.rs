//! What one line of the log says.

use serde::Serialize;
use serde_json::{Map, Value};

use super::platform;

/// The severity of a line, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The name that the processor writes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// Parses a name in upper or lower case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(name))
    }
}

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The processor, for people.
    Record,
    /// The processor, for CloudWatch's metrics.
    Metrics,
    /// Lambda, about an invocation.
    Platform,
    /// Plain text: Lambda about a failure, or a process that ended before it could write a record.
    Text,
}

/// The content of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub kind: EntryKind,
    pub level: Level,
    pub message: String,
    /// The important fields, first.
    pub fields: Vec<(String, Value)>,
    /// All other fields.
    pub others: Vec<(String, Value)>,
}

/// Fields that say which record a line is about and why, in this order.
const MATTER: [&str; 8] =
    ["reason", "count", "key", "event_id", "message_id", "message_ids", "detail", "place"];
/// The member from which CloudWatch reads metrics.
const METRICS: &str = "_aws";

impl Entry {
    /// Parses a line.
    #[must_use]
    pub fn read(text: &str) -> Self {
        record(text).or_else(|| platform::read(text)).unwrap_or_else(|| platform::plain(text))
    }

    /// One of the important fields.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// A line of the processor: a JSON object with a level and a message.
fn record(text: &str) -> Option<Entry> {
    let mut members: Map<String, Value> = serde_json::from_str(text).ok()?;
    let level = Level::named(members.get("level")?.as_str()?)?;
    let message = members.get("message")?.as_str()?.to_owned();
    for name in ["level", "message", "timestamp"] {
        members.remove(name);
    }
    let kind = match members.remove(METRICS) {
        Some(_) => EntryKind::Metrics,
        None => EntryKind::Record,
    };
    let fields =
        MATTER.iter().filter_map(|name| Some(((*name).to_owned(), members.remove(*name)?))).collect();
    Some(Entry { kind, level, message, fields, others: members.into_iter().collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: &[(String, Value)]) -> Vec<&str> {
        fields.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The texts of `processor/src/log.rs` and `processor/src/emf.rs`.
    #[test]
    fn a_record_is_read_with_what_matters_first() {
        let line = r#"{"timestamp":"2026-01-31T09:05:00.1Z","level":"ERROR","message":"record is a dead letter",
            "message_id":"m-1","reason":"missing-field","class":"permanent","receive_count":1,
            "detail":"`detail.shipment_id` is missing","request_id":"r-1"}"#;
        let entry = Entry::read(line);
        assert_eq!((entry.kind, entry.level), (EntryKind::Record, Level::Error));
        assert_eq!(entry.message, "record is a dead letter");
        assert_eq!(names(&entry.fields), ["reason", "message_id", "detail"]);
        assert_eq!(names(&entry.others), ["class", "receive_count", "request_id"]);
        let metrics = Entry::read(r#"{"level":"INFO","message":"batch","records":3,"_aws":{"Timestamp":1}}"#);
        assert_eq!((metrics.kind, names(&metrics.others)), (EntryKind::Metrics, vec!["records"]));
    }

    #[test]
    fn json_of_another_shape_is_text() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for text in [
            "{}",
            r#"{"level":"LOUD","message":"x"}"#,
            r#"{"level":"INFO"}"#,
            "{\"level\":",
            "[1]",
            "",
            &deep,
        ] {
            let entry = Entry::read(text);
            assert_eq!((entry.kind, entry.level), (EntryKind::Text, Level::Info));
            assert_eq!(entry.message, text);
        }
    }
}
