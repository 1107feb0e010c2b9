//! One item of a completion, as the protocol has it.

use serde_json::{Value, json};

use super::outline::Style;
use crate::source::plain;

/// The protocol's numbers for the kinds of items.
pub(super) const PROPERTY: u32 = 10;
pub(super) const VALUE: u32 = 12;
pub(super) const FILE: u32 = 17;
pub(super) const OPERATOR: u32 = 24;

/// A completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) label: String,
    pub(super) kind: u32,
    /// A short text next to it.
    pub(super) detail: Option<String>,
    pub(super) documentation: Option<String>,
    /// The inserted text, with placeholders such as `${1:0}`; see [`literal`].
    pub(super) snippet: String,
}

impl Offer {
    /// A word without placeholders.
    pub(super) fn plain(kind: u32, label: impl Into<String>, text: &str) -> Self {
        Self { label: label.into(), kind, detail: None, documentation: None, snippet: literal(text) }
    }

    pub(super) fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    pub(super) fn documented(self, documentation: impl Into<String>) -> Self {
        Self { documentation: Some(documentation.into()), ..self }
    }

    pub(super) fn snippet(self, snippet: impl Into<String>) -> Self {
        Self { snippet: snippet.into(), ..self }
    }

    /// The same with a text before and after it.
    pub(super) fn within(self, before: &str, after: &str) -> Self {
        let snippet = format!("{}{}{}", literal(before), self.snippet, literal(after));
        Self { snippet, ..self }
    }

    /// The inserted text with the placeholders' defaults.
    pub(super) fn plain_text(&self) -> String {
        without_placeholders(&self.snippet)
    }

    /// The inserted text within existing quotes; `None` if it is more than one text.
    pub(super) fn in_quotes(self, style: Style) -> Option<Self> {
        let text = match plain(&self.plain_text()) {
            Value::String(text) if !text.starts_with(['"', '{', '[']) => text,
            Value::String(text) if text.starts_with('"') => serde_json::from_str(&text).ok()?,
            _ => return None,
        };
        let text = match style {
            Style::Single => text.replace('\'', "''"),
            _ => text.replace('\\', "\\\\").replace('"', "\\\""),
        };
        Some(self.snippet(literal(&text)))
    }

    /// The protocol's form, with the range to replace. `number`: its position in the list.
    pub(super) fn item(&self, range: &Value, snippets: bool, number: usize) -> Value {
        let plain = self.plain_text();
        let has_placeholders = snippets && literal(&plain) != self.snippet;
        let text = if has_placeholders { &self.snippet } else { &plain };
        let mut item = json!({
            "label": self.label, "kind": self.kind, "textEdit": {"range": range, "newText": text},
            "sortText": format!("{number:05}"),
            // The indentation of the text is final.
            "insertTextFormat": if has_placeholders { 2 } else { 1 }, "insertTextMode": 1,
        });
        if let Some(detail) = &self.detail {
            item["detail"] = detail.as_str().into();
        }
        if let Some(documentation) = &self.documentation {
            item["documentation"] = json!({"kind": "markdown", "value": documentation});
        }
        item
    }
}

/// The text with characters escaped that have a meaning in snippets.
pub(super) fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

/// The text of a snippet with its placeholders' defaults: `${1:0}` becomes `0`, `$1` becomes empty.
fn without_placeholders(snippet: &str) -> String {
    let mut text = String::new();
    let mut open = 0_usize;
    let mut characters = snippet.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            '$' => {
                let in_braces = characters.next_if_eq(&'{').is_some();
                while characters.next_if(char::is_ascii_digit).is_some() {}
                if in_braces {
                    characters.next_if_eq(&':');
                    open += 1;
                }
            }
            '}' if open > 0 => open -= 1,
            character => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_without_snippets_gets_what_they_begin_with() {
        for (snippet, text) in [
            ("{prefix: ${1:a}}", "{prefix: a}"),
            ("source: [$1]$0", "source: []"),
            ("\\$.detail.a\\}", "$.detail.a}"),
            ("[\">\", ${1:0}, \"<\", ${2:9}]", "[\">\", 0, \"<\", 9]"),
            ("plain", "plain"),
        ] {
            assert_eq!(without_placeholders(snippet), text, "{snippet}");
        }
        for text in ["a$b", "\\", "{a: }", "${1:x}"] {
            assert_eq!(without_placeholders(&literal(text)), text);
        }
    }
}
