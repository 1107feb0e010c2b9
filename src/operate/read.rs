use serde_json::Value;

use super::api::BusEvent;

/// Reads an event file: a whole EventBridge envelope, or a `detail` alone, which then takes source and detail-type
/// from `likeness`.
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
        (Some(detail @ Value::Object(_)), Some(source), Some(detail_type)) => {
            Ok(BusEvent { source, detail_type, detail: detail.to_string() })
        }
        (Some(_), Some(_), Some(_)) => Err("its `detail` is not an object".to_owned()),
        _ => Ok(BusEvent { detail: value.to_string(), ..likeness.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_keeps_its_own_words_and_a_detail_borrows_them() {
        let likeness =
            BusEvent { source: "s".to_owned(), detail_type: "t".to_owned(), detail: String::new() };
        let envelope = read_event(r#"{"source":"a","detail-type":"b","detail":{"x":1}}"#, &likeness);
        let expected =
            BusEvent { source: "a".to_owned(), detail_type: "b".to_owned(), detail: r#"{"x":1}"#.to_owned() };
        assert_eq!(envelope, Ok(expected));
        let detail = read_event(r#"{"x":1}"#, &likeness);
        assert_eq!(detail, Ok(BusEvent { detail: r#"{"x":1}"#.to_owned(), ..likeness.clone() }));
        assert_eq!(read_event("[1]", &likeness), Err("it is not a JSON object".to_owned()));
        assert!(read_event("{", &likeness).is_err());
    }
}
