//! Reads a spec and everything it names.

use camino::Utf8Path;

use super::limits;
use crate::diagnostic::{Diagnostic, FileId, Location, Position, SourceText, Span, codes};
use crate::input::{self, Origin, Refusal};

/// Why a file is not among the sources.
pub(super) enum Unread {
    /// It was not read.
    Refused(Refusal),
    /// It was read, and is not the text of a spec; the diagnostic has the location.
    Wrong(Box<Diagnostic>),
}

/// Reads one file as text and adds it to the sources; an editor passes the text itself.
pub(super) fn read(
    path: &Utf8Path,
    origin: Origin<'_>,
    given: Option<Vec<u8>>,
    sources: &mut Vec<SourceText>,
) -> Result<FileId, Unread> {
    let file = FileId(sources.len());
    let bytes = given.map_or_else(|| input::read(path, origin, limits::BYTES), Ok);
    let bytes = bytes.and_then(|bytes| {
        if bytes.len() as u64 > limits::BYTES { Err(Refusal::TooLarge(limits::BYTES)) } else { Ok(bytes) }
    });
    let (text, broken) = match &bytes {
        Ok(bytes) => text(bytes),
        Err(Refusal::TooLarge(_)) => (String::new(), false),
        Err(refusal) => return Err(Unread::Refused(refusal.clone())),
    };
    sources.push(SourceText { path: path.to_owned(), text });
    let text = &sources[file.0].text;
    let refuse = |code, message: String, position, help: &str| {
        let location = Location { file, span: Span { start: position, end: position } };
        Err(Unread::Wrong(Box::new(Diagnostic::error(code, message).at("", location).help(help))))
    };
    let Ok(bytes) = bytes else {
        let message = format!("`{path}` has more than {} bytes", limits::BYTES);
        let help = "a spec has a few kilobytes; check that this is the right file";
        return refuse(codes::SOURCE_TOO_LARGE, message, Position::START, help);
    };
    if broken {
        let encoding = match bytes.get(..2) {
            Some([0xFF, 0xFE] | [0xFE, 0xFF]) => "it is UTF-16, not UTF-8".to_owned(),
            _ => format!("it is not UTF-8 from byte {} on", text.len()),
        };
        let message = format!("`{path}` cannot be read: {encoding}");
        return refuse(codes::SOURCE_NOT_UTF8, message, end(text), "save the file as UTF-8");
    }
    match text
        .char_indices()
        .find(|(index, character)| is_control(*character, &text[*index + character.len_utf8()..]))
    {
        None => Ok(file),
        Some((index, character)) => {
            let message =
                format!("the control character U+{:04X} is not allowed in a spec", u32::from(character));
            refuse(codes::SOURCE_SYNTAX, message, end(&text[..index]), "remove it")
        }
    }
}

/// The diagnostic for a file that was not read.
pub(super) fn unreadable(path: &Utf8Path, refusal: &Refusal) -> Diagnostic {
    let message = format!("`{path}` cannot be read: {refusal}");
    let help = match refusal {
        Refusal::Folder => format!("name the files in it, such as `{path}/*.yaml`"),
        other => other.help().to_owned(),
    };
    Diagnostic::error(codes::SOURCE_UNREADABLE, message).help(help)
}

/// Whether the file system rejected it, and not its kind or its location.
pub(super) fn is_of_the_system(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Missing | Refusal::System(_))
}

/// The text up to the first byte that is not UTF-8, without a byte order mark, and whether there is such a byte.
fn text(bytes: &[u8]) -> (String, bool) {
    let (valid, broken) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(), true),
    };
    (valid.strip_prefix('\u{feff}').unwrap_or(valid).to_owned(), broken)
}

/// A single carriage return ends a line in YAML, and in hardly any editor: lines would be counted differently.
fn is_control(character: char, remainder: &str) -> bool {
    match character {
        '\t' | '\n' | '\u{85}' => false,
        '\r' => !remainder.starts_with('\n'),
        _ => character.is_control(),
    }
}

/// The position just after a text.
pub(super) fn end(text: &str) -> Position {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Position { line, column, offset: text.chars().count() }
}
