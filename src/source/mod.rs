//! Text → tree in which every key and every value has its location.
//!
//! Parts without a meaning in a spec (tags, merge keys, several documents, keys that are not text) and parts that could
//! take more than a few milliseconds (size, depth, aliases) are rejected here, with their location.

mod build;
mod code_path;
mod exact;
mod extend;
mod inside;
mod limits;
mod named;
mod overlay;
mod parse;
mod read;
mod sample;
mod scalar;
mod schema_file;
mod stack_file;
mod tree;
mod typing;

use camino::Utf8Path;

use crate::diagnostic::{Failure, SourceText};
use crate::input::Origin;

pub use code_path::OwnCode;
pub use named::Named;
pub use overlay::Unset;
pub use parse::{cloudformation, document};
pub use sample::{Sample, SampleEvent, TestEvent, event};
pub use stack_file::{ExtraFile, StackFiles, TemplateFile};
pub use tree::{Content, Entry, Node, SpecTree};
pub use typing::{plain, read_typed, replaced};

use tree::Marks;

/// Reads a spec named on the command line, the specs it extends, and the samples and stack files it names.
///
/// # Errors
/// All reasons why the files are not one readable tree; exit 3.
pub fn read(path: &Utf8Path) -> Result<SpecTree, Failure> {
    tree(path, Origin::Named, None)
}

/// Like [`read`], for a spec that was found in a folder, which must not be a pipe.
///
/// # Errors
/// As for [`read`].
pub fn read_found(path: &Utf8Path) -> Result<SpecTree, Failure> {
    tree(path, Origin::Found, None)
}

/// Like [`read`], with the spec's own text from an editor instead of the disk.
///
/// # Errors
/// As for [`read`].
pub fn read_text(path: &Utf8Path, text: impl Into<Vec<u8>>) -> Result<SpecTree, Failure> {
    tree(path, Origin::Found, Some(text.into()))
}

fn tree(path: &Utf8Path, origin: Origin<'_>, text: Option<Vec<u8>>) -> Result<SpecTree, Failure> {
    let mut sources = Vec::new();
    match extend::with_bases(path, origin, text, &mut sources) {
        Ok((root, unset)) => Ok(with_files(root, unset, sources)),
        Err(mut diagnostics) => {
            crate::diagnostic::sort(&mut diagnostics);
            Err(Failure::invalid(diagnostics, sources))
        }
    }
}

/// The tree of a spec that was read, with its bases merged, and the other files that it names.
fn with_files(root: Node, unset: Vec<Unset>, mut sources: Vec<SourceText>) -> SpecTree {
    let bases = sources.len() - 1;
    let samples = sample::samples(&root, &sources);
    let test_events = sample::test_events(&root, &sources);
    let stack_files = stack_file::stack_files(&root, &mut sources);
    let schema = schema_file::schema(&root, &mut sources);
    let own_code = code_path::own_code(&root, &sources);
    let marks = Marks::new();
    SpecTree { root, sources, samples, test_events, stack_files, schema, own_code, unset, bases, marks }
}
