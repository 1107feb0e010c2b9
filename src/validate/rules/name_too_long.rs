use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// names derived from `name` and `environment` must fit each service's limits. Written names are limited by the
/// schema, and the alphabet of `name` and `environment` is part of every service's.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let names = spec.resolved_names();
    let made = [
        ("stack", "stack", &names.stack, 128),
        ("bus", "bus", &names.bus, 256),
        ("rule", "rule", &names.rule, 64),
        ("archive", "archive", &names.archive, 48),
        ("processor", "Lambda function", &names.processor, 64),
        ("queue", "queue", &names.queue, 80),
        ("dead_letter_queue", "dead-letter queue", &names.dead_letter_queue, 80),
        ("undelivered_queue", "queue of undelivered events", &names.undelivered_queue, 80),
        ("table", "table", &names.table, 255),
        ("topic", "topic", &names.topic, 256),
        ("dashboard", "dashboard", &names.dashboard, 255),
    ];
    made.into_iter()
        .filter(|(_, _, name, limit)| name.len() > *limit)
        .map(|(field, noun, name, limit)| {
            let message = format!(
                "the {noun} would be called `{name}`: {} characters, but {limit} are allowed",
                name.len()
            );
            let mut diagnostic = Diagnostic::error(codes::SPEC_NAME_TOO_LONG, message)
                .at("/name", tree.value_location("/name"))
                .help(format!("shorten `name`, or write a name for it: `names: {{{field}: …}}`"));
            if tree.has("/environment") {
                diagnostic = diagnostic.related(
                    "ends every name",
                    "/environment",
                    tree.value_location("/environment"),
                );
            }
            diagnostic
        })
        .collect()
}
