use processor::mapping::{MappedField, Problem, Rule, problems};
use processor::path::{Path, PathError};

use crate::diagnostic::{Code, Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::contract::processor_config;
use crate::validate::paths::readings;

/// what the processor would reject in the mapping, each part at its location. The processor's own check
/// decides.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let config = processor_config(spec);
    let wrong: Vec<(String, PathError)> = readings(&spec.event)
        .into_iter()
        .filter_map(|reading| Some((reading.pointer, reading.path.err()?)))
        .collect();
    let mut found: Vec<Diagnostic> = wrong
        .iter()
        .map(|(pointer, error)| {
            Diagnostic::error(codes::EVENT_PATH, error.to_string())
                .at(pointer, tree.value_location(pointer))
                .help("write it like `$.detail.order.id`, `$.detail['order-id']` or `$.time`")
        })
        .collect();
    let is_wrong = |pointer: &str| wrong.iter().any(|(wrong, _)| wrong.starts_with(pointer));
    for problem in problems(&config.event, config.input) {
        // An invalid path is left out of the mapping: its consequences are not reported too.
        let pointer = pointer(spec, &problem.field);
        if !is_wrong(&pointer) {
            found.push(diagnostic(spec, tree, &problem, &pointer));
        }
    }
    found
}

fn diagnostic(spec: &Spec, tree: &SpecTree, problem: &Problem, own: &str) -> Diagnostic {
    let other = problem.other.as_ref().map(|other| pointer(spec, other));
    // Of two, one may be a default; the written one is marked.
    let (marked, second) = match &other {
        Some(other) if !tree.has(own) => (other.as_str(), Some(own)),
        other => (own, other.as_deref()),
    };
    let diagnostic = Diagnostic::error(code(problem.rule), problem.message.as_str())
        .at(marked, tree.value_location(marked))
        .help(problem.help.as_str());
    match second.filter(|second| tree.has(second)) {
        Some(second) => diagnostic.related("the other", second, tree.value_location(second)),
        None => diagnostic,
    }
}

fn code(rule: Rule) -> Code {
    match rule {
        Rule::SameAttribute | Rule::Name => codes::EVENT_SAME_FIELD,
        Rule::Control => codes::EVENT_FIELD_TAKEN,
        Rule::Locations | Rule::Format => codes::EVENT_FORMAT,
        Rule::Path => codes::EVENT_PATH,
        Rule::Dropped => codes::EVENT_DROPPED,
        Rule::Newer => codes::EVENT_NEWER,
    }
}

fn pointer(spec: &Spec, (field, part): &MappedField) -> String {
    match (*field, part) {
        ("drop", Some(path)) => {
            let same =
                |written: &String| written.parse::<Path>().is_ok_and(|written| written.to_string() == *path);
            let index = spec.event.drop.iter().position(same).unwrap_or_default();
            format!("/event/drop/{index}")
        }
        (field, Some(name)) => format!("/event/{field}/{name}"),
        (field, None) => format!("/event/{field}"),
    }
}
