//! Names that are taken: what is added under one either becomes the resource that is there, or cannot be made.

use serde_json::Value;

use super::{Action, Change, FormerKey, Obstacle, Plan, PropertyChange, outlives, risk};
use crate::spec::NAMED_TYPES;

/// A resource that is there under a name the plan wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Existing {
    /// Of the change that wants the name.
    pub logical_id: String,
    pub name: String,
    /// The other stack it belongs to.
    pub owner: Option<String>,
    /// In the words of a template, for types that can be adopted.
    pub found: Option<Value>,
    /// Whether an earlier stack of this spec left it.
    pub is_left_by_ours: bool,
    /// Why the key that encrypts it cannot be used now, and the command that changes that.
    pub locked: Option<Obstacle>,
    /// The key that encrypts it, where an earlier stack of this spec made it and the plan would make another.
    pub key: Option<FormerKey>,
}

/// The type that can be adopted: CloudFormation finds it by its name, and it outlives its stack.
pub const ADOPTABLE: &str = "AWS::DynamoDB::Table";

/// Properties of a table that are compared, because CloudFormation does not compare them.
const COMPARED: [&str; 8] = [
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "PointInTimeRecoverySpecification",
    "ProvisionedThroughput",
    "SSESpecification",
    "StreamSpecification",
    "TimeToLiveSpecification",
];

impl Plan {
    /// The names that are looked up before anything is made: logical id, type and name of what is added, and of tables
    /// that another one replaces.
    #[must_use]
    pub fn names(&self, desired: &Value) -> Vec<(String, String, String)> {
        let wants = |change: &&Change| match change.action {
            Action::Add => true,
            Action::Replace => change.resource_type == ADOPTABLE,
            _ => false,
        };
        let name = |change: &Change| {
            let property =
                NAMED_TYPES.iter().find(|named| named.resource_type == change.resource_type)?.property;
            let pointer = format!("/Resources/{}/Properties/{property}", change.logical_id);
            Some(desired.pointer(&pointer)?.as_str()?.to_owned())
        };
        let wanted = self.changes.iter().filter(wants);
        wanted
            .filter_map(|change| {
                Some((change.logical_id.clone(), change.resource_type.clone(), name(change)?))
            })
            .collect()
    }

    /// Takes in what is there: the change becomes an adoption, with what it changes of the resource, or gets an obstacle.
    pub fn meet(&mut self, existing: &Existing, desired: &Value) {
        let id = existing.logical_id.as_str();
        let Some(change) = self.changes.iter_mut().find(|change| change.logical_id == id) else { return };
        let resource = &desired["Resources"][id];
        change.physical_id = Some(existing.name.clone());
        if let Some(obstacle) = barred(change, existing, resource) {
            change.obstacle = Some(obstacle);
            return;
        }
        let Some(key) = &existing.key else { return adopt(change, existing, resource) };
        // With the key in the stack, the template's name of it means the one that encrypts the table now.
        let mut same_key = existing.clone();
        if let Some(found) = &mut same_key.found {
            found["SSESpecification"] = resource["Properties"]["SSESpecification"].clone();
        }
        adopt(change, &same_key, resource);
        self.take_back(key, &existing.name);
    }

    /// The changes that cannot be made because their names are taken.
    pub fn taken(&self) -> impl Iterator<Item = (&Change, &Obstacle)> {
        self.obstacles().filter(|(change, _)| change.action == Action::Add || change.is_taken)
    }

    /// An earlier stack of this spec left it.
    pub fn recognise(&mut self, logical_id: &str) {
        let known = self.changes.iter_mut().find(|change| change.logical_id == logical_id);
        if let Some(change) = known.filter(|change| change.action == Action::Adopt) {
            change.is_strange = false;
            change.why = "left by an earlier stack of this spec, and adopted with its data".to_owned();
        }
    }

    /// What becomes the stack's and was never left by one of this spec.
    pub fn strangers(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.action == Action::Adopt && change.is_strange)
    }
}

fn barred(change: &mut Change, existing: &Existing, resource: &Value) -> Option<Obstacle> {
    let Existing { name, owner, .. } = existing;
    let obstacle = |reason: String, help: String| Some(Obstacle { reason, help });
    if change.action == Action::Replace {
        change.is_taken = true;
        return obstacle(
            format!("a table `{name}` exists already, and a replacement makes a new one"),
            format!(
                "destroy the stack, which retains its table, and apply again with `--accept adopt:{}`; or give the table a name that is free",
                change.logical_id
            ),
        );
    }
    if let Some(owner) = owner {
        return obstacle(
            format!("`{name}` exists already and belongs to stack `{owner}`"),
            format!("give another name under `names`, or take it over with `--adopt {owner}`"),
        );
    }
    let Some(found) = &existing.found else {
        return obstacle(
            format!("`{name}` exists already, and CloudFormation cannot import it by itself"),
            "give another name under `names`, take it over with `--adopt STACK` if a stack has it, or remove it"
                .to_owned(),
        );
    };
    if !outlives(resource["DeletionPolicy"].as_str()) {
        return obstacle(
            format!("`{name}` exists already, and only what the stack retains can be imported"),
            "set `table.retain: true`, or give another name under `names.table`".to_owned(),
        );
    }
    if let Some(locked) = &existing.locked {
        return Some(locked.clone());
    }
    let wanted = &resource["Properties"];
    if found["KeySchema"] != wanted["KeySchema"] || !same_types(found, wanted) {
        return obstacle(
            format!("table `{name}` exists already with the keys {}, and a table's keys cannot change", keys(found)),
            "name its attributes under `event.partition_key` and `event.sort_key`, or give another name under `names.table`"
                .to_owned(),
        );
    }
    None
}

/// Key attributes have the same types in both.
fn same_types(found: &Value, wanted: &Value) -> bool {
    let kind = |table: &Value, name: &Value| {
        let attributes = table["AttributeDefinitions"].as_array()?;
        let one = attributes.iter().find(|one| one["AttributeName"] == *name)?;
        Some(one["AttributeType"].clone())
    };
    let keys = wanted["KeySchema"].as_array().into_iter().flatten();
    keys.into_iter().all(|key| {
        let name = &key["AttributeName"];
        kind(found, name) == kind(wanted, name)
    })
}

fn keys(table: &Value) -> String {
    let keys = table["KeySchema"].as_array().into_iter().flatten();
    let names = keys.filter_map(|key| key["AttributeName"].as_str());
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

fn adopt(change: &mut Change, existing: &Existing, resource: &Value) {
    let found = existing.found.clone().unwrap_or_default();
    let wanted = &resource["Properties"];
    // What a change of the same properties would cost.
    let mut trial = Change::new(Action::Modify, &change.logical_id, &change.resource_type);
    for property in COMPARED {
        let (before, after) = (&found[property], &wanted[property]);
        // A key of the stack's own is another one than the key that encrypts what is there.
        let known = property == "SSESpecification" || !is_reference(after);
        if before != after && known && !is_default(property, before, after) {
            let path = format!("/Properties/{property}");
            trial.properties.push(PropertyChange::new(&path, before.clone(), after.clone()));
        }
    }
    let properties = trial.properties.clone();
    // Rows of a table of ours carry their time to live, and were to be deleted by it all along.
    let is_theirs = |property: &PropertyChange| !property.path.contains("TimeToLive");
    trial.properties.retain(|property| !existing.is_left_by_ours || is_theirs(property));
    risk::assess(&mut trial);
    change.action = Action::Adopt;
    change.is_strange = !existing.is_left_by_ours;
    change.properties = properties;
    change.risk = trial.risk;
    let whose = if existing.is_left_by_ours {
        "left by an earlier stack of this spec, and adopted with its rows"
    } else {
        "exists already, no earlier stack of this spec left it, and is adopted with its rows"
    };
    change.why = if trial.why.is_empty() { whose.to_owned() } else { format!("{whose}; {}", trial.why) };
    change.found = Some(found);
}

/// A value that only CloudFormation knows cannot be compared.
fn is_reference(value: &Value) -> bool {
    value.to_string().contains("\"Fn::") || value.to_string().contains("\"Ref\"")
}

/// Left out and written out are the same.
fn is_default(property: &str, before: &Value, after: &Value) -> bool {
    let off = |value: &Value| value.is_null() || *value == false;
    property == "DeletionProtectionEnabled" && off(before) && off(after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Content, Place, Risk, plan};
    use super::*;

    fn table(more: &Value) -> Value {
        let mut table = json!({
            "TableName": "t", "BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": false,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            table[name] = value.clone();
        }
        table
    }

    /// The change of a table that is wanted so, where one is there so.
    fn met(wanted: &Value, found: &Value, ours: bool) -> Change {
        let table = json!({"Type": ADOPTABLE, "DeletionPolicy": "Retain", "Properties": table(wanted)});
        let template = json!({"Resources": {"EventsTable": table}});
        let desired = Content { template, parameters: Default::default(), tags: Default::default() };
        let place = Place { stack: "s".to_owned(), account: "1".to_owned(), region: "r".to_owned() };
        let mut plan = plan(&place, None, &desired);
        let existing = Existing {
            logical_id: "EventsTable".to_owned(),
            name: "t".to_owned(),
            owner: None,
            found: Some(self::table(found)),
            is_left_by_ours: ours,
            locked: None,
            key: None,
        };
        plan.meet(&existing, &desired.template);
        plan.changes.remove(0)
    }

    #[test]
    fn what_is_there_is_compared_because_cloudformation_does_not() {
        let expiry = json!({"TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true}});
        let strange = met(&expiry, &json!({}), false);
        assert_eq!((strange.action, strange.risk), (Action::Adopt, Risk::DataLoss));
        assert_eq!(strange.properties.len(), 1, "{:?}", strange.properties);
        let ours = met(&expiry, &json!({}), true);
        assert_eq!((ours.action, ours.risk, ours.properties.len()), (Action::Adopt, Risk::None, 1));
        assert!(met(&expiry, &expiry, false).properties.is_empty());
        let key = json!({"SSESpecification": {"KMSMasterKeyId": {"Fn::GetAtt": ["EncryptionKey", "Arn"]}}});
        let old = json!({"SSESpecification": {"KMSMasterKeyId": "arn:aws:kms:r:1:key/old"}});
        let rekeyed = met(&key, &old, true);
        assert_eq!(rekeyed.properties[0].path, "/Properties/SSESpecification", "a new key is another key");
        assert_eq!(rekeyed.risk, Risk::Interruption);
    }

    #[test]
    fn other_keys_and_other_types_of_keys_are_in_the_way() {
        let number = json!({"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}]});
        let other = json!({"KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]});
        for found in [number, other] {
            let change = met(&json!({}), &found, true);
            assert_eq!(change.action, Action::Add);
            assert!(change.obstacle.expect("an obstacle").reason.contains("keys cannot change"));
        }
    }
}
