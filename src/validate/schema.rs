use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use fancy_regex::Regex;
use jsonschema::{Draft, Validator};
use serde_json::Value;

use crate::spec::{bare_json_schema, json_schema};

/// The spec's JSON Schema, created and compiled once per process: that is most of the work of one validation.
pub(super) static SCHEMA: LazyLock<Compiled> = LazyLock::new(|| {
    let value = bare_json_schema();
    let compiled = compact(&value);
    // The compiler validates every schema against its draft's own, which it has to compile first. That of draft 7 is a
    // third of the size, and the drafts do not differ for the keywords used here: a test over mutated specs compares
    // both.
    let validator = jsonschema::options().with_draft(Draft::Draft7).build(&compiled);
    Compiled { value, validator: validator.map_err(|error| error.to_string()) }
});

/// The schema with the parts for editors.
pub(super) static SHOWN: LazyLock<Value> = LazyLock::new(json_schema);

pub(super) struct Compiled {
    pub(super) value: Value,
    /// Contains everything except the patterns of texts, which `shape` checks itself. It can only be an error because of
    /// a mistake of ours in the types.
    pub(super) validator: Result<Validator, String>,
}

/// Whether a text matches a pattern of the schema. Each pattern is compiled at its first use. For ASCII text, which is
/// nearly all of a spec, it is compiled without the Unicode tables, which take longer than everything else in a small
/// spec's validation.
pub(super) fn matches(pattern: &'static str, text: &str) -> bool {
    type Compiled = HashMap<(&'static str, bool), Option<Regex>>;
    static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    // An invalid pattern is a mistake of ours, which the test over mutated specs finds.
    let regex = compiled.entry((pattern, text.is_ascii())).or_insert_with(|| match text.is_ascii() {
        true => Regex::new(&of_ascii(pattern)).ok(),
        false => Regex::new(pattern).ok(),
    });
    regex.as_ref().is_some_and(|regex| regex.is_match(text).unwrap_or(false))
}

/// A pattern with the same result as `pattern` for ASCII text.
fn of_ascii(pattern: &str) -> String {
    [
        (r"\p{L}", "A-Za-z"),
        (r"\p{N}", "0-9"),
        (r"\p{Z}", " "),
        (r"[^@\s]", r"[\x00-\x08\x0E-\x1F!-?A-\x7F]"),
        (".+$", r"[\x00-\x09\x0B-\x7F]+$"),
    ]
    .iter()
    .fold(pattern.to_owned(), |pattern, (any, ascii)| pattern.replace(any, ascii))
}

/// A schema without the parts that `shape` checks itself, without descriptions, and without its draft.
fn compact(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let left_out = ["pattern", "description", "title", "$comment", "$schema"];
            let entries =
                map.iter().filter(|(key, value)| !value.is_string() || !left_out.contains(&key.as_str()));
            entries.map(|(key, value)| (key.clone(), compact(value))).collect()
        }
        Value::Array(values) => values.iter().map(compact).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patterns(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                found.extend(map.get("pattern").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|value| patterns(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| patterns(value, found)),
            _ => {}
        }
    }

    #[test]
    fn no_pattern_needs_the_tables_of_unicode_for_text_in_ascii() {
        let mut all = Vec::new();
        patterns(&SCHEMA.value, &mut all);
        all.sort();
        all.dedup();
        assert!(all.len() > 20, "{}", all.len());
        let pairs: Vec<(Regex, Regex)> = all
            .iter()
            .map(|pattern| {
                [pattern.clone(), of_ascii(pattern)].map(|one| Regex::new(&one).expect("a pattern"))
            })
            .map(|[whole, ascii]| (whole, ascii))
            .collect();
        assert!(all.iter().any(|pattern| of_ascii(pattern) != *pattern));
        for pattern in &all {
            let ascii = of_ascii(pattern);
            assert!(!ascii.contains(r"\p{") && !ascii.contains(r"\s") && !ascii.contains("[^"), "{ascii}");
        }
        // Whole texts, and every single character if one is enough.
        let seen =
            ["team", "aws:x", "a b", "a\tb", "ops@example.com", "a@b", "a@@b.c", "$.a b", "$.a\nb", "$", ""];
        let alone = (0..128_u8).map(|byte| char::from(byte).to_string());
        let within = (0..128_u8).map(|byte| format!("a{0}@b{0}.c{0}", char::from(byte)));
        let paths = (0..128_u8).map(|byte| format!("$.{}x", char::from(byte)));
        for text in seen.into_iter().map(str::to_owned).chain(alone).chain(within).chain(paths) {
            for (whole, ascii) in &pairs {
                let [whole_matches, ascii_matches] =
                    [whole, ascii].map(|one| one.is_match(&text).expect("an end"));
                assert_eq!(whole_matches, ascii_matches, "{text:?}: {whole}");
            }
        }
        proptest!(|(text in "[ -~\t\n]{0,12}")| {
            for (whole, ascii) in &pairs {
                prop_assert_eq!(whole.is_match(&text).ok(), ascii.is_match(&text).ok(), "{}", whole);
            }
        });
    }
}
