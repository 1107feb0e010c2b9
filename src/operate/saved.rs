//! A message of a queue as one line of JSON, and back: the format that `dlq export` and `dlq purge --save` write and
//! `dlq import` reads.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use processor::attribute::{Attribute, AttributeValue, Attributes};
use processor::death::{Death, Redriven};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::api::DeadLetter;

/// The possible beginnings of a file of saved messages.
pub const SAVED: &[&str] = &["{\"attributes\":", "{\"body\":", "{\"message_id\":"];

/// The line of a message, with the other known values. `sent_at`: in RFC 3339.
#[must_use]
pub fn saved(dead_letter: &DeadLetter, reason: &str, sent_at: Option<&str>) -> String {
    let mut saved = json!({
        "message_id": dead_letter.origin(), "reason": reason, "sent_at": sent_at,
        "receive_count": dead_letter.receive_count, "group": dead_letter.group, "body": dead_letter.body,
    });
    if !dead_letter.attributes.is_empty() {
        saved["attributes"] = json!(dead_letter.attributes);
    }
    if let Some(trace) = &dead_letter.trace_header {
        saved["trace_header"] = json!(trace);
    }
    if let Some(death) = &dead_letter.death {
        saved["died_of"] = json!(death);
    }
    if let Some(redriven) = &dead_letter.redriven {
        saved["redriven"] = json!({"times": redriven.times, "at": redriven.at});
    }
    saved.to_string()
}

#[derive(Deserialize)]
struct Line {
    body: String,
    group: Option<String>,
    #[serde(default)]
    attributes: Map<String, Value>,
    trace_header: Option<String>,
    died_of: Option<Death>,
    redriven: Option<Mark>,
}

#[derive(Deserialize)]
struct Mark {
    times: u32,
    at: String,
}

/// The message of a line, with its values as attributes, to be sent unchanged.
///
/// # Errors
/// Why the line is invalid.
pub fn read_saved(line: &str) -> Result<DeadLetter, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let mut attributes = Attributes::new();
    for (name, value) in &line.attributes {
        let attribute =
            attribute(value).ok_or_else(|| format!("`{name}` is not a message attribute of SQS"))?;
        attributes.insert(name.clone(), attribute);
    }
    let redriven = line.redriven.map(|mark| Redriven { times: mark.times, at: mark.at });
    attributes.extend(redriven.as_ref().map(Redriven::attribute));
    if let Some(death) = &line.died_of {
        let written = death.attributes(&line.body, &attributes);
        attributes = written.ok_or("its reason does not fit into the message")?;
    }
    let Line { body, group, trace_header, died_of: death, .. } = line;
    Ok(DeadLetter { body, group, attributes, trace_header, death, redriven, ..DeadLetter::default() })
}

/// The body of a message that was saved; `None` if the object is not such a line.
pub(super) fn exported_body(object: &str) -> Option<String> {
    let line: Map<String, Value> = serde_json::from_str(object).ok()?;
    // An event may have a `body` of its own; a line of `dlq export` has all three.
    match (line.get("message_id"), line.get("reason"), line.get("body")) {
        (Some(Value::String(_)), Some(Value::String(_)), Some(Value::String(body))) => Some(body.clone()),
        _ => None,
    }
}

fn attribute(value: &Value) -> Option<Attribute> {
    let text = |key: &str| value[key].as_str().filter(|text| !text.is_empty());
    let data_type = text("DataType")?.to_owned();
    let value = match text("BinaryValue") {
        Some(encoded) => AttributeValue::Bytes(BASE64_STANDARD.decode(encoded).ok()?),
        None => AttributeValue::Text(text("StringValue")?.to_owned()),
    };
    Some(Attribute { data_type, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead_letter() -> DeadLetter {
        let binary =
            Attribute { data_type: "Binary.gif".to_owned(), value: AttributeValue::Bytes(vec![0, 255]) };
        let attributes =
            Attributes::from([("tenant".to_owned(), Attribute::text("acme")), ("seal".to_owned(), binary)]);
        let death = Death {
            reason: "missing-field".to_owned(),
            message_id: "m-0".to_owned(),
            attempts: "1".to_owned(),
            ..Death::default()
        };
        DeadLetter {
            message_id: "m-1".to_owned(),
            body: "{\"n\": 1.50}".to_owned(),
            group: Some("g".to_owned()),
            attributes,
            death: Some(death),
            redriven: Some(Redriven { times: 2, at: "2026-11-28T04:00:00Z".to_owned() }),
            trace_header: Some("Root=1".to_owned()),
            ..DeadLetter::default()
        }
    }

    #[test]
    fn a_message_comes_back_with_all_that_was_on_it() {
        let line = saved(&dead_letter(), "missing-field", None);
        assert!(SAVED.iter().any(|begin| line.starts_with(begin)), "{line}");
        let read = read_saved(&line).expect("a message");
        let DeadLetter { body, group, attributes, death, redriven, trace_header, .. } = dead_letter();
        assert_eq!((&read.body, &read.group, &read.trace_header), (&body, &group, &trace_header));
        assert_eq!(processor::death::originals(&read.attributes), attributes);
        assert_eq!(Redriven::of(&read.attributes), redriven);
        let died = death.map(|death| Death { redriven: "2 2026-11-28T04:00:00Z".to_owned(), ..death });
        assert_eq!(Death::read(&read.attributes), died);
        assert_eq!(exported_body(&line), Some(body));
        // An event may have fields of these names.
        assert_eq!(exported_body(r#"{"message_id":"m","body":"hello"}"#), None);
    }

    #[test]
    fn what_is_no_saved_message_is_refused() {
        for line in
            ["", "{}", "[]", r#"{"body":1}"#, r#"{"body":"x","attributes":{"a":{"DataType":"String"}}}"#]
        {
            assert!(read_saved(line).is_err(), "{line}");
        }
        assert_eq!(exported_body(r#"{"body":"x","detail":{}}"#), None);
    }
}
