use serde_json::{Value, json};

use super::cursor::{cursor, keys_of};
use super::document::Documents;
use crate::validate::{keys, values};

/// The protocol's numbers for what an item is.
const PROPERTY: u32 = 10;
const VALUE: u32 = 12;

/// The keys that may stand at the cursor and do not yet, or the values its key takes.
pub(super) fn complete(documents: &Documents<'_>, parameters: &Value) -> Option<Value> {
    let document = documents.of(parameters)?;
    let (line, column) = documents.encoding.read(&document.text, &parameters["position"]);
    let at = cursor(&document.text, line, column);
    if at.on_value {
        let items: Vec<Value> = values(&at.pointer()?)
            .into_iter()
            .map(|(value, description)| json!({"label": value, "kind": VALUE, "documentation": description}))
            .collect();
        return Some(items.into());
    }
    let present = if at.indent.is_some() { keys_of(&document.text, &at.map) } else { Vec::new() };
    let items: Vec<Value> = keys(&at.map)
        .into_iter()
        .filter(|key| !present.contains(&key.name) || at.key.as_ref() == Some(&key.name))
        .map(|key| {
            let insert = match (key.is_section, at.indent) {
                (false, _) => format!("{}: ", key.name),
                (true, Some(indent)) => format!("{}:\n{}", key.name, " ".repeat(indent + 2)),
                (true, None) => format!("{}: {{", key.name),
            };
            json!({
                "label": key.name, "kind": PROPERTY, "detail": key.takes,
                "documentation": {"kind": "markdown", "value": key.description}, "insertText": insert,
                // The text is indented as it stands.
                "insertTextMode": 1,
            })
        })
        .collect();
    Some(items.into())
}
