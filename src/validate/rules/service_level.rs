use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Seconds that bus, queue, a cold start and the write take with nothing wrong, beside the window of a batch. One of them is
/// the fraction of a second that the envelope's time does not tell.
const DELIVERY: u32 = 5;

/// A service level that a pipeline without faults breaks is none.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(slo) = &spec.slo else { return Vec::new() };
    let (within, window) = (slo.stored_within_seconds, spec.processor.batch.window_seconds);
    if within >= window + DELIVERY {
        return Vec::new();
    }
    let message = format!(
        "events are to be stored within {within} s, and a batch gathers them for {window} s: those of a quiet hour are late"
    );
    let least = window + DELIVERY;
    let help = match within.checked_sub(DELIVERY) {
        Some(most) => {
            format!("write `stored_within_seconds: {least}` or more, or `window_seconds: {most}` or less")
        }
        None => format!("write `stored_within_seconds: {least}` or more"),
    };
    let diagnostic = Diagnostic::warning(codes::SLO_TOO_SHORT, message).help(help);
    let fields = [
        ("/slo/stored_within_seconds", "the time that an event has"),
        ("/processor/batch/window_seconds", "the time that a batch takes"),
    ];
    vec![at_fields(diagnostic, tree, &fields)]
}
