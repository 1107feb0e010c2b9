//! Events from a file, in the forms that other tools write.

use serde::de::IgnoredAny;
use serde_json::{Deserializer, Map, Value, json};

use super::read::member;
use super::saved::exported_body;

/// The input of `aws events put-events` has these names, capitalised.
const ENTRIES: &str = "Entries";
const DETAIL: &str = "Detail";

/// The texts of all events in a file: one JSON object, several in sequence such as one per line, or a list. Entries of
/// PutEvents, alone or in a whole request, become the envelopes that EventBridge makes of them, and messages that `dlq`
/// saved become their events. Nothing else of an event is changed, so that a number of 38 digits does not become a
/// double.
///
/// # Errors
/// Which of them is not an event, and why.
pub fn given_events(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for value in values(text)? {
        if let Some(entries) = is_object(value).then(|| member(value, ENTRIES)).flatten() {
            items(entries, &mut found)?;
        } else {
            items(value, &mut found)?;
        }
    }
    if found.is_empty() {
        return Err("it contains no event".to_owned());
    }
    let count = found.len();
    let events = found.into_iter().enumerate().map(|(index, event)| {
        let named =
            |reason: String| if count == 1 { reason } else { format!("event {}: {reason}", index + 1) };
        whole(event).map_err(named)
    });
    events.collect()
}

/// The JSON values in a text, which follow each other.
fn values(text: &str) -> Result<Vec<&str>, String> {
    let mut stream = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut found = Vec::new();
    let mut begin = 0;
    while let Some(value) = stream.next() {
        value.map_err(|error| format!("it is not JSON: {error}"))?;
        found.push(text[begin..stream.byte_offset()].trim());
        begin = stream.byte_offset();
    }
    Ok(found)
}

/// The items of a list, or the value itself.
fn items<'a>(value: &'a str, found: &mut Vec<&'a str>) -> Result<(), String> {
    let Some(mut remainder) = value.strip_prefix('[') else {
        found.push(value);
        return Ok(());
    };
    loop {
        remainder = remainder.trim_start_matches([',', ' ', '\t', '\r', '\n']);
        if remainder.is_empty() || remainder.starts_with(']') {
            return Ok(());
        }
        if !is_object(remainder) {
            return Err(format!("item {} of its list is not a JSON object", found.len() + 1));
        }
        let mut stream = Deserializer::from_str(remainder).into_iter::<IgnoredAny>();
        // It is part of a text that was parsed.
        let _read = stream.next();
        let (item, after) = remainder.split_at(stream.byte_offset().max(1));
        found.push(item);
        remainder = after;
    }
}

fn is_object(text: &str) -> bool {
    text.starts_with('{')
}

/// The envelope that EventBridge makes of an entry of PutEvents, or the event in a message that `dlq export` wrote; any
/// other event unchanged.
fn whole(text: &str) -> Result<String, String> {
    if !is_object(text) {
        return Err("it is not a JSON object".to_owned());
    }
    if let Some(body) = exported_body(text) {
        let is_event = matches!(serde_json::from_str(&body), Ok(Value::Object(_)));
        let refusal = "the body of this message is not a JSON object";
        return if is_event { Ok(body) } else { Err(refusal.to_owned()) };
    }
    let is_entry = member(text, DETAIL).is_some()
        && ["DetailType", "Source"].iter().any(|name| member(text, name).is_some());
    if !is_entry {
        return Ok(text.to_owned());
    }
    let Ok(Value::Object(entry)) = serde_json::from_str(text) else {
        return Err("it is not a JSON object".to_owned());
    };
    let detail = match entry.get(DETAIL) {
        Some(Value::String(detail)) if matches!(serde_json::from_str(detail), Ok(Value::Object(_))) => {
            detail.trim().to_owned()
        }
        // A common mistake: an object instead of its text.
        Some(Value::Object(_)) => member(text, DETAIL).unwrap_or_default().to_owned(),
        _ => return Err("its `Detail` is not a string with a JSON object".to_owned()),
    };
    let mut envelope = Map::new();
    for (theirs, ours) in [("Source", "source"), ("DetailType", "detail-type")] {
        match entry.get(theirs) {
            Some(Value::String(name)) => envelope.insert(ours.to_owned(), json!(name)),
            _ => return Err(format!("it has `{DETAIL}`, but no string `{theirs}`")),
        };
    }
    envelope.extend(entry.get("Resources").map(|list| ("resources".to_owned(), list.clone())));
    envelope.extend(entry.get("Time").and_then(time).map(|time| ("time".to_owned(), json!(time))));
    let envelope = Value::Object(envelope).to_string();
    let remainder = envelope.strip_prefix('{').unwrap_or(&envelope);
    Ok(format!("{{\"detail\":{detail},{remainder}"))
}

/// As the AWS CLI accepts it: a text, or seconds since 1970.
fn time(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            let second = jiff::Timestamp::from_second(number.as_f64()?.floor() as i64).ok()?;
            Some(second.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_several_and_a_list_are_the_same_events() {
        let number = "12345678901234567890123456789012345678";
        let (one, other) = (format!(r#"{{"id": {number}}}"#), r#"{"b":[1,{"c":"]"}]}"#.to_owned());
        let both = vec![one.clone(), other.clone()];
        for text in [
            format!("{one}\n{other}\n"),
            format!(" {one} {other}"),
            format!("[{one}, {other}]"),
            format!("[\n{one}\n,{other} ]\n"),
            format!("[{one}]\n[{other}]"),
            format!(r#"{{"Entries": [{one},{other}]}}"#),
        ] {
            assert_eq!(given_events(&text), Ok(both.clone()), "{text}");
        }
    }

    #[test]
    fn an_entry_of_put_events_becomes_an_envelope() {
        let entry = r#"{"Source":"shop","DetailType":"placed","Detail":"{\"n\": 1.50}","Time":1767225600,"Resources":["r"]}"#;
        let whole = r#"{"detail":{"n": 1.50},"detail-type":"placed","resources":["r"],"source":"shop","time":"2026-01-01T00:00:00Z"}"#;
        assert_eq!(given_events(entry), Ok(vec![whole.to_owned()]));
        let entry = r#"{"Source":"shop","DetailType":"placed","Detail":{"n": 1.50}}"#;
        assert!(given_events(entry).is_ok_and(|events| events[0].contains(r#""detail":{"n": 1.50}"#)));
    }

    #[test]
    fn a_message_that_was_exported_becomes_the_event_in_it() {
        let event = r#"{"detail":{"n": 12345678901234567890123456789012345678}}"#;
        let line = |body: &str| json!({"message_id": "m-1", "reason": "conflict", "body": body}).to_string();
        let both = [line(event), line("{}")].join("\n");
        assert_eq!(given_events(&both), Ok(vec![event.to_owned(), "{}".to_owned()]));
        let refused = given_events(&[line(event), line("poison")].join("\n")).expect_err("no event");
        assert_eq!(refused, "event 2: the body of this message is not a JSON object");
    }

    #[test]
    fn an_invalid_event_is_reported_with_its_position_and_reason() {
        for (text, reason) in [
            ("", "it contains no event"),
            (" [] ", "it contains no event"),
            ("{", "it is not JSON"),
            ("{} x", "it is not JSON"),
            ("7", "it is not a JSON object"),
            ("[{},7]", "item 2 of its list is not a JSON object"),
            ("{}\n\"x\"", "event 2: it is not a JSON object"),
            (r#"{"Source":"s","DetailType":"t","Detail":"x"}"#, "`Detail` is not a string"),
            (r#"{"Source":"s","Detail":"{}"}"#, "no string `DetailType`"),
        ] {
            let refused = given_events(text).expect_err(text);
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }
}
