use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

const DAY: u64 = 86_400;

/// A peak below the average is invalid: values derived from the load would be too small.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let average = spec.load().events_per_day.div_ceil(DAY);
    let peak = u64::from(spec.load().peak_events_per_second);
    if peak >= average {
        return Vec::new();
    }
    let message = format!(
        "{} events a day are {average} a second on average, but the peak is {peak}",
        spec.load().events_per_day
    );
    let diagnostic = Diagnostic::error(codes::LOAD_PEAK_BELOW_AVERAGE, message)
        .help(format!("write `peak_events_per_second: {average}` or more"));
    let fields =
        [("/load/peak_events_per_second", ""), ("/load/events_per_day", "the average, times 86,400")];
    vec![at_fields(diagnostic, tree, &fields)]
}
