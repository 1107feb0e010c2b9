use super::{at_fields, innermost};
use crate::diagnostic::Diagnostic;
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::capacity::excesses;
use crate::validate::quotas::AccountQuotas;

/// load beyond the account's quotas is refused, throttled or late, whatever the pipeline's settings are.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let excesses = excesses(spec, &AccountQuotas::of(spec)).into_iter();
    excesses
        .map(|excess| {
            let diagnostic = Diagnostic::warning(excess.code, excess.message).help(excess.help);
            at_fields(diagnostic, tree, &innermost(tree, &excess.fields))
        })
        .collect()
}
