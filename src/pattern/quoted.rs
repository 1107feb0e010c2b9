//! Texts of a pattern that are quoted operators: EventBridge compares them literally, and no event has such a text.

use serde_json::{Map, Value};

use super::text::{self, step};
use super::{Mistake, operator};

/// Every value of a pattern that is an operator as text.
pub(super) fn quoted(pattern: &Map<String, Value>) -> Vec<Mistake> {
    let mut found = Vec::new();
    fields(pattern, "", &mut found);
    found
}

fn fields(map: &Map<String, Value>, pointer: &str, found: &mut Vec<Mistake>) {
    for (name, value) in map {
        let at = step(pointer, name);
        match value {
            Value::Object(map) => fields(map, &at, found),
            Value::Array(list) => {
                for (index, item) in list.iter().enumerate() {
                    let at = step(&at, &index.to_string());
                    match item {
                        Value::Object(map) if name == "$or" => fields(map, &at, found),
                        Value::String(text) => found.extend(mistake(text, &at)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

fn mistake(text: &str, pointer: &str) -> Option<Mistake> {
    let unquoted = unquoted(text)?;
    let message =
        format!("`{}` in quotes is a plain string, which EventBridge compares literally", text::brief(text));
    let help = format!("write `{}` without quotes around it", text::brief(&unquoted));
    Some(Mistake { pointer: pointer.to_owned(), on_key: false, message, help })
}

/// The operator in a text, as JSON.
fn unquoted(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => holds_operator(&value).then(|| value.to_string()),
        // As in YAML and JavaScript: `{prefix: a}`, `{'prefix': 'a'}`.
        Err(_) => {
            let inner = text.strip_prefix('{')?.strip_suffix('}')?;
            let (key, value) = inner.split_once(':')?;
            let bare = |part: &str| part.trim().trim_matches(['\'', '"']).to_owned();
            let key = bare(key);
            let value: Value = serde_json::from_str(value.trim()).unwrap_or_else(|_| bare(value).into());
            operator::NAMES.contains(&key.as_str()).then(|| serde_json::json!({ key: value }).to_string())
        }
    }
}

fn holds_operator(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(holds_operator),
        Value::Object(map) => map.keys().any(|key| operator::NAMES.contains(&key.as_str())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operators_in_quotes_are_found_wherever_values_stand() {
        let pattern = json!({
            "source": ["{\"prefix\": \"a\"}", "a"],
            "$or": [{"detail": {"x": ["[{\"exists\": false}]"]}}, {"detail": {"y": ["{prefix: b}"]}}],
            "detail": {"z": [{"prefix": "{"}, "{}", "[1]", "{\"order\": 1}", " {'suffix': 'c'} ", "{exists: true}"]},
        });
        let found = quoted(pattern.as_object().expect("a map"));
        let mistakes: Vec<(&str, &str)> =
            found.iter().map(|mistake| (mistake.pointer.as_str(), mistake.help.as_str())).collect();
        assert_eq!(
            mistakes,
            [
                ("/$or/0/detail/x/0", "write `[{\"exists\":false}]` without quotes around it"),
                ("/$or/1/detail/y/0", "write `{\"prefix\":\"b\"}` without quotes around it"),
                ("/detail/z/4", "write `{\"suffix\":\"c\"}` without quotes around it"),
                ("/detail/z/5", "write `{\"exists\":true}` without quotes around it"),
                ("/source/0", "write `{\"prefix\":\"a\"}` without quotes around it"),
            ]
        );
    }
}
