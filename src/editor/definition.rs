//! Go to definition: the file that a value names, or the value of a base.

use serde_json::{Value, json};

use super::document::{Documents, address};
use super::locate::spot;
use super::outline::{Name, pointer};
use super::position::Texts;
use super::tolerant::tree;
use crate::source::{Named, replaced};

/// The definition of what is at the cursor: the file that a value names, or the value of a base that it overrides.
pub(super) fn definition(documents: &Documents<'_>, parameters: &Value) -> Option<Value> {
    let document = documents.of(parameters)?;
    let outline = document.outline()?;
    let path = spot(outline, documents.cursor(document, parameters))?.full_path()?;
    let own = tree(outline);
    let spec = &document.own.path;
    if let Some(named) = Named::by(&pointer(&path)) {
        let name = own.value().pointer(&pointer(&path))?.as_str()?.to_owned();
        let start = json!({"line": 0, "character": 0});
        let uri = address(&named.file(spec, &name)?);
        return Some(json!({"uri": uri, "range": {"start": start, "end": start}}));
    }
    // A list overrides the other as a whole.
    let depth = path.iter().position(|name| matches!(name, Name::Index(_))).unwrap_or(path.len());
    let (base, key, _) = replaced(spec, &own, &pointer(&path[..depth]))?;
    let uri = address(&base.path);
    let sources = [base];
    // This single source has another number in the chain of bases.
    let location = crate::diagnostic::Location { file: crate::diagnostic::FileId(0), ..key };
    Some(json!({"uri": uri, "range": Texts::new(&sources, documents.client.encoding).range(Some(location))}))
}
