use processor::path::{Path, Step};

use super::unseen_path::edit;
use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::{envelope_fields, is_of_envelope, nearest_of_envelope};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::paths::readings;

/// EventBridge gives an event a closed list of fields: the sender's content is below `detail`.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for reading in readings(&spec.event) {
        let Ok(path) = &reading.path else { continue };
        let root = path.root();
        let own =
            path.steps().iter().fold(Path::of_envelope("detail"), |below, step| below.below(step.clone()));
        let diagnostic = if !is_of_envelope(root) {
            let fields: Vec<&str> = envelope_fields().collect();
            let hint = match nearest_of_envelope(root) {
                Some(name) => format!("write `{}`", Path::of_envelope(name)),
                None => edit(&reading, &own),
            };
            let message = format!("no event has `{path}`: `{root}` is not a field of EventBridge's envelope");
            Diagnostic::error(codes::EVENT_ENVELOPE, message)
                .help(format!("{hint}; the envelope has `{}`", fields.join("`, `")))
        } else if path.steps() == [Step::Name("version".to_owned())] {
            let message = "`$.version` is the version of EventBridge's envelope, `0` in every event";
            Diagnostic::warning(codes::EVENT_ENVELOPE, message).help(edit(&reading, &own))
        } else {
            continue;
        };
        let location = tree.value_location(&reading.pointer);
        found.push(diagnostic.at(&reading.pointer, location));
    }
    found
}
