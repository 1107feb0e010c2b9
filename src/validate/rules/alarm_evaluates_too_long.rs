use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{ALARMS, Spec};

/// CloudWatch evaluates at most a day, and a week if a period has an hour or more.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let alarms = spec.alarms.settings();
    let mut fields: Vec<&str> = ALARMS.iter().filter_map(|row| row.field).collect();
    // Two alarms of one field are adjacent.
    fields.dedup();
    let mut found = Vec::new();
    for name in fields {
        let number = |setting: &str| alarms.get(name)?.as_ref()?.get(setting)?.as_u64();
        let (Some(period), Some(periods)) = (number("period_seconds"), number("evaluation_periods")) else {
            continue;
        };
        let (limit, words) = if period < 3600 { (86_400, "a day") } else { (604_800, "a week") };
        if period * periods <= limit {
            continue;
        }
        let message = format!(
            "{periods} periods of {period} s are longer than {words}, which is as far as CloudWatch looks"
        );
        let diagnostic = Diagnostic::error(codes::ALARMS_EVALUATES_TOO_LONG, message)
            .help(format!("write `evaluation_periods: {}` or less", limit / period));
        let path = |field: &str| format!("/alarms/{name}/{field}");
        let fields = [(path("evaluation_periods"), ""), (path("period_seconds"), "seconds of a period")];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(path, words)| (path.as_str(), *words)).collect();
        found.push(at_fields(diagnostic, tree, &fields));
    }
    found
}
