//! CloudFormation's functions, as far as a template alone shows their values.

use std::cell::Cell;

use serde_json::{Map, Value, json};

/// Most nodes and bytes that assembling a value may use beyond four times its written size. `Fn::Sub` repeats a
/// variable's value wherever its text refers to it, and within that value again: a few hundred bytes can mean gigabytes.
const ALLOWANCE: usize = 200_000;

/// A value with its functions in one spelling, and assembled as far as possible. `None` for an omitted value
/// (`AWS::NoValue`). A value that grows beyond the limit is returned as written.
pub(super) fn plain(value: &Value) -> Option<Value> {
    let budget = Budget(Cell::new(Some(size(value).saturating_mul(4).saturating_add(ALLOWANCE))));
    let plain = budget.plain(value);
    if budget.0.get().is_some() { plain } else { Some(value.clone()) }
}

/// Nodes and bytes of a value.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.iter().map(|(key, value)| key.len() + size(value)).sum::<usize>(),
        Value::String(text) => 1 + text.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn call(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// The remaining budget of one value; `None` once it was exceeded, and then the result is discarded.
struct Budget(Cell<Option<usize>>);

impl Budget {
    /// Whether this much was left.
    fn spend(&self, steps: usize) -> bool {
        self.0.set(self.0.get().and_then(|left| left.checked_sub(steps)));
        self.0.get().is_some()
    }

    fn copy(&self, value: &Value) -> Option<Value> {
        self.spend(size(value)).then(|| value.clone())
    }

    fn plain(&self, value: &Value) -> Option<Value> {
        match value {
            _ if !self.spend(1) => None,
            Value::Array(values) => Some(values.iter().filter_map(|value| self.plain(value)).collect()),
            Value::Object(map) => match call(map) {
                Some((name, argument)) => self.called(name, argument),
                None => {
                    let entries = map.iter();
                    Some(Value::Object(
                        entries.filter_map(|(key, value)| Some((key.clone(), self.plain(value)?))).collect(),
                    ))
                }
            },
            Value::Null => None,
            value => self.copy(value),
        }
    }

    fn called(&self, name: &str, argument: &Value) -> Option<Value> {
        let same = || Some(json!({name: self.copy(argument)?}));
        match (name, argument) {
            ("Ref", Value::String(name)) if name == "AWS::NoValue" => None,
            ("Fn::GetAtt", Value::String(text)) => match text.split_once('.') {
                Some((id, attribute)) => Some(json!({name: [id, attribute]})),
                None => same(),
            },
            ("Fn::Sub", Value::String(text)) => Some(put_together(self.sub(text, &Map::new()))),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text)] => Some(put_together(self.sub(text, &Map::new()))),
                [Value::String(text), Value::Object(variables)] => {
                    Some(put_together(self.sub(text, variables)))
                }
                _ => same(),
            },
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(between), Value::Array(values)] => {
                    let mut pieces = Vec::new();
                    for (index, value) in values.iter().filter_map(|value| self.plain(value)).enumerate() {
                        if index > 0 && self.spend(between.len() + 1) {
                            pieces.push(Value::from(between.as_str()));
                        }
                        pieces.push(value);
                    }
                    Some(put_together(pieces))
                }
                _ => same(),
            },
            ("Fn::Select", Value::Array(parts)) => self.select(parts).map_or_else(same, Some),
            ("Fn::Split", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(at), text] => match self.plain(text) {
                    Some(Value::String(text)) if !at.is_empty() => {
                        Some(text.split(at.as_str()).map(Value::from).collect())
                    }
                    _ => same(),
                },
                _ => same(),
            },
            _ => same(),
        }
    }

    fn select(&self, parts: &[Value]) -> Option<Value> {
        let [index, list] = parts else { return None };
        let index = index.as_u64().or_else(|| index.as_str()?.parse().ok())?;
        match self.plain(list)? {
            Value::Array(values) => values.into_iter().nth(usize::try_from(index).ok()?),
            _ => None,
        }
    }

    /// The pieces of a text with variables: texts, and functions.
    fn sub(&self, text: &str, variables: &Map<String, Value>) -> Vec<Value> {
        let mut pieces = Vec::new();
        if !self.spend(text.len()) {
            return pieces;
        }
        let mut remainder = text;
        while let Some(start) = remainder.find("${") {
            pieces.push(Value::from(&remainder[..start]));
            let Some(length) = remainder[start..].find('}') else { break };
            let variable = remainder[start + 2..start + length].trim();
            remainder = &remainder[start + length + 1..];
            pieces.push(
                match (variable.strip_prefix('!'), variables.get(variable), variable.split_once('.')) {
                    (Some(literal), ..) => Value::from(format!("${{{literal}}}")),
                    (_, Some(value), _) => self.plain(value).unwrap_or_default(),
                    (.., Some((id, attribute))) => json!({"Fn::GetAtt": [id, attribute]}),
                    _ => json!({"Ref": variable}),
                },
            );
        }
        pieces.push(Value::from(remainder));
        pieces
    }
}

/// One text of the pieces, or one function if there is nothing else.
fn put_together(pieces: Vec<Value>) -> Value {
    let mut joined: Vec<Value> = Vec::new();
    for piece in pieces {
        let text = match &piece {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(piece.to_string()),
            _ => None,
        };
        match (text, joined.last_mut()) {
            (Some(text), _) if text.is_empty() => {}
            (Some(text), Some(Value::String(before))) => before.push_str(&text),
            (Some(text), _) => joined.push(text.into()),
            (None, _) => joined.push(piece),
        }
    }
    match joined.as_slice() {
        [] => Value::from(""),
        [one] => one.clone(),
        _ => spelled(&joined)
            .map_or_else(|| json!({"Fn::Join": ["", joined]}), |text| json!({"Fn::Sub": text})),
    }
}

/// The pieces as the text of a `Fn::Sub`, if it supports each function.
fn spelled(pieces: &[Value]) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match (piece.as_str(), piece["Ref"].as_str(), piece["Fn::GetAtt"].as_array().map(Vec::as_slice)) {
            (Some(literal), ..) => text.push_str(&literal.replace("${", "${!")),
            (_, Some(name), _) => text.push_str(&format!("${{{name}}}")),
            (.., Some([Value::String(id), Value::String(attribute)])) => {
                text.push_str(&format!("${{{id}.{attribute}}}"));
            }
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_meaning_has_one_spelling() {
        let attribute = json!({"Fn::GetAtt": ["Queue", "Arn"]});
        let table = [
            (json!({"Fn::GetAtt": "Queue.Arn"}), attribute.clone()),
            (json!({"Fn::Sub": "${Queue.Arn}"}), attribute.clone()),
            (json!({"Fn::Join": ["", [{"Fn::Sub": ["${x}", {"x": attribute}]}]]}), attribute.clone()),
            (json!({"Fn::Select": ["1", ["a", attribute]]}), attribute.clone()),
            (json!({"Fn::Sub": "${ Table }"}), json!({"Ref": "Table"})),
            (json!({"Fn::Sub": "plain"}), json!("plain")),
            (json!({"Fn::Sub": "${!plain}"}), json!("${plain}")),
            (json!({"Fn::Sub": ["${a}-${b}", {"a": "x", "b": 1}]}), json!("x-1")),
            (json!({"Fn::Join": ["-", ["a", "b"]]}), json!("a-b")),
            (
                json!({"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}]]}),
                json!({"Fn::Sub": "arn:${AWS::Partition}"}),
            ),
            (json!({"Fn::Sub": "arn:${AWS::Partition}"}), json!({"Fn::Sub": "arn:${AWS::Partition}"})),
            (json!({"Fn::Split": [",", "a,b"]}), json!(["a", "b"])),
            (json!({"a": {"Ref": "AWS::NoValue"}, "b": [null, 1]}), json!({"b": [1]})),
            (json!({"Fn::Select": [0, {"Ref": "List"}]}), json!({"Fn::Select": [0, {"Ref": "List"}]})),
        ];
        for (template, expected) in table {
            assert_eq!(plain(&template), Some(expected.clone()), "{template}");
            assert_eq!(plain(&expected), Some(expected), "{template}");
        }
    }

    #[test]
    fn what_grows_beyond_use_stays_as_it_is_written() {
        // Each of these means at least a gigabyte, or as many steps.
        let nested = |text: &str, inner: Value, depth: usize| {
            (0..depth).fold(inner, |inner, _| json!({"Fn::Sub": [text, {"a": inner}]}))
        };
        let long = "x".repeat(100_000);
        let large = [
            nested(&"${a}".repeat(20), json!("x"), 8),
            nested(&"${a}".repeat(20), json!(""), 8),
            nested(&"${a}".repeat(20), json!({"Fn::Join": ["", [{"Ref": "A"}, {"Fn::X": 1}]]}), 8),
            nested(&"${a}".repeat(20_000), json!(long), 1),
            nested(&"${a}".repeat(20_000), json!({"Fn::FindInMap": [long]}), 1),
            json!({"Fn::Join": [long, vec!["x"; 20_000]]}),
        ];
        for template in large {
            assert_eq!(plain(&json!({"Name": template})), Some(json!({"Name": template})));
        }
        let small = nested("${a}${a}", json!("x"), 10);
        assert_eq!(plain(&json!([small, long])), Some(json!(["x".repeat(1024), long])));
    }
}
