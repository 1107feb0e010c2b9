//! Which values of an event make which attributes.

use jiff::Timestamp;
use pipectl_processor::config::Config;
use pipectl_processor::decide::{Message, decide, without_dropped};
use pipectl_processor::identity::{Meeting, Stored};
use pipectl_processor::json::Json;
use pipectl_processor::reason::{Reason, Rejection};
use pipectl_processor::row::Row;
use serde_json::{Value, json};

const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/events");

fn decided(config: &Config, body: &str) -> Result<Row, Rejection> {
    let now: Timestamp = crate::decision::NOW.parse().unwrap();
    decide(config, Message { body, message_id: Some("m-1"), receive_count: 1 }, now)
}

/// A contract with this `event`.
fn mapped(event: Value) -> Config {
    Config::from_json(&json!({"version": 2, "event": event}).to_string()).unwrap()
}

fn refused(event: Value) -> String {
    Config::from_json(&json!({"version": 2, "event": event}).to_string()).unwrap_err().to_string()
}

/// An order whose detail is `detail`.
fn order(detail: Value) -> String {
    json!({"id": "e-1", "source": "shop", "detail-type": "order.placed", "time": "2026-01-31T09:05:00Z", "detail": detail})
        .to_string()
}

fn orders(more: Value) -> Config {
    let mut event = json!({
        "partition_key": {"attribute": "order_id", "from": ["$.detail.order.id"]},
        "sort_key": {"attribute": "placed_at", "from": ["$.time"]},
        "type": {"attribute": "kind", "from": ["$['detail-type']"]},
        "data": {"attribute": "order", "from": ["$.detail.order"]},
    });
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    mapped(event)
}

#[test]
fn events_of_thirty_five_shapes_become_the_rows_they_should() {
    let index: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(format!("{EVENTS}/index.json")).unwrap()).unwrap();
    assert_eq!(index.len(), 35);
    for entry in index {
        let file = entry["file"].as_str().unwrap();
        let config = mapped(json!({
            "partition_key": {"attribute": "pk", "from": [entry["partition_key"]]},
            "sort_key": {"attribute": "sk", "from": entry["sort_key"], "format": entry["sort_format"]},
            "type": {"attribute": "kind", "from": [entry["type"]]},
            "data": {"attribute": "data", "from": [entry["data"]]},
        }));
        let body = std::fs::read_to_string(format!("{EVENTS}/{file}")).unwrap();
        let row = decided(&config, &body).unwrap_or_else(|rejection| panic!("{file}: {rejection}"));
        let expected = &entry["expect"];
        assert_eq!(row.partition_key.as_str(), expected["partition_key"], "{file}");
        assert_eq!(row.sort_key.as_ref().unwrap().as_str(), expected["sort_key"], "{file}");
        assert_eq!(row.attributes["kind"].as_text().unwrap(), expected["type"], "{file}");
        let event: Value = serde_json::from_str(&body).unwrap();
        let source = row.attributes["event_source"].as_text();
        assert_eq!(source, event["source"].as_str(), "{file}");
        assert!(matches!(&row.attributes["data"], Json::Map(_) | Json::List(_) | Json::Text(_)), "{file}");
    }
}

#[test]
fn nothing_of_the_detail_is_lost_or_stored_twice() {
    let body = order(
        json!({"order": {"id": 4711, "total": 12.50}, "customer": {"id": "c-1", "email": "a@b"}, "note": "x"}),
    );
    let config = orders(json!({"attributes": [{"attribute": "customer", "from": ["$.detail.customer.id"]}]}));
    let row = decided(&config, &body).unwrap();
    assert_eq!(row.partition_key.as_str(), "4711");
    assert_eq!(row.attributes["order_id"], Json::Text("4711".to_owned()));
    assert_eq!(row.attributes["order"].canonical(), r#"{"id":4711,"total":12.5}"#);
    assert_eq!(row.attributes["customer"].canonical(), r#""c-1""#);
    assert_eq!(row.attributes["event_extra"].canonical(), r#"{"note":"x"}"#);

    let named_only = decided(&orders(json!({"data": null})), &body).unwrap();
    assert!(
        !named_only.attributes.contains_key("event_extra") && !named_only.attributes.contains_key("order")
    );
    let whole =
        decided(&orders(json!({"data": {"attribute": "order", "from": ["$.detail"]}})), &body).unwrap();
    assert!(!whole.attributes.contains_key("event_extra"));
    assert!(whole.attributes["order"].canonical().contains("a@b"));
}

#[test]
fn what_is_dropped_is_neither_stored_nor_hashed() {
    let config = orders(json!({
        "data": {"attribute": "order", "from": ["$.detail"]},
        "attributes": [{"attribute": "customer", "from": ["$.detail.customer"]}],
        "drop": ["$.detail.customer.email", "$.detail.lines[*].note", "$.detail.tags[0]", "$.detail.secrets[*]", "$.detail.none.there"],
    }));
    let with = |email: &str, note: &str| {
        order(json!({
            "order": {"id": "o"}, "customer": {"id": 1, "email": email},
            "lines": [{"note": note, "sku": "a"}, {"sku": "b"}], "tags": [note, "kept"], "secrets": [email],
        }))
    };
    let row = decided(&config, &with("a@b", "n1")).unwrap();
    assert_eq!(
        row.attributes["order"].canonical(),
        r#"{"customer":{"id":1},"lines":[{"sku":"a"},{"sku":"b"}],"order":{"id":"o"},"secrets":[],"tags":[null,"kept"]}"#
    );
    assert_eq!(row.attributes["customer"].canonical(), r#"{"id":1}"#);
    let shown = without_dropped(&config, &with("a@b", "n1")).unwrap();
    assert!(shown.contains(r#""sku":"a""#) && !shown.contains("a@b") && !shown.contains("n1"), "{shown}");
    assert_eq!(without_dropped(&config, "{a@b"), None);
    assert_eq!(row.content_sha256, decided(&config, &with("c@d", "n2")).unwrap().content_sha256);
}

#[test]
fn every_format_has_one_stored_form() {
    let with = |format: &str, value: Value| {
        let key = json!({"attribute": "k", "from": ["$.detail.k"], "format": format});
        let config = orders(json!({"sort_key": key}));
        decided(&config, &order(json!({"order": {"id": "o"}, "k": value})))
            .map(|row| row.sort_key.unwrap().as_str().to_owned())
            .map_err(|rejection| rejection.reason)
    };
    let instant = "2026-01-31T09:05:00.120000000Z";
    for (format, value, stored) in [
        ("timestamp", json!("2026-01-31T10:05:00.12+01:00"), Ok(instant)),
        ("epoch_seconds", json!(1769850300.12), Ok(instant)),
        ("epoch_seconds", json!("1769850300.12"), Ok(instant)),
        ("epoch_seconds", json!(1.76985030012e9), Ok(instant)),
        ("epoch_milliseconds", json!(1769850300120_u64), Ok(instant)),
        ("epoch_milliseconds", json!("1769850300120"), Ok(instant)),
        ("epoch_seconds", json!(-1), Ok("1969-12-31T23:59:59.000000000Z")),
        ("epoch_seconds", json!(253402300799_u64), Ok("9999-12-31T23:59:59.000000000Z")),
        ("epoch_seconds", json!(253402300800_u64), Err(Reason::InvalidTimestamp)),
        ("epoch_seconds", json!("0.0000000001"), Err(Reason::InvalidTimestamp)),
        ("epoch_seconds", json!("1e9"), Err(Reason::InvalidTimestamp)),
        ("epoch_seconds", json!("yesterday"), Err(Reason::InvalidTimestamp)),
        ("epoch_seconds", json!(true), Err(Reason::WrongType)),
        ("epoch_seconds", json!(" "), Err(Reason::BlankField)),
        ("timestamp", json!(1769850300), Err(Reason::WrongType)),
        ("text", json!("as it is"), Ok("as it is")),
        ("text", json!(12.0), Ok("12")),
        ("text", json!(1.50), Ok("1.5")),
        ("text", json!(1e45), Ok("1000000000000000000000000000000000000000000000")),
        ("text", json!(true), Ok("true")),
        ("text", Value::Null, Err(Reason::WrongType)),
        ("text", json!([1]), Err(Reason::WrongType)),
        ("number", json!(12.0), Ok("12")),
        ("number", json!("12"), Err(Reason::WrongType)),
    ] {
        assert_eq!(with(format, value.clone()), stored.map(str::to_owned), "{format} {value}");
    }
}

#[test]
fn attributes_keep_their_kind_and_keys_of_indexes_have_one() {
    let mut config = orders(json!({"attributes": [
        {"attribute": "flag", "from": ["$.detail.flag"]},
        {"attribute": "total", "from": ["$.detail.total"], "format": "number"},
        {"attribute": "customer", "from": ["$.detail.customer"]},
        {"attribute": "both", "from": ["$.detail.total", "$.detail.customer"]},
    ]}));
    config.index_keys =
        [("customer", 8), ("event_source", 4)].map(|(name, bytes)| (name.to_owned(), bytes)).into();
    let row = |more: Value| {
        let mut detail = json!({"order": {"id": "o"}});
        detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        decided(&config, &order(detail))
    };
    let full = row(json!({"flag": null, "total": 1.50, "customer": 7})).unwrap();
    assert_eq!(full.attributes["flag"], Json::Null);
    assert_eq!(full.attributes["total"].canonical(), "1.5");
    assert_eq!(full.attributes["customer"].canonical(), "\"7\"");
    assert_eq!(full.attributes["both"].canonical(), "\"1.5#7\"");
    for absent in [json!({}), json!({"total": null, "customer": " "})] {
        let row = row(absent).unwrap();
        assert!(["total", "customer", "both"].iter().all(|name| !row.attributes.contains_key(*name)));
    }
    assert_eq!(row(json!({"total": "1"})).unwrap_err().reason, Reason::WrongType);
    assert_eq!(row(json!({"customer": "123456789"})).unwrap_err().reason, Reason::KeyTooLong);
    assert_eq!(row(json!({"customer": [7]})).unwrap_err().reason, Reason::WrongType);
    // An attribute that the processor writes itself can be a key too, and so can the type and the table's own keys.
    for name in ["event_source", "order_id"] {
        let mut config = config.clone();
        config.index_keys = [(name.to_owned(), 0)].into();
        let refused = decided(&config, &order(json!({"order": {"id": "o"}}))).unwrap_err();
        assert_eq!((refused.reason, refused.message.contains(name)), (Reason::KeyTooLong, true));
    }
}

#[test]
fn two_events_that_differ_in_source_or_detail_type_alone_are_two() {
    let hash = |source: &str, kind: &str, time: &str| {
        let body = json!({"id": time, "time": time, "source": source, "detail-type": kind, "detail": {"shipment_id": "S", "event_timestamp": "2026-01-31T09:05:00Z", "event_type": "t"}});
        decided(&Config::default(), &body.to_string()).unwrap().content_sha256
    };
    let first = hash("a", "x", "2026-01-31T09:05:00Z");
    assert!(first.starts_with("v2:"));
    assert_eq!(first, hash("a", "x", "2026-02-28T00:00:00Z"), "another delivery");
    assert_ne!(first, hash("b", "x", "2026-01-31T09:05:00Z"));
    assert_ne!(first, hash("a", "y", "2026-01-31T09:05:00Z"));
}

#[test]
fn an_identity_can_be_named() {
    let body = |id: &str, note: &str| {
        let detail = json!({"order": {"id": "o", "request": note}, "n": id});
        json!({"id": id, "source": "shop", "detail-type": "d", "time": "2026-01-31T09:05:00Z", "detail": detail}).to_string()
    };
    let hash = |identity: &str, body: &str| {
        decided(&orders(json!({"identity": identity})), body).map(|row| row.content_sha256)
    };
    assert_eq!(hash("event_id", &body("1", "x")), hash("event_id", &body("1", "y")));
    assert_ne!(hash("event_id", &body("1", "x")), hash("event_id", &body("2", "x")));
    assert_eq!(
        hash("$.detail.order.request", &body("1", "x")),
        hash("$.detail.order.request", &body("2", "x"))
    );
    assert_eq!(hash("$.detail.absent", &body("1", "x")).unwrap_err().reason, Reason::MissingField);
}

#[test]
fn a_row_of_a_former_processor_is_the_same_event_only_with_its_source_and_type() {
    let body = |kind: &str| {
        json!({"id": "e", "source": "shop", "detail-type": kind, "detail": {"shipment_id": "S", "event_timestamp": "2026-01-31T10:05:00+01:00", "event_type": "t", "more": [1]}}).to_string()
    };
    let (_, mark) = decided(&Config::default(), &body("created")).unwrap().into_parts();
    // The hash that a processor of pipectl 0.1.0 stored: SHA-256 of the detail with the sort key in its stored spelling.
    let detail = r#"{"event_timestamp":"2026-01-31T09:05:00.000000000Z","event_type":"t","more":[1],"shipment_id":"S"}"#;
    let former: String = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(detail))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let stored = |source: &str, kind: &str| Stored {
        content_sha256: Some(former.clone()),
        source: Some(source.to_owned()),
        detail_type: Some(kind.to_owned()),
        ..Stored::default()
    };
    let meets = |stored| mark.meets(&stored, Config::default().event.on_conflict);
    assert_eq!(meets(stored("shop", "created")), Meeting::Same);
    assert_eq!(meets(stored("shop", "deleted")), Meeting::Conflict);
    assert_eq!(meets(stored("depot", "created")), Meeting::Conflict);
}

#[test]
fn of_two_events_with_one_key_the_newer_one_remains() {
    let config = orders(json!({
        "sort_key": null,
        "on_conflict": "replace_if_newer",
        "newer_by": {"attribute": "version", "from": ["$.detail.version"], "format": "number"},
    }));
    let row = |version: u64, note: &str| {
        decided(&config, &order(json!({"order": {"id": "o", "note": note}, "version": version}))).unwrap()
    };
    let nine = row(9, "x");
    assert_eq!(nine.sort_key, None);
    let stored = |row: &Row| Stored {
        content_sha256: Some(row.content_sha256.clone()),
        newer_by: row.newer_by.as_ref().map(|(_, value)| value.clone()),
        ..Stored::default()
    };
    let meets =
        |row: &Row, stored: &Stored| row.clone().into_parts().1.meets(stored, config.event.on_conflict);
    assert_eq!(meets(&row(10, "x"), &stored(&nine)), Meeting::Replaces);
    assert_eq!(meets(&nine, &stored(&row(10, "x"))), Meeting::Superseded);
    assert_eq!(meets(&nine, &stored(&nine)), Meeting::Same);
    assert_eq!(meets(&nine, &stored(&row(9, "y"))), Meeting::Conflict);
    assert_eq!(meets(&nine, &Stored { newer_by: None, ..stored(&nine) }), Meeting::Replaces);
    assert_eq!(meets(&nine, &Stored { is_erased: true, ..stored(&nine) }), Meeting::Erased);
}

#[test]
fn a_mapping_that_cannot_work_is_refused() {
    let key = |from: &str| json!({"attribute": "k", "from": [from]});
    for (event, expected) in [
        (json!({"data": {"attribute": "event_type", "from": ["$.detail.x"]}}), "are both `event_type`"),
        (
            json!({"attributes": [{"attribute": "expires_at", "from": ["$.detail.x"]}]}),
            "processor writes itself",
        ),
        (
            json!({"sort_key": {"attribute": "k", "from": ["$.detail.a", "$.detail.b"], "format": "number"}}),
            "stores a number",
        ),
        (json!({"sort_key": {"attribute": "k", "from": []}}), "has no path"),
        (json!({"partition_key": key("detail.id")}), "not a valid path"),
        (json!({"partition_key": key("$.detail.ids[*]")}), "many values"),
        (
            json!({"partition_key": key("$.detail.order.id"), "drop": ["$.detail.order"]}),
            "`event.drop` removes",
        ),
        (json!({"drop": ["$.detail"]}), "removes by `$.detail`"),
        (json!({"drop": ["$.time"]}), "only values below `$.detail`"),
        (json!({"identity": "$.detail.a", "drop": ["$.detail.a"]}), "`event.identity` reads"),
        (json!({"on_conflict": "replace_if_newer"}), "needs `event.newer_by`"),
        (json!({"newer_by": key("$.detail.v")}), "only applies to"),
    ] {
        let message = refused(event.clone());
        assert!(message.contains(expected), "{event}: {message}");
    }
    let detail = json!({"version": 2, "input": "detail", "event": {"sort_key": key("$.time")}}).to_string();
    assert!(
        Config::from_json(&detail).unwrap_err().to_string().contains("the queue receives only the detail")
    );
}
