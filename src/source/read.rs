use std::io::Read as _;

use camino::Utf8Path;

use super::limits;
use crate::diagnostic::{Diagnostic, FileId, Place, Position, SourceText, Span, codes};

/// Reads one file as text and adds it to the sources; an editor gives the text itself.
pub(super) fn read(
    path: &Utf8Path,
    given: Option<Vec<u8>>,
    sources: &mut Vec<SourceText>,
) -> Result<FileId, Box<Diagnostic>> {
    let file = FileId(sources.len());
    let bytes = given.map_or_else(|| bytes(path), Ok)?;
    let (text, broken) = text(&bytes);
    sources.push(SourceText { path: path.to_owned(), text });
    let text = &sources[file.0].text;
    let refuse = |code, message: String, position, help: &str| {
        let place = Place { file, span: Span { start: position, end: position } };
        Err(Box::new(Diagnostic::error(code, message).at("", place).help(help)))
    };
    if bytes.len() as u64 > limits::BYTES {
        let message = format!("`{path}` has more than {} bytes", limits::BYTES);
        let help = "a spec has a few kilobytes; check that this is the right file";
        return refuse(codes::SOURCE_TOO_LARGE, message, Position::START, help);
    }
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
                format!("the control character U+{:04X} has no place in a spec", u32::from(character));
            refuse(codes::SOURCE_SYNTAX, message, end(&text[..index]), "remove it")
        }
    }
}

/// The operating system's reason, in a few words.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        kind => kind.to_string(),
    }
}

fn bytes(path: &Utf8Path) -> Result<Vec<u8>, Box<Diagnostic>> {
    let unreadable = |reason: String, help: &str| {
        let message = format!("`{path}` cannot be read: {reason}");
        Box::new(Diagnostic::error(codes::SOURCE_UNREADABLE, message).help(help))
    };
    let metadata = fs_err::metadata(path)
        .map_err(|error| unreadable(reason(&error), "check the path, or start from `specs/dev.yaml`"))?;
    if metadata.is_dir() {
        let help = format!("name the files in it, such as `{path}/*.yaml`");
        return Err(unreadable("it is a folder".to_owned(), &help));
    }
    let mut bytes = Vec::new();
    fs_err::File::open(path)
        .and_then(|file| file.take(limits::BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(reason(&error), "check the file's permissions"))?;
    Ok(bytes)
}

/// The text up to the first byte that is not UTF-8, without a byte order mark, and whether there is such a byte.
fn text(bytes: &[u8]) -> (String, bool) {
    let (valid, broken) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => {
            // A cut in the middle of a character, at the very limit, is no mistake of the file's.
            let cut = bytes.len() as u64 > limits::BYTES && error.error_len().is_none();
            (std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(), !cut)
        }
    };
    (valid.strip_prefix('\u{feff}').unwrap_or(valid).to_owned(), broken)
}

/// A carriage return by itself ends a line for YAML, and for hardly any editor: lines would be counted differently.
fn is_control(character: char, rest: &str) -> bool {
    match character {
        '\t' | '\n' | '\u{85}' => false,
        '\r' => !rest.starts_with('\n'),
        _ => character.is_control(),
    }
}

/// The position just after a text.
pub(super) fn end(text: &str) -> Position {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Position { line, column, offset: text.chars().count() }
}
