//! Which documents of an editor are specs: it may send every YAML file.

use camino::Utf8Path;

use super::outline::{Name, Outline};
use crate::validate::keys;

/// Top-level keys that other kinds of YAML files have, too.
const COMMON: [&str; 3] = ["version", "name", "environment"];
/// The end of the schema's address in a comment.
const SCHEMA: &str = "pipeline.schema.json";
/// The folder of specs.
const FOLDER: &str = "specs";

/// Whether a document is a spec: a client that selects documents by language only opens all YAML files.
pub(super) fn is_spec(path: &Utf8Path, outline: &Outline) -> bool {
    let in_folder = path.ancestors().skip(1).any(|folder| folder.file_name() == Some(FOLDER));
    let is_saved = path.is_absolute();
    let names_schema = || outline.comments.iter().any(|comment| outline.text(comment).contains(SCHEMA));
    let own = keys("");
    let is_own = |index: &usize| match &outline.item(*index).name {
        Name::Key(key) => !COMMON.contains(&key.as_str()) && own.iter().any(|known| known.name == *key),
        _ => false,
    };
    in_folder || !is_saved || names_schema() || outline.item(0).children.iter().any(is_own)
}
