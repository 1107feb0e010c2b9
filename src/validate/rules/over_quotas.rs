use super::at_fields;
use crate::diagnostic::Diagnostic;
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::capacity::excesses;
use crate::validate::quotas::AccountQuotas;

/// what the account does not take is refused, throttled or late, however the pipeline is made.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let excesses = excesses(spec, &AccountQuotas::of(spec)).into_iter();
    excesses
        .map(|excess| {
            let diagnostic = Diagnostic::warning(excess.code, excess.message).help(excess.help);
            let whole = |field: &str| field.ends_with("/pollers") && tree.has(&format!("{field}/max"));
            let fields: Vec<(&str, &str)> =
                excess.fields.into_iter().filter(|(field, _)| !whole(field)).collect();
            at_fields(diagnostic, tree, &fields)
        })
        .collect()
}
