use serde_json::{Map, Value, json};

use super::style;
use super::yaml::flow;
use crate::diagnostic::{Place, SourceText, harmless};
use crate::validate::Resolved;

/// Column at which origins stand, where a line is not longer.
const COLUMN: usize = 48;

/// The merged spec as YAML, each value with its file and line.
#[must_use]
pub fn resolved_text(values: &[Resolved], sources: &[SourceText]) -> String {
    let mut lines = Vec::new();
    for resolved in values {
        let depth = resolved.path.matches('/').count().saturating_sub(1);
        let key = resolved.path.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        let key = format!("{}{}:", "  ".repeat(depth), flow(&Value::from(key)));
        let Some(value) = &resolved.value else {
            lines.push(key);
            continue;
        };
        let line = format!("{key} {}", flow(value));
        let origin = match resolved.place {
            Some(place) => where_from(place, sources),
            None => "default".to_owned(),
        };
        lines.push(format!("{line:<COLUMN$} {}", style::dim(&format!("# {origin}"))));
    }
    lines.join("\n")
}

/// `{"file", "spec", "origins"}`: the merged spec, and for each value its place, or null for a default.
#[must_use]
pub fn resolved_json(file: &str, values: &[Resolved], sources: &[SourceText]) -> Value {
    let mut spec = Value::Object(Map::new());
    let mut origins = Map::new();
    for resolved in values {
        let (parent, key) = resolved.path.rsplit_once('/').unwrap_or_default();
        let key = key.replace("~1", "/").replace("~0", "~");
        if let Some(Value::Object(map)) = spec.pointer_mut(parent) {
            map.insert(key, resolved.value.clone().unwrap_or_else(|| Value::Object(Map::new())));
        }
        if resolved.value.is_some() {
            let origin = resolved.place.map(|place| {
                let file = sources.get(place.file.0).map(|source| source.path.as_str());
                json!({"file": file, "line": place.span.start.line, "column": place.span.start.column})
            });
            origins.insert(resolved.path.clone(), origin.unwrap_or_default());
        }
    }
    json!({"file": file, "spec": spec, "origins": origins})
}

fn where_from(place: Place, sources: &[SourceText]) -> String {
    let file = sources.get(place.file.0).map_or("", |source| source.path.as_str());
    format!("{}:{}", harmless(file), place.span.start.line)
}
