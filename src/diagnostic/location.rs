//! Places in files: lines and columns.

use serde::{Deserialize, Serialize};

/// The file of a location: an index into the reader's list of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct FileId(pub usize);

/// A point in a text. Lines and columns count from 1, columns in characters; the offset
/// counts characters from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    pub offset: usize,
}

impl Position {
    pub const START: Self = Self { line: 1, column: 1, offset: 0 };
}

/// From the first character up to the last position, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    pub start: Position,
    pub end: Position,
}

impl Span {
    /// The beginning of a text, for errors of the whole text.
    pub const START: Self = Self { start: Position::START, end: Position::START };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    pub file: FileId,
    pub span: Span,
}
