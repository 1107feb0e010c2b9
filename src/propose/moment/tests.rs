use super::super::tests::{event, propose};
use super::*;

/// The sort key of an event of this kind.
fn sorted(kind: &str, detail: &str) -> (String, Format) {
    let proposal = propose(&[event("s", kind, detail)]);
    let format = proposal.sort_key.format.expect("a format");
    (proposal.sort_key.paths[0].to_string(), format)
}

#[test]
fn a_time_is_known_by_its_name_and_its_value() {
    for (detail, path, format) in [
        (r#"{"id":"a","ts":1767225599}"#, "$.detail.ts", Format::EpochSeconds),
        (r#"{"id":"a","ts":"1767225599.5"}"#, "$.detail.ts", Format::EpochSeconds),
        (r#"{"id":"a","ts":1767225599123}"#, "$.detail.ts", Format::EpochMilliseconds),
        (r#"{"id":"a","ts":12}"#, "$.time", Format::Timestamp),
        (r#"{"id":"a","amount":1767225599}"#, "$.time", Format::Timestamp),
        (r#"{"id":"a","when":"2025-12-31T23:59:00Z"}"#, "$.detail.when", Format::Timestamp),
        (r#"{"id":"a","when":"2025-12-31T23:59:00"}"#, "$.time", Format::Timestamp),
        (r#"{"id":"a","when":"2025-12-31"}"#, "$.time", Format::Timestamp),
    ] {
        assert_eq!(sorted("x", detail), (path.to_owned(), format), "{detail}");
    }
}

#[test]
fn what_happened_then_is_what_the_events_are_sorted_by() {
    let day = "2025-12-31T";
    for (kind, names, chosen) in [
        ("order.placed", &["createdAt", "placedAt", "updatedAt"][..], "placedAt"),
        ("order.x", &["createdAt", "updatedAt"], "updatedAt"),
        ("order.x", &["created", "occurred_at", "updated"], "occurred_at"),
        ("order.x", &["startDate", "stopDate"], "stopDate"),
        ("order.x", &["sentAt", "timestamp", "receivedAt"], "timestamp"),
        ("order.x", &["expectedAt", "eta", "closed_at"], "closed_at"),
    ] {
        let fields: Vec<String> =
            names.iter().enumerate().map(|(at, name)| format!(r#""{name}":"{day}23:5{at}:00Z""#)).collect();
        let detail = format!(r#"{{"order_id":"a",{}}}"#, fields.join(","));
        assert_eq!(sorted(kind, &detail).0, format!("$.detail.{chosen}"), "{detail}");
    }
}

#[test]
fn what_lies_ahead_and_what_never_moves_is_not_a_moment() {
    assert_eq!(sorted("x", r#"{"id":"a","timestamp":"2026-03-01T00:00:00Z"}"#).0, "$.time");
    assert_eq!(sorted("x", r#"{"id":"a","timestamp":"9999-12-31T23:59:59Z"}"#).0, "$.time");
    assert_eq!(sorted("order.paid", r#"{"id":"a","createdAt":"2025-12-31T23:59:00Z"}"#).0, "$.time");
    assert_eq!(
        sorted("order.created", r#"{"id":"a","createdAt":"2025-12-31T23:59:00Z"}"#).0,
        "$.detail.createdAt"
    );
    let lists = r#"{"id":"a","lines":[{"timestamp":"2025-12-31T23:59:00Z"}],"previous":{"timestamp":"2025-12-31T23:59:00Z"}}"#;
    assert_eq!(sorted("x", lists).0, "$.time");
}
