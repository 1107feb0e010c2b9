//! The version of the processor's zip that a template names.

use serde_json::Value;

use super::Content;

pub(super) const KEY: &str = "ArtifactKey";
pub(super) const VERSION: &str = "ArtifactVersion";
/// The parameter's value until S3 has given a version.
pub(super) const NO_VERSION: &str = "null";
/// Shown for it in a plan.
pub(super) const LATER: &str = "known after the upload";

/// Removes parameters that no resource uses, as with custom templates that do not name the version: CloudFormation
/// accepts no update of them alone.
pub(super) fn without_unused(content: &Content) -> Content {
    let mut content = content.clone();
    let is_used = content.template["Resources"].to_string().contains(VERSION);
    if let Some(Value::Object(parameters)) = content.template.get_mut("Parameters").filter(|_| !is_used) {
        parameters.remove(VERSION);
        content.parameters.remove(VERSION);
    }
    content
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::{Location, Plan, StackAction, plan};
    use super::*;

    fn content(template: Value, parameters: &[(&str, &str)]) -> Content {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Content { template, parameters: parameters.collect(), tags: BTreeMap::new() }
    }

    fn planned(before: &Content, after: &Content) -> Plan {
        let text = String::new;
        plan(&Location { stack: text(), account: text(), region: text() }, Some(before), after)
    }

    fn template(is_declared: bool, is_used: bool) -> Value {
        let mut code = json!({"S3Key": {"Ref": KEY}});
        if is_used {
            code["S3ObjectVersion"] = json!({"Ref": VERSION});
        }
        let mut template = json!({"Parameters": {KEY: {}}, "Resources": {
            "Processor": {"Type": "AWS::Lambda::Function", "Properties": {"Code": code}}}});
        if is_declared {
            template["Parameters"][VERSION] = json!({"Default": NO_VERSION});
        }
        template
    }

    #[test]
    fn a_version_that_nothing_uses_changes_nothing() {
        let before = content(template(false, false), &[(KEY, "a")]);
        let after = content(template(true, false), &[(KEY, "a"), (VERSION, "1")]);
        assert_eq!(planned(&before, &after).action, StackAction::None);
        let used = content(template(true, true), &[(KEY, "a"), (VERSION, "1")]);
        assert_eq!(planned(&before, &used).action, StackAction::Update);
    }

    #[test]
    fn a_version_is_shown_where_the_key_does_not_contain_it() {
        let of = |key: &str, version: &str| content(template(true, true), &[(KEY, key), (VERSION, version)]);
        let shown = |after: &Content| {
            let mut plan = planned(&of("a", "1"), after);
            let properties = plan.changes.pop().map(|change| change.properties).unwrap_or_default();
            properties.into_iter().map(|property| (property.path, property.after)).collect::<Vec<_>>()
        };
        let path = |name: &str| format!("/Properties/Code/{name}");
        assert_eq!(shown(&of("a", "1")), []);
        assert_eq!(shown(&of("a", "2")), [(path("S3ObjectVersion"), json!("2"))]);
        assert_eq!(shown(&of("a", NO_VERSION)), [(path("S3ObjectVersion"), json!(LATER))]);
        assert_eq!(shown(&of("b", NO_VERSION)), [(path("S3Key"), json!("b"))]);
    }
}
