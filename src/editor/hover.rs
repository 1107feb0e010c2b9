use serde_json::{Value, json};

use super::document::Documents;
use super::locate::spot;
use super::outline::pointer;
use super::pattern;
use crate::validate::{Field, dotted, field_at};

/// The description, values and default of the field at the cursor, and the long text of each diagnostic there.
pub(super) fn hover(documents: &Documents<'_>, parameters: &Value) -> Option<Value> {
    let document = documents.of(parameters)?;
    let (line, column) = documents.client.encoding.read(&document.own.text, &parameters["position"]);
    let cursor = documents.cursor(document, parameters);
    let spot = document.outline().and_then(|outline| spot(outline, cursor));
    let mut parts = Vec::new();
    if let Some(path) = spot.and_then(|spot| spot.full_path()) {
        let pattern_help = pattern::At::of(&path).and_then(|at| at.hover(document));
        let pointer = pointer(&path);
        parts
            .extend(pattern_help.or_else(|| field_at(&pointer).map(|field| page(&dotted(&pointer), &field))));
    }
    for diagnostic in &document.diagnostics {
        let Some(span) =
            diagnostic.location.filter(|location| location.file.0 == 0).map(|location| location.span)
        else {
            continue;
        };
        let here = (line + 1, column + 1);
        if (span.start.line, span.start.column) <= here && here <= (span.end.line, span.end.column) {
            parts.push(format!("**{}** {}", diagnostic.code, diagnostic.code.explanation));
        }
    }
    let text = parts.join("\n\n---\n\n");
    (!text.is_empty()).then(|| json!({"contents": {"kind": "markdown", "value": text}}))
}

fn page(name: &str, field: &Field) -> String {
    let facts = [("Takes", &field.takes), ("Default", &field.default), ("Example", &field.example)];
    let facts = facts.into_iter().filter_map(|(label, value)| {
        let value = value.as_ref()?;
        Some(if value.contains('`') {
            format!("\n\n{label}: {value}")
        } else {
            format!("\n\n{label}: `{value}`")
        })
    });
    format!("`{name}`\n\n{}{}", field.description, facts.collect::<String>())
}
