//! The content hash that the processor of a template writes into its rows. An older processor does not know a newer hash:
//! it mistakes a duplicate of an event that a newer one stored for another event with its key.

use processor::identity;
use serde_json::Value;

/// Its name in a template, beside the version of pipectl that made it. Templates from before the second hash do not have
/// it.
pub(super) const NAME: &str = "row_hash";
pub(super) const VALUE: &str = identity::VERSION;

/// Whether the processor of the template `former` misreads rows of the processor of `later`.
#[must_use]
pub fn misreads(former: &Value, later: &Value) -> bool {
    version(former) < version(later)
}

fn version(template: &Value) -> u32 {
    let version_text = template["Metadata"]["pipectl"][NAME].as_str().unwrap_or_default();
    version_text.trim_matches(|character: char| !character.is_ascii_digit()).parse().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_older_processor_is_recognized_by_its_template() {
        let template = |hash: &str| json!({"Metadata": {"pipectl": {NAME: hash}}});
        let (first, second, third) = (json!({}), template(VALUE), template("v3:"));
        assert_eq!(version(&second), 2);
        assert!(misreads(&first, &second) && misreads(&second, &third));
        assert!(!misreads(&second, &second) && !misreads(&second, &first) && !misreads(&first, &first));
    }
}
