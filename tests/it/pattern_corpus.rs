//! Patterns as people write them, each with events and the result of event-ruler, AWS's own engine: those of its tests
//! and random ones (`tests/engine.json`), by hand (`tests/patterns.json`), and for events of AWS services and partners
//! from their documentation (`tests/aws_patterns.json`).

use std::collections::BTreeMap;

use pipectl::pattern::Pattern;
use pipectl::spec::Spec;
use serde_json::{Map, Value, json};

use crate::values::rendered;

/// A pattern, an event, and whether it matches.
struct Case {
    pattern: Map<String, Value>,
    event: Value,
    matches: bool,
}

fn list(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a list")
}

/// The common fields of all events, under those of this one.
fn whole(event: &Value) -> Value {
    let mut whole = json!({
        "version": "0", "id": "6f87d04b-9f74-4f04-a780-7acf4b0a9b38", "account": "123456789012",
        "time": "2026-11-12T13:14:15Z", "region": "eu-central-1", "resources": [], "source": "demo.service",
        "detail-type": "Demo",
    });
    let written = event.as_object().expect("a map").clone();
    whole.as_object_mut().expect("a map").extend(written);
    whole
}

/// Those of AWS services and partners.
fn of_services() -> Vec<Case> {
    let mut cases = Vec::new();
    for one in list(include_str!("../aws_patterns.json")) {
        let pattern = one["pattern"].as_object().expect("a pattern");
        for (key, matches) in [("match", true), ("ignore", false)] {
            let events = one[key].as_array().filter(|events| !events.is_empty());
            let events = events.unwrap_or_else(|| panic!("{} has no event to {key}", one["name"]));
            cases.extend(events.iter().map(|event| Case {
                pattern: pattern.clone(),
                event: whole(event),
                matches,
            }));
        }
    }
    cases
}

/// All that EventBridge accepts and that can match.
fn all() -> Vec<Case> {
    let engine: Value = serde_json::from_str(include_str!("../engine.json")).expect("JSON");
    let mut pairs = engine["matches"].as_array().expect("a list").clone();
    pairs.extend(list(include_str!("../patterns.json")));
    let cases = pairs.iter().filter_map(|pair| {
        Some(Case {
            pattern: pair["pattern"].as_object()?.clone(),
            event: pair["event"].clone(),
            matches: pair["matches"] == true,
        })
    });
    let taken = |case: &Case| Pattern::parse(&case.pattern).is_ok();
    cases.chain(of_services()).filter(taken).collect()
}

fn spec(bus: &Value) -> Value {
    json!({"version": 1, "name": "demo", "environment": "dev", "alarms": {"notify": ["a@example.com"]}, "bus": bus})
}

#[test]
fn patterns_of_services_match_as_in_the_engine() {
    let cases = of_services();
    let mut patterns: Vec<&Map<String, Value>> = cases.iter().map(|case| &case.pattern).collect();
    patterns.dedup();
    assert!(patterns.len() >= 40, "{}", patterns.len());
    for case in &cases {
        let pattern = Pattern::parse(&case.pattern).expect("a pattern EventBridge takes");
        assert_eq!(pattern.warnings(), []);
        assert_eq!(pattern.matches(&case.event).is_ok(), case.matches, "{:?}\n{}", case.pattern, case.event);
    }
}

/// The part of `value` that CloudFormation refuses or changes: a null, 300.0, 1E17, 1.0E-4, a number with more digits
/// than other parsers read.
fn altered(value: &Value) -> Option<&Value> {
    let is_exact = |number: f64| {
        let (whole, size) = (number.fract() == 0.0, number.abs());
        if whole { size <= 9_007_199_254_740_992.0 } else { (1e-3..1e7).contains(&size) }
    };
    match value {
        Value::Null => Some(value),
        Value::Number(number) => {
            let plain = number.to_string().bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte));
            let float = number.is_f64() && number.as_f64().is_some_and(|number| number.fract() == 0.0);
            (!plain || float || !number.as_f64().is_some_and(is_exact)).then_some(value)
        }
        Value::Array(values) => values.iter().find_map(altered),
        Value::Object(map) => map.values().find_map(altered),
        _ => None,
    }
}

/// The spelling in a spec: 5.0 becomes 5.
fn spelled(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(whole) if number.is_f64() && whole.fract() == 0.0 && whole.abs() < 9e15 => {
                json!(whole as i64)
            }
            _ => value.clone(),
        },
        Value::Array(values) => values.iter().map(spelled).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), spelled(value))).collect(),
        _ => value.clone(),
    }
}

#[test]
fn every_pattern_reaches_eventbridge_as_it_is_written() {
    let cases = all();
    let patterns: BTreeMap<String, &Map<String, Value>> =
        cases.iter().map(|case| (Value::Object(case.pattern.clone()).to_string(), &case.pattern)).collect();
    let patterns: Vec<&Map<String, Value>> = patterns.into_values().collect();
    let as_text = patterns.iter().filter(|pattern| altered(&Value::Object((**pattern).clone())).is_some());
    assert!(as_text.count() > 20 && patterns.len() > 300, "{}", patterns.len());
    // A rule each, twenty-one in one stack.
    for some in patterns.chunks(21) {
        let rules: Vec<Value> = some[1..].iter().map(|pattern| json!({"pattern": pattern})).collect();
        let bus = json!({"pattern": some[0], "rules": rules, "archive": "off"});
        let template = rendered(&spec(&bus).to_string()).parsed;
        assert_eq!(altered(&template), None, "{bus}");
        for (index, pattern) in some.iter().enumerate() {
            let id = if index == 0 { "Rule".to_owned() } else { format!("Rule{}", index + 1) };
            let written = match &template["Resources"][&id]["Properties"]["EventPattern"] {
                Value::String(text) => serde_json::from_str(text).expect("JSON"),
                map => map.clone(),
            };
            assert_eq!(spelled(&written), spelled(&Value::Object((*pattern).clone())), "{id}");
        }
    }
}

/// a replay can only return what the archive stored.
#[test]
fn the_archive_takes_every_event_that_a_rule_matches() {
    let (mut tried, mut wider) = (0, 0);
    let cases = all();
    for case in cases.iter().filter(|case| case.matches) {
        let (pattern, event) = (&case.pattern, &whole(&case.event));
        // The engine's own tests require fields to be absent that EventBridge adds to every event.
        if Pattern::parse(pattern).is_ok_and(|pattern| pattern.matches(event).is_err()) {
            continue;
        }
        let spec: Spec = serde_json::from_value(spec(&json!({"pattern": pattern}))).expect("a spec");
        let archived = spec.archive_pattern();
        assert_eq!(altered(&Value::Object(archived.clone())), None, "{pattern:?}");
        let archive = Pattern::parse(&archived).expect("a pattern EventBridge takes");
        assert_eq!(archive.matches(event), Ok(()), "{pattern:?}\n{event}");
        tried += 1;
        wider += usize::from(archived != *pattern);
    }
    assert!(tried > 300 && wider > 50, "{tried} {wider}");
    // The template means the same as the spec.
    let bus = json!({"pattern": {"detail-type": ["t"], "detail": {"held_since": [null]}}});
    let template = rendered(&spec(&bus).to_string()).parsed;
    let archived = &template["Resources"]["Archive"]["Properties"]["EventPattern"];
    assert_eq!(*archived, json!({"detail-type": ["t"], "detail": {"held_since": [{"exists": true}]}}));
}
