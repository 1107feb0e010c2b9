//! A tree → the typed spec, without the values that do not fit.

use processor::pointer::{below, unescaped};
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Most values that are left out one after another because the types do not accept them; a spec has fewer fields.
const MOST: usize = 100;

/// The typed spec of the valid values.
pub(super) struct Typed {
    pub(super) spec: Spec,
    /// JSON pointers of values that are wrong or missing: a default or a placeholder replaces them, and a rule's
    /// diagnostics about them are not reported.
    doubtful: Vec<String>,
    /// Those of them that are wrong by themselves, as written.
    wrong: Vec<String>,
}

impl Typed {
    /// Whether a diagnostic is about values as the spec has them.
    pub(super) fn is_certain(&self, diagnostic: &Diagnostic) -> bool {
        // Read as written, whatever placeholder other rules get.
        if diagnostic.code == codes::SPEC_CLOUDFORMATION_SYNTAX {
            return !self.wrong.contains(&diagnostic.path);
        }
        let is_doubtful = |path: &str| {
            let below = |pointer: &String| {
                path.strip_prefix(pointer.as_str())
                    .is_some_and(|remainder| remainder.is_empty() || remainder.starts_with('/'))
            };
            self.doubtful.iter().any(below)
        };
        let mut locations = diagnostic.related.iter().map(|related| &related.path).chain([&diagnostic.path]);
        // Whether an event becomes the row depends on the whole mapping.
        let by_mapping = [codes::BUS_SAMPLE_REFUSED, codes::TESTS_FAILED].contains(&diagnostic.code)
            && self.doubtful.iter().any(|pointer| pointer.starts_with("/event"));
        !by_mapping && !locations.any(|path| is_doubtful(path))
    }
}

/// The typed spec without the values that are wrong by themselves. Missing required values have placeholders, so that
/// every rule checks the other values. `None` if nothing can be checked.
pub(super) fn typed(tree: &SpecTree, diagnostics: &mut Vec<Diagnostic>) -> Option<Typed> {
    let of_another_pipectl = [codes::SPEC_OTHER_PIPECTL, codes::SPEC_UNSUPPORTED_VERSION];
    if diagnostics.iter().any(|diagnostic| of_another_pipectl.contains(&diagnostic.code)) {
        return None;
    }
    let mut value = tree.value();
    let mut doubtful = Vec::new();
    let wrong = diagnostics.iter().filter(|diagnostic| diagnostic.code != codes::SPEC_MISSING_KEY);
    let wrong: Vec<String> = wrong.map(|diagnostic| diagnostic.path.clone()).collect();
    for pointer in &wrong {
        doubtful.extend(leave_out(&mut value, pointer));
    }
    let are_all_right = diagnostics.is_empty();
    for _ in 0..MOST {
        stand_in(&mut value, &mut doubtful);
        let error = match serde_path_to_error::deserialize(value.clone()) {
            Ok(spec) => return Some(Typed { spec: with_schema(spec, tree), doubtful, wrong }),
            Err(error) => error,
        };
        if are_all_right {
            // The schema is generated from the types, so this is a gap of ours; a test over mutated specs looks for it.
            let message = format!("the spec cannot be read: {}", error.inner());
            diagnostics
                .push(Diagnostic::error(codes::SPEC_WRONG_TYPE, message).at("", tree.value_location("")));
            return None;
        }
        doubtful.push(leave_out(&mut value, &pointer(error.path()))?);
    }
    None
}

/// Removes the value at a pointer; for a list the whole list, because the locations of its other items would be wrong.
/// Returns the pointer of the removed value.
fn leave_out(value: &mut Value, pointer: &str) -> Option<String> {
    let mut remainder = pointer;
    while let Some((parent, key)) = remainder.rsplit_once('/') {
        if let Some(Value::Object(map)) = value.pointer_mut(parent)
            && map.remove(&unescaped(key)).is_some()
        {
            return Some(remainder.to_owned());
        }
        remainder = parent;
    }
    None
}

/// Sets a valid placeholder for a missing required value.
fn stand_in(value: &mut Value, doubtful: &mut Vec<String>) {
    // An empty pattern is invalid: rules about patterns do not report it.
    let required = [
        ("", "version", json!(1)),
        ("", "name", json!("pipeline")),
        ("", "environment", json!("dev")),
        ("", "bus", json!({})),
        ("/bus", "pattern", json!({})),
    ];
    for (section, key, given) in required {
        let Some(Value::Object(map)) = value.pointer_mut(section) else { continue };
        if !map.contains_key(key) {
            map.insert(key.to_owned(), given);
            doubtful.push(format!("{section}/{key}"));
        }
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(below("", key)),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().map_while(step).collect()
}

/// The spec with the schema that it names, which is in another file.
fn with_schema(mut spec: Spec, tree: &SpecTree) -> Spec {
    if let (Some(schema), Some(Ok(content))) = (&mut spec.event.schema, tree.schema()) {
        schema.content = Some(content.clone());
    }
    spec
}
