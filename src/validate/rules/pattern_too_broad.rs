use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// a pattern that asks for no sender and no kind takes events of every make.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let pattern = &spec.bus.pattern;
    let asks = |map: &serde_json::Map<String, serde_json::Value>| {
        map.contains_key("source") || map.contains_key("detail-type")
    };
    // Under `$or`, each of the alternatives must ask.
    let alternatives = pattern.get("$or").and_then(serde_json::Value::as_array);
    let each = alternatives.is_some_and(|maps| maps.iter().all(|map| map.as_object().is_some_and(asks)));
    if asks(pattern) || each {
        return Vec::new();
    }
    let message =
        "the pattern names neither `source` nor `detail-type`, so events of any make reach the processor";
    let diagnostic = Diagnostic::warning(codes::BUS_PATTERN_TOO_BROAD, message)
        .help("add the senders, such as `source: [shipment.service]`");
    vec![at_fields(diagnostic, tree, &[("/bus/pattern", "")])]
}
