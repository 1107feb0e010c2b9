use processor::pointer::below;
use processor::queued_at::{QUEUED_AT, is_ours};
use processor::row::{EXPIRES_AT, MESSAGE_ID, PROCESSED_AT, RETRY_COUNT};

use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::processor_config;

/// Attributes that differ between deliveries of one event.
const OF_A_DELIVERY: [&str; 4] = [PROCESSED_AT, RETRY_COUNT, MESSAGE_ID, EXPIRES_AT];
const EXPECTATIONS: [&str; 3] = ["row", "dead_letter", "ignored"];

/// Each of the `tests` has one expectation that can be checked.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let queued_at = is_ours(&processor_config(spec).event).then_some(QUEUED_AT);
    let is_of_a_delivery = |name: &str| OF_A_DELIVERY.contains(&name) || queued_at == Some(name);
    for (index, test) in spec.tests.iter().enumerate() {
        let pointer = format!("/tests/{index}");
        let mut report = |message: String, pointer: &str, help: &str| {
            let diagnostic = Diagnostic::error(codes::TESTS_EXPECTATION, message);
            found.push(diagnostic.at(pointer, tree.mark(pointer)).help(help));
        };
        // As written: a value of the wrong kind is present, and the schema's check reports it.
        let given: Vec<&str> = EXPECTATIONS
            .into_iter()
            .filter(|expectation| tree.has(&format!("{pointer}/{expectation}")))
            .collect();
        let event = &test.event;
        match given.as_slice() {
            [] => report(
                format!("the test of `{event}` expects nothing"),
                &format!("{pointer}/event"),
                "add `row: {…}`, `dead_letter: REASON` or `ignored: true`",
            ),
            [_] => {}
            [first, second, ..] => report(
                format!("the test of `{event}` expects `{first}` and `{second}`"),
                &format!("{pointer}/{second}"),
                "keep one of them: an event has only one result",
            ),
        }
        if test.ignored == Some(false) {
            let message =
                format!("the test of `{event}` expects `ignored: false`, which does not say what it becomes");
            let help = "write `ignored: true`, or `row: {…}` or `dead_letter: REASON` instead";
            report(message, &format!("{pointer}/ignored"), help);
        }
        for name in test.row.iter().flat_map(|row| row.keys()) {
            let pointer = below(&format!("{pointer}/row"), name);
            if is_of_a_delivery(name) {
                let message = format!("`{name}` differs at each delivery of an event");
                report(message, &pointer, "remove it: a test expects only what depends on the event");
            } else if let Some(Err(rejection)) = tree.exact(&pointer) {
                let message = format!(
                    "the test of `{event}` expects a value that no row can have: {}",
                    rejection.message
                );
                report(message, &pointer, "write the number with 38 digits or fewer");
            }
        }
    }
    found
}
