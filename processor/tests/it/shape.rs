//! The shape of rows, compared with the rows of any mapping and event.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use pipectl_processor::config::{Config, Input};
use pipectl_processor::decide::{Message, decide};
use pipectl_processor::row::CONTROL_ATTRIBUTES;
use pipectl_processor::shape::{Attribute, Type, shape};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const PATHS: [&str; 9] = [
    "$.detail.a",
    "$.detail.b.c",
    "$.detail.list[0]",
    "$.detail",
    "$.time",
    "$.id",
    "$['detail-type']",
    "$.region",
    "$.detail.gone",
];

fn field(name: &'static str) -> impl Strategy<Value = Value> {
    let formats = ["timestamp", "epoch_seconds", "epoch_milliseconds", "text", "text", "number"];
    let from = prop_oneof![
        3 => prop::collection::vec(select(&PATHS[..]), 1),
        1 => prop::collection::vec(select(&PATHS[..]), 2),
    ];
    (from, prop::option::of(select(formats.to_vec()))).prop_map(move |(from, format)| {
        let mut field = json!({"attribute": name, "from": from});
        if let Some(format) = format {
            field["format"] = json!(format);
        }
        field
    })
}

fn value() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(true),
        json!(7),
        json!(1.5),
        json!(1769850300),
        json!("x"),
        json!(" "),
        json!("7"),
        json!("2026-01-31T09:05:00Z"),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({"c": 7}),
    ])
}

prop_compose! {
    fn config()(
        partition_key in field("pk"), sort_key in prop::option::of(field("sk")), event_type in prop::option::of(field("kind")),
        data in prop::option::of(select(&PATHS[..])), newer_by in prop::option::of(field("newer")),
        further in field("further"), ttl in any::<bool>(),
    ) -> Option<Config> {
        let mut event = json!({
            "partition_key": partition_key, "sort_key": sort_key, "type": event_type, "attributes": [further],
            "data": data.map(|path| json!({"attribute": "data", "from": [path]})),
        });
        if newer_by.is_some() {
            event["newer_by"] = json!(newer_by);
            event["on_conflict"] = json!("replace_if_newer");
        }
        let days = ttl.then_some(90);
        Config::from_json(&json!({"version": 2, "event": event, "ttl_days": days}).to_string()).ok()
    }
}

/// The number of rows that were compared: invalid mappings and rejected events do not count.
static ROWS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn every_row_has_the_shape_of_its_mapping() {
    rows_have_their_shape();
    let rows = ROWS.load(Ordering::Relaxed);
    assert!(rows > 500, "{rows}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    fn rows_have_their_shape(
        config in config(), values in prop::collection::vec(value(), 60), is_bare in any::<bool>(),
    ) {
        let Some(mut config) = config else { return Ok(()) };
        if is_bare {
            config.input = Input::Detail;
        }
        let shape: Vec<Attribute> = shape(&config);
        let known: BTreeMap<&str, &Attribute> = shape.iter().map(|one| (one.name.as_str(), one)).collect();
        prop_assert_eq!(known.len(), shape.len(), "an attribute twice");
        for values in values.chunks(5) {
            let body = event(values, is_bare);
            compare(&config, &body, &shape, &known)?;
        }
    }
}

/// An event with these five values.
fn event(values: &[Value], is_bare: bool) -> String {
    let [a, b, list, extra, region] = values else { panic!("five values") };
    let detail = json!({"a": a, "b": b, "list": list, "extra": extra});
    if is_bare {
        return detail.to_string();
    }
    let envelope = json!({"id": "e", "time": "2026-01-31T09:05:00Z", "source": "s", "detail-type": "d", "region": region, "detail": detail});
    envelope.to_string()
}

fn compare(
    config: &Config,
    body: &str,
    shape: &[Attribute],
    known: &BTreeMap<&str, &Attribute>,
) -> Result<(), TestCaseError> {
    let message = Message { body, message_id: None, receive_count: 1 };
    let Ok(row) = decide(config, message, Timestamp::UNIX_EPOCH) else { return Ok(()) };
    ROWS.fetch_add(1, Ordering::Relaxed);
    for (name, value) in &row.attributes {
        let attribute = known.get(name.as_str());
        prop_assert!(attribute.is_some(), "{name} is not in the shape");
        let attribute = attribute.unwrap();
        prop_assert!(attribute.types.contains(&Type::of(value)), "{name} is {value:?}: {attribute:?}");
        if let (true, Some(text)) = (attribute.is_instant, value.as_text()) {
            prop_assert_eq!(text.len(), "2026-01-31T09:05:00.000000000Z".len(), "{}", name);
        }
        if let (Some(longest), Some(text)) = (attribute.longest_bytes, value.as_text()) {
            prop_assert!(text.len() <= longest);
        }
    }
    for attribute in shape.iter().filter(|attribute| attribute.is_required) {
        prop_assert!(row.attributes.contains_key(&attribute.name), "{} is missing", attribute.name);
    }
    Ok(())
}

/// Every attribute that the processor writes itself is in the shape, except reserved ones.
#[test]
fn every_control_attribute_is_described() {
    let shape = shape(&Config::default());
    for name in CONTROL_ATTRIBUTES.iter().filter(|name| **name != "erased_key_sha256") {
        assert!(shape.iter().any(|attribute| attribute.name == *name), "{name}");
    }
}
