use serde_json::Value;

use crate::diagnostic::Place;
use crate::source::SpecTree;
use crate::spec::Spec;

/// A value a spec comes down to, and where it is from.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// JSON pointer.
    pub path: String,
    /// `None` for a section, whose own values follow.
    pub value: Option<Value>,
    /// `None` where no file gives it: a default.
    pub place: Option<Place>,
}

/// Every value of the merged spec, sections before what is in them, defaults included.
#[must_use]
pub fn resolve(tree: &SpecTree, spec: &Spec) -> Vec<Resolved> {
    let mut spec = spec.clone();
    spec.extends = None;
    // These two follow from other fields where they are left out.
    spec.queue.visibility_timeout_seconds = Some(spec.queue.visibility_timeout(&spec.processor));
    spec.table.deletion_protection = Some(spec.table.deletion_protection.unwrap_or(spec.deploy.production));
    let mut found = Vec::new();
    if let Ok(value) = serde_json::to_value(&spec) {
        walk(tree, &value, "", &mut found);
    }
    found
}

fn walk(tree: &SpecTree, value: &Value, path: &str, found: &mut Vec<Resolved>) {
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        let place = tree.has(&path).then(|| tree.value_place(&path));
        match value {
            Value::Object(inner) if inner.is_empty() => {}
            Value::Object(_) => {
                found.push(Resolved { path: path.clone(), value: None, place });
                walk(tree, value, &path, found);
            }
            _ => found.push(Resolved { path, value: Some(value.clone()), place }),
        }
    }
}
