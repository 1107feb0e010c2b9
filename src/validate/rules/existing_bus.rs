use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// an existing bus already has its name.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let (Some(existing), Some(named)) = (&spec.bus.existing, &spec.names.bus) else { return Vec::new() };
    let (path, other) = ("/names/bus", "/bus/existing");
    let message = format!(
        "`names.bus` names a bus that the stack creates, `{named}`, but with `bus.existing` it creates none"
    );
    let help =
        format!("remove `names.bus` to use `{existing}`, or remove `bus.existing` to create a bus `{named}`");
    vec![
        Diagnostic::error(codes::BUS_NAMED_AND_EXISTING, message)
            .at(path, tree.value_location(path))
            .related("the bus that is used", other, tree.value_location(other))
            .help(help),
    ]
}
