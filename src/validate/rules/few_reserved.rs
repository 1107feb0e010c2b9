use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::capacity::limit;

/// Concurrent invocations the queue's pollers start with.
const START: u32 = 5;

/// a function without concurrency never runs; one with less than the pollers' initial number is throttled from the
/// first minute, and one whose pollers have no limit is throttled as soon as messages wait, because they scale up to the
/// account's limit.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let batch = &spec.processor.batch;
    // Of pollers another rule compares the maximum.
    let is_unlimited = batch.pollers.is_none() && spec.max_concurrency().is_none();
    let diagnostic = match spec.processor.reserved_concurrency {
        Some(0) => Diagnostic::warning(
            codes::PROCESSOR_SWITCHED_OFF,
            "with a reserved concurrency of 0 the processor never runs: messages expire in the queue",
        )
        .help("write `reserved_concurrency: 5` or more, or leave it out"),
        Some(reserved) if reserved < START && is_unlimited => {
            let message = format!(
                "{reserved} reserved, but the queue starts with {START} invocations at once: throttled messages run out of receives"
            );
            let lower = limit(batch, reserved).map_or_else(String::new, |lower| format!(", or `{lower}`"));
            Diagnostic::warning(codes::PROCESSOR_FEW_RESERVED, message)
                .help(format!("write `reserved_concurrency: {START}` or more{lower}"))
        }
        Some(reserved) if is_unlimited => {
            let message = format!(
                "{reserved} reserved, but nothing limits how many invocations the queue causes: throttled messages run out of receives"
            );
            let lower = limit(batch, reserved).unwrap_or_default();
            Diagnostic::warning(codes::PROCESSOR_FEW_RESERVED, message)
                .help(format!("add `{lower}` under `processor.batch`"))
        }
        _ => return Vec::new(),
    };
    vec![at_fields(diagnostic, tree, &[("/processor/reserved_concurrency", "")])]
}
