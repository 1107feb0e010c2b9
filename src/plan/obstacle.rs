//! Changes that AWS refuses half-way.

use serde::Serialize;
use serde_json::Value;

use super::{Action, Change, immutable};

/// Why AWS will refuse a change during the deploy, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    pub reason: String,
    pub help: String,
}

pub(super) fn find(change: &Change, old: Option<&Value>, new: Option<&Value>) -> Option<Obstacle> {
    let (old, new) = (old?.get("Properties")?, new?.get("Properties")?);
    match change.action {
        Action::Replace => one_name(change, old, new),
        _ => None,
    }
}

/// The new resource is created before the old one is deleted.
fn one_name(change: &Change, old: &Value, new: &Value) -> Option<Obstacle> {
    let property = immutable::name(&change.resource_type)?;
    let name = new.get(property).filter(|name| Some(*name) == old.get(property))?;
    Some(Obstacle {
        reason: format!(
            "the old one still has the name `{}` while the new one is created",
            name.as_str().unwrap_or(property)
        ),
        help: "write another name for the new one under `names` in the spec".to_owned(),
    })
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
    fn two_of_one_name_cannot_be() {
        let table = |name: &str| json!({"TableName": name});
        let found = |old: &Value, new: &Value| obstacle(Action::Replace, "AWS::DynamoDB::Table", old, new);
        assert!(found(&table("a"), &table("a")).is_some());
        assert_eq!(found(&table("a"), &table("b")), None);
        assert_eq!(found(&json!({}), &json!({})), None, "CloudFormation finds a name");
    }
}
