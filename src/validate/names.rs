//! Keys whose names the user chooses: those of tags and of attributes.

use processor::pointer::below;
use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::schema::matches;
use super::suggest::dotted;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;

const TAGS: &str =
    "a tag's key has 1 to 128 letters, digits, blanks and `_.:/=+-@`, and does not begin with `aws:`";
const ATTRIBUTES: &str =
    "an attribute's name has 1 to 255 letters, digits, `_` and `-`, and begins with a letter or `_`";

/// The keys of a map with an invalid form. As for texts, the patterns are tried here, and only if there are names:
/// compiling them all takes a sixth of a small spec's validation.
pub(super) fn wrong_names(
    dialect: &Dialect<'static>,
    tree: &SpecTree,
    path: &str,
    map: &Map<String, Value>,
) -> Vec<Diagnostic> {
    let Some(pattern) = dialect.name_pattern(path) else { return Vec::new() };
    map.keys().filter(|key| !matches(pattern, key)).map(|key| wrong_name(tree, path, key)).collect()
}

pub(super) fn wrong_name(tree: &SpecTree, path: &str, key: &str) -> Diagnostic {
    let pointer = below(path, key);
    let help = if path == "/event/attributes" { ATTRIBUTES } else { TAGS };
    let key = if key.is_empty() { "an empty string".to_owned() } else { format!("`{key}`") };
    Diagnostic::error(codes::SPEC_WRONG_FORM, format!("{key} cannot be a key of `{}`", dotted(path)))
        .at(&pointer, tree.key_location(&pointer))
        .help(help)
}
