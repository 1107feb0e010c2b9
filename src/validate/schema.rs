use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use fancy_regex::Regex;
use jsonschema::{Draft, Validator};
use serde_json::Value;

use crate::spec::{bare_json_schema, json_schema};

/// The spec's JSON Schema, made and compiled once a process: that is most of the work of one validation.
pub(super) static SCHEMA: LazyLock<Compiled> = LazyLock::new(|| {
    let value = bare_json_schema();
    let mut compiled = value.clone();
    without_patterns(&mut compiled);
    // The compiler judges every schema by its draft's own, which it has to compile first. That of draft 7 is a third
    // the size, and for the words used here the drafts do not differ: a test over mutated specs compares both.
    if let Value::Object(root) = &mut compiled {
        root.remove("$schema");
    }
    let validator = jsonschema::options().with_draft(Draft::Draft7).build(&compiled);
    Compiled { value, validator: validator.map_err(|error| error.to_string()) }
});

/// The schema with what an editor shows besides.
pub(super) static SHOWN: LazyLock<Value> = LazyLock::new(json_schema);

pub(super) struct Compiled {
    pub(super) value: Value,
    /// Holds everything but the patterns of texts, which `shape` tries itself. Only a mistake of ours in the types can
    /// make it an error.
    pub(super) validator: Result<Validator, String>,
}

/// Whether a text matches a pattern of the schema. Each pattern is compiled at its first use.
pub(super) fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<&'static str, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    // A pattern that is none is a mistake of ours, which the test over mutated specs finds.
    let regex = compiled.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
    regex.as_ref().is_some_and(|regex| regex.is_match(text).unwrap_or(false))
}

fn without_patterns(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("pattern").is_some_and(Value::is_string) {
                map.remove("pattern");
            }
            // The names of keys are not values of a field.
            map.iter_mut()
                .filter(|(key, _)| *key != "propertyNames")
                .for_each(|(_, value)| without_patterns(value));
        }
        Value::Array(values) => values.iter_mut().for_each(without_patterns),
        _ => {}
    }
}
