//! The JSON Schema that a spec names for the detail of its events.

use camino::Utf8Path;
use processor::number::Number;
use processor::pointer::unescaped;
use processor::schema::{Problem, Schema};
use serde_json::Value;

use super::inside::{inside, within};
use super::read::{Unread, end, read};
use super::tree::{Content, Node};
use crate::diagnostic::{Diagnostic, FileId, Location, SourceText, Span, codes};

/// The field that names the file.
const POINTER: &str = "/event/schema/file";

/// Reads the schema that a spec names; `None` if it names none.
///
/// # Errors
/// An error in it, at its location in the file.
pub(super) fn schema(root: &Node, sources: &mut Vec<SourceText>) -> Option<Result<Schema, Box<Diagnostic>>> {
    let node = &root.entry("event")?.node.entry("schema")?.node.entry("file")?.node;
    // The spec's schema reports a name of another type.
    let Content::Scalar(Value::String(name)) = &node.content else { return None };
    let current = sources.get(node.location.file.0).map(|source| source.path.clone()).unwrap_or_default();
    let unusable = |refusal: &crate::input::Refusal| {
        let message = format!("the schema `{name}` cannot be used: {refusal}");
        Box::new(
            Diagnostic::error(codes::EVENT_SCHEMA, message).at(POINTER, node.location).help(refusal.help()),
        )
    };
    let path = match inside(&current, name) {
        Ok(path) => path,
        Err(refusal) => return Some(Err(unusable(&refusal))),
    };
    Some(match read(&path, within(&current, &[".json"]), None, sources) {
        Err(Unread::Refused(refusal)) => Err(unusable(&refusal)),
        Err(Unread::Wrong(problem)) => Err(problem),
        Ok(file) => {
            let text = &sources[file.0].text;
            Schema::read(text).map_err(|problem| Box::new(wrong(&problem, name.as_str().into(), text, file)))
        }
    })
}

fn wrong(problem: &Problem, name: &Utf8Path, text: &str, file: FileId) -> Diagnostic {
    let (start, length) = located(problem, text);
    let text_before = |byte: usize| end(text.get(..byte).unwrap_or_default());
    let location =
        Location { file, span: Span { start: text_before(start), end: text_before(start + length) } };
    let message = format!("the schema `{name}` cannot be used: {}", problem.message);
    Diagnostic::error(codes::EVENT_SCHEMA, message).at(POINTER, location).help(problem.help.as_str())
}

/// The byte where the invalid part begins, and its length on that line.
fn located(problem: &Problem, text: &str) -> (usize, usize) {
    // A text that is not JSON has its own message; a number that cannot be stored is the first such number.
    let from_message =
        problem.message.rsplit_once(" at byte ").and_then(|(_, byte)| byte.parse::<usize>().ok());
    let number = || first_number_beyond(text).filter(|_| problem.pointer.is_empty());
    let start = from_message.or_else(number).or_else(|| value_at(text, &problem.pointer)).unwrap_or(0);
    let value = text.get(start..value_end(text, start)).unwrap_or_default();
    (start, value.lines().next().map_or(0, str::len))
}

/// The byte at which the value with this pointer begins, in a text that is JSON.
fn value_at(text: &str, pointer: &str) -> Option<usize> {
    let mut at = skip_space(text, 0);
    for segment in pointer.split('/').skip(1).map(unescaped) {
        let is_map = text.as_bytes().get(at) == Some(&b'{');
        at = skip_space(text, at + 1);
        let mut index = 0;
        loop {
            let mut found = segment.parse() == Ok(index);
            if is_map {
                let key_end = value_end(text, at);
                found = serde_json::from_str::<String>(text.get(at..key_end)?).ok()? == segment;
                // Past the colon.
                at = skip_space(text, skip_space(text, key_end) + 1);
            }
            if found {
                break;
            }
            index += 1;
            at = skip_space(text, value_end(text, at));
            if text.as_bytes().get(at) != Some(&b',') {
                return None;
            }
            at = skip_space(text, at + 1);
        }
    }
    Some(at)
}

fn skip_space(text: &str, at: usize) -> usize {
    let remainder = text.as_bytes().iter().skip(at);
    at + remainder.take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The byte after the value that begins at `at`.
fn value_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut end) = (0_usize, at);
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'"' => {
                end += 1;
                while bytes.get(end).is_some_and(|byte| *byte != b'"') {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b',' | b'}' | b']' if depth == 0 => return end,
            byte if byte.is_ascii_whitespace() && depth == 0 => return end,
            _ => {}
        }
        end += 1;
        if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
            return end;
        }
    }
    bytes.len()
}

/// The byte of the first number that the processor cannot store exactly.
fn first_number_beyond(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = value_end(text, at),
            b'-' | b'0'..=b'9' => {
                let length = bytes[at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
                let end = at + length.count();
                if Number::stored(&text[at..end]).is_none() {
                    return Some(at);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_schema_is_found_at_its_location() {
        let text = "{ \"a\\\"}\" : [1, {\"b/c\": \"]\\\\\"}, true],\n\"d\": {}, \"e\":-1.5e3 }";
        for (pointer, value) in [
            ("", text),
            ("/a\"}", "[1, {\"b/c\": \"]\\\\\"}, true]"),
            ("/a\"}/0", "1"),
            ("/a\"}/1/b~1c", "\"]\\\\\""),
            ("/a\"}/2", "true"),
            ("/d", "{}"),
            ("/e", "-1.5e3"),
        ] {
            let at = value_at(text, pointer).expect(pointer);
            assert_eq!(&text[at..value_end(text, at)], value, "{pointer}");
        }
        for pointer in ["/x", "/d/x", "/a\"}/3"] {
            assert_eq!(value_at(text, pointer), None, "{pointer}");
        }
        assert_eq!(first_number_beyond(r#"{"1e999": [1, -2.5, 1e400]}"#), Some(20));
    }
}
