use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::Value;

use super::build::Builder;
use super::limits;
use super::read::end;
use super::scalar;
use super::tree::Node;
use crate::diagnostic::{Code, Diagnostic, FileId, Fix, Location, Position, Span, codes};

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Spec,
    /// Tags are short forms of functions: `!Ref X` is `{Ref: X}`.
    CloudFormation,
}

/// The tree of a CloudFormation template, with the location of everything in it.
///
/// # Errors
/// Why the text is invalid.
pub fn cloudformation(text: &str, file: FileId) -> Result<Node, Vec<Diagnostic>> {
    parse(text, file, Language::CloudFormation)
}

/// The tree of a spec's text alone, without the specs it extends.
///
/// # Errors
/// Why the text is invalid.
pub fn document(text: &str) -> Result<Node, Vec<Diagnostic>> {
    parse(text, FileId(0), Language::Spec)
}

/// Parses a text into a tree. All errors are collected, but the text after a syntax error cannot be parsed.
pub(super) fn parse(text: &str, file: FileId, language: Language) -> Result<Node, Vec<Diagnostic>> {
    let lines = Lines::new(text, file);
    let mut builder = Builder::new(file);
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(found) => found,
            Err(error) => {
                builder.refuse(syntax(error.info()).at("", lines.point(*error.marker())));
                break;
            }
        };
        let location = lines.location(span);
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    let message = "a spec is one YAML document, but a second one begins here";
                    builder.refuse(unsupported(message, "move it into a separate file").at("", location));
                    break;
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let function = function(tag.as_deref(), language, location, &mut builder);
                let value = value(&text, style, location, &mut builder);
                builder.scalar(value, &text, style == ScalarStyle::Plain, anchor, location, function);
            }
            Event::SequenceStart(anchor, tag) => {
                let function = function(tag.as_deref(), language, location, &mut builder);
                builder.open(false, anchor, location, function);
            }
            Event::MappingStart(anchor, tag) => {
                let function = function(tag.as_deref(), language, location, &mut builder);
                builder.open(true, anchor, location, function);
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close(),
            Event::Alias(anchor) => builder.alias(anchor, location),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        if builder.is_over() {
            break;
        }
    }
    builder.finish()
}

fn value(text: &str, style: ScalarStyle, location: Location, builder: &mut Builder) -> Value {
    if style != ScalarStyle::Plain {
        return Value::from(text);
    }
    scalar::resolve(text).unwrap_or_else(|(message, help)| {
        // An expected value of a row is compared as it is written.
        if let Some(near) = scalar::near(text).filter(|_| builder.is_below("tests")) {
            return near;
        }
        // Twelve digits are an account id, whatever the first one is.
        let account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        let fix = account.then(|| Fix::replace("quote it", location, format!("\"{text}\"")));
        builder.refuse(unsupported(&message, &help).at("", location).fix(fix));
        Value::Null
    })
}

/// The functions of CloudFormation that have a tag, without the prefix of their name.
const FUNCTIONS: [&str; 17] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// The function of a tag; an unknown tag is rejected.
fn function(
    tag: Option<&Tag>,
    language: Language,
    location: Location,
    builder: &mut Builder,
) -> Option<String> {
    let tag = tag?;
    if language == Language::CloudFormation && tag.handle == "!" {
        if ["Ref", "Condition"].contains(&tag.suffix.as_str()) {
            return Some(tag.suffix.clone());
        }
        if FUNCTIONS.contains(&tag.suffix.as_str()) {
            return Some(format!("Fn::{}", tag.suffix));
        }
    }
    let what = if language == Language::Spec { "a spec" } else { "a template" };
    let message = format!("the tag `{}{}` is not allowed in {what}", tag.handle, tag.suffix);
    builder.refuse(unsupported(&message, "write the value without a tag").at("", location));
    None
}

pub(super) fn unsupported(message: &str, help: &str) -> Diagnostic {
    Diagnostic::error(codes::SOURCE_UNSUPPORTED, message).help(help)
}

pub(super) fn too_large(what: &str, limit: usize) -> Diagnostic {
    const CODE: Code = codes::SOURCE_TOO_LARGE;
    Diagnostic::error(CODE, format!("more than {limit} {what}"))
        .help("a spec has a few dozen values, three or four levels deep")
}

/// The parser's error, with our own message for common mistakes.
fn syntax(info: &str) -> Diagnostic {
    let lowered = info.to_lowercase();
    if lowered.contains("recursion") {
        // The parser looks ahead over brackets and reaches its own limit before ours.
        return too_large("levels of lists and maps", limits::DEPTH);
    }
    let (message, help) = if lowered.contains("tab") {
        ("a tab where YAML needs spaces", "indent with spaces")
    } else if lowered.contains("simple key")
        || lowered.contains("mapping values")
        || lowered.contains("expected ':'")
    {
        ("a key is not followed by `: ` here", "write `key: value`, with a space after the colon")
    } else if lowered.contains("end of stream")
        || lowered.contains("unexpected end")
        || lowered.contains("eof")
    {
        ("the file ends in the middle of a value", "close the open quote or bracket")
    } else if lowered.contains("anchor") {
        (
            "an alias names an anchor that does not exist",
            "define it with `&name` before it is used with `*name`",
        )
    } else if lowered.contains("flow") || lowered.contains("',' or") || lowered.contains("bracket") {
        (
            "a list or map in brackets is not well formed",
            "separate its items with commas and close its bracket",
        )
    } else if lowered.contains("indent") || lowered.contains("block") {
        (
            "the indentation does not match the lines above",
            "indent with two spaces per level, the same for all keys of one map",
        )
    } else {
        ("this is not YAML", "look at this line and the one above for a missing colon, quote or bracket")
    };
    Diagnostic::error(codes::SOURCE_SYNTAX, message).help(help)
}

/// The start of each line, in characters. The parser's own count of characters is wrong in some texts, its lines and
/// columns are not; so offsets are computed from these.
struct Lines {
    starts: Vec<usize>,
    end: Position,
    file: FileId,
}

impl Lines {
    fn new(text: &str, file: FileId) -> Self {
        let breaks = text.chars().enumerate().filter(|(_, character)| *character == '\n');
        let starts = std::iter::once(0).chain(breaks.map(|(index, _)| index + 1)).collect();
        Self { starts, end: end(text), file }
    }

    /// saphyr counts lines from 1 and columns from 0. Its position may be beyond the end.
    fn position(&self, marker: Marker) -> Position {
        let line = marker.line().max(1);
        let Some(start) = self.starts.get(line - 1) else { return self.end };
        Position { line, column: marker.col() + 1, offset: start + marker.col() }.min(self.end)
    }

    fn location(&self, span: saphyr_parser::Span) -> Location {
        let start = self.position(span.start);
        Location { file: self.file, span: Span { start, end: self.position(span.end).max(start) } }
    }

    fn point(&self, marker: Marker) -> Location {
        let at = self.position(marker);
        Location { file: self.file, span: Span { start: at, end: at } }
    }
}
