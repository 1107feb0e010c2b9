use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{OnConflict, Spec};

/// Without a sort key a table has one row per partition key, and only `replace_if_newer` stores a second event of it.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let second = match spec.event.on_conflict {
        OnConflict::DeadLetter => "a second event with this key becomes a dead letter",
        OnConflict::KeepFirst => "a second event with this key is not stored",
        OnConflict::ReplaceIfNewer => return Vec::new(),
    };
    if spec.event.sort_key().is_some() {
        return Vec::new();
    }
    let key = spec.event.partition_key.attribute();
    let message = format!("without a sort key there is one row for each `{key}`, and {second}");
    let diagnostic = Diagnostic::warning(codes::EVENT_ONE_ROW, message)
        .help("write `on_conflict: replace_if_newer` with `newer_by`, or name a `sort_key`");
    vec![at_fields(diagnostic, tree, &[("/event/sort_key", ""), ("/event/on_conflict", "the later event")])]
}
