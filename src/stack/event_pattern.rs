//! An event pattern in a template: a map, or JSON text if CloudFormation would change a map.

use std::borrow::Cow;

use serde_json::Value;

/// The property, of a rule or an archive.
const PROPERTY: &str = "EventPattern";

/// The map of a property that ends this path: the value itself, or its parsed text.
#[must_use]
pub fn pattern_at<'a>(path: &str, value: &'a Value) -> Option<Cow<'a, Value>> {
    let is_pattern = path.rsplit('/').next() == Some(PROPERTY);
    match value {
        Value::Object(_) if is_pattern => Some(Cow::Borrowed(value)),
        Value::String(text) if is_pattern => {
            serde_json::from_str(text).ok().filter(Value::is_object).map(Cow::Owned)
        }
        _ => None,
    }
}

/// The template's value at a JSON pointer, also inside a pattern's text.
#[must_use]
pub fn at<'a>(template: &'a Value, pointer: &str) -> Option<Cow<'a, Value>> {
    if let Some(found) = template.pointer(pointer) {
        return Some(Cow::Borrowed(found));
    }
    let (before, _) = pointer.split_once("/EventPattern/")?;
    let path = format!("{before}/{PROPERTY}");
    let pattern = pattern_at(&path, template.pointer(&path)?)?;
    pattern.pointer(pointer.get(path.len()..)?).cloned().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_location_within_a_pattern_is_found_in_its_text() {
        let pattern = json!({"detail": {"x": [null, 0.0001]}});
        for written in [pattern.clone(), pattern.to_string().into()] {
            let template = json!({"Resources": {"Rule": {"Properties": {"EventPattern": written}}}});
            let at = |remainder: &str| {
                at(&template, &format!("/Resources/Rule/Properties/EventPattern{remainder}"))
            };
            assert_eq!(at("/detail/x").as_deref(), pattern.pointer("/detail/x"));
            assert_eq!((at("/detail/y"), at("").is_some()), (None, true));
        }
        assert_eq!(pattern_at("/Name", &json!("{}")), None);
    }
}
