use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// an alarm without an action only changes its colour on a page that nobody watches.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    if !spec.alarms.notify.is_empty() || spec.alarm_names().is_empty() {
        return Vec::new();
    }
    let diagnostic = Diagnostic::warning(codes::ALARMS_NOTIFY_NOBODY, "the alarms notify nobody")
        .help("add `alarms: {notify: [you@example.com]}`, or an SNS topic's ARN");
    vec![at_fields(diagnostic, tree, &[("/alarms/notify", ""), ("/alarms", "")])]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use camino::Utf8Path;
    use serde_json::json;

    use super::*;
    use crate::spec::Alarms;

    #[test]
    fn each_alarm_that_is_on_needs_an_address() {
        let tree = crate::source::read_text(Utf8Path::new("spec.yaml"), "version: 1\n").expect("a tree");
        let warnings = |on: Option<&String>| {
            let fields = Alarms::default().settings().into_keys();
            let off: BTreeMap<String, &str> =
                fields.filter(|field| Some(field) != on).map(|field| (field, "off")).collect();
            let bus = json!({"pattern": {"source": ["a"]}});
            let spec = json!({"version": 1, "name": "a", "environment": "b", "bus": bus, "alarms": off});
            check(&serde_json::from_value(spec).expect("a spec"), &tree).len()
        };
        for field in Alarms::default().settings().keys() {
            assert_eq!(warnings(Some(field)), 1, "{field}");
        }
        assert_eq!(warnings(None), 0);
    }
}
