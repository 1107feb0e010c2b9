//! Diagnostics in the form of the language server protocol.

use serde_json::{Value, json};

use super::document::address;
use super::position::Texts;
use crate::diagnostic::{Diagnostic, printable, printable_lines};

/// A diagnostic in the protocol's form; the help is its second line.
pub(super) fn published(diagnostic: &Diagnostic, texts: &Texts<'_>) -> Value {
    let help = diagnostic.help.as_ref();
    let help = help.map(|help| format!("\nhelp: {}", printable_lines(help))).unwrap_or_default();
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .filter_map(|related| {
            let uri = address(&texts.source(related.location)?.path);
            let location = json!({"uri": uri, "range": texts.range(Some(related.location))});
            Some(json!({"location": location, "message": printable(&related.message)}))
        })
        .collect();
    json!({
        "range": texts.range(diagnostic.location),
        "severity": if diagnostic.is_error() { 1 } else { 2 },
        "code": diagnostic.code.name,
        "source": "pipectl",
        "message": format!("{}{help}", printable(&diagnostic.message)),
        "relatedInformation": related,
    })
}
