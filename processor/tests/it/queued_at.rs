//! When SQS received a message, in its row.

use pipectl_processor::config::Config;
use pipectl_processor::queued_at::{QUEUED_AT, with_queued_at};
use pipectl_processor::row::Row;
use pipectl_processor::shape::shape;
use pipectl_processor::size::{LARGEST_ITEM, item_bytes};

use crate::decision::decided;

const SENT: Option<i64> = Some(1_769_850_300_250);

fn body(fields: &str) -> String {
    format!(
        r#"{{"shipment_id":"S1","event_timestamp":"2026-01-31T09:05:00Z","event_type":"created"{fields}}}"#
    )
}

fn queued(config: &str, body: &str, sent: Option<i64>) -> (Row, Row) {
    let config = Config::from_json(config).unwrap();
    let row = decided(&config, body).unwrap();
    (row.clone(), with_queued_at(row, &config, sent))
}

#[test]
fn a_row_has_the_time_when_sqs_received_its_message() {
    let (before, mut row) = queued("{}", &body(""), SENT);
    let at = row.attributes.remove(QUEUED_AT).unwrap();
    assert_eq!(at.as_text(), Some("2026-01-31T09:05:00.250Z"));
    // Nothing else in it changes, including its identity.
    assert_eq!(row, before);
    for sent in [None, Some(i64::MAX)] {
        let (before, row) = queued("{}", &body(""), sent);
        assert_eq!(row, before);
    }
}

/// Before the processor had an attribute of this name, it was an ordinary name.
#[test]
fn an_attribute_of_that_name_in_a_mapping_is_the_events() {
    let config = r#"{"event":{"attributes":[{"attribute":"queued_at","from":["$.detail.queued_at"]}]}}"#;
    let (before, row) = queued(config, &body(r#","queued_at":"theirs""#), SENT);
    assert_eq!(row.attributes[QUEUED_AT].as_text(), Some("theirs"));
    assert_eq!(row, before);
    // Also if the event has no such field, so that a reader knows who wrote it.
    assert!(!queued(config, &body(""), SENT).1.attributes.contains_key(QUEUED_AT));
    let described = |config: &str| {
        let shape = shape(&Config::from_json(config).unwrap());
        shape.into_iter().filter(|one| one.name == QUEUED_AT).map(|one| one.about).collect::<Vec<_>>()
    };
    assert_eq!(described(config), ["`$.detail.queued_at` of the event"]);
    assert_eq!(described("{}"), ["when SQS received the message"]);
}

#[test]
fn a_field_of_that_name_stays_a_field() {
    let (_, row) = queued("{}", &body(r#","queued_at":"theirs""#), SENT);
    assert_eq!(row.attributes[QUEUED_AT].as_text(), Some("2026-01-31T09:05:00.250Z"));
    assert!(row.to_json().contains(r#""event_extra":{"queued_at":"theirs"}"#));
}

#[test]
fn no_row_becomes_too_large_by_it() {
    let of = |bytes: usize| queued("{}", &body(&format!(r#","x":"{}""#, "y".repeat(bytes))), SENT);
    let free = LARGEST_ITEM - item_bytes(&of(1).0.attributes) + 1;
    let taken = QUEUED_AT.len() + "2026-01-31T09:05:00.250Z".len();
    for (bytes, fits) in [(free, false), (free - taken + 1, false), (free - taken, true)] {
        let (_, row) = of(bytes);
        assert_eq!(row.attributes.contains_key(QUEUED_AT), fits, "{bytes}");
        assert!(item_bytes(&row.attributes) <= LARGEST_ITEM);
    }
}
