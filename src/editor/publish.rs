use serde_json::{Value, json};

use super::document::address;
use super::position::Encoding;
use crate::diagnostic::{Diagnostic, Place, SourceText, Span};

/// A diagnostic in the protocol's form; the help is its second line.
pub(super) fn published(diagnostic: &Diagnostic, sources: &[SourceText], encoding: Encoding) -> Value {
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .filter_map(|related| {
            let source = sources.get(related.place.file.0)?;
            let location =
                json!({"uri": address(&source.path), "range": range(related.place, sources, encoding)});
            Some(json!({"location": location, "message": related.message}))
        })
        .collect();
    json!({
        "range": diagnostic.place.map_or_else(
            || encoding.range("", Span::START),
            |place| range(place, sources, encoding),
        ),
        "severity": if diagnostic.is_error() { 1 } else { 2 },
        "code": diagnostic.code.name,
        "source": "pipectl",
        "message": format!("{}{help}", diagnostic.message),
        "relatedInformation": related,
    })
}

pub(super) fn range(place: Place, sources: &[SourceText], encoding: Encoding) -> Value {
    encoding.range(sources.get(place.file.0).map_or("", |source| &source.text), place.span)
}
