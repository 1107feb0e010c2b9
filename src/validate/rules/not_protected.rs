use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// a production table is retained when its stack is deleted, and has deletion protection.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    if !spec.deploy.production {
        return Vec::new();
    }
    let weak = [
        ("retain", !spec.table.retain, "would be deleted with its stack"),
        ("deletion_protection", spec.table.deletion_protection == Some(false), "could be deleted by anyone"),
    ];
    weak.into_iter()
        .filter(|(_, weak, _)| *weak)
        .map(|(field, _, consequence)| {
            let message = format!("in production the table {consequence}: `{field}` is false");
            let diagnostic = Diagnostic::warning(codes::TABLE_NOT_PROTECTED, message)
                .help(format!("remove `{field}: false`: in production it is true"));
            let path = format!("/table/{field}");
            at_fields(diagnostic, tree, &[(&path, ""), ("/deploy/production", "this is production")])
        })
        .collect()
}
