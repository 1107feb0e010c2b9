//! When a new version of the processor is published: whenever its code or its settings change, and only then, for
//! Lambda refuses to publish the same twice.

use serde_json::Value;

use super::digest;

/// Stands in the templates where the digest of the processor's settings belongs, which only the whole stack tells.
pub(super) const PLACEHOLDER: &str = "settings-of-the-processor";
/// What is not part of a version.
const OUTSIDE: [&str; 4] = ["Code", "FunctionName", "ReservedConcurrentExecutions", "Tags"];
/// Characters that tell two settings apart.
const LENGTH: usize = 16;

/// The digest of the processor's settings, where the template has a version to name by it.
pub(super) fn settings(template: &Value) -> Option<String> {
    let mut properties = template.pointer("/Resources/Processor/Properties")?.clone();
    if let Some(properties) = properties.as_object_mut() {
        properties.retain(|name, _| !OUTSIDE.contains(&name.as_str()));
    }
    digest(&properties).get(..LENGTH).map(str::to_owned)
}
