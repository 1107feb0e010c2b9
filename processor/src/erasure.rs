//! The marks of a key that was erased on request, so that neither a redrive nor a replay restores its rows. Pure, so that
//! `pipectl erase` writes exactly what the processor reads.
//!
//! There are two kinds of marks. One replaces each row, under the row's own key: no event is written there any more. The
//! other is for the whole partition, under a key of its own that contains no value of an event. It covers events that had
//! no row when the key was erased, such as dead letters and expired rows. It is read only for events that are delivered
//! again, and blocks those from before the erasure.

use jiff::Timestamp;

use crate::config::Config;
use crate::decide::read;
use crate::json::{Json, sha256_hex};
use crate::mapping::{Format, Mapping};
use crate::number::Number;
use crate::row::KeyValue;
use crate::value::required;

/// When the key was erased, RFC 3339 in UTC with milliseconds: an attribute that only marks have.
pub const ERASED_AT: &str = "erased_at";
/// The prefix of a partition mark's partition key, if that is a text, and its sort key.
const MARK: &str = "erased";
/// Bytes of a digest that make a number of at most 37 digits; DynamoDB holds 38.
const OF_NUMBER: usize = 15;

/// SHA-256 of a row's key or of a partition key alone, in lower-case hexadecimal. The input is a JSON list of the key's
/// values.
#[must_use]
pub fn key_sha256(partition: &KeyValue, sort: Option<&KeyValue>) -> String {
    let values = std::iter::once(partition).chain(sort).map(|value| value.clone().into_json());
    sha256_hex(&Json::List(values.collect()).canonical())
}

/// The partition key of a partition mark. Numbers are negative, because keys that number items are not.
#[must_use]
pub fn partition_mark(partition: &KeyValue) -> KeyValue {
    let digest = key_sha256(partition, None);
    let text = |digest: &str| KeyValue::Text(format!("{MARK}:{digest}"));
    match partition {
        KeyValue::Text(_) => text(&digest),
        KeyValue::Number(_) => {
            let number = u128::from_str_radix(&digest[..OF_NUMBER * 2], 16).ok();
            let number = number.and_then(|number| Number::stored(&format!("-{number}")));
            number.map_or_else(|| text(&digest), KeyValue::Number)
        }
    }
}

/// The sort key of a partition mark; `None` in a table with a partition key alone.
#[must_use]
pub fn mark_sort_key(mapping: &Mapping) -> Option<KeyValue> {
    mapping.sort_key.as_ref()?;
    Some(match mapping.sort_key_format() {
        Format::Number => KeyValue::Number(Number::whole(0)),
        _ => KeyValue::Text(MARK.to_owned()),
    })
}

/// The key and the time of an event, also of one that can never become a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// Its partition key.
    pub partition: KeyValue,
    /// Its sort key, if it has a valid one.
    pub sort: Option<KeyValue>,
    /// The envelope's `time`; `None` for a bare detail, which has none.
    pub at: Option<Timestamp>,
}

impl Whose {
    /// Reads a message's body; `None` if it has no valid partition key.
    #[must_use]
    pub fn of(config: &Config, body: &str) -> Option<Self> {
        let event = read(config, body).ok()?;
        let mapping = &config.event;
        let partition = required(&event, &mapping.partition_key, mapping.partition_key_format()).ok()?;
        let sort = mapping.sort_key.as_ref();
        let sort = sort.and_then(|field| required(&event, field, mapping.sort_key_format()).ok());
        let at = event.envelope_text("time").filter(|_| !event.is_bare).and_then(|time| time.parse().ok());
        Some(Self { partition, sort, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marks_key_has_no_value_of_the_event_and_the_type_of_the_tables_keys() {
        let text = KeyValue::Text("ada@example.com".to_owned());
        let KeyValue::Text(mark) = partition_mark(&text) else { panic!("a text") };
        assert!(mark.len() == 71 && mark.starts_with("erased:") && !mark.contains("ada"), "{mark}");
        let number = KeyValue::Number(Number::whole(7));
        let KeyValue::Number(mark) = partition_mark(&number) else { panic!("a number") };
        assert!(mark.as_str().starts_with('-') && mark.as_str().len() > 30, "{mark:?}");
        assert_ne!(partition_mark(&KeyValue::Text("7".to_owned())), partition_mark(&number));
        assert_ne!(key_sha256(&text, Some(&number)), key_sha256(&text, None));
    }

    #[test]
    fn an_event_that_can_never_become_a_row_is_somebodys_all_the_same() {
        let whose = |body: &str| Whose::of(&Config::default(), body);
        let envelope = |detail: &str| {
            format!(
                r#"{{"id":"e","time":"2026-01-31T09:05:00Z","source":"s","detail-type":"t","detail":{detail}}}"#
            )
        };
        let found = whose(&envelope(r#"{"shipment_id":"S-1","event_timestamp":"soon"}"#)).expect("a key");
        assert_eq!((found.partition.as_str(), found.sort), ("S-1", None));
        assert_eq!(found.at, "2026-01-31T09:05:00Z".parse().ok());
        let bare = whose(
            r#"{"shipment_id":"S-1","event_timestamp":"2026-01-31T10:05:00+01:00","time":"2026-01-31T09:05:00Z"}"#,
        );
        let bare = bare.expect("a key");
        assert_eq!(bare.sort.as_ref().map(KeyValue::as_str), Some("2026-01-31T09:05:00.000000000Z"));
        assert_eq!(bare.at, None, "a detail's own field is not when the event was");
        for body in ["poison", "[]", &envelope("{}"), &envelope(r#"{"shipment_id":null}"#)] {
            assert_eq!(whose(body), None, "{body}");
        }
    }
}
