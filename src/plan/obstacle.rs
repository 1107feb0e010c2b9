use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Action, Change, immutable};

/// Why AWS will refuse a change half-way, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    pub reason: String,
    pub help: String,
}

pub(super) fn find(change: &Change, old: Option<&Value>, new: Option<&Value>) -> Option<Obstacle> {
    let (old, new) = (old?.get("Properties")?, new?.get("Properties")?);
    match change.action {
        Action::Replace => one_name(change, old, new),
        Action::Modify if change.resource_type == "AWS::DynamoDB::Table" => one_index(old, new),
        _ => None,
    }
}

/// The new resource is made before the old one goes.
fn one_name(change: &Change, old: &Value, new: &Value) -> Option<Obstacle> {
    let property = immutable::name(&change.resource_type)?;
    let name = new.get(property).filter(|name| Some(*name) == old.get(property))?;
    Some(Obstacle {
        reason: format!(
            "the old one has the name `{}` while the new one is made",
            name.as_str().unwrap_or(property)
        ),
        help: "give the new one another name, under `names` in the spec".to_owned(),
    })
}

/// DynamoDB makes or removes one index at a time, and CloudFormation does not do one after the other.
fn one_index(old: &Value, new: &Value) -> Option<Obstacle> {
    let (old, new) = (indexes(old), indexes(new));
    let made = new.iter().filter(|(name, index)| old.get(*name) != Some(index));
    let removed = old.iter().filter(|(name, index)| new.get(*name) != Some(index));
    let steps: Vec<String> = removed
        .map(|(name, _)| format!("remove `{name}`"))
        .chain(made.map(|(name, _)| format!("make `{name}`")))
        .collect();
    (steps.len() > 1).then(|| Obstacle {
        reason: "a table makes or removes one index an update".to_owned(),
        help: format!("apply after each of these: {}", steps.join(", ")),
    })
}

/// What makes an index, by its name.
pub(super) fn indexes(table: &Value) -> BTreeMap<&str, (&Value, &Value)> {
    let list = table.get("GlobalSecondaryIndexes").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|index| {
        Some((index.get("IndexName")?.as_str()?, (index.get("KeySchema")?, index.get("Projection")?)))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn obstacle(action: Action, resource_type: &str, old: &Value, new: &Value) -> Option<Obstacle> {
        let [old, new] = [old, new].map(|properties| json!({"Properties": properties}));
        find(&Change::new(action, "It", resource_type), Some(&old), Some(&new))
    }

    #[test]
    fn a_table_changes_one_index_an_update() {
        let table = |indexes: &[(&str, &str)]| {
            let indexes: Vec<Value> = indexes
                .iter()
                .map(|(name, key)| {
                    json!({"IndexName": name, "KeySchema": [{"AttributeName": key}], "Projection": {}})
                })
                .collect();
            json!({"GlobalSecondaryIndexes": indexes})
        };
        let told = |old: &[(&str, &str)], new: &[(&str, &str)]| {
            obstacle(Action::Modify, "AWS::DynamoDB::Table", &table(old), &table(new)).map(|found| found.help)
        };
        assert_eq!(told(&[], &[("a", "x")]), None);
        assert_eq!(told(&[("a", "x"), ("b", "x")], &[("b", "x")]), None);
        assert_eq!(told(&[("a", "x"), ("b", "x")], &[("b", "x"), ("a", "x")]), None, "order is nothing");
        let steps = "apply after each of these: remove `a`, make `b`";
        assert_eq!(told(&[("a", "x")], &[("b", "x")]).as_deref(), Some(steps));
        let steps = "apply after each of these: remove `a`, make `a`";
        assert_eq!(told(&[("a", "x")], &[("a", "y")]).as_deref(), Some(steps));
        assert!(told(&[], &[("a", "x"), ("b", "x")]).is_some());
    }

    #[test]
    fn two_of_one_name_cannot_be() {
        let table = |name: &str| json!({"TableName": name});
        let told = |old: &Value, new: &Value| obstacle(Action::Replace, "AWS::DynamoDB::Table", old, new);
        assert!(told(&table("a"), &table("a")).is_some());
        assert_eq!(told(&table("a"), &table("b")), None);
        assert_eq!(told(&json!({}), &json!({})), None, "CloudFormation finds a name");
    }
}
