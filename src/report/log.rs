use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::width::columns;
use super::{printable, style};
use crate::operate::{Entry, EntryKind, Level, LogEvent};

/// Columns of the time and the level.
const MARGIN: usize = 19;
/// The least columns for text: a narrower terminal breaks the lines itself.
const NARROWEST: usize = 20;

/// Lines of a log for people: the local time, the level, the message and the record it is about.
pub struct LogText {
    zone: TimeZone,
    /// Columns of the terminal; `None`: lines are not broken.
    columns: Option<usize>,
    /// All fields, not only the important ones.
    whole: bool,
    /// The day of the previous line.
    day: String,
}

impl LogText {
    #[must_use]
    pub fn new(zone: TimeZone, columns: Option<usize>, whole: bool) -> Self {
        Self { zone, columns, whole, day: String::new() }
    }

    /// One line, after the day if it has changed.
    #[must_use]
    pub fn line(&mut self, event: &LogEvent, entry: &Entry) -> String {
        let at = Timestamp::from_millisecond(event.at).unwrap_or_default().to_zoned(self.zone.clone());
        let day = at.strftime("%A, %Y-%m-%d, UTC%:z").to_string();
        let head = match day == self.day {
            true => String::new(),
            false => format!("{}\n", style::dim(&day)),
        };
        self.day = day;
        let is_quiet = entry.kind != EntryKind::Record && entry.level < Level::Warn;
        let level = format!("{:<5}", if is_quiet { "" } else { entry.level.name() });
        let level = match entry.level {
            Level::Error => style::red(&level),
            Level::Warn => style::yellow(&level),
            Level::Info => style::green(&level),
            _ => style::dim(&level),
        };
        let time = style::dim(&at.strftime("%H:%M:%S%.3f").to_string());
        let lines = self.laid_out(&self.words(entry, is_quiet));
        format!("{head}{time} {level} {}", lines.join(&format!("\n{:MARGIN$}", "")))
    }

    /// Each word, and whether it is dim.
    fn words(&self, entry: &Entry, is_quiet: bool) -> Vec<(String, bool)> {
        let remainder = entry.others.iter().filter(|_| self.whole);
        let fields =
            entry.fields.iter().chain(remainder).map(|(name, value)| format!("{name}={}", shown(value)));
        let split = |text: &str, dim: bool| -> Vec<(String, bool)> {
            printable(text).split(' ').map(|word| (word.to_owned(), dim)).collect()
        };
        let mut words = split(&entry.message, is_quiet);
        words.extend(fields.flat_map(|field| split(&field, true)));
        words
    }

    /// Broken at blanks, if there is a terminal.
    fn laid_out(&self, words: &[(String, bool)]) -> Vec<String> {
        let limit = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(MARGIN).max(NARROWEST));
        let mut lines: Vec<Vec<&(String, bool)>> = vec![Vec::new()];
        let mut used = 0;
        for word in words {
            let length = columns(&word.0);
            if used > 0 && used + 1 + length > limit {
                lines.push(Vec::new());
                used = 0;
            }
            used += length + usize::from(used > 0);
            if let Some(line) = lines.last_mut() {
                line.push(word);
            }
        }
        lines.iter().map(|line| painted(line)).collect()
    }
}

/// Words with style codes only where the style changes.
fn painted(words: &[&(String, bool)]) -> String {
    let parts = words.chunk_by(|(_, left), (_, right)| left == right).map(|part| {
        let text = part.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ");
        if part.iter().any(|(_, dim)| *dim) { style::dim(&text) } else { text }
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// A value in a form that can be searched for: text unchanged, in quotes if it has blanks.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '"']) => text.clone(),
        other => other.to_string(),
    }
}

/// A line for programs. Public JSON shape.
#[must_use]
pub fn log_json(event: &LogEvent, entry: &Entry) -> String {
    let fields: Map<String, Value> = entry.fields.iter().chain(&entry.others).cloned().collect();
    json!({
        "version": 1,
        "at": Timestamp::from_millisecond(event.at).unwrap_or_default().to_string(),
        "kind": entry.kind,
        "level": entry.level,
        "message": entry.message,
        "fields": fields,
        "stream": event.stream,
        "id": event.id,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: &str, text: &str) -> LogEvent {
        let at = at.parse::<Timestamp>().unwrap().as_millisecond();
        LogEvent { id: "i".to_owned(), at, stream: "s".to_owned(), text: text.to_owned() }
    }

    fn plain_line(page: &mut LogText, at: &str, text: &str) -> String {
        let line = page.line(&event(at, text), &Entry::read(text));
        anstream::adapter::strip_str(&line).to_string()
    }

    const DEAD: &str = r#"{"level":"ERROR","message":"record is a dead letter","message_id":"m-1",
        "reason":"missing-field","detail":"`a` is missing","receive_count":1}"#;

    #[test]
    fn a_line_has_the_time_of_the_zone_and_the_day_where_it_changes() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let mut page = LogText::new(zone, None, false);
        let first = plain_line(&mut page, "2026-01-31T22:59:59.999Z", DEAD);
        let words = "record is a dead letter reason=missing-field message_id=m-1 detail=\"`a` is missing\"";
        assert_eq!(first, format!("Saturday, 2026-01-31, UTC+01:00\n23:59:59.999 ERROR {words}"));
        let second = plain_line(&mut page, "2026-01-31T23:00:00Z", "END RequestId: 1");
        assert_eq!(second, "Sunday, 2026-02-01, UTC+01:00\n00:00:00.000       end");
        let third = plain_line(&mut page, "2026-01-31T23:00:01Z", "1 Task timed out after 3.00 seconds");
        assert_eq!(third, "00:00:01.000 ERROR 1 Task timed out after 3.00 seconds");
        page.whole = true;
        assert!(plain_line(&mut page, "2026-01-31T23:00:02Z", DEAD).ends_with("missing\" receive_count=1"));
    }

    #[test]
    fn a_terminal_breaks_lines_at_blanks_below_the_words() {
        let mut page = LogText::new(TimeZone::UTC, Some(60), false);
        let text = plain_line(&mut page, "2026-01-31T09:00:00Z", DEAD);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 60), "{text}");
        assert_eq!(lines[0], "09:00:00.000 ERROR record is a dead letter");
        assert_eq!(lines[1], "                   reason=missing-field message_id=m-1");
        // One word that does not fit is not broken.
        let long = "x".repeat(100);
        let text = plain_line(&mut page, "2026-01-31T09:00:00Z", &long);
        assert_eq!(text, format!("09:00:00.000       {long}"));
    }

    /// Senders of events write some of the words.
    #[test]
    fn hostile_lines_steer_nothing() {
        let hostile = "a\u{1b}[2Jb\nc\r\u{202e}d";
        for text in [
            hostile.to_owned(),
            json!({"level": "WARN", "message": hostile, "detail": hostile, hostile: hostile}).to_string(),
        ] {
            let mut page = LogText::new(TimeZone::UTC, Some(80), true);
            let shown = plain_line(&mut page, "2026-01-31T09:00:00Z", &text);
            assert!(shown.chars().all(|one| one == '\n' || crate::diagnostic::is_visible(one)), "{shown:?}");
            assert_eq!(shown.lines().count(), 2 + usize::from(shown.contains("detail")), "{shown}");
        }
        let entry = Entry::read(hostile);
        let line = log_json(&event("2026-01-31T09:00:00Z", hostile), &entry);
        assert_eq!(line.lines().count(), 1);
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["version"], &read["kind"]), (&1.into(), &"text".into()));
    }
}
