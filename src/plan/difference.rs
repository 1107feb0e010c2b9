use serde_json::{Map, Value};

use super::{Action, Change, Content, PropertyChange, Risk, immutable, risk};

/// Every resource of the template as an addition.
pub(super) fn all_new(template: &Value) -> Vec<Change> {
    resources(template).map(|(id, resource)| change(Action::Add, id, resource, Vec::new())).collect()
}

/// Additions, modifications and removals by logical id, in the new template's order of names.
pub(super) fn between(deployed: &Content, desired: &Content) -> Vec<Change> {
    let (before, after) = (&deployed.template, &desired.template);
    let mut changes = Vec::new();
    for (id, resource) in resources(after) {
        let Some(old) = before.pointer("/Resources").and_then(|old| old.get(id)) else {
            changes.push(change(Action::Add, id, resource, Vec::new()));
            continue;
        };
        let resource_type = type_of(resource);
        let mut properties = Vec::new();
        compare(&mut String::new(), old, resource, &mut |path, before, after| {
            properties.push(PropertyChange {
                replaces: path == "/Type" || immutable::replaces(resource_type, path),
                path: path.to_owned(),
                before: before.clone(),
                after: after.clone(),
            });
        });
        parameters(resource, deployed, desired, &mut properties);
        if !properties.is_empty() {
            let replaces = properties.iter().any(|property| property.replaces);
            let action = if replaces { Action::Replace } else { Action::Modify };
            changes.push(change(action, id, resource, properties));
        }
    }
    for (id, resource) in resources(before) {
        if after.pointer("/Resources").is_none_or(|after| after.get(id).is_none()) {
            changes.push(change(Action::Remove, id, resource, Vec::new()));
        }
    }
    changes
}

fn change(action: Action, id: &str, resource: &Value, properties: Vec<PropertyChange>) -> Change {
    let mut change = Change {
        action,
        logical_id: id.to_owned(),
        resource_type: type_of(resource).to_owned(),
        physical_id: None,
        properties,
        risk: Risk::None,
        why: String::new(),
    };
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
    let mut references = Vec::new();
    collect_references(&mut String::new(), resource, &mut references);
    for (path, name) in references {
        let (before, after) = (deployed.parameters.get(&name), desired.parameters.get(&name));
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            found.push(PropertyChange {
                path,
                before: before.as_str().into(),
                after: after.as_str().into(),
                replaces: false,
            });
        }
    }
}

fn collect_references(path: &mut String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(name)) = map.get("Ref") {
                found.push((path.clone(), name.clone()));
            }
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

/// Calls `tell` for each place where the two differ, as deep as both are maps.
fn compare(path: &mut String, before: &Value, after: &Value, tell: &mut dyn FnMut(&str, &Value, &Value)) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        tell(path, before, after);
        return;
    };
    if is_intrinsic(old) || is_intrinsic(new) {
        tell(path, before, after);
        return;
    }
    for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
        let before = old.get(key).unwrap_or(&Value::Null);
        let after = new.get(key).unwrap_or(&Value::Null);
        descend(path, key, |path| compare(path, before, after, tell));
    }
}

/// `{"Ref": …}` and `{"Fn::…": …}` are values, not maps to look into.
fn is_intrinsic(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

fn descend(path: &mut String, key: &str, visit: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    path.push_str(&key.replace('~', "~0").replace('/', "~1"));
    visit(path);
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

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
    fn what_is_gone_from_the_template_is_removed() {
        let alarm = json!({"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}});
        let changes = between(&content(&alarm, ""), &content(&json!({}), ""));
        assert_eq!((changes[0].action, changes[0].risk), (Action::Remove, Risk::None));
    }
}
