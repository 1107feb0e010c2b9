//! Properties of every path, format and contract.

use jiff::Timestamp;
use jiff::tz::Offset;
use pipectl_processor::config::Config;
use pipectl_processor::decide::{Message, decide};
use pipectl_processor::json::Json;
use pipectl_processor::path::{Path, Step};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The stored value of an attribute with this format, for a value written unchanged into the event.
fn stored(format: Option<&str>, path: &str, detail: &str) -> Option<Json> {
    let mut field = json!({"attribute": "a", "from": [path]});
    if let Some(format) = format {
        field["format"] = json!(format);
    }
    let event = json!({
        "partition_key": {"attribute": "p", "from": ["$.id"]},
        "sort_key": {"attribute": "s", "from": ["$.time"]},
        "type": null, "data": null, "attributes": [field],
    });
    let config = Config::from_json(&json!({"version": 2, "event": event}).to_string()).unwrap();
    let body = format!(
        r#"{{"id":"e","source":"s","detail-type":"t","time":"2026-01-31T09:05:00Z","detail":{detail}}}"#
    );
    let message = Message { body: &body, message_id: None, receive_count: 1 };
    let now: Timestamp = crate::decision::NOW.parse().unwrap();
    decide(&config, message, now).unwrap().attributes.remove("a")
}

fn as_stored(format: &str, value: &str) -> Option<Json> {
    stored(Some(format), "$.detail.v", &format!(r#"{{"v":{value}}}"#))
}

fn text(value: &Json) -> &str {
    match value {
        Json::Text(text) => text,
        Json::Number(number) => number.as_str(),
        other => panic!("{other:?}"),
    }
}

/// Steps below the detail.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = prop_oneof!["[a-zA-Z_][a-zA-Z0-9_-]{0,6}", "[ -&(-~éß😀]{1,6}"].prop_map(Step::Name);
    prop::collection::vec(prop_oneof![3 => name, 1 => (0_usize..4).prop_map(Step::Item)], 1..6)
}

/// A path in its longest spelling.
fn spelled(steps: &[Step]) -> String {
    let below = steps.iter().map(|step| match step {
        Step::Name(name) => format!("['{name}']"),
        Step::Item(index) => format!("[{index}]"),
        Step::Every => "[*]".to_owned(),
    });
    format!("$['detail']{}", below.collect::<String>())
}

/// The value at the end of these steps, and nothing else.
fn nested(steps: &[Step], value: Value) -> Value {
    steps.iter().rev().fold(value, |value, step| match step {
        Step::Name(name) => json!({ name: value }),
        Step::Item(index) => {
            let mut items = vec![json!("other"); *index];
            items.push(value);
            json!(items)
        }
        Step::Every => panic!("not in a field"),
    })
}

proptest! {
    #[test]
    fn a_path_is_parsed_as_written_and_has_one_spelling(steps in steps()) {
        let long = spelled(&steps);
        let path: Path = long.parse().unwrap();
        prop_assert_eq!(&path.steps()[1..], &steps[..]);
        let short = path.to_string();
        prop_assert_eq!(&short.parse::<Path>().unwrap(), &path);
        prop_assert_eq!(short.parse::<Path>().unwrap().to_string(), short.clone());
        prop_assert!(short.len() <= long.len());
        // It leads to its value in both spellings.
        prop_assume!(matches!(steps[0], Step::Name(_)));
        let detail = nested(&steps, json!("here")).to_string();
        for path in [&long, &short] {
            prop_assert_eq!(stored(None, path, &detail), Some(Json::Text("here".to_owned())));
        }
    }

    #[test]
    fn an_instant_has_one_spelling_whatever_it_was_written_in(
        milliseconds in -62_135_596_800_000_i64..253_402_300_800_000,
        hours in -12_i8..=12,
    ) {
        let instant = Timestamp::from_millisecond(milliseconds).unwrap();
        let local = instant.display_with_offset(Offset::constant(hours)).to_string();
        let expected = as_stored("epoch_milliseconds", &milliseconds.to_string()).unwrap();
        // With another offset it may be a year that RFC 3339 cannot write.
        let mut spellings = vec![
            ("epoch_milliseconds", format!("\"{milliseconds}\"")),
            ("timestamp", format!("\"{}\"", text(&expected))),
        ];
        if local.len() < 40 && local.as_bytes()[0].is_ascii_digit() {
            spellings.push(("timestamp", format!("\"{local}\"")));
        }
        if milliseconds % 1_000 == 0 {
            spellings.push(("epoch_seconds", (milliseconds / 1_000).to_string()));
        }
        for (format, value) in spellings {
            prop_assert_eq!(as_stored(format, &value), Some(expected.clone()), "{} {}", format, value);
        }
        prop_assert_eq!(text(&expected).len(), "2026-01-31T09:05:00.000000000Z".len());
    }

    /// Later instants are later texts.
    #[test]
    fn instants_are_sorted_as_texts(
        mut both in prop::array::uniform2(-62_135_596_800_000_i64..253_402_300_800_000),
    ) {
        both.sort_unstable();
        let [first, second] = both.map(|at| as_stored("epoch_milliseconds", &at.to_string()).unwrap());
        prop_assert!(text(&first) <= text(&second));
    }

    #[test]
    fn a_number_has_one_text_and_is_read_back_from_it(
        digits in "-?[1-9][0-9]{0,36}",
        zeros in 0_usize..6,
        exponent in -80_i32..80,
    ) {
        let spellings = [
            format!("{digits}e{exponent}"),
            format!("{digits}.{}E{exponent:+}", "0".repeat(zeros + 1)),
            format!("{digits}{}e{}", "0".repeat(zeros), exponent - i32::try_from(zeros).unwrap()),
        ];
        for format in ["text", "number"] {
            let expected = as_stored(format, &spellings[0]).unwrap();
            for spelling in &spellings[1..] {
                prop_assert_eq!(as_stored(format, spelling), Some(expected.clone()), "{}", spelling);
            }
            prop_assert_eq!(as_stored(format, text(&expected)), Some(expected.clone()));
        }
        let as_text = as_stored("text", &spellings[0]).unwrap();
        prop_assert_eq!(as_stored("text", &format!("\"{}\"", text(&as_text))), Some(as_text));
    }

    /// A contract has one text: pipectl writes it, the processor reads it, and a plan compares it.
    #[test]
    fn a_contract_is_read_as_it_was_written(
        paths in prop::collection::btree_map("[a-z]{2,8}x", steps(), 0..5),
        shards in 1_u32..100,
        ttl in prop::option::of(1_u32..4_000),
        keeps_first in any::<bool>(),
    ) {
        let fields: Vec<Value> = paths
            .iter()
            .filter(|(_, steps)| matches!(steps[0], Step::Name(_)))
            .map(|(name, steps)| json!({"attribute": name, "from": [spelled(steps)]}))
            .collect();
        let event = json!({"attributes": fields, "on_conflict": if keeps_first { "keep_first" } else { "dead_letter" }});
        let text = json!({"version": 2, "ttl_days": ttl, "status_index_shards": shards, "event": event}).to_string();
        let config = Config::from_json(&text).unwrap().in_oldest_version();
        let written = config.to_json();
        let read = Config::from_json(&written).unwrap();
        prop_assert_eq!(&read, &config);
        prop_assert_eq!(read.to_json(), written);
    }
}
