//! `validate --resolved`: the merged spec with the origin of each value.

use std::collections::BTreeMap;

use processor::json::Json;
use processor::pointer::unescaped;
use serde_json::json;

use super::style;
use super::width::padded;
use super::yaml::flow;
use crate::diagnostic::{Location, SourceText, printable};
use crate::validate::{Resolved, exact_json};

/// Column of the origins, unless a line is longer.
const COLUMN: usize = 48;

/// The merged spec as YAML, each value with its file and line.
#[must_use]
pub fn resolved_text(values: &[Resolved], sources: &[SourceText]) -> String {
    let mut lines = Vec::new();
    for resolved in values {
        let depth = resolved.path.matches('/').count().saturating_sub(1);
        let key = unescaped(resolved.path.rsplit('/').next().unwrap_or_default());
        let key = format!("{}{}:", "  ".repeat(depth), flow(&Json::Text(key)));
        let unset = resolved.unset_by.map(|by| format!("unset by {}", where_from(by, sources)));
        let (line, origin) = match (&resolved.value, resolved.location, unset) {
            (None, _, None) => {
                lines.push(key);
                continue;
            }
            // A comment, so that the text is an equal spec.
            (Some(Json::Null), None, Some(unset)) => (format!("# {}", key.trim_start()), unset),
            (value, location, unset) => {
                let value = value.as_ref().map(|value| format!(" {}", flow(value))).unwrap_or_default();
                let origin = match (location, unset) {
                    (Some(location), _) => where_from(location, sources),
                    (None, Some(unset)) => format!("default, {unset}"),
                    (None, None) => "default".to_owned(),
                };
                (key + &value, origin)
            }
        };
        lines.push(format!("{} {}", padded(&line, COLUMN), style::dim(&format!("# {origin}"))));
    }
    lines.join("\n")
}

/// `{"file", "spec", "origins", "unset"}`: the merged spec, the location of each value, or null for a default, and for
/// each removed value of a base the location that removes it.
#[must_use]
pub fn resolved_json(file: &str, values: &[Resolved], sources: &[SourceText]) -> Json {
    let mut spec = BTreeMap::new();
    let mut origins = BTreeMap::new();
    let mut unset = BTreeMap::new();
    let shown = |location: Location| {
        let file = sources.get(location.file.0).map(|source| source.path.as_str());
        let location =
            json!({"file": file, "line": location.span.start.line, "column": location.span.start.column});
        exact_json(&location)
    };
    for resolved in values {
        if let Some(by) = resolved.unset_by {
            unset.insert(resolved.path.clone(), shown(by));
            if resolved.value == Some(Json::Null) {
                continue;
            }
        }
        let value = resolved.value.clone().unwrap_or_else(|| Json::Map(BTreeMap::new()));
        put(&mut spec, &resolved.path, value);
        if resolved.value.is_some() {
            origins.insert(resolved.path.clone(), resolved.location.map_or(Json::Null, shown));
        }
    }
    let parts = [("spec", spec), ("origins", origins), ("unset", unset)];
    let parts = parts.map(|(name, part)| (name.to_owned(), Json::Map(part)));
    Json::Map(parts.into_iter().chain([("file".to_owned(), Json::Text(file.to_owned()))]).collect())
}

/// Sets a value at its JSON pointer, in existing sections.
fn put(map: &mut BTreeMap<String, Json>, pointer: &str, value: Json) {
    let Some(path) = pointer.strip_prefix('/') else { return };
    match path.split_once('/') {
        None => drop(map.insert(unescaped(path), value)),
        Some((section, _)) => {
            if let Some(Json::Map(inner)) = map.get_mut(&unescaped(section)) {
                put(inner, &path[section.len()..], value);
            }
        }
    }
}

fn where_from(location: Location, sources: &[SourceText]) -> String {
    let file = sources.get(location.file.0).map_or("", |source| source.path.as_str());
    format!("{}:{}", printable(file), location.span.start.line)
}
