//! The events that the archive stores, and which parts of a pattern a template can contain unchanged.

use serde_json::{Map, Number, Value, json};

use super::Spec;

/// Whole numbers up to here are the same for every JSON parser.
const EXACT: u64 = 1 << 53;
/// Java writes other decimals with an exponent: CloudFormation turns `0.0001` into `1.0E-4`.
const PLAIN: std::ops::Range<f64> = 1e-3..1e7;

/// Whether a template can contain this part of a pattern: CloudFormation refuses `null`, and changes the spelling of some
/// numbers.
#[must_use]
pub fn fits_a_template(part: &Value) -> bool {
    match part {
        Value::Null => false,
        Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => is_plain(number),
        Value::Array(values) => values.iter().all(fits_a_template),
        Value::Object(map) => map.values().all(fits_a_template),
    }
}

fn is_plain(number: &Number) -> bool {
    if let Some(whole) = number.as_i64() {
        return whole.unsigned_abs() <= EXACT;
    }
    let decimal = number.as_f64().unwrap_or(f64::INFINITY);
    decimal.fract() != 0.0 && PLAIN.contains(&decimal.abs())
}

impl Spec {
    /// The events that the archive stores: all of the sources of each pattern; if a pattern names none, the whole pattern
    /// except for parts that a template cannot contain. CloudFormation accepts a rule's pattern as text, and that of an
    /// archive only as a map.
    #[must_use]
    pub fn archive_pattern(&self) -> Map<String, Value> {
        let mut patterns: Vec<Map<String, Value>> = Vec::new();
        for rule in self.bus_rules() {
            let pattern = match rule.pattern.get("source") {
                Some(source) => Map::from_iter([("source".to_owned(), source.clone())]),
                None => rule.pattern.clone(),
            };
            let Some(pattern) = widened(&pattern) else { return everything() };
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        let sources: Option<Vec<&Vec<Value>>> =
            patterns.iter().map(|pattern| pattern.get("source").and_then(Value::as_array)).collect();
        if let (Some(lists), true) = (sources, patterns.len() > 1) {
            let mut all: Vec<Value> = Vec::new();
            for source in lists.into_iter().flatten() {
                if !all.contains(source) {
                    all.push(source.clone());
                }
            }
            return Map::from_iter([("source".to_owned(), Value::Array(all))]);
        }
        match patterns.len() {
            1 => patterns.remove(0),
            _ => {
                let each = patterns.into_iter().map(Value::Object).collect();
                Map::from_iter([("$or".to_owned(), Value::Array(each))])
            }
        }
    }
}

/// A pattern that every event matches.
fn everything() -> Map<String, Value> {
    Map::from_iter([("source".to_owned(), json!([{"exists": true}]))])
}

/// A pattern for everything that matches this one, which a template can contain; `None` if no condition is left.
fn widened(pattern: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut wide = Map::new();
    for (name, value) in pattern {
        let part = match value {
            Value::Array(each) if name == "$or" => {
                let each: Option<Vec<Value>> = each.iter().map(alternative).collect();
                each.map(Value::Array)
            }
            Value::Array(list) => field(list),
            Value::Object(map) => widened(map).map(Value::Object),
            other => Some(other.clone()),
        };
        wide.extend(part.map(|part| (name.clone(), part)));
    }
    (!wide.is_empty()).then_some(wide)
}

/// An alternative of `$or`: if it matches everything, so do all of them together.
fn alternative(pattern: &Value) -> Option<Value> {
    match pattern {
        Value::Object(map) => widened(map).map(Value::Object),
        other => Some(other.clone()),
    }
}

/// The condition on a field; `None` if it may be anything, or absent.
fn field(list: &[Value]) -> Option<Value> {
    if list.iter().all(fits_a_template) {
        return Some(list.into());
    }
    let may_be_absent = list.contains(&json!({"exists": false}));
    (!may_be_absent).then(|| json!([{"exists": true}]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archived(patterns: &[Value]) -> Value {
        let rules: Vec<Value> = patterns[1..].iter().map(|pattern| json!({"pattern": pattern})).collect();
        let bus = json!({"pattern": patterns[0], "rules": rules});
        let spec = json!({"version": 1, "name": "a", "environment": "b", "bus": bus});
        serde_json::from_value::<Spec>(spec).expect("a spec").archive_pattern().into()
    }

    #[test]
    fn numbers_that_cloudformation_spells_otherwise_are_known() {
        for plain in
            [json!(0), json!(-7), json!(300), json!(9_007_199_254_740_992_i64), json!(4.1), json!(-0.001)]
        {
            assert!(fits_a_template(&plain), "{plain}");
        }
        let respelt =
            [json!(300.0), json!(1e17), json!(0.0001), json!(12_345_678.5), json!(u64::MAX), json!(i64::MAX)];
        for respelt in respelt {
            assert!(!fits_a_template(&json!([{"numeric": [">", respelt]}])), "{respelt}");
        }
    }

    #[test]
    fn the_archive_asks_for_less_where_a_template_cannot_hold_it_all() {
        let everything = json!({"source": [{"exists": true}]});
        let cases = [
            (json!([{"source": ["a"], "detail": {"x": [null]}}]), json!({"source": ["a"]})),
            (
                json!([{"detail": {"x": [null, "a"], "y": ["b"]}}]),
                json!({"detail": {"x": [{"exists": true}], "y": ["b"]}}),
            ),
            (json!([{"detail": {"x": [null, {"exists": false}], "y": [1]}}]), json!({"detail": {"y": [1]}})),
            (json!([{"detail": {"x": [{"exists": false}, null]}}]), everything.clone()),
            (
                json!([{"detail-type": ["t"], "detail": {"x": [{"numeric": ["<", 0.0001]}]}}]),
                json!({"detail-type": ["t"], "detail": {"x": [{"exists": true}]}}),
            ),
            (
                json!([{"detail-type": ["t"], "$or": [{"detail": {"x": [null, {"exists": false}]}}, {"detail": {"y": [1]}}]}]),
                json!({"detail-type": ["t"]}),
            ),
            (
                json!([{"detail": {"$or": [{"x": [null]}, {"y": [{"anything-but": 1e17}]}]}}]),
                json!({"detail": {"$or": [{"x": [{"exists": true}]}, {"y": [{"exists": true}]}]}}),
            ),
            (json!([{"source": ["a"]}, {"detail": {"x": [null, {"exists": false}]}}]), everything),
            (
                json!([{"source": ["a"]}, {"detail": {"x": [null]}}]),
                json!({"$or": [{"source": ["a"]}, {"detail": {"x": [{"exists": true}]}}]}),
            ),
        ];
        for (patterns, wanted) in cases {
            assert_eq!(archived(patterns.as_array().expect("a list")), wanted, "{patterns}");
        }
    }
}
