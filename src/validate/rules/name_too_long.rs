use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// names derived from `name` and `environment` must fit each service's limits. Written names are limited by the
/// schema, and the alphabet of `name` and `environment` is part of every service's. The longest derived names fit all
/// other services.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let names = spec.resolved_names();
    let made =
        [("archive", "archive", &names.archive, 48), ("processor", "Lambda function", &names.processor, 64)];
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::spec::Spec;
    use crate::validate::schema::SCHEMA;

    #[test]
    fn the_longest_derived_names_fit_the_other_services() {
        let longest = |field: &str| {
            let most = &SCHEMA.value["properties"][field]["maxLength"];
            "a".repeat(usize::try_from(most.as_u64().expect("a limit")).expect("a length"))
        };
        let bus = json!({"pattern": {"source": ["a"]}});
        let spec =
            json!({"version": 1, "name": longest("name"), "environment": longest("environment"), "bus": bus});
        let names = serde_json::from_value::<Spec>(spec).expect("a spec").resolved_names();
        for (name, limit) in [
            (&names.stack, 128),
            (&names.bus, 256),
            (&names.rule, 64),
            (&names.queue, 80),
            (&names.dead_letter_queue, 80),
            (&names.undelivered_queue, 80),
            (&names.table, 255),
            (&names.topic, 256),
            (&names.dashboard, 255),
        ] {
            assert!(name.len() <= limit, "{name}");
        }
        assert!(names.archive.len() > 48 && names.processor.len() > 64, "the rule has names to report");
    }
}
