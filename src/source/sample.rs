use camino::Utf8Path;
use serde_json::{Map, Value};

use super::inside::{inside, within};
use super::tree::{Content, Node};
use crate::diagnostic::SourceText;
use crate::input::{self, DATA, Origin, Refusal};

/// Bytes of one sample: what EventBridge takes of an event.
const BYTES: u64 = 1024 * 1024;
/// Samples of one spec; the schema allows as many.
const COUNT: usize = 200;

/// An event file named under `bus.samples`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// JSON pointer of its name in the spec.
    pub pointer: String,
    /// As the spec names it.
    pub name: String,
    /// Whether the pattern is to match it.
    pub expected: bool,
    /// The event, or why the file is none.
    pub event: Result<Map<String, Value>, String>,
}

/// Reads the samples that a spec names.
pub(super) fn samples(root: &Node, sources: &[SourceText]) -> Vec<Sample> {
    let lists = [("match", true), ("ignore", false)];
    let mut found = Vec::new();
    for (key, expected) in lists {
        let list = root
            .entry("bus")
            .and_then(|bus| bus.node.entry("samples"))
            .and_then(|samples| samples.node.entry(key));
        let Some(Content::List(nodes)) = list.map(|entry| &entry.node.content) else { continue };
        for (index, node) in nodes.iter().enumerate().take(COUNT) {
            // A name of another type is the schema's to tell.
            let Content::Scalar(Value::String(name)) = &node.content else { continue };
            let Some(current) = sources.get(node.place.file.0).map(|source| &source.path) else { continue };
            let path = inside(current, name).map_err(|refusal| refusal.to_string());
            let event = path.and_then(|path| event(&path, within(current, DATA)));
            let pointer = format!("/bus/samples/{key}/{index}");
            found.push(Sample { pointer, name: name.clone(), expected, event });
        }
    }
    found
}

/// Reads one event as EventBridge delivers it.
///
/// # Errors
/// Why the file is none.
pub fn event(path: &Utf8Path, origin: Origin<'_>) -> Result<Map<String, Value>, String> {
    let bytes = input::read(path, origin, BYTES).map_err(|refusal| match refusal {
        Refusal::TooLarge(_) => "it has more than 1 MiB, and EventBridge takes no larger event".to_owned(),
        other => other.to_string(),
    })?;
    let mut event = match serde_json::from_slice(&bytes) {
        Ok(Value::Object(event)) => event,
        Ok(_) => return Err("it is JSON, but not an object".to_owned()),
        Err(error) => return Err(format!("it is not JSON: {error}")),
    };
    for key in ["source", "detail-type"] {
        if !event.get(key).is_some_and(Value::is_string) {
            return Err(format!("it has no text `{key}`, as every event on a bus has"));
        }
    }
    if !event.get("detail").is_some_and(Value::is_object) {
        return Err("it has no object `detail`, as every event on a bus has".to_owned());
    }
    complete(&mut event);
    Ok(event)
}

/// What EventBridge adds to an event by itself.
fn complete(event: &mut Map<String, Value>) {
    let added = [
        ("version", "0".into()),
        ("id", "00000000-0000-0000-0000-000000000000".into()),
        ("account", "123456789012".into()),
        ("time", "2026-01-01T00:00:00Z".into()),
        ("region", "us-east-1".into()),
        ("resources", Value::Array(Vec::new())),
    ];
    for (key, value) in added {
        event.entry(key).or_insert(value);
    }
}
