//! The text of a JSON document in lines for people, and without blanks. Every token is unchanged.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::locate::value_end;

/// Levels that are indented; deeper ones are on one line.
const DEEPEST: usize = 40;
/// Blanks per level.
const STEP: usize = 2;

/// A line, and the bytes of the text that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub bytes: Range<usize>,
}

struct Lines {
    done: Vec<Line>,
    text: String,
    /// The start of its first token.
    begin: Option<usize>,
    depth: usize,
}

impl Lines {
    fn push(&mut self, token: &str, bytes: Range<usize>) {
        if self.begin.is_none() {
            self.text = " ".repeat(self.depth * STEP);
        }
        self.begin.get_or_insert(bytes.start);
        self.text.push_str(token);
    }

    fn end(&mut self, at: usize) {
        if let Some(begin) = self.begin.take() {
            self.done.push(Line { text: std::mem::take(&mut self.text), bytes: begin..at });
        }
    }
}

/// The lines of a JSON text; `None`: it is not JSON.
#[must_use]
pub fn pretty(text: &str) -> Option<Vec<Line>> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let bytes = text.as_bytes();
    let mut lines = Lines { done: Vec::new(), text: String::new(), begin: None, depth: 0 };
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'{' | b'[' => at = opened(text, at, &mut lines),
            close @ (b'}' | b']') => {
                lines.end(at);
                lines.depth -= 1;
                lines.push(if close == b'}' { "}" } else { "]" }, at..at + 1);
                at += 1;
            }
            b',' => {
                lines.push(",", at..at + 1);
                at += 1;
                lines.end(at);
            }
            b':' => {
                lines.push(": ", at..at + 1);
                at += 1;
            }
            _ => {
                let end = value_end(bytes, at).max(at + 1);
                lines.push(&text[at..end], at..end);
                at = end;
            }
        }
    }
    lines.end(bytes.len());
    Some(lines.done)
}

/// A bracket, and the position to continue after it.
fn opened(text: &str, at: usize, lines: &mut Lines) -> usize {
    let bytes = text.as_bytes();
    let inside =
        bytes[at + 1..].iter().position(|byte| !byte.is_ascii_whitespace()).map(|blank| at + 1 + blank);
    let is_empty = inside.is_some_and(|next| matches!(bytes[next], b'}' | b']'));
    if is_empty || lines.depth >= DEEPEST {
        let end = value_end(bytes, at);
        lines.push(&compact(&text[at..end]), at..end);
        return end;
    }
    lines.push(&text[at..=at], at..at + 1);
    lines.end(at + 1);
    lines.depth += 1;
    at + 1
}

/// A JSON text without blanks between its tokens.
#[must_use]
pub fn compact(text: &str) -> String {
    let (mut in_string, mut is_escaped) = (false, false);
    let mut keeps = |character: &char| {
        if in_string {
            match character {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            return true;
        }
        in_string = *character == '"';
        !matches!(character, ' ' | '\t' | '\n' | '\r')
    };
    text.chars().filter(|character| keeps(character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_stays_and_every_line_knows_its_bytes() {
        let text = r#" {"n":12345678901234567890.10,"e":{ },"l":[1,{"a b":"x: {\"y\"}"}],"d":1,"d":null} "#;
        let lines = pretty(text).expect("JSON");
        let shown: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let expected = [
            "{",
            "  \"n\": 12345678901234567890.10,",
            "  \"e\": {},",
            "  \"l\": [",
            "    1,",
            "    {",
            "      \"a b\": \"x: {\\\"y\\\"}\"",
            "    }",
            "  ],",
            "  \"d\": 1,",
            "  \"d\": null",
            "}",
        ];
        assert_eq!(shown, expected);
        assert_eq!(compact(&shown.join("\n")), compact(text));
        assert!(lines.windows(2).all(|pair| pair[0].bytes.end <= pair[1].bytes.start), "{lines:?}");
        assert!(text[lines[1].bytes.clone()].starts_with("\"n\":12345678901234567890.10,"));
        assert_eq!(pretty("{\"a\""), None);
        assert_eq!(pretty("7").map(|lines| lines.len()), Some(1));
    }

    #[test]
    fn what_nests_deep_stays_short() {
        let deep = ["[".repeat(300_000), "]".repeat(300_000)].concat();
        let lines = pretty(&deep).expect("JSON");
        assert_eq!(lines.len(), 2 * DEEPEST + 1);
        assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() < 2 * deep.len());
    }
}
