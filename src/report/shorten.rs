//! Two long values beside each other, cut around their first difference.

use serde_json::{Map, Value};

use super::printable;
use super::width::{self, columns};

/// Characters shown before the first difference of two long texts.
const CONTEXT: usize = 12;

/// Two values side by side in at most `limit` columns, shortened so that their first difference is visible.
pub(super) fn pair(before: &Value, after: &Value, limit: usize) -> (String, String) {
    let (before, after) = differing(before, after);
    let (before, after) = (plain(&before), plain(&after));
    if columns(&before) + columns(&after) <= limit {
        return (before, after);
    }
    let common = before.chars().zip(after.chars()).take_while(|(old, new)| old == new).count();
    let start = if common > CONTEXT + 1 { common - CONTEXT } else { 0 };
    // The space that one side does not need is given to the other.
    let half = limit / 2;
    let first = half.max(limit.saturating_sub(columns(&from(&after, start))));
    let before = width::cut(&from(&before, start), first);
    let remainder = limit.saturating_sub(columns(&before));
    (before, width::cut(&from(&after, start), remainder))
}

/// Like [`pair`], for a field of a spec: a missing value is shown as left out.
pub(super) fn field_pair(before: &Value, after: &Value, limit: usize) -> (String, String) {
    let [before, after] =
        [before, after].map(|value| if value.is_null() { "left out".into() } else { value.clone() });
    pair(&before, &after, limit)
}

/// One value in at most `limit` columns.
pub(super) fn one(value: &Value, limit: usize) -> String {
    width::cut(&plain(value), limit.max(1))
}

/// A text from a character on, with a symbol for the part left out before it.
fn from(text: &str, start: usize) -> String {
    if start == 0 {
        return text.to_owned();
    }
    ['…'].into_iter().chain(text.chars().skip(start)).collect()
}

/// The differing parts of two maps or lists, including JSON in a text.
fn differing(before: &Value, after: &Value) -> (Value, Value) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let (mut before, mut after) = (Map::new(), Map::new());
            for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
                match (old.get(key), new.get(key)) {
                    (Some(old), Some(new)) if old != new => {
                        let (old, new) = differing(old, new);
                        before.insert(key.clone(), old);
                        after.insert(key.clone(), new);
                    }
                    (Some(_), Some(_)) => {}
                    (old, new) => {
                        before.extend(old.map(|old| (key.clone(), old.clone())));
                        after.extend(new.map(|new| (key.clone(), new.clone())));
                    }
                }
            }
            (Value::Object(before), Value::Object(after))
        }
        (Value::Array(old), Value::Array(new)) => {
            let only = |list: &[Value], other: &[Value]| -> Value {
                list.iter().filter(|item| !other.contains(item)).cloned().collect()
            };
            let (before, after) = (only(old, new), only(new, old));
            let same = before == after;
            // The same items in another order, or more often.
            if same { (Value::from(old.clone()), Value::from(new.clone())) } else { (before, after) }
        }
        (Value::String(old), Value::String(new)) if old.starts_with(['{', '[']) => {
            match (serde_json::from_str(old), serde_json::from_str(new)) {
                (Ok(old), Ok(new)) if old != new => differing(&old, &new),
                _ => (before.clone(), after.clone()),
            }
        }
        _ => (before.clone(), after.clone()),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => printable(text),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => match items.iter().map(tag).collect::<Option<Vec<String>>>() {
            Some(tags) => printable(&tags.join(", ")),
            None => printable(&value.to_string()),
        },
        other => printable(&other.to_string()),
    }
}

/// `{"Key": "team", "Value": "logistics"}` as `team=logistics`.
fn tag(item: &Value) -> Option<String> {
    let map = item.as_object().filter(|map| map.len() == 2)?;
    Some(format!("{}={}", map.get("Key")?.as_str()?, map.get("Value")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_texts_show_where_they_differ() {
        let same = "x".repeat(200);
        let (old, new) =
            (json!(format!("{same}ttl: 90, more{same}")), json!(format!("{same}ttl: 30, more{same}")));
        let (before, after) = pair(&old, &new, 60);
        assert!(before.contains("ttl: 90") && after.contains("ttl: 30"), "{before} {after}");
        assert!(before.starts_with('…') && before.ends_with('…'));
        assert!(before.chars().count() + after.chars().count() <= 60, "{before} {after}");
        assert_eq!(pair(&json!(4), &json!(2), 60), ("4".to_owned(), "2".to_owned()));
        assert_eq!(pair(&Value::Null, &json!(""), 60), ("nothing".to_owned(), "\"\"".to_owned()));
    }

    #[test]
    fn of_maps_and_lists_only_what_differs_is_shown() {
        let shown = |before: &Value, after: &Value| pair(before, after, 60);
        let config = |days: u32| json!(json!({"a": [1, 2], "b": {"c": 1, "ttl_days": days}}).to_string());
        let (before, after) = shown(&config(90), &config(30));
        assert_eq!(
            (before.as_str(), after.as_str()),
            (r#"{"b":{"ttl_days":90}}"#, r#"{"b":{"ttl_days":30}}"#)
        );
        let tags = |team: &str| json!([{"Key": "a", "Value": "b"}, {"Key": "team", "Value": team}]);
        let (before, after) = shown(&tags("logistics"), &tags("billing"));
        assert_eq!((before.as_str(), after.as_str()), ("team=logistics", "team=billing"));
        assert_eq!(shown(&json!([1, 2]), &json!([2, 1])), ("[1,2]".to_owned(), "[2,1]".to_owned()));
        assert_eq!(shown(&json!([1]), &json!([1, "x"])), ("none".to_owned(), r#"["x"]"#.to_owned()));
    }

    #[test]
    fn no_pair_is_wider_than_the_terminal() {
        for old in 0..90 {
            for new in 0..90 {
                for common in [0, 5, 20, 60] {
                    let text = |length: usize, other: &str| {
                        json!(format!("{}{}", "=".repeat(common), other.repeat(length)))
                    };
                    let (before, after) = pair(&text(old, "a"), &text(new, "b"), 40);
                    assert!(before.chars().count() + after.chars().count() <= 40, "{before} {after}");
                }
            }
        }
    }

    #[test]
    fn wide_characters_are_not_wider_than_the_terminal() {
        for limit in 8..40 {
            let (before, after) =
                pair(&json!("東京都".repeat(9) + "a"), &json!("東京都".repeat(9) + "京"), limit);
            assert!(columns(&before) + columns(&after) <= limit, "{limit}: {before} {after}");
        }
    }
}
