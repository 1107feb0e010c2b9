//! The event files that a spec names.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use processor::json::Json;
use processor::parse::parse;
use processor::reason::Rejection;
use serde_json::{Map, Value};

use super::inside::{inside, within};
use super::tree::{Content, Node};
use crate::diagnostic::SourceText;
use crate::input::{self, DATA, Origin, Refusal};

/// Bytes of one sample: EventBridge's limit for an event.
const BYTES: u64 = 1024 * 1024;
/// Most samples, or tests, of one spec that are read: the schema allows no more for the bus as a whole.
const COUNT: usize = 200;

/// An event file named under `bus.samples`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// JSON pointer of its name in the spec.
    pub pointer: String,
    /// As the spec names it.
    pub name: String,
    /// Whether the pattern should match it.
    pub expected: bool,
    /// The rule of `bus.rules` it is a sample of; `None`: of all patterns together.
    pub rule: Option<usize>,
    /// The event, or why the file is invalid.
    pub event: Result<SampleEvent, String>,
}

/// An event file named under `tests`.
#[derive(Debug, Clone, PartialEq)]
pub struct TestEvent {
    /// The index of the test.
    pub index: usize,
    /// As the spec names it.
    pub name: String,
    /// The event, or why the file is invalid.
    pub event: Result<SampleEvent, String>,
}

/// An event as EventBridge delivers it.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleEvent {
    /// Its fields for the pattern. Numbers are doubles here.
    pub fields: Map<String, Value>,
    /// Its fields as the processor reads them, with exact numbers; or why it rejects the text.
    pub exact: Result<BTreeMap<String, Json>, Rejection>,
}

/// Reads the samples that a spec names.
pub(super) fn samples(root: &Node, sources: &[SourceText]) -> Vec<Sample> {
    let Some(bus) = root.entry("bus").map(|entry| &entry.node) else { return Vec::new() };
    let mut found = Vec::new();
    add(bus, ("/bus", None), sources, &mut found);
    if let Some(Content::List(rules)) = bus.entry("rules").map(|entry| &entry.node.content) {
        for (index, rule) in rules.iter().enumerate() {
            add(rule, (&format!("/bus/rules/{index}"), Some(index)), sources, &mut found);
        }
    }
    found
}

/// Reads those under `samples` of one rule or of the bus.
fn add(owner: &Node, (at, rule): (&str, Option<usize>), sources: &[SourceText], found: &mut Vec<Sample>) {
    for (key, expected) in [("match", true), ("ignore", false)] {
        let list = owner.entry("samples").and_then(|samples| samples.node.entry(key));
        let Some(Content::List(nodes)) = list.map(|entry| &entry.node.content) else { continue };
        for (index, node) in nodes.iter().enumerate() {
            let Some((name, path)) = named(node, sources) else { continue };
            let event = match found.len() < COUNT {
                true => path.and_then(|(path, within)| event(&path, within)),
                false => Err(format!("a spec can have {COUNT} samples at most")),
            };
            let pointer = format!("{at}/samples/{key}/{index}");
            found.push(Sample { pointer, name, expected, rule, event });
        }
    }
}

/// Reads the events that a spec's tests name.
pub(super) fn test_events(root: &Node, sources: &[SourceText]) -> Vec<TestEvent> {
    let Some(Content::List(tests)) = root.entry("tests").map(|entry| &entry.node.content) else {
        return Vec::new();
    };
    let tests = tests.iter().enumerate().take(COUNT);
    tests
        .filter_map(|(index, test)| {
            let (name, path) = named(&test.entry("event")?.node, sources)?;
            Some(TestEvent { index, name, event: path.and_then(|(path, within)| event(&path, within)) })
        })
        .collect()
}

/// A path and the rules for reading it, or why it may not be read.
type Named<'a> = Result<(Utf8PathBuf, Origin<'a>), String>;

/// A file that a value of the spec names, and the rules for reading it. The schema's check reports a name of another
/// type.
fn named<'a>(node: &Node, sources: &'a [SourceText]) -> Option<(String, Named<'a>)> {
    let Content::Scalar(Value::String(name)) = &node.content else { return None };
    let current = sources.get(node.location.file.0).map(|source| &source.path)?;
    let path = inside(current, name).map_err(|refusal| refusal.to_string());
    Some((name.clone(), path.map(|path| (path, within(current, DATA)))))
}

/// Reads one event as EventBridge delivers it.
///
/// # Errors
/// Why the file is invalid.
pub fn event(path: &Utf8Path, origin: Origin<'_>) -> Result<SampleEvent, String> {
    let bytes = input::read(path, origin, BYTES).map_err(|refusal| match refusal {
        Refusal::TooLarge(_) => "it has more than 1 MiB, the most that EventBridge accepts".to_owned(),
        other => other.to_string(),
    })?;
    let mut fields = match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err("it is JSON, but not an object".to_owned()),
        Err(error) => return Err(format!("it is not JSON: {error}")),
    };
    for key in ["source", "detail-type"] {
        if !fields.get(key).is_some_and(Value::is_string) {
            return Err(format!("it has no string `{key}`, which every event on a bus has"));
        }
    }
    if !fields.get("detail").is_some_and(Value::is_object) {
        return Err("it has no object `detail`, which every event on a bus has".to_owned());
    }
    // It was JSON, which is UTF-8.
    let mut exact = match parse(&String::from_utf8_lossy(&bytes)) {
        Ok(Json::Map(exact)) => Ok(exact),
        Ok(_) => return Err("it is JSON, but not an object".to_owned()),
        Err(rejection) => Err(rejection),
    };
    for (key, value) in added() {
        if let Ok(exact) = &mut exact {
            exact.entry(key.to_owned()).or_insert_with(|| value.clone());
        }
        fields.entry(key).or_insert_with(|| plain(&value));
    }
    Ok(SampleEvent { fields, exact })
}

/// The fields that EventBridge adds to an event.
fn added() -> [(&'static str, Json); 6] {
    let text = |text: &str| Json::Text(text.to_owned());
    [
        ("version", text("0")),
        ("id", text("00000000-0000-0000-0000-000000000000")),
        ("account", text("123456789012")),
        ("time", text("2026-01-01T00:00:00Z")),
        ("region", text("us-east-1")),
        ("resources", Json::List(Vec::new())),
    ]
}

fn plain(value: &Json) -> Value {
    value.as_text().map_or_else(|| Value::Array(Vec::new()), Value::from)
}
