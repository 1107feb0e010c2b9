//! A message's body with the fault marked in it.

use processor::pointer::unescaped;
use processor::reason::Location;

use super::{printable, style};
use crate::operate::{Line, Located, Shape, locate, pretty};

/// The fault in a body, and its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub location: Location,
    /// As a short text.
    pub words: String,
}

/// Which lines are marked.
enum Marks {
    /// Those of the value in this range.
    Value(std::ops::Range<usize>),
    /// A line that is missing before the end of this value.
    Missing(Located, String),
}

/// The body in lines, with JSON indented, and the fault at its location. Every line begins with two columns for the mark.
#[must_use]
pub fn marked_text(body: &str, fault: Option<&Fault>) -> String {
    let Some(lines) = pretty(body) else { return raw(body, fault) };
    let Some(fault) = fault else {
        return lines.iter().map(|line| plain(&line.text)).collect::<Vec<_>>().join("\n");
    };
    let Some(marks) = marks(body, &fault.location) else {
        let shown = lines.iter().map(|line| plain(&line.text));
        return shown.chain([message_line(&fault.words)]).collect::<Vec<_>>().join("\n");
    };
    let mut shown = Vec::with_capacity(lines.len() + 1);
    let mut is_shown = false;
    for line in &lines {
        if let Marks::Missing(within, name) = &marks
            && !is_shown
            && line.bytes.start + 1 >= within.span.end
            && line.bytes.start > within.span.start
        {
            let field = format!("\"{name}\":");
            let blanks = line.text.len() - line.text.trim_start().len() + 2;
            shown.push(bad(&format!("{}{field}", " ".repeat(blanks)), Some(&fault.words)));
            is_shown = true;
        }
        if is_marked(line, &marks) {
            shown.push(bad(&line.text, (!is_shown).then_some(&fault.words)));
            is_shown = true;
        } else {
            shown.push(plain(&line.text));
        }
    }
    if !is_shown {
        shown.push(message_line(&fault.words));
    }
    shown.join("\n")
}

fn marks(body: &str, location: &Location) -> Option<Marks> {
    let pointer = match location {
        Location::Byte(byte) => return Some(Marks::Value(*byte..*byte + 1)),
        Location::Pointer(pointer) => pointer,
    };
    let path: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
    let found = locate(body, &path)?;
    match path.get(found.steps) {
        Some(name) if found.shape == Shape::Map => Some(Marks::Missing(found, name.clone())),
        _ => Some(Marks::Value(found.span)),
    }
}

/// Whether a line shows a part of the marked value.
fn is_marked(line: &Line, marks: &Marks) -> bool {
    match marks {
        Marks::Value(span) => line.bytes.start < span.end && span.start < line.bytes.end,
        // An empty object is on one line.
        Marks::Missing(within, _) => {
            line.bytes.start <= within.span.start && within.span.end <= line.bytes.end
        }
    }
}

fn plain(line: &str) -> String {
    format!("  {}", printable(line))
}

fn bad(line: &str, words: Option<&String>) -> String {
    let words = words.map_or_else(String::new, |words| format!("  {}", arrow(words)));
    format!("{}{words}", style::red(&format!("> {}", printable(line))))
}

fn message_line(words: &str) -> String {
    format!("{}{}", style::red("> "), arrow(words))
}

fn arrow(words: &str) -> String {
    style::yellow(&format!("← {}", printable(words)))
}

/// A body that is not JSON, unchanged, with the fault where parsing ended.
fn raw(body: &str, fault: Option<&Fault>) -> String {
    let cut = match fault.map(|fault| &fault.location) {
        Some(Location::Byte(byte)) => {
            (0..=(*byte).min(body.len())).rev().find(|at| body.is_char_boundary(*at))
        }
        _ => None,
    };
    let (before, after) = body.split_at(cut.unwrap_or(body.len()));
    let mut shown: Vec<String> = before.lines().map(plain).collect();
    shown.extend(fault.map(|fault| message_line(&fault.words)));
    shown.extend(after.lines().map(plain));
    shown.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str, location: Location, words: &str) -> String {
        let text = marked_text(body, Some(&Fault { location, words: words.to_owned() }));
        anstream::adapter::strip_str(&text).to_string()
    }

    fn at(pointer: &str) -> Location {
        Location::Pointer(pointer.to_owned())
    }

    #[test]
    fn a_wrong_value_and_a_missing_field_are_marked_where_they_are() {
        let body = r#"{"id":"e","detail":{"n":{"a":1},"x":[]}}"#;
        assert_eq!(
            shown(body, at("/detail/n"), "wrong"),
            "  {\n    \"id\": \"e\",\n    \"detail\": {\n>     \"n\": {  ← wrong\n>       \"a\": 1\n>     },\n      \"x\": []\n    }\n  }"
        );
        assert_eq!(
            shown(body, at("/detail/a~1b/c"), "`a/b` is missing"),
            "  {\n    \"id\": \"e\",\n    \"detail\": {\n      \"n\": {\n        \"a\": 1\n      },\n      \"x\": []\n>     \"a/b\":  ← `a/b` is missing\n    }\n  }"
        );
        assert_eq!(shown("{}", at("/a"), "missing"), "> {}  ← missing");
        assert_eq!(shown(r#"{"a":"b"}"#, at("/a/c"), "no map"), "  {\n>   \"a\": \"b\"  ← no map\n  }");
        assert_eq!(
            shown(r#"{"a":1,"a":2}"#, Location::Byte(7), "twice"),
            "  {\n    \"a\": 1,\n>   \"a\": 2  ← twice\n  }"
        );
    }

    #[test]
    fn invalid_json_is_shown_with_the_location_where_reading_ended() {
        assert_eq!(
            shown("{\"a\": tru\u{1b}[2J}", Location::Byte(6), "no value"),
            "  {\"a\": \n> ← no value\n  tru\\u{1b}[2J}"
        );
        assert_eq!(shown("é", Location::Byte(1), "x"), "> ← x\n  é");
        assert_eq!(shown("", Location::Byte(9), "empty"), "> ← empty");
        let hostile = shown("{\"\u{202e}a\":\"\u{9b}\"}", at("/b"), "b\u{1b}[31m");
        assert!(!hostile.contains(['\u{202e}', '\u{9b}', '\u{1b}']), "{hostile:?}");
    }
}
