use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// two resources of one service cannot share a name; a queue that is its own dead-letter queue loses messages.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let names = spec.resolved_names();
    let queues = [
        ("queue", &names.queue),
        ("dead_letter_queue", &names.dead_letter_queue),
        ("undelivered_queue", &names.undelivered_queue),
    ];
    let alarms = [
        ("queue_depth_alarm", &names.alarms.queue_depth),
        ("dead_letters_alarm", &names.alarms.dead_letters),
        ("", &names.alarms.undelivered),
        ("", &names.alarms.failed_deliveries),
        ("", &names.alarms.lost_events),
        ("", &names.alarms.oldest_message),
        ("", &names.alarms.processor_errors),
        ("", &names.alarms.processor_throttles),
        ("", &names.alarms.write_throttles),
        ("", &names.alarms.index_throttles),
        ("", &names.alarms.conflicts),
    ];
    let exports = [
        ("exports/queue_url", &names.exports.queue_url),
        ("exports/queue_arn", &names.exports.queue_arn),
        ("exports/processor_arn", &names.exports.processor_arn),
        ("exports/table_name", &names.exports.table_name),
        ("exports/bus_name", &names.exports.bus_name),
        ("exports/dashboard_url", &names.exports.dashboard_url),
    ];
    let mut found = Vec::new();
    for (noun, group) in [("queues", &queues[..]), ("alarms", &alarms[..]), ("exports", &exports[..])] {
        for (index, (field, name)) in group.iter().enumerate() {
            let Some((other, _)) = group[..index].iter().find(|(_, earlier)| earlier == name) else {
                continue;
            };
            found.push(twice(noun, name, [field, other], tree));
        }
    }
    found
}

/// At the field that is written; the other name may be made of `name` and `environment`.
fn twice(noun: &str, name: &str, fields: [&&str; 2], tree: &SpecTree) -> Diagnostic {
    let paths = fields.map(|field| format!("/names/{field}"));
    let written: Vec<&String> = paths.iter().filter(|path| !path.ends_with('/') && tree.has(path)).collect();
    let mut diagnostic = Diagnostic::error(
        codes::SPEC_NAME_TAKEN_TWICE,
        format!("two {noun} of the pipeline would be called `{name}`"),
    )
    .help("give one of them another name, or leave it out");
    if let Some(first) = written.first() {
        diagnostic = diagnostic.at(first.as_str(), tree.value_place(first));
    }
    if let Some(second) = written.get(1) {
        diagnostic = diagnostic.related("the other", second.as_str(), tree.value_place(second));
    }
    diagnostic
}
