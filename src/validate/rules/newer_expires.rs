use super::at_fields;
use super::expires_while_retried::days;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{OnConflict, Spec};

/// a table of current state loses the current state if its rows expire.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let (OnConflict::ReplaceIfNewer, Some(ttl)) = (spec.event.on_conflict, spec.table.ttl_days.days()) else {
        return Vec::new();
    };
    let message = format!(
        "the newest row of a key is deleted {} after its event, and an older event may then be stored again",
        days(ttl)
    );
    let diagnostic = Diagnostic::warning(codes::EVENT_NEWER_EXPIRES, message)
        .help("write `table: {ttl_days: none}` to retain the current state of each key");
    let fields = [("/table/ttl_days", ""), ("/event/on_conflict", "the newest row remains")];
    vec![at_fields(diagnostic, tree, &fields)]
}
