//! Which bodies become which rows, and which never do.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use pipectl_processor::config::{Config, Input};
use pipectl_processor::decide::{Message, decide};
use pipectl_processor::mapping::Format;
use pipectl_processor::parse::parse;
use pipectl_processor::reason::{Class, Location, Reason, Rejection};
use pipectl_processor::row::{CONTROL_ATTRIBUTES, EXPIRES_AT, Row, processing_status};
use proptest::prelude::*;

pub(crate) const NOW: &str = "2026-02-01T10:00:00Z";

pub(crate) fn decided(config: &Config, body: &str) -> Result<Row, Rejection> {
    let now: Timestamp = NOW.parse().unwrap();
    decide(config, Message { body, message_id: Some("m-1"), receive_count: 3 }, now)
}

fn with(config: &str, body: &str) -> Result<Row, Rejection> {
    decided(&Config::from_json(config).unwrap(), body)
}

fn rejected(body: &str) -> Rejection {
    decided(&Config::default(), body).unwrap_err()
}

/// A valid detail with `fields` added.
fn detail(fields: &str) -> String {
    format!(
        r#"{{"shipment_id":"S1","event_timestamp":"2026-01-31T09:05:00Z","event_type":"created"{fields}}}"#
    )
}

const ENVELOPE: &str = r#"{"version":"0","id":"e-1","detail-type":"shipment.created","source":"shipment.service",
  "account":"123456789012","time":"2026-01-31T09:05:01Z","region":"eu-west-1","resources":[],
  "detail":{"shipment_id":"S1","event_timestamp":"2026-01-31T10:05:00+01:00","event_type":"created",
            "event_data":{"weight":12.50,"tags":["a",null,true]},"carrier":"ACME"}}"#;

#[test]
fn an_envelope_becomes_this_row() {
    let row = decided(&Config::default(), ENVELOPE).unwrap();
    let expected = concat!(
        r#"{"content_sha256":"HASH","event_data":{"tags":["a",null,true],"weight":12.5},"#,
        r#""event_detail_type":"shipment.created","event_extra":{"carrier":"ACME"},"event_id":"e-1","#,
        r#""event_source":"shipment.service","event_time":"2026-01-31T09:05:01Z","#,
        r#""event_timestamp":"2026-01-31T09:05:00.000000000Z","event_type":"created","expires_at":1777716000,"#,
        r#""message_id":"m-1","processed_at":"2026-02-01T10:00:00.000Z","processing_status":"PROCESSED","#,
        r#""retry_count":3,"shipment_id":"S1"}"#
    );
    assert_eq!(row.to_json(), expected.replace("HASH", &row.content_sha256));
    assert_eq!(row.content_sha256.len(), 67);
}

/// The location in the body that a person sees, both in an envelope and in a bare detail.
#[test]
fn a_rejection_names_its_location_in_the_body() {
    let location = |config: &str, body: &str| with(config, body).unwrap_err().location;
    let pointer = |text: &str| Some(Location::Pointer(text.to_owned()));
    let sorted = ENVELOPE.replace("2026-01-31T10:05:00+01:00", "soon");
    assert_eq!(location("{}", &sorted), pointer("/detail/event_timestamp"));
    assert_eq!(
        location("{}", &detail("").replace(r#""shipment_id":"S1""#, r#""shipment_id":" ""#)),
        pointer("/shipment_id")
    );
    let long = detail("").replace("S1", &"x".repeat(2_049));
    assert_eq!(location("{}", &long), pointer("/shipment_id"));
    let nested = r#"{"event":{"attributes":[{"attribute":"sku","from":["$.detail.lines[1]['a/b']"],"format":"number"}]}}"#;
    assert_eq!(location(nested, &detail(r#","lines":[{},{"a/b":"x"}]"#)), pointer("/lines/1/a~1b"));
    let event_id = r#"{"event":{"identity":"event_id"}}"#;
    assert_eq!(location(event_id, &ENVELOPE.replace(r#""id":"e-1","#, "")), pointer("/id"));
    assert_eq!(location(event_id, &detail("")), None, "a bare detail has no place for it");
    let by_type = r#"{"event":{"partition_key":{"attribute":"kind","from":["$.detail-type"]}}}"#;
    assert_eq!(location(by_type, &detail("")), None, "nor for what only begins with the same letters");
    assert_eq!(location("{}", r#"{"a":1,"a":2}"#), Some(Location::Byte(7)));
    assert_eq!(location("{}", "{\"a\":tru}"), Some(Location::Byte(5)));
    let schema =
        r#"{"event":{"schema":"{\"type\":\"object\",\"additionalProperties\":{\"required\":[\"name\"]}}"}}"#;
    let people = detail(r#","ada":{}"#).replace("}", r#","name":1}"#);
    let refused = with(schema, &people.replace(r#"{,"name":1}"#, "{}")).unwrap_err();
    assert_eq!(refused.location, pointer("/ada/name"), "{refused}");
    assert!(!refused.message.contains("ada"), "{refused}");
}

#[test]
fn a_bare_detail_is_its_own_identity() {
    let row = decided(&Config::default(), &detail("")).unwrap();
    let expected = concat!(
        r#"{"content_sha256":"HASH","event_data":{},"event_id":"HASH","#,
        r#""event_timestamp":"2026-01-31T09:05:00.000000000Z","event_type":"created","expires_at":1777716000,"#,
        r#""message_id":"m-1","processed_at":"2026-02-01T10:00:00.000Z","processing_status":"PROCESSED","#,
        r#""retry_count":3,"shipment_id":"S1"}"#
    );
    assert_eq!(row.to_json(), expected.replace("HASH", &row.content_sha256));
}

#[test]
fn every_spelling_of_one_event_has_one_content() {
    let detail = r#"{"carrier":"ACME","event_type":"created","event_data":{"tags":["a",null,true],"weight":125e-1},
        "event_timestamp":"2026-01-31T09:05:00.0Z","shipment_id":"S1"}"#;
    let again = format!(
        r#"{{"detail":{detail},"source":"shipment.service","detail-type":"shipment.created","id":"e-2"}}"#
    );
    let wrapped = decided(&Config::default(), ENVELOPE).unwrap();
    assert_eq!(decided(&Config::default(), &again).unwrap().content_sha256, wrapped.content_sha256);
    // A bare detail does not name its sender.
    assert_ne!(decided(&Config::default(), detail).unwrap().content_sha256, wrapped.content_sha256);
}

#[test]
fn absent_data_and_empty_data_are_one_content() {
    let hash = |fields: &str| decided(&Config::default(), &detail(fields)).unwrap().content_sha256;
    assert_eq!(hash(""), hash(r#","event_data":{}"#));
    assert_eq!(hash(""), hash(r#","event_data":null"#));
    assert_ne!(hash(""), hash(r#","event_data":[]"#));
}

#[test]
fn the_input_mode_decides_what_an_ambiguous_body_is() {
    let body = detail(r#","detail":{"x":1},"detail-type":"t","source":"s""#);
    assert_eq!(rejected(&body).reason, Reason::MissingField, "an envelope without shipment_id");
    let row = with(r#"{"input":"detail"}"#, &body).unwrap();
    assert!(row.to_json().contains(r#""event_extra":{"detail":{"x":1},"detail-type":"t","source":"s"}"#));
    let config = Config { input: Input::Detail, ..Config::default() };
    assert!(decided(&config, ENVELOPE).is_ok(), "an envelope left in the queue after the mode was changed");
}

#[test]
fn the_payload_cannot_set_control_attributes() {
    let plain = decided(&Config::default(), &detail("")).unwrap();
    for name in CONTROL_ATTRIBUTES.iter().copied().chain(["__proto__", "pk"]) {
        let row = decided(&Config::default(), &detail(&format!(r#","{name}":{{"evil":1}}"#))).unwrap();
        for (attribute, value) in &plain.attributes {
            if !["content_sha256", "event_id"].contains(&attribute.as_str()) {
                assert_eq!(row.attributes.get(attribute), Some(value), "{name} changed {attribute}");
            }
        }
        assert!(
            row.to_json().contains(&format!(r#""event_extra":{{"{name}":{{"evil":1}}}}"#)),
            "{name} is lost"
        );
    }
}

#[test]
fn configured_names_are_fields_and_attributes() {
    let config = r#"{"event":{"partition_key":"order","sort_key":"seq","sort_key_format":"text","type":"kind","data":"body"}}"#;
    let row = with(config, r#"{"order":"O1","seq":" 7","kind":"k","body":{"a":1},"event_type":9}"#).unwrap();
    let json = row.to_json();
    for part in [
        r#""order":"O1""#,
        r#""seq":" 7""#,
        r#""kind":"k""#,
        r#""body":{"a":1}"#,
        r#""event_extra":{"event_type":9}"#,
    ] {
        assert!(json.contains(part), "{part} in {json}");
    }
}

#[test]
fn one_instant_has_one_spelling() {
    for spelling in [
        "2026-01-31T09:05:00Z",
        "2026-01-31T09:05:00.000Z",
        "2026-01-31T09:05:00+00:00",
        "2026-01-31T09:05:00-00:00",
        "2026-01-31T10:05:00+01:00",
        "2026-01-30t23:35:00.000000000-09:30",
        "2026-01-31t09:05:00z",
    ] {
        let row = decided(&Config::default(), &detail("").replace("2026-01-31T09:05:00Z", spelling));
        assert_eq!(row.unwrap().sort_key.unwrap().as_str(), "2026-01-31T09:05:00.000000000Z", "{spelling}");
    }
    // "Never" in many systems; and the first instant that can be written, with another offset.
    for (text, stored) in [
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000000Z"),
        ("9999-12-31T23:59:59.999999999+00:00", "9999-12-31T23:59:59.999999999Z"),
        ("9999-12-31T00:00:00-23:59", "9999-12-31T23:59:00.000000000Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000000Z"),
        ("0000-01-01T23:59:00+23:59", "0000-01-01T00:00:00.000000000Z"),
        ("2026-03-01T00:30:00+23:59", "2026-02-28T00:31:00.000000000Z"),
    ] {
        let row = decided(&Config::default(), &detail("").replace("2026-01-31T09:05:00Z", text));
        assert_eq!(row.unwrap().sort_key.unwrap().as_str(), stored, "{text}");
    }
    let fine = detail("").replace("00Z", "00.123456789Z");
    assert_eq!(
        decided(&Config::default(), &fine).unwrap().sort_key.unwrap().as_str(),
        "2026-01-31T09:05:00.123456789Z"
    );
}

#[test]
fn anything_else_is_no_instant() {
    for text in [
        "yesterday",
        "2026-02-30T00:00:00Z",
        "2026-01-31",
        "2026-01-31T09:05Z",
        "2026-01-31T09:05:00",
        "2026-01-31 09:05:00Z",
        "20260131T090500Z",
        "2026-01-31T09:05:00.Z",
        "2026-01-31T09:05:00.1234567890Z",
        "2026-01-31T09:05:00+01",
        "2026-01-31T09:05:00+0100",
        "2026-01-31T09:05:00Z[UTC]",
        "2026-01-31T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "99999-01-01T00:00:00Z",
        "-002026-01-31T09:05:00Z",
        "0000-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-23:00",
        "1769850300",
        "2026-01-31T09:05:00+99:00",
        "2026-01-31T09:05:00+24:00",
        "2026-01-31T09:05:00-24:00",
        "2026-01-31T09:05:00+25:59",
        "2026-01-31T09:05:00+01:60",
        "2026-01-31T09:60:00Z",
        "2026-02-29T00:00:00Z",
        "２０２６-01-31T09:05:00Z",
    ] {
        let body = detail("").replace("2026-01-31T09:05:00Z", text);
        assert_eq!(rejected(&body).reason, Reason::InvalidTimestamp, "{text}");
        let config = Config::from_json(r#"{"event":{"sort_key_format":"text"}}"#).unwrap();
        assert_eq!(config.event.sort_key_format(), Format::Text);
        assert_eq!(
            decided(&config, &body).unwrap().sort_key.unwrap().as_str(),
            text,
            "text takes any string as it is"
        );
    }
}

#[test]
fn bodies_that_never_become_rows() {
    let deep = |levels: usize| detail(&format!(r#","x":{}{}"#, "[".repeat(levels), "]".repeat(levels)));
    let number = |text: &str| detail(&format!(r#","event_data":{{"n":{text}}}"#));
    let large = |bytes: usize| detail(&format!(r#","event_data":{{"x":"{}"}}"#, "x".repeat(bytes)));
    let cases = [
        (String::new(), Reason::EmptyBody),
        (" \n\t".to_owned(), Reason::EmptyBody),
        (" ".repeat(1_048_577), Reason::BodyTooLarge),
        ("aGVsbG8=".to_owned(), Reason::InvalidJson),
        ("\u{feff}{}".to_owned(), Reason::InvalidJson),
        ("{} {}".to_owned(), Reason::InvalidJson),
        ("{,}".to_owned(), Reason::InvalidJson),
        (detail(r#","x":"\ud800""#), Reason::InvalidJson),
        (detail(",\"x\":\"a\nb\""), Reason::InvalidJson),
        (detail(r#","x":NaN"#), Reason::InvalidJson),
        (detail(r#","x":01"#), Reason::InvalidJson),
        (detail(r#","x":1."#), Reason::InvalidJson),
        (detail("").trim_end_matches('}').to_owned(), Reason::InvalidJson),
        ("null".to_owned(), Reason::NotAnObject),
        ("[]".to_owned(), Reason::NotAnObject),
        ("\"text\"".to_owned(), Reason::NotAnObject),
        (deep(32), Reason::TooDeep),
        ("[".repeat(10_000), Reason::TooDeep),
        (detail(r#","shipment_id":"S2""#), Reason::DuplicateKey),
        (detail(r#","x":{"a":1,"\u0061":2}"#), Reason::DuplicateKey),
        (detail(r#","":1"#), Reason::InvalidKey),
        (detail(&format!(r#","{}":1"#, "k".repeat(65_536))), Reason::InvalidKey),
        (number("1234567890123456789012345678901234567890"), Reason::NumberTooPrecise),
        (number("0.123456789012345678901234567890123456789"), Reason::NumberTooPrecise),
        (number("1e126"), Reason::NumberOutOfRange),
        (number("1e-131"), Reason::NumberOutOfRange),
        (number("1e999999999999999999999999"), Reason::NumberOutOfRange),
        (number("-1e-9223372036854775808"), Reason::NumberOutOfRange),
        ("{}".to_owned(), Reason::MissingField),
        (detail("").replace("shipment_id", "shipment"), Reason::MissingField),
        (detail("").replace("event_timestamp", "time"), Reason::MissingField),
        (detail("").replace("event_type", "type"), Reason::MissingField),
        (detail("").replace("\"S1\"", "[7]"), Reason::WrongType),
        (detail("").replace("\"created\"", "{}"), Reason::WrongType),
        (detail("").replace("\"created\"", "null"), Reason::WrongType),
        (detail("").replace("\"created\"", "[]"), Reason::WrongType),
        (detail("").replace("S1", ""), Reason::BlankField),
        (detail("").replace("S1", " \u{a0}"), Reason::BlankField),
        (detail("").replace("created", "\\t"), Reason::BlankField),
        (detail("").replace("S1", &"x".repeat(2_049)), Reason::KeyTooLong),
        (detail("").replace("S1", &"é".repeat(1_025)), Reason::KeyTooLong),
        (large(409_600), Reason::RowTooLarge),
        (large(1_000_000), Reason::RowTooLarge),
    ];
    for (body, reason) in cases {
        let start: String = body.chars().take(120).collect();
        let clock = Instant::now();
        let rejection = decided(&Config::default(), &body).expect_err(&start);
        assert_eq!(rejection.reason, reason, "{start}: {}", rejection.message);
        assert_eq!(rejection.reason.class(), Class::Permanent);
        assert!(clock.elapsed() < Duration::from_millis(500), "{start} took {:?}", clock.elapsed());
    }
    assert!(decided(&Config::default(), &deep(31)).is_ok(), "32 levels are DynamoDB's limit, not beyond it");
    assert!(decided(&Config::default(), &large(400_000)).is_ok());
    assert!(decided(&Config::default(), &detail("").replace("S1", &"x".repeat(2_048))).is_ok());
}

#[test]
fn an_event_has_as_many_keys_as_a_row_holds() {
    let keys = |count: usize| {
        let keys: String = (0..count).map(|key| format!(r#","k{key}":0"#)).collect();
        detail(&keys)
    };
    let parcel =
        r#"{"id":"P","weight":{"value":1.5,"unit":"kg"},"from":{"zip":"1"},"to":{"zip":"2","lines":[]}}"#;
    let manifest = detail(&format!(r#","event_data":{{"parcels":[{}]}}"#, vec![parcel; 115].join(",")));
    for body in [manifest, keys(1_001), keys(40_000)] {
        assert!(decided(&Config::default(), &body).is_ok(), "{} bytes", body.len());
    }
    assert_eq!(rejected(&keys(80_000)).reason, Reason::RowTooLarge);
    assert_eq!(rejected(&keys(110_000)).reason, Reason::BodyTooLarge);
    let small = format!(r#","x":[{}{{}}]"#, r#"{"a":1},"#.repeat(100_000));
    assert_eq!(rejected(&detail(&small)).reason, Reason::RowTooLarge, "many small objects");
}

#[test]
fn missing_data_null_and_an_empty_object_are_one_content() {
    let of = |data: &str| decided(&Config::default(), &detail(data)).unwrap();
    let missing = of("");
    assert_eq!(missing.attributes["event_data"].canonical(), "{}");
    for data in [r#","event_data":null"#, r#","event_data":{}"#, r#","event_data": { } "#] {
        assert_eq!(of(data).to_json(), missing.to_json(), "{data}");
    }
    for data in [r#","event_data":{"a":null}"#, r#","event_data":{"a":{}}"#] {
        assert_ne!(of(data).content_sha256, missing.content_sha256, "{data}");
    }
}

#[test]
fn a_text_sort_key_ends_at_1024_bytes() {
    let body = |length| detail("").replace("2026-01-31T09:05:00Z", &"x".repeat(length));
    let text = r#"{"event":{"sort_key_format":"text"}}"#;
    assert!(with(text, &body(1_024)).is_ok());
    assert_eq!(with(text, &body(1_025)).unwrap_err().reason, Reason::KeyTooLong);
}

#[test]
fn rejections_quote_nothing_of_the_payload() {
    let canary = "CANARY7";
    for body in [
        format!("{{{canary}"),
        format!(r#"{{"{canary}":1,"{canary}":2}}"#),
        detail("").replace("\"S1\"", &format!("[\"{canary}\"]")),
        detail("").replace("2026-01-31T09:05:00Z", canary),
        detail(&format!(r#","x":"{canary}\q""#)),
    ] {
        let rejection = rejected(&body);
        assert!(!rejection.to_string().contains(canary), "{rejection}");
    }
}

#[test]
fn shards_spread_keys_and_keep_each_in_place() {
    let mut seen = std::collections::BTreeSet::new();
    for key in 0..200 {
        let status = processing_status(&format!("S{key}"), 8);
        assert_eq!(status, processing_status(&format!("S{key}"), 8));
        seen.insert(status);
    }
    assert_eq!(seen.len(), 8);
    assert!(seen.contains("PROCESSED#0") && seen.contains("PROCESSED#7"));
    let row = with(r#"{"status_index_shards":8}"#, &detail("")).unwrap();
    assert!(row.to_json().contains(&format!(r#""processing_status":"{}""#, processing_status("S1", 8))));
}

#[test]
fn extreme_clocks_do_no_harm() {
    let config = Config { ttl_days: Some(u32::MAX), ..Config::default() };
    for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let body = detail("");
        assert!(
            decide(&config, Message { body: &body, message_id: None, receive_count: u32::MAX }, now).is_ok()
        );
    }
}

/// `characters` repeated until there are at least `bytes`.
fn wide(bytes: usize, characters: &[char]) -> String {
    let mut text = String::new();
    for character in characters.iter().cycle() {
        if text.len() >= bytes {
            break;
        }
        text.push(*character);
    }
    text
}

proptest! {
    #[test]
    fn keys_end_at_their_bytes_not_at_their_characters(
        over in 0_usize..8,
        characters in prop::collection::vec(prop::sample::select(vec!['a', '\u{e9}', '\u{20ac}', '\u{1f4e6}']), 1..9),
    ) {
        let config = Config::from_json(r#"{"event":{"sort_key_format":"text"}}"#).unwrap();
        for (field, longest) in [("\"S1\"", 2_048), ("\"2026-01-31T09:05:00Z\"", 1_024)] {
            let key = wide(longest - 4 + over, &characters);
            let decision = decided(&config, &detail("").replace(field, &format!("\"{key}\"")));
            if key.len() <= longest {
                prop_assert!(decision.is_ok(), "{} bytes", key.len());
            } else {
                prop_assert_eq!(decision.unwrap_err().reason, Reason::KeyTooLong, "{} bytes", key.len());
            }
        }
    }

    #[test]
    fn no_payload_reaches_a_control_attribute(
        names in prop::sample::subsequence(CONTROL_ATTRIBUTES.to_vec(), 1..=CONTROL_ATTRIBUTES.len()),
        value in prop::sample::select(vec!["null", "0", "\"PROCESSED#9\"", "{\"N\":\"1\"}", "[true]"]),
        is_wrapped: bool,
    ) {
        let forged: String = names.iter().map(|name| format!(r#","{name}":{value}"#)).collect();
        let wrap = |fields: &str| match is_wrapped {
            // Also beside the detail.
            true => format!(r#"{{"detail-type":"t","source":"s","id":"e-1","detail":{}{fields}}}"#, detail(fields)),
            false => detail(fields),
        };
        let plain = decided(&Config::default(), &wrap("")).unwrap();
        let row = decided(&Config::default(), &wrap(&forged)).unwrap();
        for name in CONTROL_ATTRIBUTES {
            match name {
                "content_sha256" => prop_assert_eq!(row.attributes[name].as_text(), Some(row.content_sha256.as_str())),
                "event_id" if !is_wrapped => prop_assert_eq!(&row.attributes[name], &row.attributes["content_sha256"]),
                "event_extra" => prop_assert_eq!(
                    row.attributes[name].canonical(),
                    parse(&format!("{{{}}}", &forged[1..])).unwrap().canonical()
                ),
                _ => prop_assert_eq!(row.attributes.get(name), plain.attributes.get(name), "{}", name),
            }
        }
    }

    /// Whatever time the producer sends.
    #[test]
    fn a_row_expires_days_after_it_came(
        second in 0_i64..32_503_680_000,
        days in 1_u32..4_000,
        year in prop::sample::select(vec!["0001", "1970", "2026", "9998"]),
    ) {
        let body = format!(
            r#"{{"detail-type":"t","source":"s","time":"{year}-01-01T00:00:00Z","detail":{}}}"#,
            detail("").replace("2026-", &format!("{year}-"))
        );
        let config = Config { ttl_days: Some(days), ..Config::default() };
        let now = Timestamp::from_second(second).unwrap();
        let row = decide(&config, Message { body: &body, message_id: None, receive_count: 1 }, now).unwrap();
        let expected = second + i64::from(days) * 86_400;
        prop_assert_eq!(row.attributes[EXPIRES_AT].canonical(), expected.to_string());
    }
}
