use processor::mapping::Identity;
use processor::path::Path;
use processor::schema::Schema;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::processor_config;

/// the schema of the detail can be checked, and the values read from an event can be present.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    match tree.schema() {
        None => Vec::new(),
        Some(Err(problem)) => vec![(**problem).clone()],
        Some(Ok(schema)) => impossible(spec, tree, schema),
    }
}

/// Paths that no event can have that satisfies the schema.
fn impossible(spec: &Spec, tree: &SpecTree, schema: &Schema) -> Vec<Diagnostic> {
    let mapping = processor_config(spec).event;
    let mut read: Vec<(String, &Path)> = Vec::new();
    for (name, field) in mapping.attributes() {
        let own = if name == "attributes" {
            format!("/event/{name}/{}", field.attribute)
        } else {
            format!("/event/{name}")
        };
        read.extend(field.from.iter().map(|path| (own.clone(), path)));
    }
    if let Identity::At(path) = &mapping.identity {
        read.push(("/event/identity".to_owned(), path));
    }
    read.extend(mapping.drop.iter().enumerate().map(|(index, path)| (format!("/event/drop/{index}"), path)));
    let is_impossible =
        |path: &Path| path.is_of_detail() && !schema.can_hold(path.steps().get(1..).unwrap_or_default());
    let impossible = read.into_iter().filter(|(_, path)| is_impossible(path));
    impossible
        .map(|(pointer, path)| {
            let field = pointer.trim_start_matches('/').replace('/', ".");
            let message =
                format!("`{field}` reads `{path}`, but no event that satisfies the schema has a value there");
            Diagnostic::warning(codes::EVENT_NOT_IN_SCHEMA, message)
                .at(&pointer, tree.mark(&pointer))
                .help("correct the path, or add the field to `properties` of the schema")
                .related("the schema", "/event/schema/file", tree.value_location("/event/schema/file"))
        })
        .collect()
}
