//! CloudFormation's functions, as far as a template alone shows what they give.

use serde_json::{Map, Value, json};

/// A value with its functions in one spelling, and what can be put together put together. `None` for what is left out
/// (`AWS::NoValue`).
pub(super) fn plain(value: &Value) -> Option<Value> {
    match value {
        Value::Array(values) => Some(values.iter().filter_map(plain).collect()),
        Value::Object(map) => match call(map) {
            Some((name, argument)) => called(name, argument),
            None => Some(Value::Object(
                map.iter().filter_map(|(key, value)| Some((key.clone(), plain(value)?))).collect(),
            )),
        },
        Value::Null => None,
        value => Some(value.clone()),
    }
}

fn call(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

fn called(name: &str, argument: &Value) -> Option<Value> {
    let same = || Some(json!({name: argument}));
    match (name, argument) {
        ("Ref", Value::String(name)) if name == "AWS::NoValue" => None,
        ("Fn::GetAtt", Value::String(text)) => match text.split_once('.') {
            Some((id, attribute)) => Some(json!({name: [id, attribute]})),
            None => same(),
        },
        ("Fn::Sub", Value::String(text)) => Some(put_together(sub(text, &Map::new()))),
        ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
            [Value::String(text)] => Some(put_together(sub(text, &Map::new()))),
            [Value::String(text), Value::Object(variables)] => Some(put_together(sub(text, variables))),
            _ => same(),
        },
        ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
            [Value::String(between), Value::Array(values)] => {
                let mut pieces = Vec::new();
                for (index, value) in values.iter().filter_map(plain).enumerate() {
                    if index > 0 {
                        pieces.push(Value::from(between.as_str()));
                    }
                    pieces.push(value);
                }
                Some(put_together(pieces))
            }
            _ => same(),
        },
        ("Fn::Select", Value::Array(parts)) => select(parts).map_or_else(same, Some),
        ("Fn::Split", Value::Array(parts)) => match parts.as_slice() {
            [Value::String(at), text] => match plain(text) {
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

fn select(parts: &[Value]) -> Option<Value> {
    let [index, list] = parts else { return None };
    let index = index.as_u64().or_else(|| index.as_str()?.parse().ok())?;
    match plain(list)? {
        Value::Array(values) => values.get(usize::try_from(index).ok()?).cloned(),
        _ => None,
    }
}

/// The pieces of a text with variables: texts, and functions.
fn sub(text: &str, variables: &Map<String, Value>) -> Vec<Value> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        pieces.push(Value::from(&rest[..start]));
        let Some(length) = rest[start..].find('}') else { break };
        let variable = rest[start + 2..start + length].trim();
        rest = &rest[start + length + 1..];
        pieces.push(match (variable.strip_prefix('!'), variables.get(variable), variable.split_once('.')) {
            (Some(literal), ..) => Value::from(format!("${{{literal}}}")),
            (_, Some(value), _) => plain(value).unwrap_or_default(),
            (.., Some((id, attribute))) => json!({"Fn::GetAtt": [id, attribute]}),
            _ => json!({"Ref": variable}),
        });
    }
    pieces.push(Value::from(rest));
    pieces
}

/// One text of pieces, or one function where there is nothing else.
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

/// The pieces as the text of a `Fn::Sub`, where each function is one it knows.
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
        for (written, meant) in table {
            assert_eq!(plain(&written), Some(meant.clone()), "{written}");
            assert_eq!(plain(&meant), Some(meant), "{written}");
        }
    }
}
