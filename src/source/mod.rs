//! Text → tree in which every key and every value knows its place.
//!
//! What a spec has no meaning for (tags, merge keys, several documents, keys that are not text) and what could cost
//! more than a few milliseconds (size, depth, aliases) is refused here, with its place.

mod build;
mod extend;
mod limits;
mod parse;
mod read;
mod scalar;
mod tree;

use camino::Utf8Path;

use crate::diagnostic::Failure;

pub use tree::{Content, Entry, Node, SpecTree};

/// Reads a spec and what it extends.
///
/// # Errors
/// Every reason why the files are not one readable tree; exit 3.
pub fn read(path: &Utf8Path) -> Result<SpecTree, Failure> {
    let mut sources = Vec::new();
    match extend::with_bases(path, &mut sources) {
        Ok(root) => Ok(SpecTree { root, sources }),
        Err(mut diagnostics) => {
            crate::diagnostic::sort(&mut diagnostics);
            Err(Failure::invalid(diagnostics, sources))
        }
    }
}
