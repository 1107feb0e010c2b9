use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// CloudWatch looks back a day at most, and a week where a period has an hour or more.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let depth = spec.alarms.queue_depth.settings();
    let dead = spec.alarms.dead_letters.settings();
    let alarms = [
        ("queue_depth", depth.map(|alarm| (alarm.period_seconds, alarm.evaluation_periods))),
        ("dead_letters", dead.map(|alarm| (alarm.period_seconds, alarm.evaluation_periods))),
    ];
    let mut found = Vec::new();
    for (name, settings) in alarms {
        let Some((period, periods)) = settings else { continue };
        let (limit, words) = if period < 3600 { (86_400, "a day") } else { (604_800, "a week") };
        if u64::from(period) * u64::from(periods) <= limit {
            continue;
        }
        let message = format!(
            "{periods} periods of {period} s are longer than {words}, which is as far as CloudWatch looks"
        );
        let diagnostic = Diagnostic::error(codes::ALARMS_EVALUATES_TOO_LONG, message)
            .help(format!("write `evaluation_periods: {}` or less", limit / u64::from(period)));
        let path = |field: &str| format!("/alarms/{name}/{field}");
        let fields =
            [(path("evaluation_periods"), "periods"), (path("period_seconds"), "seconds of a period")];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(path, words)| (path.as_str(), *words)).collect();
        found.push(at_fields(diagnostic, tree, &fields));
    }
    found
}
