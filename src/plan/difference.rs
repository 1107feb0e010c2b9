use std::collections::{BTreeMap, BTreeSet};

use processor::pointer::escaped;
use serde_json::{Map, Value};

use super::{Action, Change, ChangeOrigin, Content, PropertyChange, immutable, obstacle, pinned, risk};
use crate::stack::pattern_at;

/// Every resource of the template as an addition.
pub(super) fn all_new(template: &Value) -> Vec<Change> {
    resources(template)
        .map(|(id, resource)| change(Action::Add, id, None, Some(resource), Vec::new()))
        .collect()
}

/// Additions, modifications and removals by logical id, in the new template's order of names.
pub(super) fn between(deployed: &Content, desired: &Content) -> Vec<Change> {
    let (before, after) = (&deployed.template, &desired.template);
    let old = |id: &str| before.get("Resources").and_then(|old| old.get(id));
    let mut changed: BTreeMap<&str, Vec<PropertyChange>> = BTreeMap::new();
    for (id, resource) in resources(after) {
        if let Some(old) = old(id) {
            changed.insert(id, properties(old, resource, deployed, desired));
        }
    }
    follow_replacements(after, &mut changed);
    let mut changes = Vec::new();
    for (id, resource) in resources(after) {
        match changed.remove(id.as_str()) {
            None => changes.push(change(Action::Add, id, None, Some(resource), Vec::new())),
            Some(properties) if properties.is_empty() => {}
            Some(properties) => {
                let replaces = properties.iter().any(|property| property.replaces);
                let action = if replaces { Action::Replace } else { Action::Modify };
                changes.push(change(action, id, old(id), Some(resource), properties));
            }
        }
    }
    for (id, resource) in resources(before) {
        if after.get("Resources").is_none_or(|after| after.get(id).is_none()) {
            changes.push(change(Action::Remove, id, Some(resource), None, Vec::new()));
        }
    }
    changes
}

fn properties(old: &Value, new: &Value, deployed: &Content, desired: &Content) -> Vec<PropertyChange> {
    let mut properties = Vec::new();
    compare(&mut String::new(), old, new, &mut |path, before, after| {
        properties.push(PropertyChange {
            replaces: path == "/Type" || immutable::replaces(type_of(new), path),
            ..PropertyChange::new(path, before.clone(), after.clone())
        });
    });
    parameters(new, deployed, desired, &mut properties);
    properties
}

/// A resource that refers to another one in an immutable property is replaced with it.
fn follow_replacements(after: &Value, changed: &mut BTreeMap<&str, Vec<PropertyChange>>) {
    loop {
        let replaced: BTreeSet<String> = changed
            .iter()
            .filter(|(_, properties)| properties.iter().any(|property| property.replaces))
            .map(|(id, _)| (*id).to_owned())
            .collect();
        let mut more = false;
        for (id, resource) in resources(after) {
            let Some(properties) = changed.get_mut(id.as_str()).filter(|_| !replaced.contains(id)) else {
                continue;
            };
            for (path, name) in references(resource) {
                if replaced.contains(&name) && immutable::replaces(type_of(resource), &path) {
                    let value = resource.pointer(&path).cloned().unwrap_or_default();
                    let property = PropertyChange::new(&path, value.clone(), value);
                    let origin = Some(ChangeOrigin::Replacement);
                    properties.push(PropertyChange { replaces: true, origin, ..property });
                    more = true;
                }
            }
        }
        if !more {
            return;
        }
    }
}

fn change(
    action: Action,
    id: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    properties: Vec<PropertyChange>,
) -> Change {
    let mut change =
        Change { properties, ..Change::new(action, id, new.or(old).map(type_of).unwrap_or_default()) };
    // The policies of a removed resource are those of the template that created it, those of a replaced one are in the
    // new template.
    let (policy, resource) =
        if action == Action::Remove { ("DeletionPolicy", old) } else { ("UpdateReplacePolicy", new) };
    change.retained = resource
        .and_then(|resource| resource.get(policy)?.as_str())
        .is_some_and(|policy| policy.starts_with("Retain"));
    change.obstacle = obstacle::find(&change, old, new);
    risk::assess(&mut change);
    change
}

fn resources(template: &Value) -> impl Iterator<Item = (&String, &Value)> {
    template.pointer("/Resources").and_then(Value::as_object).into_iter().flatten()
}

fn type_of(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or_default()
}

/// A changed parameter changes the resources that refer to it.
fn parameters(resource: &Value, deployed: &Content, desired: &Content, found: &mut Vec<PropertyChange>) {
    for (path, name) in references(resource) {
        let (before, after) = (deployed.parameters.get(&name), desired.parameters.get(&name));
        // Other bytes have another key, which is reported.
        if name == pinned::VERSION
            && deployed.parameters.get(pinned::KEY) != desired.parameters.get(pinned::KEY)
        {
            continue;
        }
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            let origin = [pinned::KEY, pinned::VERSION].contains(&&*name).then_some(ChangeOrigin::Processor);
            // The property, without the position inside a function that makes its value.
            let path = path.split("/Fn::").next().unwrap_or_default();
            let after =
                if name == pinned::VERSION && after == pinned::NO_VERSION { pinned::LATER } else { after };
            let property = PropertyChange::new(path, before.as_str().into(), after.into());
            found.push(PropertyChange { origin, ..property });
        }
    }
}

/// The references of a resource: the location, and the logical id or parameter.
fn references(resource: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect_references(&mut String::new(), resource, &mut found);
    found
}

fn collect_references(path: &mut String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            let name = match (map.get("Ref"), map.get("Fn::GetAtt")) {
                (Some(Value::String(name)), _) => Some(name.as_str()),
                (_, Some(Value::Array(parts))) => parts.first().and_then(Value::as_str),
                (_, Some(Value::String(text))) => text.split('.').next(),
                _ => None,
            };
            found.extend(name.map(|name| (path.clone(), name.to_owned())));
            for (key, value) in map {
                descend(path, key, |path| collect_references(path, value, found));
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                descend(path, &index.to_string(), |path| collect_references(path, value, found));
            }
        }
        _ => {}
    }
}

/// Calls `report` for each location where the two differ, as deep as both are maps.
fn compare(path: &mut String, before: &Value, after: &Value, report: &mut dyn FnMut(&str, &Value, &Value)) {
    if before == after {
        return;
    }
    // A pattern is compared field by field, as a map or as text.
    if let (true, Some(old), Some(new)) =
        (before.is_string() || after.is_string(), pattern_at(path, before), pattern_at(path, after))
        && old != new
    {
        return compare(path, &old, &new, report);
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        report(path, before, after);
        return;
    };
    if is_intrinsic(old) || is_intrinsic(new) {
        report(path, before, after);
        return;
    }
    for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
        let before = old.get(key).unwrap_or(&Value::Null);
        let after = new.get(key).unwrap_or(&Value::Null);
        descend(path, key, |path| compare(path, before, after, report));
    }
}

/// `{"Ref": …}` and `{"Fn::…": …}` are values, not maps to descend into.
fn is_intrinsic(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

fn descend(path: &mut String, key: &str, visit: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    path.push_str(&escaped(key));
    visit(path);
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::Risk;

    fn content(resources: &Value, key: &str) -> Content {
        Content {
            template: json!({ "Resources": resources }),
            parameters: BTreeMap::from([("ArtifactKey".to_owned(), key.to_owned())]),
            tags: BTreeMap::new(),
        }
    }

    #[test]
    fn a_changed_parameter_modifies_the_resource_that_refers_to_it() {
        let resources = json!({"Processor": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": {"S3Key": {"Ref": "ArtifactKey"}}},
        }});
        let changes = between(&content(&resources, "old.zip"), &content(&resources, "new.zip"));
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].action, Action::Modify);
        assert_eq!(changes[0].properties[0].path, "/Properties/Code/S3Key");
        assert_eq!(changes[0].properties[0].after, json!("new.zip"));
        assert_eq!(changes[0].properties[0].origin, Some(ChangeOrigin::Processor));
    }

    #[test]
    fn another_key_replaces_the_table_and_loses_its_rows() {
        let table = |key: &str| {
            json!({"EventsTable": {"Type": "AWS::DynamoDB::Table", "Properties": {
                "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
            }}})
        };
        let changes = between(&content(&table("a"), ""), &content(&table("b"), ""));
        assert_eq!((changes[0].action, changes[0].risk), (Action::Replace, Risk::DataLoss));
    }

    #[test]
    fn a_lower_retention_is_a_data_loss_and_a_higher_one_is_not() {
        let queue = |seconds: u32| json!({"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": seconds}}});
        let risk = |before, after| between(&content(&queue(before), ""), &content(&queue(after), ""))[0].risk;
        assert_eq!(risk(400, 300), Risk::DataLoss);
        assert_eq!(risk(300, 400), Risk::None);
    }

    #[test]
    fn what_names_a_replaced_resource_where_it_cannot_change_is_replaced_too() {
        let resources = |bus: &str| {
            json!({
                "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": bus}},
                "Archive": {"Type": "AWS::Events::Archive", "Properties": {
                    "ArchiveName": "kept", "SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]},
                }},
                "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "rule", "EventBusName": {"Ref": "Bus"}}},
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Bus"}}},
            })
        };
        let changes = between(&content(&resources("a"), ""), &content(&resources("b"), ""));
        let found: Vec<_> =
            changes.iter().map(|change| (change.logical_id.as_str(), change.action, change.risk)).collect();
        assert_eq!(
            found,
            [
                ("Archive", Action::Replace, Risk::DataLoss),
                ("Bus", Action::Replace, Risk::Interruption),
                ("Rule", Action::Replace, Risk::Interruption),
            ]
        );
        assert_eq!(changes[0].properties[0].origin, Some(ChangeOrigin::Replacement));
        assert!(changes[0].obstacle.is_some(), "the archive's name is taken by the old one");
        assert_eq!(changes[2].obstacle, None, "a rule's name is its bus's");
    }

    #[test]
    fn what_the_template_no_longer_has_is_removed() {
        let alarm = json!({"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}});
        let changes = between(&content(&alarm, ""), &content(&json!({}), ""));
        assert_eq!((changes[0].action, changes[0].risk), (Action::Remove, Risk::None));
    }
}
