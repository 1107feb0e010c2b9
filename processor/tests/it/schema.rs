//! The schema of an event's detail: exact, bounded, and conforming to the standard.

use std::time::{Duration, Instant};

use pipectl_processor::config::Config;
use pipectl_processor::decide::{Message, decide};
use pipectl_processor::parse::parse;
use pipectl_processor::reason::Reason;
use pipectl_processor::schema::Schema;
use proptest::prelude::*;
use serde_json::{Value, json};

fn violation(schema: &str, detail: &str) -> String {
    let schema = Schema::read(schema).expect("a schema");
    schema
        .violation(&parse(detail).expect("JSON"))
        .map_or_else(|| "valid".to_owned(), |found| found.to_string())
}

fn problem(schema: &str) -> String {
    let problem = Schema::read(schema).expect_err(schema);
    format!("{} {}", problem.pointer, problem.message)
}

#[test]
fn numbers_are_exact_to_38_digits() {
    let (one, other) = ("12345678901234567890123456789012345678", "12345678901234567890123456789012345679");
    let cases = [
        (format!(r#"{{"const":{one}}}"#), one, "valid"),
        (format!(r#"{{"const":{one}}}"#), other, "`const`"),
        (format!(r#"{{"enum":[1,{one}]}}"#), other, "`enum`"),
        (format!(r#"{{"maximum":{one}}}"#), one, "valid"),
        (format!(r#"{{"maximum":{one}}}"#), other, "`maximum`"),
        (format!(r#"{{"minimum":{other}}}"#), one, "`minimum`"),
        (format!(r#"{{"exclusiveMaximum":{other}}}"#), one, "valid"),
        (format!(r#"{{"exclusiveMaximum":{one}}}"#), one, "`exclusiveMaximum`"),
        (
            format!(r#"{{"exclusiveMinimum":-{one}}}"#),
            "-12345678901234567890123456789012345678",
            "`exclusiveMinimum`",
        ),
        (r#"{"multipleOf":0.1}"#.to_owned(), "0.3", "valid"),
        (r#"{"multipleOf":0.1}"#.to_owned(), "99999999999999999999999999999999999.7", "valid"),
        (r#"{"multipleOf":0.1}"#.to_owned(), "0.35", "`multipleOf`"),
        (r#"{"multipleOf":3}"#.to_owned(), "1e125", "`multipleOf`"),
        (r#"{"multipleOf":7e-120}"#.to_owned(), "49e100", "valid"),
        (format!(r#"{{"multipleOf":{one}}}"#), "2469135780246913578024691357802469135.6e1", "valid"),
        (format!(r#"{{"multipleOf":{one}}}"#), "24691357802469135780246913578024691357", "`multipleOf`"),
        (r#"{"type":"integer"}"#.to_owned(), "1e3", "valid"),
        (r#"{"type":"integer"}"#.to_owned(), "12345678901234567890.5", "`type`"),
        (r#"{"const":1}"#.to_owned(), "1.0", "valid"),
        (r#"{"uniqueItems":true}"#.to_owned(), "[1, 1.00]", "`uniqueItems`"),
    ];
    for (schema, value, expected) in cases {
        let schema = format!(r#"{{"properties":{{"n":{schema}}}}}"#);
        let found = violation(&schema, &format!(r#"{{"n":{value}}}"#));
        assert!(found.contains(expected), "{schema} {value}: {found}");
    }
    assert!(problem(r#"{"maximum":1e400}"#).contains("outside DynamoDB's range"));
}

#[test]
fn a_violation_names_pointer_and_keyword_and_no_value() {
    let schema = r#"{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"a/b":{"maximum":1},
        "lines":{"items":{"required":["sku"],"additionalProperties":false,"properties":{"sku":{"maxLength":3}}}}},
        "patternProperties":{"^x-":{"const":1}},"additionalProperties":{"type":["string","array","number"]}}"#;
    let cases = [
        (r#"{"id":"1"}"#, "valid"),
        (r#"{"name":"Ada"}"#, "the detail violates `required`: `id` is missing"),
        (r#"{"id":1}"#, "`/id` of the detail violates `type`"),
        (r#"{"id":"1","a/b":2}"#, "`/a~1b` of the detail violates `maximum`"),
        (
            r#"{"id":"1","lines":[{"sku":"a"},{}]}"#,
            "`/lines/1` of the detail violates `required`: `sku` is missing",
        ),
        (r#"{"id":"1","lines":[{"sku":"long"}]}"#, "`/lines/0/sku` of the detail violates `maxLength`"),
        (
            r#"{"id":"1","lines":[{"sku":"a","ada@example.com":1}]}"#,
            "`/lines/0/*` of the detail violates `additionalProperties`",
        ),
        (r#"{"id":"1","x-secret":2}"#, "`/*` of the detail violates `const`"),
        (r#"{"id":"1","ada":{}}"#, "`/*` of the detail violates `type`"),
    ];
    for (detail, expected) in cases {
        assert_eq!(violation(schema, detail), expected, "{detail}");
    }
}

#[test]
fn the_schema_sees_what_is_dropped() {
    let config = json!({"version": 2, "event": {"sort_key": null, "type": null, "data": null, "drop": ["$.detail.mail"],
        "schema": r#"{"properties":{"mail":{"type":"string"}}}"#}});
    let config = Config::from_json(&config.to_string()).expect("a contract");
    let decided = |body: &str| {
        let message = Message { body, message_id: None, receive_count: 1 };
        decide(&config, message, jiff::Timestamp::UNIX_EPOCH)
            .map_err(|refused| (refused.reason, refused.message))
    };
    assert!(decided(r#"{"shipment_id":"1","mail":"m"}"#).is_ok());
    let refused = (Reason::Contract, "`/mail` of the detail violates `type`".to_owned());
    assert_eq!(decided(r#"{"shipment_id":"1","mail":1}"#), Err(refused));
}

#[test]
fn an_unsupported_keyword_is_refused_at_its_location() {
    let pattern = |pattern: &str| json!({"properties": {"a": {"pattern": pattern}}}).to_string();
    let linear = "/properties/a/pattern the pattern";
    for (schema, expected) in [
        (r#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#.to_owned(), "/$schema `$schema` is"),
        (
            r#"{"properties":{"a":{"$ref":"https://example.com/a.json"}}}"#.to_owned(),
            "/properties/a/$ref `$ref: https://example.com/a.json` refers to something outside",
        ),
        (r#"{"$ref":"other.json#/a"}"#.to_owned(), "/$ref `$ref: other.json#/a` refers to something outside"),
        (r##"{"$ref":"#/$defs/a"}"##.to_owned(), "refers to nothing"),
        (r##"{"$ref":"#"}"##.to_owned(), " the schema refers to itself"),
        (r##"{"allOf":[{"anyOf":[{"not":{"$ref":"#"}}]}]}"##.to_owned(), "refers to itself"),
        (r##"{"$dynamicRef":"#a"}"##.to_owned(), "/$dynamicRef `$dynamicRef` is not supported"),
        (
            r#"{"$defs":{"a":{"$id":"https://example.com"}},"properties":{"b":{"$id":"c"}}}"#.to_owned(),
            "/properties/b/$id",
        ),
        (pattern("^(?=a)b"), linear),
        (pattern("(?<!a)b"), linear),
        (pattern(r"(a)\1"), linear),
        (pattern("["), "is not a regular expression"),
        (pattern(r"(\p{L}{1000}){1000}"), "bytes once it is compiled"),
        (r#"{"type":"text"}"#.to_owned(), "/type `type` is not a valid type"),
        (r#"{"required":"a"}"#.to_owned(), "/required `required` is a string, not a list of names"),
        (r#"{"minLength":-1}"#.to_owned(), "/minLength `minLength` is a number, not a whole number"),
        (r#"{"multipleOf":0}"#.to_owned(), "not above 0"),
        (r#"{"allOf":[]}"#.to_owned(), "is empty"),
        (r#"{"properties":{"a":1}}"#.to_owned(), "/properties/a a schema is a number"),
        (r#"{"items":[{}]}"#.to_owned(), "/items `items` is a list"),
        (
            r#"{"$schema":"http://json-schema.org/draft-07/schema#","prefixItems":[{}]}"#.to_owned(),
            "/prefixItems `prefixItems` is a keyword of draft 2020-12",
        ),
        (r#"{"a":1,"a":2}"#.to_owned(), "repeated"),
        ("{".to_owned(), "cannot be read"),
    ] {
        let found = problem(&schema);
        assert!(found.contains(expected), "{schema}: {found}");
    }
}

#[test]
fn hostile_schemas_are_refused_at_once() {
    let start = Instant::now();
    assert!(
        problem(&format!(r#"{{"description":"{}"}}"#, "x".repeat(10_000_000))).contains("10000018 bytes")
    );
    assert!(
        problem(&format!("{}{}", r#"{"not":"#.repeat(20_000), "}".repeat(20_000)))
            .contains("more than 128 levels")
    );
    let chain: String =
        (0..4_000).map(|at| format!(r##""a{at}":{{"$ref":"#/$defs/a{}"}},"##, at + 1)).collect();
    assert!(
        problem(&format!(r##"{{"$defs":{{{chain}"a4000":true}},"$ref":"#/$defs/a0"}}"##))
            .contains("more than 32 schemas")
    );
    let patterns: String = (0..101).map(|at| format!(r#","p{at}":{{"pattern":"{at}"}}"#)).collect();
    assert!(
        problem(&format!(r#"{{"properties":{{"a":true{patterns}}}}}"#)).contains("more than 100 patterns")
    );
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// Each of these would take an evaluator without limits minutes or more.
#[test]
fn no_event_takes_more_than_a_moment() {
    let doubling: String = (0..30)
        .map(|at| format!(r##""a{at}":{{"allOf":[{{"$ref":"#/$defs/a{0}"}},{{"$ref":"#/$defs/a{0}"}},{{"minProperties":0}}]}},"##, at + 1))
        .collect();
    // A reference is one schema, and so is each part of `allOf`.
    let doubling = format!(
        r##"{{"$defs":{{{doubling}"a30":{{"type":"object"}}}},"properties":{{"d":{{"$ref":"#/$defs/a20"}}}}}}"##
    );
    let twice = r##"{"$defs":{"n":{"anyOf":[{"properties":{"c":{"$ref":"#/$defs/n"}},"required":["x"]},
        {"properties":{"c":{"$ref":"#/$defs/n"}},"required":["y"]}]}},"$ref":"#/$defs/n"}"##;
    let inline = r##"{"$defs":{"n":{"properties":{"c":{"anyOf":[{"allOf":[{"$ref":"#/$defs/n"}],"required":["q"]},
        {"allOf":[{"$ref":"#/$defs/n"}],"required":["z"]}]}}}},"$ref":"#/$defs/n"}"##;
    let deep = (0..30).fold("{}".to_owned(), |inner, _| format!(r#"{{"c":{inner},"x":1,"y":1}}"#));
    let wide = format!(r#"{{"l":[{}1]}}"#, "1,".repeat(400_000));
    let text = format!(r#"{{"t":"{}"}}"#, "a".repeat(1_000_000));
    let backtracking = r#"{"properties":{"t":{"pattern":"^(a|a)*(a+)+$b"}}}"#;
    let many: String = (0..2_000).map(|at| format!("{at},")).collect();
    let values =
        format!(r#"{{"properties":{{"l":{{"items":{{"enum":[{many}"x"]}},"contains":{{"const":2}}}}}}}}"#);
    for (schema, detail) in [
        (doubling.as_str(), r#"{"d":{}}"#),
        (twice, &deep),
        (inline, &deep),
        (backtracking, &text),
        (&values, &wide),
        (r#"{"properties":{"l":{"uniqueItems":true}}}"#, &wide),
        (r#"{"properties":{"l":{"items":{"allOf":[{},{},{"oneOf":[{},{"not":{}}]}]}}}}"#, &wide),
    ] {
        // Half of it is spent on parsing the event.
        let start = Instant::now();
        let found = violation(schema, detail);
        assert!(start.elapsed() < Duration::from_secs(20), "{schema} {:?} {found}", start.elapsed());
    }
    let costly = (0..12).fold(r#"{"type":"number"}"#.to_owned(), |inner, _| {
        format!(r#"{{"anyOf":[{{"not":{inner}}},{inner}]}}"#)
    });
    let found = violation(&format!(r#"{{"properties":{{"l":{{"items":{costly}}}}}}}"#), &wide);
    assert_eq!(found, "checking it takes more than 5000000 steps");
}

/// Values with few names and few numbers, so that schemas often apply to them.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-4..8_i64).prop_map(Value::from),
        (-4..8_i64).prop_map(|number| json!(number as f64 / 2.0)),
        "[ab]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn keyword(inner: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = (String, Value)> {
    let several = prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from);
    let named = prop::collection::btree_map("[abc]", inner.clone(), 0..3).prop_map(|map| json!(map));
    let names = prop::collection::btree_set("[abc]", 0..3).prop_map(|names| json!(names));
    let types =
        prop::sample::select(vec!["null", "boolean", "integer", "number", "string", "array", "object"]);
    let plain = prop_oneof![
        types.prop_map(|name| ("type", json!(name))),
        value().prop_map(|value| ("const", value)),
        prop::collection::vec(value(), 1..3).prop_map(|values| ("enum", json!(values))),
        (prop::sample::select(vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]), -4..8_i64)
            .prop_map(|(name, limit)| (name, json!(limit as f64 / 2.0))),
        (1..5_i64).prop_map(|unit| ("multipleOf", json!(unit as f64 / 2.0))),
        (
            prop::sample::select(vec![
                "minLength",
                "maxLength",
                "minItems",
                "maxItems",
                "minProperties",
                "maxProperties",
                "minContains",
                "maxContains"
            ]),
            0..4_u64
        )
            .prop_map(|(name, count)| (name, json!(count))),
        prop::sample::select(vec!["^a", "b$", "^[ab]{2}$", "a.?b"])
            .prop_map(|pattern| ("pattern", json!(pattern))),
        names.clone().prop_map(|names| ("required", names)),
        prop::collection::btree_map("[abc]", names, 0..2).prop_map(|map| ("dependentRequired", json!(map))),
        any::<bool>().prop_map(|unique| ("uniqueItems", json!(unique))),
        prop::sample::select(vec!["#", "#/$defs/d"]).prop_map(|target| ("$ref", json!(target))),
    ];
    let held = prop_oneof![
        (prop::sample::select(vec!["properties", "dependentSchemas"]), named.clone()),
        (prop::sample::select(vec!["allOf", "anyOf", "oneOf", "prefixItems"]), several),
        (
            prop::sample::select(vec![
                "not",
                "if",
                "then",
                "else",
                "items",
                "contains",
                "additionalProperties",
                "propertyNames",
                "unevaluatedProperties",
                "unevaluatedItems"
            ]),
            inner.clone(),
        ),
        inner.prop_map(|schema| ("patternProperties", json!({"^[ab]": schema}))),
    ];
    prop_oneof![plain, held].prop_map(|(name, value)| (name.to_owned(), value))
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![any::<bool>().prop_map(Value::from), Just(json!({}))];
    let schema = leaf.prop_recursive(4, 16, 4, |inner| {
        prop::collection::vec(keyword(inner.boxed()), 0..4)
            .prop_map(|keywords| Value::Object(keywords.into_iter().collect()))
    });
    (schema.clone(), schema).prop_map(|(mut root, defined)| {
        if let Some(root) = root.as_object_mut() {
            root.insert("$defs".to_owned(), json!({"d": defined}));
        }
        root
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn the_library_agrees(schema in schema(), values in prop::collection::vec(value(), 8)) {
        let Ok(ours) = Schema::read(&schema.to_string()) else { return Ok(()) };
        let theirs = jsonschema::options().offline().build(&schema).expect("what we take is a schema");
        for value in values {
            let found = ours.violation(&parse(&value.to_string()).expect("JSON"));
            prop_assert_eq!(found.is_none(), theirs.is_valid(&value), "{} {} {:?}", schema, value, found);
        }
    }
}
