//! Where the data of one key is stored, and for how long.

use camino::Utf8Path;

use crate::cli::{Outcome, spec};
use crate::deploy::quoted;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{Keeping, retention};
use crate::report::{Console, FieldLocation, Format, retention_json, retention_text};
use crate::source::SpecTree;

/// The name of the topic on the command line.
pub(super) const RETENTION: &str = "retention";

/// `explain SPEC retention`.
pub(super) fn print(path: &str, aspect: &str, console: &mut Console) -> Outcome {
    if aspect != RETENTION {
        let message = format!("`{aspect}` of a spec cannot be explained");
        let help = format!("write `pipectl explain {} {RETENTION}`", quoted(path));
        return Err(
            Failure::new(Exit::Usage, Diagnostic::error(codes::USAGE_WRONG, message).help(help)).into()
        );
    }
    let (checked, tree) = spec::load_with_tree(Utf8Path::new(path), console)?;
    let mut found = retention(checked.spec());
    let locations: Vec<(Keeping, Option<FieldLocation>)> = std::mem::take(&mut found.locations)
        .into_iter()
        .map(|keeping| {
            let location = keeping.field.and_then(|field| field_location(&tree, field));
            (keeping, location)
        })
        .collect();
    match console.format {
        Format::Human => console.data(&retention_text(&found, &locations, console.width()))?,
        Format::Json => console.data(&retention_json(&found, &locations).to_string())?,
    }
    console.note(&format!("\n  next: pipectl erase {} --key KEY --dry-run", quoted(path)));
    Ok(Exit::Done)
}

/// `explain retention`, without a spec.
pub(super) fn of_no_spec() -> Failure {
    let diagnostic = Diagnostic::error(codes::USAGE_WRONG, "retention depends on a spec");
    Failure::new(Exit::Usage, diagnostic.help(format!("write `pipectl explain SPEC {RETENTION}`")))
}

/// The location of the field in the spec; `None` if it has its default.
fn field_location(tree: &SpecTree, field: &str) -> Option<FieldLocation> {
    let pointer = format!("/{}", field.replace('.', "/"));
    if !tree.has(&pointer) {
        return None;
    }
    let location = tree.value_location(&pointer);
    let file = tree.sources().get(location.file.0)?.path.to_string();
    Some(FieldLocation { file, line: location.span.start.line })
}
