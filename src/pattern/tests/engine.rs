//! The results of event-ruler, AWS's open-source engine, for random patterns: recorded in `tests/engine.json`.

use serde_json::Value;

use crate::pattern::Pattern;
use crate::pattern::complexity::{Group, measure};
use crate::pattern::wildcard::Wildcard;

fn recorded() -> Value {
    serde_json::from_str(include_str!("../../../tests/engine.json")).expect("JSON")
}

fn wildcards(texts: &Value) -> Vec<Wildcard> {
    let texts = texts.as_array().expect("a list").iter();
    texts.map(|text| Wildcard::parse(text.as_str().expect("a text")).expect("a wildcard")).collect()
}

#[test]
fn wildcards_are_as_complex_as_in_the_engine() {
    let recorded = recorded();
    let cases = recorded["complexity"].as_array().expect("a list");
    assert!(cases.len() > 300);
    let mut wrong = Vec::new();
    for case in cases {
        let (single, excluded) = (wildcards(&case["wildcards"]), wildcards(&case["anything_but"]));
        let mut groups: Vec<Group<'_>> =
            single.iter().map(|wildcard| Group { negated: false, wildcards: vec![wildcard] }).collect();
        if !excluded.is_empty() {
            groups.push(Group { negated: true, wildcards: excluded.iter().collect() });
        }
        let states = measure(&groups);
        if states as u64 != case["states"].as_u64().expect("a number") {
            wrong.push(format!("{states} instead of {case}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), cases.len(), &wrong[..wrong.len().min(20)]);
}

#[test]
fn events_match_as_in_the_engine() {
    let recorded = recorded();
    let cases = recorded["matches"].as_array().expect("a list");
    assert!(cases.len() > 300);
    let mut wrong = Vec::new();
    let mut read = 0;
    for case in cases {
        // A pattern that we reject because it can never match is left out.
        let Ok(pattern) = Pattern::parse(case["pattern"].as_object().expect("a map")) else { continue };
        read += 1;
        if pattern.matches(&case["event"]).is_ok() != case["matches"].as_bool().expect("a verdict") {
            wrong.push(case.to_string());
        }
    }
    assert!(read * 2 > cases.len(), "{read} of {} were read", cases.len());
    assert!(wrong.is_empty(), "{} of {read}: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
}
