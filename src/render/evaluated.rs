//! Functions of a template, evaluated as far as their values are known.

use serde_json::{Map, Value};

use super::function::plain;

/// Most bytes of a text that may name something. AWS's own limits are far below.
pub(super) const LONGEST: usize = 4096;

/// A template's value with its functions evaluated, as far as `known` returns the values of variables: `Queue`,
/// `Queue.Arn`, `AWS::Region`. Unknown parts stay functions.
#[must_use]
pub fn evaluated(value: &Value, known: &dyn Fn(&str) -> Option<String>) -> Value {
    fill(&plain(value).unwrap_or_default(), known)
}

/// The same for a value whose functions are in one spelling.
pub(super) fn fill(value: &Value, known: &dyn Fn(&str) -> Option<String>) -> Value {
    // Parts that became text can now be joined.
    plain(&replaced(value, known)).unwrap_or_default()
}

fn replaced(value: &Value, known: &dyn Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| replaced(value, known)).collect(),
        Value::Object(map) => match called(map, known) {
            Some(text) => text.into(),
            None => map.iter().map(|(key, value)| (key.clone(), replaced(value, known))).collect(),
        },
        value => value.clone(),
    }
}

fn called(map: &Map<String, Value>, known: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    match (name.as_str(), argument) {
        ("Ref", Value::String(name)) => known(name),
        ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
            [Value::String(id), Value::String(attribute)] => known(&format!("{id}.{attribute}")),
            _ => None,
        },
        ("Fn::Sub", Value::String(text)) => substituted(text, known),
        _ => None,
    }
}

fn substituted(text: &str, known: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut pieces = text.split("${");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (variable, remainder) = piece.split_once('}')?;
        match variable.strip_prefix('!') {
            Some(literal) => filled.push_str(&format!("${{{literal}}}")),
            None => filled.push_str(&known(variable)?),
        }
        filled.push_str(remainder);
        if filled.len() > LONGEST {
            return None;
        }
    }
    Some(filled)
}
