use processor::json::Json;
use processor::parse::parse;
use processor::schema::Schema;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::breaks;

fn found(former: &Value, next: &Value) -> String {
    let read = |schema: &Value| Schema::read(&schema.to_string()).expect("a schema");
    breaks(&read(former), &read(next)).join("; ")
}

#[test]
fn each_break_is_named() {
    let object = |properties: Value, more: Value| {
        let mut schema = json!({"type": "object", "properties": properties});
        schema.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
        schema
    };
    let of = |schema: Value| object(json!({"a": schema}), json!({}));
    let cases = [
        (
            of(json!({})),
            object(json!({"a": {}}), json!({"required": ["a"]})),
            "the detail: `a` is required now",
        ),
        (
            of(json!({"type": ["string", "number"]})),
            of(json!({"type": "string"})),
            "`/a`: `type` no longer takes number",
        ),
        (
            of(json!({"type": "number"})),
            of(json!({"type": "integer"})),
            "`/a`: `type` no longer takes number",
        ),
        (of(json!({"enum": ["x", "y"]})), of(json!({"enum": ["x"]})), "`/a`: `enum` no longer takes `\"y\"`"),
        (of(json!({"const": 1})), of(json!({"const": 2})), "`/a`: `const` no longer takes `1`"),
        (of(json!({"type": "string"})), of(json!({"type": "string", "enum": ["x"]})), "`/a`: `enum` is new"),
        (
            of(json!({"minimum": 1})),
            of(json!({"minimum": 2})),
            "`/a`: `minimum` is 2 now, `minimum` of 1 before",
        ),
        (
            of(json!({"maximum": 2})),
            of(json!({"exclusiveMaximum": 2})),
            "`exclusiveMaximum` is 2 now, `maximum` of 2 before",
        ),
        (
            of(json!({"type": "string"})),
            of(json!({"type": "string", "maxLength": 3})),
            "`maxLength` is 3 now, no limit before",
        ),
        (of(json!({"multipleOf": 0.1})), of(json!({"multipleOf": 0.2})), "`multipleOf` is 0.2 now"),
        (of(json!({"pattern": "^a"})), of(json!({"pattern": "^b"})), "`/a`: `pattern` is another one"),
        (
            of(json!({"items": {"type": "number"}})),
            of(json!({"items": {"type": "string"}})),
            "`/a/*`: `type` no longer takes number",
        ),
        (of(json!({"items": {}})), of(json!({"items": {}, "uniqueItems": true})), "items must be unique now"),
        (
            of(json!({})),
            object(json!({"a": {}}), json!({"additionalProperties": false})),
            "`additionalProperties` is `false` now",
        ),
        (
            object(json!({"a": {}, "b": {}}), json!({"additionalProperties": false})),
            object(json!({"a": {}}), json!({"additionalProperties": false})),
            "`/b`: no value is valid now",
        ),
        (
            of(json!({})),
            object(json!({"a": {}, "b": {"type": "string"}}), json!({})),
            "`/b`: it has a schema now; any value was valid before",
        ),
        (
            of(json!({"not": {"const": 1}})),
            of(json!({"not": {"const": 2}})),
            "the change of `not` cannot be checked",
        ),
        (
            of(json!({"not": {"const": {"title": "a"}}})),
            of(json!({"not": {"const": {"title": "b"}}})),
            "the change of `not` cannot be checked",
        ),
        (
            of(json!({"oneOf": [{"type": "string"}]})),
            of(json!({"oneOf": [{"type": "number"}]})),
            "the change of `oneOf` cannot be checked",
        ),
        (json!({"$schema": "http://json-schema.org/draft-07/schema#"}), json!({}), "names another draft"),
        (
            json!({"$defs": {"d": {"type": ["string", "null"]}}, "properties": {"a": {"$ref": "#/$defs/d"}}}),
            json!({"$defs": {"d": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/d"}}}),
            "`/a`: `type` no longer takes null",
        ),
    ];
    for (former, next, expected) in cases {
        let found = found(&former, &next);
        assert!(found.contains(expected), "{former} {next}: {found}");
    }
}

#[test]
fn what_accepts_more_is_no_break() {
    let tree = |leaf: Value| json!({"$defs": {"n": {"properties": {"c": {"$ref": "#/$defs/n"}, "v": leaf}}}, "$ref": "#/$defs/n"});
    let closed = |properties: Value| json!({"properties": properties, "additionalProperties": false});
    for (former, next) in [
        (json!({"required": ["a", "b"]}), json!({"required": ["a"]})),
        (
            json!({"properties": {"a": {"type": "integer", "minimum": 3}}}),
            json!({"properties": {"a": {"type": ["number", "null"], "exclusiveMinimum": 2.5}}}),
        ),
        (
            json!({"properties": {"a": {"const": "x"}}}),
            json!({"properties": {"a": {"enum": ["y", "x"], "type": "string"}}}),
        ),
        (closed(json!({"a": {}})), closed(json!({"a": {}, "b": {"type": "string"}}))),
        (closed(json!({"a": {}})), json!({"properties": {"a": {}}})),
        (tree(json!({"type": "string"})), tree(json!({"type": ["string", "number"]}))),
        (
            json!({"properties": {"a": {"type": "string"}}}),
            json!({"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}),
        ),
        (
            json!({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({"anyOf": [{"required": ["b"]}, {"required": ["c"]}, {"required": ["a"]}]}),
        ),
        (json!({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}), json!({"required": ["b", "a"]})),
        (
            json!({"not": {"title": "old", "const": 1}}),
            json!({"not": {"title": "new", "const": 1}, "description": "new"}),
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}}),
            json!({"items": {"type": ["string", "number"]}}),
        ),
    ] {
        assert_eq!(found(&former, &next), "", "{former} {next}");
    }
}

#[test]
fn schemas_that_would_take_for_ever_are_not_judged() {
    let doubling = |last: &str| {
        let defs: Map<String, Value> = (0..15)
            .map(|at| (format!("d{at}"), json!({"properties": {"a": {"$ref": format!("#/$defs/d{}", at + 1)}, "b": {"$ref": format!("#/$defs/d{}", at + 1)}}})))
            .chain([("d15".to_owned(), json!({"type": last}))])
            .collect();
        json!({"$defs": defs, "$ref": "#/$defs/d0"})
    };
    let words = found(&doubling("string"), &doubling("number"));
    assert!(words.contains("and ") && words.contains(" more"), "{words}");
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..5_i64).prop_map(Value::from),
        (-2..5_i64).prop_map(|n| json!(n as f64 / 2.0)),
        "[ab]{0,3}".prop_map(Value::from)
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn keyword(inner: BoxedStrategy<Value>) -> impl Strategy<Value = (String, Value)> {
    let pick = |names: &[&'static str]| prop::sample::select(names.to_vec());
    let names = prop::collection::btree_set("[abc]", 0..2).prop_map(|names| json!(names));
    let named = prop::collection::btree_map("[abc]", inner.clone(), 1..3).prop_map(|map| json!(map));
    let several = prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from);
    let types = pick(&["null", "boolean", "integer", "number", "string", "array", "object"]);
    let plain = prop_oneof![
        prop::collection::btree_set(types, 1..4).prop_map(|types| ("type", json!(types))),
        prop::collection::vec(leaf(), 1..4).prop_map(|values| ("enum", json!(values))),
        leaf().prop_map(|value| ("const", value)),
        (pick(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]), -2..4_i64)
            .prop_map(|(name, limit)| (name, json!(limit))),
        (1..4_i64).prop_map(|unit| ("multipleOf", json!(unit as f64 / 2.0))),
        (
            pick(&[
                "minLength",
                "maxLength",
                "minItems",
                "maxItems",
                "minProperties",
                "maxProperties",
                "minContains",
                "maxContains"
            ]),
            0..3_u64
        )
            .prop_map(|(name, count)| (name, json!(count))),
        pick(&["^a", "b$"]).prop_map(|pattern| ("pattern", json!(pattern))),
        names.clone().prop_map(|names| ("required", names)),
        prop::collection::btree_map("[abc]", names, 1..2).prop_map(|map| ("dependentRequired", json!(map))),
        any::<bool>().prop_map(|unique| ("uniqueItems", json!(unique))),
        Just(("$ref", json!("#/$defs/d"))),
    ];
    let held = prop_oneof![
        4 => named.prop_map(|map| ("properties", map)),
        2 => (pick(&["allOf", "anyOf", "oneOf", "prefixItems"]), several),
        4 => (pick(&["items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "unevaluatedProperties", "unevaluatedItems"]), inner.clone()),
        1 => inner.prop_map(|schema| ("patternProperties", json!({"^[ab]": schema}))),
    ];
    prop_oneof![plain, held].prop_map(|(name, value)| (name.to_owned(), value))
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![any::<bool>().prop_map(Value::from), Just(json!({}))];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop::collection::vec(keyword(inner.boxed()), 0..4)
            .prop_map(|keywords| Value::Object(keywords.into_iter().collect()))
    })
}

/// The schema with a random part changed: most pairs of schemas have nothing in common.
fn changed(schema: &Value, other: &Value, steps: &mut std::slice::Iter<'_, u8>) -> Value {
    let step = usize::from(*steps.next().unwrap_or(&0));
    match schema {
        Value::Object(map) if !map.is_empty() && !step.is_multiple_of(4) => {
            let mut map = map.clone();
            let key = map.keys().nth(step % map.len()).cloned().unwrap_or_default();
            if step.is_multiple_of(7) {
                map.remove(&key);
            } else {
                let part = changed(&map[&key], other, steps);
                map.insert(key, part);
            }
            Value::Object(map)
        }
        Value::Array(items) if !items.is_empty() => {
            let mut items = items.clone();
            let at = step % items.len();
            items[at] = changed(&items[at], other, steps);
            Value::Array(items)
        }
        Value::Number(number) => {
            json!(number.as_f64().unwrap_or_default() + if step.is_multiple_of(2) { 1.0 } else { -1.0 })
        }
        Value::Object(map) => {
            let mut map = map.clone();
            map.extend(other.as_object().cloned().unwrap_or_default());
            Value::Object(map)
        }
        Value::Bool(value) => json!(!value),
        _ => other.clone(),
    }
}

fn with_defs(mut schema: Value, defined: &Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$defs".to_owned(), json!({"d": defined}));
    }
    schema
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn what_is_judged_compatible_accepts_what_was_accepted(
        schemas in (schema(), schema(), schema()),
        steps in prop::collection::vec(any::<u8>(), 6),
        values in prop::collection::vec(value(), 24),
    ) {
        let (former, other, defined) = schemas;
        let whole = with_defs(former, &defined);
        let next = changed(&whole, &other, &mut steps.iter());
        let read = |schema: &Value| Schema::read(&schema.to_string());
        let (Ok(old), Ok(new)) = (read(&whole), read(&next)) else { return Ok(()) };
        if !breaks(&old, &new).is_empty() {
            return Ok(());
        }
        for value in values {
            let json: Json = parse(&value.to_string()).expect("JSON");
            let refused = old.violation(&json).is_none() && new.violation(&json).is_some();
            prop_assert!(!refused, "{} {} {}", whole, next, value);
        }
    }
}
