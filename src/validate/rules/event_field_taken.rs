use processor::row::CONTROL_ATTRIBUTES;

use super::event_same_field::fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// attributes the processor writes itself, the time to live among them, are not the event's to name.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let taken = fields(spec).into_iter().filter(|(_, name)| CONTROL_ATTRIBUTES.contains(name));
    taken
        .map(|(path, name)| {
            let message = format!("`{name}` is an attribute the processor writes itself");
            Diagnostic::error(codes::EVENT_FIELD_TAKEN, message).at(path, tree.value_place(path)).help(
                format!(
                    "name another field of the event; the processor's own are `{}`",
                    CONTROL_ATTRIBUTES.join("`, `")
                ),
            )
        })
        .collect()
}
