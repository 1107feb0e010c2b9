use serde_json::{Map, Value};

use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// a pattern without a source and a detail type matches events of any kind.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let broad = spec.bus_rules().into_iter().filter(|rule| is_broad(rule.pattern));
    broad
        .map(|rule| {
            let message = "the pattern names neither `source` nor `detail-type`, so events of any sender reach the processor";
            let diagnostic = Diagnostic::warning(codes::BUS_PATTERN_TOO_BROAD, message)
                .help("add the senders, such as `source: [shipment.service]`");
            at_fields(diagnostic, tree, &[(&rule.pointer, "")])
        })
        .collect()
}

fn is_broad(pattern: &Map<String, Value>) -> bool {
    let asks = |map: &Map<String, Value>| map.contains_key("source") || map.contains_key("detail-type");
    // Under `$or`, each of the alternatives must have one.
    let alternatives = pattern.get("$or").and_then(Value::as_array);
    let each = alternatives.is_some_and(|maps| maps.iter().all(|map| map.as_object().is_some_and(asks)));
    !asks(pattern) && !each
}
