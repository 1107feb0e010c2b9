//! The result of an expression if CloudFormation inserts one and the same text everywhere: written for tests only, and
//! independently of the tested code.

use serde_json::{Map, Value};

/// Longest text here, in characters.
const LONGEST: usize = 100_000;
/// Texts that AWS could insert.
pub(crate) const FILLED_IN: [&str; 7] = ["", "resolve:", "resolve", ":", "e", "solve:ssm:x", "arn|aws|sns:x"];

fn called(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// The text of an expression. It supports no mapping.
pub(crate) fn text(value: &Value, filled_in: &str) -> String {
    let made = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Object(map) => match called(map) {
            Some(("Ref", name)) if name == "AWS::NoValue" => String::new(),
            Some(("Fn::Sub", Value::String(text))) => substituted(text, &Map::new(), filled_in),
            Some(("Fn::Sub", Value::Array(parts))) => {
                let none = Map::new();
                let variables = parts.get(1).and_then(Value::as_object).unwrap_or(&none);
                substituted(parts.first().and_then(Value::as_str).unwrap_or_default(), variables, filled_in)
            }
            Some(("Fn::Join", Value::Array(parts))) => match parts.as_slice() {
                [Value::String(separator), items] => list(items, filled_in).join(separator),
                _ => String::new(),
            },
            Some(("Fn::Select", Value::Array(parts))) => match parts.as_slice() {
                [index, items] => {
                    let index = text(index, filled_in).parse::<usize>().unwrap_or(usize::MAX);
                    list(items, filled_in).into_iter().nth(index).unwrap_or_default()
                }
                _ => String::new(),
            },
            _ => filled_in.to_owned(),
        },
        _ => String::new(),
    };
    made.chars().take(LONGEST).collect()
}

fn list(value: &Value, filled_in: &str) -> Vec<String> {
    match value {
        Value::Array(values) => values
            .iter()
            .filter(|value| value["Ref"] != "AWS::NoValue")
            .map(|value| text(value, filled_in))
            .collect(),
        Value::Object(map) => match called(map) {
            Some(("Fn::Split", Value::Array(parts))) => match parts.as_slice() {
                [Value::String(separator), whole] if !separator.is_empty() => {
                    text(whole, filled_in).split(separator.as_str()).map(str::to_owned).collect()
                }
                _ => Vec::new(),
            },
            _ => vec![filled_in.to_owned(), filled_in.to_owned()],
        },
        _ => Vec::new(),
    }
}

fn substituted(whole: &str, variables: &Map<String, Value>, filled_in: &str) -> String {
    let mut parts = whole.split("${");
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts.take(LONGEST / 10) {
        match part.split_once('}') {
            Some((name, remainder)) => {
                match (name.trim().strip_prefix('!'), variables.get(name.trim())) {
                    (Some(plain), _) => made.push_str(&format!("${{{plain}}}")),
                    (None, Some(value)) if made.len() < LONGEST => made.push_str(&text(value, filled_in)),
                    (None, Some(_)) => {}
                    (None, None) => made.push_str(filled_in),
                }
                made.push_str(remainder);
            }
            None => made.push_str(&format!("${{{part}")),
        }
    }
    made
}
