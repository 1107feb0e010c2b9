//! A rule's event pattern in a template: a map, or JSON text if CloudFormation would change a map.

use serde_json::{Map, Value};

use crate::spec::fits_a_template;

/// The template's form of a pattern.
pub(super) fn pattern_value(pattern: &Map<String, Value>) -> Value {
    let pattern = Value::Object(pattern.clone());
    if fits_a_template(&pattern) { pattern } else { pattern.to_string().into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_is_a_map_unless_cloudformation_would_not_leave_it_so() {
        let plain = json!({"source": ["a"], "detail": {"x": [1, true, {"numeric": ["<", 4.5]}]}});
        assert_eq!(pattern_value(plain.as_object().expect("a map")), plain);
        for pattern in [json!({"detail": {"x": [null]}}), json!({"detail": {"x": [0.0001, 1e17, u64::MAX]}})]
        {
            let pattern_value = pattern_value(pattern.as_object().expect("a map"));
            assert_eq!(
                serde_json::from_str::<Value>(pattern_value.as_str().expect("text")).expect("JSON"),
                pattern
            );
        }
    }
}
