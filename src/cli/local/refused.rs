//! Recent rejections, for the local console.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cli::Stop;
use crate::deploy::Session;
use crate::diagnostic::Failure;
use crate::operate::{Entry, EntryKind, LogApi as _, REASON_HOURS};
use crate::report::printable;

/// Rejections that the page shows.
const MOST: usize = 12;
/// Only lines about rejected events contain it.
const WORD: &str = "\"reason\"";

/// The newest rejections, from the processor's log: reading the queue would hide its messages from others.
pub(super) async fn refusals(session: &Session) -> Result<Value, Stop> {
    let from = Timestamp::now().as_second() - 3600 * REASON_HOURS as i64;
    let lines =
        session.clients.log_lines(&session.names.log_group, from, WORD).await.map_err(Failure::from)?;
    let entries = lines.iter().rev().filter_map(|line| refusal(line.at, &Entry::read(&line.text)));
    let newest: Vec<Value> = entries.take(MOST).collect();
    Ok(json!({"version": 1, "refusals": newest}))
}

/// `None`: the line is about something else.
fn refusal(at: i64, entry: &Entry) -> Option<Value> {
    if entry.kind != EntryKind::Record || entry.field("reason").is_none() {
        return None;
    }
    let mut refusal = Map::new();
    let at = Timestamp::from_second(at).ok()?;
    refusal.insert("at".to_owned(), at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into());
    refusal.insert("message".to_owned(), printable(&entry.message).into());
    for name in ["reason", "detail", "count", "message_id", "message_ids"] {
        let value = entry.field(name).map(|value| match value {
            Value::String(text) => printable(text).into(),
            other => other.clone(),
        });
        refusal.extend(value.map(|value| (name.to_owned(), value)));
    }
    Some(refusal.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_about_a_refused_event_has_the_reason_and_others_are_left_out() {
        let line = r#"{"level":"ERROR","message":"record is a dead letter","message_id":"m-1","reason":"missing-field","detail":"`a\u202eb` is missing","receive_count":1}"#;
        let refusal = refusal(60, &Entry::read(line)).expect("a refusal");
        assert_eq!(
            (&refusal["reason"], &refusal["at"]),
            (&json!("missing-field"), &json!("1970-01-01T00:01:00Z"))
        );
        assert_eq!(refusal["detail"], "`a\\u{202e}b` is missing");
        for other in [
            r#"{"level":"INFO","message":"batch","reason":"x","_aws":{}}"#,
            r#"{"level":"INFO","message":"x"}"#,
            "text",
        ] {
            assert_eq!(super::refusal(60, &Entry::read(other)), None);
        }
    }
}
