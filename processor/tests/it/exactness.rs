//! Properties: equal meanings have equal hashes, and no number is ever rounded.

use jiff::Timestamp;
use pipectl_processor::config::Config;
use pipectl_processor::json::Json;
use pipectl_processor::parse::parse;
use pipectl_processor::reason::Reason;
use proptest::prelude::*;
use serde_json::Value;

use crate::decision::decided;

/// A value with its numbers as integers, so that serde_json can carry it exactly.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{1,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// `value` with its keys in another order, white space from `spaces`, and every character of a string escaped or not.
fn respell(value: &Value, spaces: &str, escape: bool) -> String {
    let text = |text: &str| {
        if escape {
            let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{units}\"")
        } else {
            Value::from(text).to_string()
        }
    };
    match value {
        Value::String(string) => text(string),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| respell(value, spaces, escape)).collect();
            format!("[{spaces}{}{spaces}]", values.join(&format!("{spaces},")))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .rev()
                .map(|(key, value)| format!("{}{spaces}:{}", text(key), respell(value, spaces, escape)))
                .collect();
            format!("{{{spaces}{}{spaces}}}", entries.join(&format!(",{spaces}")))
        }
        other => other.to_string(),
    }
}

/// Moves the decimal point and the exponent without changing the value.
fn respell_number(digits: u64, exponent: i32, shift: i32) -> (String, String) {
    let plain = format!("{digits}e{exponent}");
    let zeros = usize::try_from(shift).unwrap();
    (plain, format!("{digits}{}.{}E{:+}", "0".repeat(zeros), "0".repeat(zeros), exponent - shift))
}

fn body(data: &str, timestamp: &str) -> String {
    format!(
        r#"{{"shipment_id":"S1","event_timestamp":"{timestamp}","event_type":"created","event_data":{data}}}"#
    )
}

fn hash(body: &str) -> String {
    decided(&Config::default(), body).unwrap().content_sha256
}

/// A decimal number as its digits without leading and trailing zeros and the exponent of the first digit; `None` for
/// zero.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa, ""));
    let whole = whole.trim_start_matches('-');
    let digits = format!("{whole}{fraction}");
    let first = digits.find(|digit| digit != '0')?;
    let leading = exponent.parse::<i64>().unwrap() + whole.len() as i64 - 1 - first as i64;
    Some((text.starts_with('-'), digits.trim_matches('0').to_owned(), leading))
}

/// `second` of the epoch, written with an offset of `minutes`.
fn clock(second: i64, fraction: &str, minutes: i64) -> String {
    let local = Timestamp::from_second(second + 60 * minutes).unwrap();
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, remainder) = (minutes.abs() / 60, minutes.abs() % 60);
    local.to_string().replace('Z', &format!("{fraction}{sign}{hours:02}:{remainder:02}"))
}

proptest! {
    #[test]
    fn the_spelling_of_numbers_does_not_change_the_hash(digits: u32, exponent in -100_i32..100, shift in 1_i32..15) {
        let (one, other) = respell_number(u64::from(digits), exponent, shift);
        let of = |number: &str| hash(&body(&format!(r#"{{"numbers":[{number}]}}"#), "2026-01-31T09:05:00Z"));
        prop_assert_eq!(of(&one), of(&other));
        prop_assert_ne!(of(&one), of(&format!("{}e{exponent}", u64::from(digits) + 1)));
    }

    #[test]
    fn an_instant_is_one_key_and_one_content_on_every_clock(
        second in -62_000_000_000_i64..253_000_000_000,
        nanosecond in 0_u32..1_000_000_000,
        minutes in -1_439_i64..1_440,
    ) {
        let full = format!(".{nanosecond:09}");
        let short = full.trim_end_matches('0').trim_end_matches('.');
        let utc = clock(second, &full, 0).replace("+00:00", "Z");
        let row = decided(&Config::default(), &body("{}", &utc)).unwrap();
        prop_assert_eq!(row.sort_key.as_ref().unwrap().as_str(), &utc);
        for other in [clock(second, short, minutes), clock(second, &full, minutes).to_lowercase()] {
            let other = decided(&Config::default(), &body("{}", &other)).unwrap();
            prop_assert_eq!(&other.sort_key, &row.sort_key);
            prop_assert_eq!(&other.content_sha256, &row.content_sha256);
        }
        let later = clock(second, &format!(".{:09}", nanosecond ^ 1), minutes);
        prop_assert_ne!(decided(&Config::default(), &body("{}", &later)).unwrap().content_sha256, row.content_sha256);
    }

    #[test]
    fn a_number_is_stored_exactly_or_rejected(
        text in prop_oneof![
            "-?(0|[1-9][0-9]{0,44})(\\.[0-9]{1,44})?([eE][+-]?[0-9]{1,3})?",
            "-?[0-9](\\.[0-9]{1,37})?[eE](12[4-7]|-1(29|3[0-2]))",
        ],
    ) {
        let refused = match decimal(&text) {
            Some((_, digits, _)) if digits.len() > 38 => Some(Reason::NumberTooPrecise),
            Some((_, _, leading)) if !(-130..=125).contains(&leading) => Some(Reason::NumberOutOfRange),
            _ => None,
        };
        match (parse(&text), refused) {
            (Ok(number), None) => prop_assert_eq!(decimal(&number.canonical()), decimal(&text)),
            (Err(rejection), Some(reason)) => prop_assert_eq!(rejection.reason, reason),
            (parsed, refused) => prop_assert!(false, "{parsed:?}, expected {refused:?}"),
        }
    }

    #[test]
    fn spelling_does_not_change_the_hash(value in value(), spaces in "[ \t\r\n]{0,3}", escape: bool) {
        let data = serde_json::json!({ "value": value });
        let one = body(&data.to_string(), "2026-01-31T09:05:00Z");
        let other = body(&respell(&data, &spaces, escape), "2026-01-31T10:05:00.000+01:00");
        prop_assert_eq!(hash(&one), hash(&other));
    }

    #[test]
    fn other_content_has_another_hash(one in value(), other in value()) {
        prop_assume!(one != other);
        let of = |value: &Value| hash(&body(&serde_json::json!({ "value": value }).to_string(), "2026-01-31T09:05:00Z"));
        prop_assert_ne!(of(&one), of(&other));
    }

    #[test]
    fn the_canonical_text_means_the_same_and_is_a_fixed_point(value in value()) {
        let parsed = parse(&value.to_string()).unwrap();
        let canonical = parsed.canonical();
        prop_assert_eq!(serde_json::from_str::<Value>(&canonical).unwrap(), value);
        prop_assert_eq!(parse(&canonical).unwrap(), parsed);
    }

    /// serde_json is the reference for what is JSON; our limits may reject more.
    #[test]
    fn nothing_is_read_that_is_not_json(text in r#"[\[\]{},:"\\ua0-9eE.+\-ntrufals \n]{0,24}"#) {
        let oracle = serde_json::from_str::<Value>(&text);
        match parse(&text) {
            Ok(_) => prop_assert!(oracle.is_ok(), "{}", text),
            Err(rejection) if rejection.reason.as_str() == "invalid-json" => prop_assert!(oracle.is_err(), "{}", text),
            Err(_) => {}
        }
    }

    #[test]
    fn equal_numbers_have_one_spelling(digits: u64, exponent in -100_i32..100, shift in 1_i32..15) {
        let (one, other) = respell_number(digits, exponent, shift);
        let one = parse(&one).unwrap();
        prop_assert_eq!(&one, &parse(&other).unwrap());
        // DynamoDB and any JSON reader see the value that was sent.
        let read: f64 = one.canonical().parse().unwrap();
        let sent: f64 = format!("{digits}e{exponent}").parse().unwrap();
        prop_assert_eq!(read, sent);
    }

    #[test]
    fn whole_numbers_keep_every_digit(number: i128) {
        let text = number.to_string();
        prop_assume!(text.trim_start_matches('-').trim_end_matches('0').len() <= 38);
        let Json::Number(parsed) = parse(&text).unwrap() else { panic!("{text}") };
        prop_assert_eq!(parsed.as_str(), text);
    }
}

#[test]
fn numbers_are_spelled_so() {
    for (sent, stored) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.00e5", "0"),
        ("0e999999999999999999999", "0"),
        ("12.5", "12.5"),
        ("12.50", "12.5"),
        ("0.1", "0.1"),
        ("1e2", "100"),
        ("-1.5E-3", "-0.0015"),
        ("9007199254740993", "9007199254740993"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("1000000000000000000000000000000000000000", "1000000000000000000000000000000000000000"),
        ("1e40", "1E+40"),
        ("1e-130", "1E-130"),
        ("-9.9999999999999999999999999999999999999e125", "-9.9999999999999999999999999999999999999E+125"),
    ] {
        assert_eq!(parse(sent).unwrap().canonical(), stored, "{sent}");
    }
}
