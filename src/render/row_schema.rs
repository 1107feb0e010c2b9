use processor::shape::{Attribute, Type, shape};
use serde_json::{Map, Value, json};

use crate::spec::Spec;
use crate::validate::processor_config;

/// An instant in its stored spelling.
const INSTANT: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$";

/// The JSON Schema of a stored row, with DynamoDB's types, and the keys of the table and of its indexes from the
/// template.
#[must_use]
pub fn row_schema(spec: &Spec, template: &Value) -> Value {
    let attributes = shape(&processor_config(spec));
    let required: Vec<&str> =
        attributes.iter().filter(|one| one.is_required).map(|one| one.name.as_str()).collect();
    let properties: Map<String, Value> =
        attributes.iter().map(|attribute| (attribute.name.clone(), property(attribute))).collect();
    let table = &template["Resources"]["EventsTable"]["Properties"];
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    let indexes: Vec<Value> = indexes
        .map(|index| {
            let mut keys = keys(&index["KeySchema"]);
            keys.insert("name".to_owned(), index["IndexName"].clone());
            keys.insert("projection".to_owned(), index["Projection"]["ProjectionType"].clone());
            Value::Object(keys)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("a row of {}", spec.resolved_names().table),
        "description": "A row as the processor stores it, in plain JSON. `x-dynamodb-type` is the DynamoDB type of a value. Rows of earlier specs may differ.",
        "type": "object",
        "properties": properties,
        "required": required,
        "x-dynamodb-key": keys(&table["KeySchema"]),
        "x-dynamodb-indexes": indexes,
    })
}

fn property(attribute: &Attribute) -> Value {
    let names: Vec<&str> = attribute.types.iter().map(|one| one.as_str()).collect();
    let types: Vec<&str> = attribute.types.iter().map(|one| json_type(*one)).collect();
    let one_or_all = |all: &[&str]| match all {
        [only] => Value::from(*only),
        all => json!(all),
    };
    let mut property = json!({
        "description": attribute.about,
        "type": one_or_all(&types),
        "x-dynamodb-type": one_or_all(&names),
    });
    if attribute.is_instant {
        property["format"] = "date-time".into();
        property["pattern"] = INSTANT.into();
    }
    if let Some(bytes) = attribute.longest_bytes.filter(|_| attribute.types.contains(&Type::Text)) {
        property["maxLength"] = bytes.into();
    }
    property
}

fn json_type(one: Type) -> &'static str {
    match one {
        Type::Text => "string",
        Type::Number => "number",
        Type::Bool => "boolean",
        Type::Null => "null",
        Type::List => "array",
        Type::Map => "object",
    }
}

/// The names under a table's or an index's `KeySchema`.
fn keys(schema: &Value) -> Map<String, Value> {
    let entries = schema.as_array().into_iter().flatten();
    entries
        .map(|entry| {
            let name = if entry["KeyType"] == "HASH" { "partition_key" } else { "sort_key" };
            (name.to_owned(), entry["AttributeName"].clone())
        })
        .collect()
}
