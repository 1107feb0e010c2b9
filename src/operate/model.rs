//! The models of generated events: a sample, or an event that a pattern matches.

use serde_json::{Map, Value, json};

use super::api::BusEvent;

/// The model of a generated event.
pub(super) enum Model {
    /// Each field has a value that the pattern matches.
    Pattern(Map<String, Value>),
    Sample(Box<Map<String, Value>>, Vary),
}

/// What varies between the events of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vary {
    /// Keys and times.
    All,
    /// Partition keys only.
    Key,
}

/// The sample as the bus takes it.
pub(super) fn of_sample(sample: &Map<String, Value>) -> BusEvent {
    let text = |name: &str| sample.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let time = text("time").parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let resources = sample.get("resources").and_then(Value::as_array).into_iter().flatten();
    BusEvent {
        time,
        resources: resources.filter_map(Value::as_str).map(str::to_owned).collect(),
        source: text("source"),
        detail_type: text("detail-type"),
        detail: sample.get("detail").cloned().unwrap_or_default().to_string(),
    }
}

/// An event that a pattern matches: `dice` selects among its values, `step` ends a prefix of the envelope, and `token`
/// one of the detail.
pub(super) fn envelope_of(pattern: &Map<String, Value>, dice: u64, step: &str, token: &str) -> BusEvent {
    let mut asked = Map::new();
    fill(&mut asked, pattern, dice, step);
    let mut detail = Map::new();
    if let Some(Value::Object(pattern)) = pattern.get("detail") {
        fill(&mut detail, pattern, dice, token);
    }
    let or = |name: &str, default: String| match asked.get(name).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => default,
    };
    let resources = asked.get("resources").and_then(Value::as_str).map(str::to_owned);
    BusEvent {
        time: None,
        resources: resources.into_iter().collect(),
        source: or("source", "shipment.service".to_owned()),
        detail_type: or("detail-type", format!("shipment.{step}")),
        detail: Value::Object(detail).to_string(),
    }
}

fn fill(event: &mut Map<String, Value>, pattern: &Map<String, Value>, dice: u64, word: &str) {
    for (name, wanted) in pattern {
        match wanted {
            // One of the branches is enough.
            Value::Array(branches) if name == "$or" => {
                let branch = branches.get(dice as usize % branches.len().max(1)).and_then(Value::as_object);
                branch.into_iter().for_each(|branch| fill(event, branch, dice, word));
            }
            Value::Array(choices) => {
                let values: Vec<Value> = choices.iter().filter_map(|choice| matching(choice, word)).collect();
                if !values.is_empty() {
                    event.insert(name.clone(), values[dice as usize % values.len()].clone());
                }
            }
            Value::Object(deeper) => {
                let location = event.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(location) = location {
                    fill(location, deeper, dice, word);
                }
            }
            _ => {}
        }
    }
}

/// A value that one alternative of a pattern matches; `None` if the field must be absent.
fn matching(choice: &Value, word: &str) -> Option<Value> {
    let Some((operator, operand)) = choice.as_object().and_then(|choice| choice.iter().next()) else {
        return Some(choice.clone());
    };
    // Some operators take another one that ignores case.
    let nested = operand.get("equals-ignore-case").unwrap_or(operand);
    let text = nested.as_str().unwrap_or_default();
    match operator.as_str() {
        "prefix" => Some(json!(format!("{text}{word}"))),
        "suffix" => Some(json!(format!("{word}{text}"))),
        "equals-ignore-case" => Some(json!(text)),
        "wildcard" => Some(json!(text.replace('*', word))),
        "cidr" => Some(json!(text.split('/').next())),
        "numeric" => number(operand.as_array()?),
        "exists" => operand.as_bool()?.then(|| json!(word)),
        // A pattern is unlikely to exclude this value.
        "anything-but" => Some(json!(format!("pipectl-{word}"))),
        _ => None,
    }
}

/// A number within `[">", 0, "<=", 5]`.
fn number(range: &[Value]) -> Option<Value> {
    let (mut least, mut most) = (None, None);
    for pair in range.chunks(2) {
        let [operator, bound] = pair else { return None };
        match operator.as_str()? {
            "=" => return Some(bound.clone()),
            ">" | ">=" => least = bound.as_f64(),
            _ => most = bound.as_f64(),
        }
    }
    let between = match (least, most) {
        (Some(least), Some(most)) => f64::midpoint(least, most),
        (Some(least), None) => least + 1.0,
        (None, most) => most? - 1.0,
    };
    // A whole number is written as an integer.
    let whole = between.fract() == 0.0 && between.abs() < 9e15;
    Some(if whole { json!(between as i64) } else { json!(between) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(pattern: Value) -> Value {
        let pattern = json!({"detail": pattern});
        let event = envelope_of(pattern.as_object().expect("an object"), 7, "created", "t-1");
        assert_eq!(
            (event.source.as_str(), event.detail_type.as_str()),
            ("shipment.service", "shipment.created")
        );
        serde_json::from_str(&event.detail).expect("JSON")
    }

    #[test]
    fn each_operator_has_a_value_that_it_matches() {
        for (choice, value) in [
            (json!("a"), json!("a")),
            (json!(5), json!(5)),
            (json!(null), json!(null)),
            (json!({"prefix": "p-"}), json!("p-t-1")),
            (json!({"prefix": {"equals-ignore-case": "P-"}}), json!("P-t-1")),
            (json!({"suffix": ".png"}), json!("t-1.png")),
            (json!({"equals-ignore-case": "ANY"}), json!("ANY")),
            (json!({"wildcard": "a*z"}), json!("at-1z")),
            (json!({"cidr": "10.0.0.0/8"}), json!("10.0.0.0")),
            (json!({"numeric": [">", 0, "<", 10]}), json!(5)),
            (json!({"numeric": ["<", 1.5]}), json!(0.5)),
            (json!({"numeric": ["=", 3]}), json!(3)),
            (json!({"anything-but": ["x"]}), json!("pipectl-t-1")),
            (json!({"exists": true}), json!("t-1")),
        ] {
            let invented = detail(json!({"field": [choice.clone()]}));
            assert_eq!(invented, json!({"field": value}), "{choice}");
            let pattern = json!({"detail": {"field": [choice]}});
            let pattern = crate::pattern::Pattern::parse(pattern.as_object().expect("an object"));
            assert_eq!(pattern.expect("a pattern").matches(&json!({"detail": invented})), Ok(()));
        }
        assert_eq!(detail(json!({"gone": [{"exists": false}], "a": {"b": [1]}})), json!({"a": {"b": 1}}));
        let either = detail(json!({"$or": [{"a": ["x"]}, {"b": ["y"]}]}));
        assert_eq!(either, json!({"b": "y"}), "7 chooses the second");
    }
}
