use processor::pointer::unescaped;
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
        let key = unescaped(resolved.path.rsplit('/').next().unwrap_or_default());
        let key = format!("{}{}:", "  ".repeat(depth), flow(&Value::from(key)));
        let unset = resolved.unset_by.map(|by| format!("unset by {}", where_from(by, sources)));
        let (line, origin) = match (&resolved.value, resolved.place, unset) {
            (None, _, None) => {
                lines.push(key);
                continue;
            }
            // A comment, so that the text is the same spec again.
            (Some(Value::Null), None, Some(unset)) => (format!("# {}", key.trim_start()), unset),
            (value, place, unset) => {
                let value = value.as_ref().map(|value| format!(" {}", flow(value))).unwrap_or_default();
                let origin = match (place, unset) {
                    (Some(place), _) => where_from(place, sources),
                    (None, Some(unset)) => format!("default, {unset}"),
                    (None, None) => "default".to_owned(),
                };
                (key + &value, origin)
            }
        };
        lines.push(format!("{line:<COLUMN$} {}", style::dim(&format!("# {origin}"))));
    }
    lines.join("\n")
}

/// `{"file", "spec", "origins", "unset"}`: the merged spec, for each value its place, or null for a default, and for each
/// value of a base that is taken away the place that does so.
#[must_use]
pub fn resolved_json(file: &str, values: &[Resolved], sources: &[SourceText]) -> Value {
    let mut spec = Value::Object(Map::new());
    let mut origins = Map::new();
    let mut unset = Map::new();
    let shown = |place: Place| {
        let file = sources.get(place.file.0).map(|source| source.path.as_str());
        json!({"file": file, "line": place.span.start.line, "column": place.span.start.column})
    };
    for resolved in values {
        if let Some(by) = resolved.unset_by {
            unset.insert(resolved.path.clone(), shown(by));
            if resolved.value == Some(Value::Null) {
                continue;
            }
        }
        let (parent, key) = resolved.path.rsplit_once('/').unwrap_or_default();
        let key = unescaped(key);
        if let Some(Value::Object(map)) = spec.pointer_mut(parent) {
            map.insert(key, resolved.value.clone().unwrap_or_else(|| Value::Object(Map::new())));
        }
        if resolved.value.is_some() {
            origins.insert(resolved.path.clone(), resolved.place.map(shown).unwrap_or_default());
        }
    }
    json!({"file": file, "spec": spec, "origins": origins, "unset": unset})
}

fn where_from(place: Place, sources: &[SourceText]) -> String {
    let file = sources.get(place.file.0).map_or("", |source| source.path.as_str());
    format!("{}:{}", harmless(file), place.span.start.line)
}
