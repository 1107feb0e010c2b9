use jiff::Timestamp;
use processor::pointer::below;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::{Expectation, Fate, Patterns, processor_config, trials};

/// Each event of `tests` has the result that its test expects.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    // Another rule reports errors of the patterns themselves.
    let Ok(patterns) = Patterns::of(spec) else { return Vec::new() };
    let mut found = Vec::new();
    // Whether an event can be a row does not depend on the time, and no test names an attribute that does.
    let config = processor_config(spec);
    for trial in trials(&config, spec, tree, &patterns, Timestamp::UNIX_EPOCH) {
        let test = format!("/tests/{}", trial.index);
        let name = &trial.name;
        if let Err(reason) = &trial.fate {
            let message = format!("the event `{name}` cannot be used: {reason}");
            let pointer = format!("{test}/event");
            let location = tree.value_location(&pointer);
            let help =
                "name a JSON file in the spec's folder or below, with `source`, `detail-type` and `detail`";
            found.push(Diagnostic::error(codes::TESTS_UNREADABLE, message).at(pointer, location).help(help));
        }
        // The result of custom code is checked by `pipectl test`: validating a spec runs nothing.
        let is_matched = matches!(trial.fate, Ok(Fate::Row(..) | Fate::Refused(..)));
        let is_open = tree.has("/processor/code") && is_matched && trial.expectation != Expectation::Ignored;
        for fault in trial.faults.iter().filter(|_| !is_open) {
            let pointer = match &fault.attribute {
                Some(name) => below(&format!("{test}/row"), name),
                None => format!("{test}/event"),
            };
            let message = match &fault.attribute {
                Some(_) => format!("in the test of `{name}`, {}", fault.message),
                None => format!("the test of `{name}` fails: {}", fault.message),
            };
            let location = tree.mark(&pointer);
            let help = format!("{}; `pipectl test` shows all of them", fault.help.trim_end_matches('?'));
            let help = if fault.help.ends_with('?') { fault.help.clone() } else { help };
            found.push(Diagnostic::error(codes::TESTS_FAILED, message).at(pointer, location).help(help));
        }
    }
    found
}
