//! The position of a value in the text of a JSON document, and the text with another value there. Nothing else in the
//! text changes, so that a number of 38 digits does not become a double and fields stay in order. Nothing is recursive: a
//! dead letter may nest as deep as its bytes allow.

use std::ops::Range;

use processor::path::{Path, Step};
use serde::de::IgnoredAny;
use serde_json::json;

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Map,
    List,
    /// A text, a number or a word.
    Scalar,
}

/// The innermost existing value on a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The number of steps of the path that lead to it.
    pub steps: usize,
    /// Its bytes.
    pub span: Range<usize>,
    pub shape: Shape,
}

/// Follows names and item indexes in a JSON text, as far as they exist; of two fields with the same name it uses the
/// last, like most parsers. `None`: the text is not JSON.
#[must_use]
pub fn locate(text: &str, path: &[String]) -> Option<Located> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let begin = text.len() - text.trim_start().len();
    let mut at = Located { steps: 0, span: begin..text.trim_end().len(), shape: shape(text, begin) };
    for step in path {
        let inside = children(text, &at);
        let wanted = |(index, (name, _)): &(usize, (Option<String>, Range<usize>))| match name {
            Some(name) => name == step,
            None => index.to_string() == *step,
        };
        let Some((_, (_, span))) = inside.into_iter().enumerate().rfind(wanted) else { break };
        at = Located { steps: at.steps + 1, shape: shape(text, span.start), span };
    }
    Some(at)
}

/// The text with `value`, which is JSON, at `path`. Missing fields on the path are added, and so is one item at the end
/// of a list.
///
/// # Errors
/// Why this is not possible.
pub fn with_value(text: &str, path: &[Step], value: &str) -> Result<String, String> {
    let names = |step: &Step| match step {
        Step::Name(name) => name.clone(),
        Step::Item(number) => number.to_string(),
        Step::Every => "*".to_owned(),
    };
    let keys: Vec<String> = path.iter().map(names).collect();
    let at = locate(text, &keys).ok_or("the message is not JSON")?;
    let Some((next, remainder)) = path[at.steps..].split_first() else {
        return Ok([&text[..at.span.start], value, &text[at.span.end..]].concat());
    };
    let count = children(text, &at).len();
    let added = wrapped(remainder, value)?;
    let added = match (next, at.shape) {
        (Step::Name(name), Shape::Map) => format!("{}:{added}", json!(name)),
        (Step::Item(number), Shape::List) if *number == count => added,
        (Step::Item(_), Shape::List) => return Err(format!("the list has {count} items")),
        _ => {
            let found = at.steps.checked_sub(1).map_or("the message", |last| keys[last].as_str());
            return Err(format!("`{found}` has no such fields or items"));
        }
    };
    // Before the closing bracket, after the last value.
    let close = at.span.end - 1;
    let end = text[..close].trim_end().len();
    let comma = if count > 0 { "," } else { "" };
    Ok([&text[..end], comma, &added, &text[end..]].concat())
}

/// The value wrapped in the missing fields.
fn wrapped(steps: &[Step], value: &str) -> Result<String, String> {
    steps.iter().rev().try_fold(value.to_owned(), |inner, step| match step {
        Step::Name(name) => Ok(format!("{{{}:{inner}}}", json!(name))),
        Step::Item(0) => Ok(format!("[{inner}]")),
        Step::Item(_) | Step::Every => Err("a list is missing on the path".to_owned()),
    })
}

/// The steps of a path in a body that is a bare detail: those below `$.detail`. `None`: the detail itself or a field of
/// the envelope.
#[must_use]
pub fn below_detail(path: &Path) -> Option<&[Step]> {
    path.is_of_detail().then(|| &path.steps()[1..]).filter(|steps| !steps.is_empty())
}

fn shape(text: &str, at: usize) -> Shape {
    match text.as_bytes().get(at) {
        Some(b'{') => Shape::Map,
        Some(b'[') => Shape::List,
        _ => Shape::Scalar,
    }
}

/// The values directly inside one, each with its name in a map. The text is JSON.
fn children(text: &str, of: &Located) -> Vec<(Option<String>, Range<usize>)> {
    let mut found = Vec::new();
    if of.shape == Shape::Scalar {
        return found;
    }
    let bytes = text.as_bytes();
    let mut at = of.span.start + 1;
    let mut name = None;
    while at < of.span.end - 1 {
        match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => at += 1,
            b'"' if of.shape == Shape::Map && name.is_none() => {
                let end = value_end(bytes, at);
                name = Some(serde_json::from_str(&text[at..end]).unwrap_or_default());
                at = end;
            }
            _ => {
                let end = value_end(bytes, at);
                found.push((name.take(), at..end));
                at = end;
            }
        }
    }
    found
}

/// The end of the value that begins at `begin`.
pub(super) fn value_end(bytes: &[u8], begin: usize) -> usize {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in bytes.iter().enumerate().skip(begin) {
        if in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            if !in_string && depth == 0 {
                return at + 1;
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return if depth == 1 { at + 1 } else { at },
            b'}' | b']' => depth -= 1,
            b',' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, path: &str, value: &str) -> Result<String, String> {
        with_value(text, path.parse::<Path>().expect("a path").steps(), value)
    }

    #[test]
    fn one_value_changes_and_every_other_byte_stays() {
        let text = " {\"a\" : 12345678901234567890.10, \"b\":{\"c\":[1 , {\"d\":\"}\"}]}, \"a\":1.50}\n";
        for (path, value, from, to) in [
            ("$.a", "null", "1.50", "null"),
            ("$.b.c[0]", "7", "[1 ,", "[7 ,"),
            ("$.b.c[1].d", "{}", "\"}\"", "{}"),
            ("$.b", "[]", "{\"c\":[1 , {\"d\":\"}\"}]}", "[]"),
        ] {
            assert_eq!(set(text, path, value), Ok(text.replacen(from, to, 1)), "{path}");
        }
        assert_eq!(set(text, "$.b.c[2].x", "1"), Ok(text.replacen("\"}\"}]", "\"}\"},{\"x\":1}]", 1)));
    }

    #[test]
    fn what_is_missing_is_added_where_it_belongs() {
        assert_eq!(set("{}", "$.a", "1").as_deref(), Ok(r#"{"a":1}"#));
        assert_eq!(
            set("{ \"b\": 1 }", "$.a.c['d e']", "2").as_deref(),
            Ok(r#"{ "b": 1,"a":{"c":{"d e":2}} }"#)
        );
        assert_eq!(set(r#"{"a":[]}"#, "$.a[0].b", "2").as_deref(), Ok(r#"{"a":[{"b":2}]}"#));
        for (text, path, why) in [
            ("{", "$.a", "not JSON"),
            (r#"{"a":[1]}"#, "$.a[2]", "the list has 1 items"),
            (r#"{"a":[1]}"#, "$.a.b", "`a` has no such fields"),
            (r#"{"a":"x"}"#, "$.a.b", "`a` has no such fields"),
            ("[]", "$.a", "`the message` has no such fields"),
            ("{}", "$.a[1]", "a list is missing"),
        ] {
            let refused = set(text, path, "1").expect_err(text);
            assert!(refused.contains(why), "{text} {path}: {refused}");
        }
    }

    #[test]
    fn a_text_that_nests_as_deep_as_its_bytes_is_no_matter() {
        let deep = ["[".repeat(200_000), "]".repeat(200_000)].concat();
        let path = vec!["0".to_owned(); 3];
        let found = locate(&deep, &path).expect("JSON");
        assert_eq!((found.steps, found.span), (3, 3..deep.len() - 3));
        assert_eq!(locate("{\"a\":", &path), None);
    }
}
