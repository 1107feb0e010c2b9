use super::at_fields;
use super::batch_without_window::LARGEST_UNGATHERED;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Seconds that bus, queue, a cold start and the write take without a fault, besides the window of a batch. One of them
/// is for the fraction of a second that the envelope's time lacks.
const DELIVERY: u32 = 5;

/// A service level that a healthy pipeline breaks is invalid.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(slo) = &spec.slo else { return Vec::new() };
    let (within, batch) = (slo.stored_within_seconds, &spec.processor.batch);
    let window = batch.window_seconds;
    let least = window + DELIVERY;
    if within >= least {
        return Vec::new();
    }
    let mut fields = vec![("/slo/stored_within_seconds", "")];
    // If batches are not gathered, their window is not the cause.
    let mut cause = String::new();
    if window > 0 {
        fields.push(("/processor/batch/window_seconds", "the time that a batch takes"));
        cause = format!("with `window_seconds: {window}` ");
    }
    let message = format!(
        "events must be stored within {within} s, but {cause}an event can take {least} s although nothing is wrong"
    );
    let diagnostic =
        Diagnostic::warning(codes::SLO_TOO_SHORT, message).help(help(within, window, batch.size));
    vec![at_fields(diagnostic, tree, &fields)]
}

/// Only what the other rules allow: a batch of more than [`LARGEST_UNGATHERED`] needs a window.
fn help(within: u32, window: u32, size: u32) -> String {
    let longer = format!("write `stored_within_seconds: {}` or more", window + DELIVERY);
    match within.checked_sub(DELIVERY) {
        None => longer,
        Some(0) if size > LARGEST_UNGATHERED => {
            format!("{longer}, or `window_seconds: 0` and `size: {LARGEST_UNGATHERED}` or less")
        }
        Some(0) => format!("{longer}, or `window_seconds: 0`"),
        Some(most) => format!("{longer}, or `window_seconds: {most}` or less"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_help_breaks_another_rule() {
        for (within, window, size, expected) in [
            (30, 60, 50, "write `stored_within_seconds: 65` or more, or `window_seconds: 25` or less"),
            (5, 1, 10, "write `stored_within_seconds: 6` or more, or `window_seconds: 0`"),
            (
                5,
                1,
                50,
                "write `stored_within_seconds: 6` or more, or `window_seconds: 0` and `size: 10` or less",
            ),
            (4, 1, 10, "write `stored_within_seconds: 6` or more"),
            (3, 0, 10, "write `stored_within_seconds: 5` or more"),
        ] {
            assert_eq!(help(within, window, size), expected);
        }
    }
}
