use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};

use super::{printable, style};

/// The outcome of a sample that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    Row,
    /// The row of its key existed, with the same content.
    Duplicate,
    /// The row of its key is a newer event's.
    Superseded,
    /// Its key was erased.
    Erased,
    DeadLetter,
    NotDelivered,
    NotMatched,
    NotSent,
    /// It was not found within a minute.
    NotSeen,
}

/// A sample and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    sample: String,
    became: Became,
    /// The key of its row, or why it has none.
    words: Option<String>,
}

impl Turned {
    #[must_use]
    pub fn new(sample: &str, became: Became, words: Option<String>) -> Self {
        Self { sample: sample.to_owned(), became, words }
    }
}

/// Events while a user works on a pipeline. Public JSON shape: one object per line, its name under `event`.
#[derive(Debug, Clone, PartialEq)]
pub enum DevEvent {
    /// Files were saved; names the parts of the pipeline that they are.
    Changed(&'static str),
    /// The pipeline matches the files.
    Applied {
        what: &'static str,
        changes: String,
        seconds: f64,
    },
    /// The pipeline was left as last applied.
    Retained,
    Sent(usize),
    Sample(Turned),
    /// The log cannot be read.
    LogLost(String),
    /// It ends; the text names what remains.
    Ended(String),
}

impl From<Turned> for DevEvent {
    fn from(turned: Turned) -> Self {
        Self::Sample(turned)
    }
}

/// The same for people: the time, one word, and the details, in the columns of the log's lines.
#[must_use]
pub fn dev_line(event: &DevEvent, at: Timestamp) -> String {
    let time = at.to_zoned(TimeZone::system()).strftime("%H:%M:%S%.3f").to_string();
    let (word, paint, remainder): (&str, fn(&str) -> String, String) = match event {
        DevEvent::Changed(what) => ("SAVED", style::cyan, (*what).to_owned()),
        DevEvent::Applied { what, changes, seconds } => {
            ("LIVE", style::green, format!("{what} in {seconds:.1} s: {}", printable(changes)))
        }
        DevEvent::Retained => {
            ("KEPT", style::yellow, "the pipeline remains as last applied, until the next save".to_owned())
        }
        DevEvent::Sent(count) => {
            let plural = if *count == 1 { "" } else { "s" };
            ("SENT", style::cyan, format!("{count} sample{plural}"))
        }
        DevEvent::Sample(turned) => {
            let (word, paint, noun): (_, fn(&str) -> String, _) = match turned.became {
                Became::Row => ("ROW", style::green, "is the row of"),
                Became::Duplicate => ("SAME", style::green, "is a duplicate: its row exists, of"),
                Became::Superseded => ("OLD", style::yellow, "is older than its row, of"),
                Became::Erased => ("SKIP", style::yellow, "is not written, its key was erased:"),
                Became::DeadLetter => ("DEAD", style::red, "is a dead letter:"),
                Became::NotDelivered => ("LOST", style::red, "was not delivered to the queue:"),
                Became::NotMatched => ("LOST", style::red, "is matched by no pattern:"),
                Became::NotSent => ("LOST", style::red, "was not accepted:"),
                Became::NotSeen => ("LOST", style::red, "was not found within a minute:"),
            };
            let words = turned.words.as_deref().unwrap_or(match turned.became {
                Became::NotSeen => "see the log",
                _ => "no reason was given",
            });
            (word, paint, format!("{} {noun} {}", printable(&turned.sample), printable(words)))
        }
        DevEvent::LogLost(reason) => ("LOG", style::yellow, format!("cannot be read: {}", printable(reason))),
        DevEvent::Ended(what) => ("END", style::cyan, printable(what)),
    };
    format!("{} {} {remainder}", style::dim(&time), paint(&format!("{word:<5}")))
}

/// The same for programs.
#[must_use]
pub fn dev_json(event: &DevEvent, at: Timestamp) -> String {
    let mut line = match event {
        DevEvent::Changed(what) => json!({"event": "changed", "what": what}),
        DevEvent::Applied { what, changes, seconds } => {
            json!({"event": "live", "what": what, "changes": changes, "seconds": (seconds * 1000.0).round() / 1000.0})
        }
        DevEvent::Retained => json!({"event": "kept"}),
        DevEvent::Sent(count) => json!({"event": "sent", "samples": count}),
        DevEvent::Sample(Turned { sample, became, words }) => {
            json!({"event": "sample", "sample": sample, "became": became, "words": words})
        }
        DevEvent::LogLost(reason) => json!({"event": "log_lost", "reason": reason}),
        DevEvent::Ended(left) => json!({"event": "ended", "left": left}),
    };
    line["version"] = 1.into();
    line["at"] = Value::from(at.to_string());
    line.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_as_those_of_the_log_and_names_the_sample() {
        let died = Turned::new(
            "samples/a.json",
            Became::DeadLetter,
            Some("conflict: `k` is\u{1b}[2J taken".to_owned()),
        );
        let line = dev_line(&died.clone().into(), Timestamp::UNIX_EPOCH);
        assert!(
            line.contains("DEAD") && line.contains("samples/a.json is a dead letter: conflict"),
            "{line}"
        );
        assert!(!line.contains("\u{1b}[2J"), "{line}");
        let json: Value = serde_json::from_str(&dev_json(&died.into(), Timestamp::UNIX_EPOCH)).expect("JSON");
        assert_eq!(
            (&json["version"], &json["event"], &json["became"]),
            (&1.into(), &"sample".into(), &"dead_letter".into())
        );
    }
}
