//! Specs while they are typed: trees from a text that need not be valid YAML yet.

use camino::Utf8Path;
use serde_json::Value;

use super::extend::read_bases;
use super::overlay::merged;
use super::scalar;
use super::tree::{Node, SpecTree};
use super::with_files;
use crate::diagnostic::{Location, SourceText};

/// The value of an unquoted text; if parsers disagree on it, the text itself.
#[must_use]
pub fn plain(text: &str) -> Value {
    scalar::resolve(text).ok().or_else(|| scalar::near(text)).unwrap_or_else(|| Value::from(text))
}

/// The spec whose own values are `own`, with its bases and the files that it names. Unreadable files are left out.
#[must_use]
pub fn read_typed(own: Node, text: SourceText) -> SpecTree {
    let path = text.path.clone();
    let mut sources = vec![text];
    let mut bases = Vec::new();
    // The checks report why a base cannot be read.
    let _ = read_bases(&path, &own, &mut sources, &mut bases);
    let (root, unset) = merged(own, bases);
    with_files(root, unset, sources)
}

/// The location in the nearest base of the value with this JSON pointer, which the spec's own value replaces: the base,
/// the key, and the value.
#[must_use]
pub fn replaced(path: &Utf8Path, own: &Node, pointer: &str) -> Option<(SourceText, Location, Location)> {
    let mut sources = vec![SourceText { path: path.to_owned(), text: String::new() }];
    let mut bases = Vec::new();
    // The bases above the unreadable one may have it.
    let _ = read_bases(path, own, &mut sources, &mut bases);
    let base = bases.iter().find(|base| base.at(pointer).is_some())?;
    let (key, value) = base.nearest(pointer)?;
    Some((sources.get(key.file.0)?.clone(), key, value))
}
