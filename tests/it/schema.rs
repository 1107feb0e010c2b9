//! The schema in the repository is the one generated from the types, and has all that editors can use.

use serde_json::{Map, Value, json};

use crate::cloud::Cloud;

#[test]
fn the_schema_is_fresh() {
    let printed = Cloud::new().run(&["schema"]).succeeded().stdout;
    let committed = std::fs::read_to_string("schema/pipeline.schema.json").unwrap_or_default();
    assert!(committed == printed, "refresh it: cargo run -- schema > schema/pipeline.schema.json");
}

/// Every value that the schema accepts is accepted by the types: no message of the deserialiser may reach a user.
#[test]
fn what_the_schema_accepts_the_types_read() {
    let schema = pipectl::spec::json_schema();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let prod: Value = serde_yaml::from_str(include_str!("../../specs/prod.yaml")).expect("YAML");
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(60),
        json!(-1),
        json!(1.5),
        json!("off"),
        json!("never"),
        json!("sse_sqs"),
        json!("none"),
        json!(""),
        json!([]),
        json!({}),
        json!({"threshold": 1}),
        json!({"kms_key": "x"}),
        json!(4_000_000_000_u64),
        json!([1]),
        json!(["a@b.c"]),
    ];
    let mut tried = 0;
    for pointer in pointers(&schema, &schema, String::new()) {
        for value in &values {
            let mut spec = prod.clone();
            set(&mut spec, &pointer, value.clone());
            if validator.is_valid(&spec) {
                tried += 1;
                let read: Result<pipectl::spec::Spec, _> = serde_json::from_value(spec);
                assert!(read.is_ok(), "{pointer} = {value}: {}", read.expect_err("an error"));
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn an_unknown_key_anywhere_is_an_error_that_points_at_it() {
    let cloud = Cloud::new();
    let schema = pipectl::spec::json_schema();
    let mut maps: Vec<String> = pointers(&schema, &schema, String::new())
        .into_iter()
        .filter_map(|pointer| Some(pointer.rsplit_once('/')?.0.to_owned()))
        .filter(|pointer| !pointer.starts_with("/bus/pattern") && !pointer.starts_with("/deploy/tags"))
        .collect();
    maps.dedup();
    for map in maps {
        let mut spec: Value = serde_yaml::from_str(crate::cloud::SPEC).expect("YAML");
        set(&mut spec, &format!("{map}/no_such_key"), json!(1));
        let path = cloud.write("unknown.yaml", &serde_yaml::to_string(&spec).expect("YAML"));
        let output =
            cloud.run(&["validate", path.to_str().expect("UTF-8"), "--format", "json"]).exited(3).json();
        let found = output["diagnostics"].as_array().expect("a list").iter().any(|one| {
            one["code"] == "spec::unknown-key"
                && one["path"] == format!("{map}/no_such_key")
                && one["help"].is_string()
        });
        assert!(found, "{map}: {output}");
    }
}

/// The pointers of all fields.
pub(crate) fn pointers(root: &Value, schema: &Value, pointer: String) -> Vec<String> {
    let schema = match schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|path| root.pointer(path.trim_start_matches('#')))
    {
        Some(target) => target,
        None => schema,
    };
    let branches = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    let mut found: Vec<String> =
        branches.flat_map(|branch| pointers(root, branch, pointer.clone())).collect();
    for (key, child) in schema.get("properties").and_then(Value::as_object).unwrap_or(&Map::new()) {
        let pointer = format!("{pointer}/{key}");
        found.extend(pointers(root, child, pointer.clone()));
        found.push(pointer);
    }
    found.sort();
    found.dedup();
    found
}

pub(crate) fn set(value: &mut Value, pointer: &str, new: Value) {
    let mut at = value;
    for segment in pointer.split('/').skip(1) {
        if !at.is_object() {
            *at = json!({});
        }
        at = at.as_object_mut().expect("a map").entry(segment).or_insert(Value::Null);
    }
    *at = new;
}
