use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// one field cannot be two attributes of the row; a table whose two keys are one field is refused.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let fields = fields(spec);
    let mut found = Vec::new();
    for (index, (path, name)) in fields.iter().enumerate() {
        let Some((other, _)) = fields[..index].iter().find(|(_, earlier)| earlier == name) else { continue };
        // Of two the same, one may be a default; the one written is marked.
        let (marked, second) = if tree.has(path) { (path, other) } else { (other, path) };
        let words = |path: &str| path.trim_start_matches('/').replace('/', ".");
        let message = format!("`{}` and `{}` are both the field `{name}`", words(other), words(path));
        let mut diagnostic = Diagnostic::error(codes::EVENT_SAME_FIELD, message)
            .at(*marked, tree.value_place(marked))
            .help("name another field of the event");
        if tree.has(second) {
            diagnostic = diagnostic.related("the other", *second, tree.value_place(second));
        }
        found.push(diagnostic);
    }
    found
}

/// The fields of an event that become attributes of the row, by their place in the spec.
pub(super) fn fields(spec: &Spec) -> [(&'static str, &str); 4] {
    [
        ("/event/partition_key", &spec.event.partition_key),
        ("/event/sort_key", &spec.event.sort_key),
        ("/event/type", &spec.event.type_field),
        ("/event/data", &spec.event.data),
    ]
}
