//! One event file: an envelope or a `detail` alone.

use jiff::Timestamp;
use serde_json::Value;

use super::api::BusEvent;

/// Reads an event file: a whole EventBridge envelope, from which time and resources are also sent, or a `detail` alone,
/// which gets source and detail-type from `likeness`. The detail is sent character for character: a number of 38 digits
/// does not become a double.
///
/// # Errors
/// Why the text is not an event.
pub fn read_event(text: &str, likeness: &BusEvent) -> Result<BusEvent, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let Value::Object(event) = &value else {
        return Err("it is not a JSON object".to_owned());
    };
    let word = |key: &str| event.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    match (event.get("detail"), word("source"), word("detail-type")) {
        (Some(Value::Object(_)), Some(source), Some(detail_type)) => {
            let detail = member(text, "detail").unwrap_or_default().to_owned();
            let time = word("time").and_then(|time| time.parse::<Timestamp>().ok()).map(Timestamp::as_second);
            let resources = event.get("resources").and_then(Value::as_array).into_iter().flatten();
            let resources = resources.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
            Ok(BusEvent { time, resources, source, detail_type, detail })
        }
        (Some(_), Some(_), Some(_)) => Err("its `detail` is not an object".to_owned()),
        _ => Ok(BusEvent { detail: text.trim().to_owned(), ..likeness.clone() }),
    }
}

/// Whether a text is a whole envelope with an id.
#[must_use]
pub fn is_envelope_with_id(text: &str) -> bool {
    let envelope = read_event(text, &BusEvent::default()).is_ok_and(|event| event.detail != text.trim());
    envelope && member(text, "id").is_some_and(|id| !matches!(id, "null" | "\"\""))
}

/// The text of the member `name` of a JSON object, the last one of that name as in parsers. `object` must be JSON.
pub(super) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let (mut depth, mut in_string, mut is_escaped) = (0, false, false);
    // The start of the string that may be a key, the key, and the start of its value.
    let (mut quote, mut key, mut value) = (0, None, None);
    let mut found = None;
    for (at, byte) in object.bytes().enumerate() {
        if in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => {
                    in_string = false;
                    if depth == 1 && value.is_none() {
                        key = serde_json::from_str::<String>(&object[quote..=at]).ok();
                    }
                }
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => (in_string, quote) = (true, at),
            b':' if depth == 1 => value = Some(at + 1),
            b'{' | b'[' => depth += 1,
            b',' | b'}' if depth == 1 => {
                if let (Some(begin), Some(key)) = (value.take(), key.take())
                    && key == name
                {
                    found = Some(object[begin..at].trim());
                }
                depth -= i32::from(byte == b'}');
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness() -> BusEvent {
        BusEvent { source: "s".to_owned(), detail_type: "t".to_owned(), ..BusEvent::default() }
    }

    #[test]
    fn an_envelope_keeps_its_own_words_and_a_detail_borrows_them() {
        let envelope = r#"{"source":"a","detail-type":"b","time":"1970-01-01T00:01:00.9Z","resources":["r",1],"detail":{"x":1}}"#;
        let envelope = read_event(envelope, &likeness());
        let expected = BusEvent {
            time: Some(60),
            resources: vec!["r".to_owned()],
            source: "a".to_owned(),
            detail_type: "b".to_owned(),
            detail: r#"{"x":1}"#.to_owned(),
        };
        assert_eq!(envelope, Ok(expected));
        let detail = read_event(r#"{"x":1}"#, &likeness());
        assert_eq!(detail, Ok(BusEvent { detail: r#"{"x":1}"#.to_owned(), ..likeness() }));
        assert_eq!(read_event("[1]", &likeness()), Err("it is not a JSON object".to_owned()));
        assert!(read_event("{", &likeness()).is_err());
    }

    #[test]
    fn events_of_the_file_are_put_on_the_bus_unchanged() {
        let detail = r#"{ "n":12345678901234567890123456789012345678, "over":36893488147419103233, "f": 1.50, "u": "\u00e9}" }"#;
        for text in [
            format!(r#"{{"source":"a","detail-type":"b","detail":{detail}}}"#),
            format!(
                " {{\"source\":\"a\", \"resources\": [{{\"detail\": 1}}, \"]\"],\n \"d\\u0065tail\" : {detail} ,\"detail-type\":\"b\"}} "
            ),
            format!(r#"{{"detail":{{"n":1}},"source":"a","detail-type":"b","detail":{detail}}}"#),
            format!("\n{detail}\n"),
        ] {
            assert_eq!(read_event(&text, &likeness()).expect("an event").detail, detail, "{text}");
        }
        assert_eq!(member("{}", "detail"), None);
        assert_eq!(member(r#"{"a":"detail","b":{"detail":1}}"#, "detail"), None);
    }
}
