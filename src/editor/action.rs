//! Quick fixes: the edits that have only one possible meaning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::{Documents, address};
use super::position::Texts;
use super::publish::published;
use crate::diagnostic::{Diagnostic, Fix, printable};

/// The quick fixes for the diagnostics in the range, and one for all of them if there are several.
pub(super) fn actions(documents: &Documents<'_>, parameters: &Value) -> Value {
    let Some(document) = documents.of(parameters) else { return Value::Array(Vec::new()) };
    let Some(own) = parameters["textDocument"]["uri"].as_str() else { return Value::Array(Vec::new()) };
    let (first, _) = documents.client.encoding.read(&document.own.text, &parameters["range"]["start"]);
    let (last, _) = documents.client.encoding.read(&document.own.text, &parameters["range"]["end"]);
    let texts = Texts::new(&document.sources, documents.client.encoding);
    let fixable: Vec<(&Diagnostic, &Fix)> = document
        .diagnostics
        .iter()
        .filter_map(|diagnostic| Some((diagnostic, diagnostic.fix.as_ref()?)))
        .collect();
    let mut actions: Vec<Value> = fixable
        .iter()
        .filter(|(diagnostic, _)| {
            diagnostic.location.is_some_and(|location| {
                location.file.0 == 0 && location.span.start.line <= last + 1 && first < location.span.end.line
            })
        })
        .map(|(diagnostic, fix)| {
            json!({
                "title": printable(&fix.title), "kind": "quickfix", "isPreferred": true,
                "diagnostics": [published(diagnostic, &texts)],
                "edit": changes(&texts, own, &[*fix]),
            })
        })
        .collect();
    if fixable.len() > 1 {
        let fixes: Vec<&Fix> = fixable.iter().map(|(_, fix)| *fix).collect();
        actions.push(json!({
            "title": "apply all certain fixes", "kind": "source.fixAll",
            "edit": changes(&texts, own, &fixes),
        }));
    }
    actions.into()
}

fn changes(texts: &Texts<'_>, own: &str, fixes: &[&Fix]) -> Value {
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        let target = match texts.source(edit.location) {
            Some(source) if edit.location.file.0 > 0 => address(&source.path),
            _ => own.to_owned(),
        };
        let edit = json!({"range": texts.range(Some(edit.location)), "newText": edit.text});
        files.entry(target).or_default().push(edit);
    }
    json!({"changes": files})
}
