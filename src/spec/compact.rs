//! A spec as short JSON, as templates and records store it.

use serde_json::{Map, Value, json};

use super::Spec;

/// Fields that name files beside the spec, which mean nothing without them.
const FILES: [&str; 6] =
    ["/extends", "/bus/samples", "/tests", "/deploy/templates", "/deploy/extra", "/event/schema"];

impl Spec {
    /// The spec as JSON, as short as possible: without defaults, and without names of files. Parsed again, it is the same
    /// pipeline.
    #[must_use]
    pub fn compact(&self) -> Value {
        let mut value = self.complete();
        let shortest = json!({"version": 0, "name": "", "environment": "", "bus": {"pattern": {}}});
        let defaults = serde_json::from_value::<Self>(shortest).map(|spec| spec.complete());
        if let (Value::Object(value), Ok(Value::Object(defaults))) = (&mut value, defaults) {
            prune(value, &defaults);
        }
        value
    }

    /// The spec as JSON with its defaults, without names of files.
    #[must_use]
    pub fn complete(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        for pointer in FILES {
            let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
            if let Some(Value::Object(map)) = value.pointer_mut(parent) {
                map.remove(key);
            }
        }
        for rule in value.pointer_mut("/bus/rules").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Object(rule) = rule {
                rule.remove("samples");
            }
        }
        value
    }
}

fn prune(value: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    value.retain(|key, value| match (value, defaults.get(key)) {
        (Value::Object(value), Some(Value::Object(defaults))) => {
            prune(value, defaults);
            !value.is_empty()
        }
        (value, default) => Some(&*value) != default,
    });
}
