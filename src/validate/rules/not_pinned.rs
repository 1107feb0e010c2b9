use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// production must not depend on the shell from which it is applied.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    if !spec.deploy.production {
        return Vec::new();
    }
    let missing = [
        ("account", spec.deploy.account.is_none(), "add `account: \"123456789012\"`, with your account's id"),
        ("region", spec.deploy.region.is_none(), "add `region: eu-west-1`, with your pipeline's region"),
    ];
    missing
        .into_iter()
        .filter(|(_, missing, _)| *missing)
        .map(|(field, _, help)| {
            let message = format!("production must name its {field}, so that no other is used by mistake");
            let diagnostic = Diagnostic::warning(codes::DEPLOY_NOT_PINNED, message).help(help);
            at_fields(diagnostic, tree, &[("/deploy/production", "")])
        })
        .collect()
}
