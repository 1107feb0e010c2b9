use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::Pattern;
use crate::source::SpecTree;
use crate::spec::Spec;

/// The highest value to which AWS raises the quota; a longer pattern is a separate error.
const MOST: usize = 4_096;

/// EventBridge refuses a pattern above the account's quota, which AWS raises on request.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let quota = spec.deploy.quotas.event_pattern_characters;
    let over = spec.bus_rules().into_iter().filter_map(|rule| {
        let length = Pattern::length(rule.pattern);
        (length > quota as usize && length <= MOST).then(|| {
            let message = format!(
                "the pattern has {length} characters as compact JSON, but the quota \"Event pattern size\" is {quota}"
            );
            let help = format!(
                "shorten the lists, or match on a prefix or a wildcard; if AWS has raised the account's quota, state it: \
                 `deploy: {{quotas: {{event_pattern_characters: {MOST}}}}}`"
            );
            let diagnostic = Diagnostic::warning(codes::BUS_PATTERN_OVER_QUOTA, message).help(help);
            let fields = [
                (rule.pointer.as_str(), ""),
                ("/deploy/quotas/event_pattern_characters", "the quota"),
            ];
            at_fields(diagnostic, tree, &fields)
        })
    });
    over.collect()
}
