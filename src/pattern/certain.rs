//! Edits of a pattern that have only one possible meaning.

use processor::pointer::unescaped;
use serde_json::{Map, Value};

use super::{Mistake, Pattern, operator, suggest};
use crate::pattern::envelope;

/// Mistakes of one pattern for which edits are searched: each edit is checked by parsing the whole pattern again.
const MOST: usize = 20;

/// An unambiguous edit of the key or the value with a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certain {
    /// Another name for the key.
    Rename(&'static str),
    /// The value wrapped in a list.
    InList,
    /// The number or word as a text.
    Quoted,
    /// `true` or `false` instead of the text.
    Word(bool),
}

/// The edit that fixes this one mistake of a pattern and causes no other.
#[must_use]
pub fn certain(pattern: &Map<String, Value>, mistakes: &[Mistake], mistake: &Mistake) -> Option<Certain> {
    if mistakes.len() > MOST {
        return None;
    }
    let whole = Value::Object(pattern.clone());
    let candidates = match (mistake.on_key, whole.pointer(&mistake.pointer)?) {
        (true, _) => renames(&mistake.pointer),
        (false, Value::Number(_) | Value::Bool(_)) => vec![Certain::Quoted, Certain::InList],
        (false, Value::String(text)) if ["true", "false"].contains(&text.as_str()) => {
            vec![Certain::Word(text == "true"), Certain::InList]
        }
        (false, Value::String(_) | Value::Object(_)) => vec![Certain::InList],
        (false, Value::Null | Value::Array(_)) => Vec::new(),
    };
    candidates.into_iter().find(|edit| {
        let edited = edited(&whole, &mistake.pointer, edit);
        let after = edited.as_ref().and_then(Value::as_object).map(Pattern::parse);
        match after {
            Some(Ok(_)) => true,
            Some(Err(after)) => {
                after.len() < mistakes.len() && after.iter().all(|one| mistakes.contains(one))
            }
            None => false,
        }
    })
}

/// The intended key. A word such as `contains` means an operator that takes its value in another form.
fn renames(pointer: &str) -> Vec<Certain> {
    const SAME_VALUE: [&str; 5] = ["prefix", "suffix", "equals-ignore-case", "anything-but", "exists"];
    let name = pointer.rsplit('/').next().map(unescaped).unwrap_or_default();
    let operator = suggest::operator(&name).filter(|suggestion| {
        SAME_VALUE.contains(suggestion)
            || suggest::nearest(&name, operator::NAMES.into_iter()) == Some(*suggestion)
    });
    [operator, envelope::intended_field(&name)].into_iter().flatten().map(Certain::Rename).collect()
}

fn edited(whole: &Value, pointer: &str, edit: &Certain) -> Option<Value> {
    let mut edited = whole.clone();
    if let Certain::Rename(name) = edit {
        let (parent, key) = pointer.rsplit_once('/')?;
        let map = edited.pointer_mut(parent)?.as_object_mut()?;
        let value = map.remove(&unescaped(key))?;
        return map.insert((*name).to_owned(), value).is_none().then_some(edited);
    }
    let value = edited.pointer_mut(pointer)?;
    *value = match edit {
        Certain::InList => Value::Array(vec![value.take()]),
        Certain::Quoted => value.to_string().into(),
        Certain::Word(word) => (*word).into(),
        Certain::Rename(_) => return None,
    };
    Some(edited)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn edits_with_only_one_meaning_are_certain() {
        for (pattern, expected) in [
            (json!({"source": "a"}), Some(Certain::InList)),
            (json!({"source": {"prefix": "a"}}), Some(Certain::InList)),
            (json!({"source": [{"startsWith": "a"}]}), Some(Certain::Rename("prefix"))),
            (json!({"source": [{"prefx": "a"}]}), Some(Certain::Rename("prefix"))),
            (json!({"detail": {"a": [{"not": ["b"]}]}}), Some(Certain::Rename("anything-but"))),
            (json!({"detailType": ["a"]}), Some(Certain::Rename("detail-type"))),
            (json!({"account": [123_456_789_012_i64]}), Some(Certain::Quoted)),
            (json!({"detail": {"a": [{"exists": "true"}]}}), Some(Certain::Word(true))),
            (json!({"detail": {"a": 5}}), Some(Certain::InList)),
            // Only its author knows the intended content.
            (json!({"detail": {"a": [{"contains": "b"}]}}), None),
            (json!({"source": []}), None),
            (json!({"source": [["a"]]}), None),
            (json!({"source": ["a"], "Source": ["b"]}), None),
        ] {
            let map = pattern.as_object().expect("a map");
            let mistakes = Pattern::parse(map).expect_err("a mistake");
            assert_eq!(certain(map, &mistakes, &mistakes[0]), expected, "{pattern}");
        }
    }
}
