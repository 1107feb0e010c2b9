//! The JSON Schema of the spec, from the types.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Spec;

/// The address at which tools that follow `$id` find the schema: the repository itself serves it.
pub const SCHEMA_ID: &str =
    "https://raw.githubusercontent.com/pipectl/pipectl/main/schema/pipeline.schema.json";

/// The schema as JSON, keys in a fixed order.
///
/// Draft 2020-12: yaml-language-server ignores `dependentRequired` and others under draft-07.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = bare_json_schema();
    let definitions = schema.get("$defs").cloned().unwrap_or_default();
    describe_range_and_default(&mut schema, &definitions);
    schema
}

/// The schema without the parts for editors.
#[must_use]
pub fn bare_json_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Spec>().to_value();
    tidy(&mut schema);
    ask_only_whole_specs(&mut schema);
    if let Value::Object(root) = &mut schema {
        root.insert("$id".to_owned(), SCHEMA_ID.into());
    }
    schema
}

/// An overlay need not repeat its base's values: keys are only required without `extends`.
fn ask_only_whole_specs(schema: &mut Value) {
    let pattern = schema.pointer_mut("/$defs/Bus").and_then(|bus| bus.as_object_mut()?.remove("required"));
    let Value::Object(root) = schema else { return };
    let required = root.remove("required").unwrap_or_default();
    root.insert("if".to_owned(), json!({"required": ["extends"]}));
    root.insert("then".to_owned(), json!({}));
    root.insert(
        "else".to_owned(),
        json!({"required": required, "properties": {"bus": {"required": pattern.unwrap_or_default()}}}),
    );
}

/// Editors show a field's description and not its range or default: `markdownDescription` has all three.
fn describe_range_and_default(value: &mut Value, definitions: &Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for property in properties.values_mut() {
                    let text = hover(property, definitions);
                    if let (Some(text), Value::Object(property)) = (text, property) {
                        property.insert("markdownDescription".to_owned(), text.into());
                    }
                }
            }
            map.values_mut().for_each(|value| describe_range_and_default(value, definitions));
        }
        Value::Array(values) => {
            values.iter_mut().for_each(|value| describe_range_and_default(value, definitions))
        }
        _ => {}
    }
}

fn hover(property: &Value, definitions: &Value) -> Option<String> {
    let target = property.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
    let target = target.and_then(|name| definitions.get(name)).unwrap_or(property);
    let description = property.get("description").or_else(|| target.get("description"))?.as_str()?;
    let limit = |key: &str| property.get(key).or_else(|| target.get(key)).map(ToString::to_string);
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let range = match (limit("minimum"), limit("maximum"), limit("minLength"), limit("maxLength")) {
        (Some(least), Some(most), ..) => Some(format!("From {least} to {most}.")),
        (.., least, Some(most)) => {
            Some(format!("{} to {most} characters.", least.unwrap_or_else(|| "0".to_owned())))
        }
        _ => None,
    };
    let step = limit("multipleOf").map(|step| format!("A multiple of {step}."));
    let default = property
        .get("default")
        .filter(|default| !default.is_object() && !default.is_array())
        .map(|default| format!("Default: `{}`.", plain(default)));
    let example = property
        .get("examples")
        .and_then(|examples| examples.get(0))
        .map(|example| format!("Example: `{}`.", plain(example)));
    let facts: Vec<String> = [range, step, default, example].into_iter().flatten().collect();
    let paragraphs = [description.to_owned(), facts.join(" ")];
    Some(paragraphs.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n"))
}

/// Removes what the generator writes for Rust and an editor would show to its user: `default: null` would be offered as a
/// completion, `null` would be accepted beside the type of an optional field although it means nothing, and `uint32`
/// formats add nothing to `minimum`.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
            if map.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
                map.remove("format");
            }
            // Rust wraps doc comments; an editor does that itself.
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.replace("\n\n", "\u{0}").replace('\n', " ").replace('\u{0}', "\n\n");
            }
            drop_null_alternative(map);
            map.values_mut().for_each(tidy);
        }
        Value::Array(values) => values.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn drop_null_alternative(map: &mut Map<String, Value>) {
    let null = Value::from("null");
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|name| *name != null);
        if let [only] = types.as_slice() {
            let only = only.clone();
            map.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
        branches.retain(|branch| branch.get("type") != Some(&null));
        if let [only] = branches.as_slice() {
            let Value::Object(only) = only.clone() else { return };
            map.remove("anyOf");
            for (key, value) in only {
                map.entry(key).or_insert(value);
            }
        }
    }
}
