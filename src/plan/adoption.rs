//! Taken names: a resource that is added under one either adopts the existing resource, or cannot be created.

use serde_json::Value;

use super::{
    Action, Change, FormerKey, Obstacle, Plan, PropertyChange, Risk, index_words, outlives, risk, updates,
};
use crate::spec::NAMED_TYPES;
use crate::stack::TableCopy;

/// An existing resource with a name that the plan needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Existing {
    /// The change that needs the name.
    pub logical_id: String,
    pub name: String,
    /// The other stack that it belongs to.
    pub owner: Option<String>,
    /// Its properties in a template's form, for types that can be adopted.
    pub found: Option<Value>,
    /// Whether an earlier stack of this spec retained it.
    pub is_left_by_ours: bool,
    /// Why the key that encrypts it cannot be used now, and the command that changes that.
    pub locked: Option<Obstacle>,
    /// The table it was restored from, if an earlier stack of this spec had that.
    pub copy: Option<TableCopy>,
    /// The key that encrypts it, if an earlier stack of this spec created it and the plan would create another.
    pub key: Option<FormerKey>,
}

/// The type that can be adopted: CloudFormation finds it by its name, and it is retained when its stack is deleted.
pub const ADOPTABLE: &str = "AWS::DynamoDB::Table";

const EXPIRY: &str = "TimeToLive";

/// Properties of a table that are compared here, because CloudFormation does not compare them.
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
    /// The names that are looked up before anything is created: logical id, type and name of added resources, and of
    /// tables that are replaced.
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

    /// Adds an existing resource: its change becomes an adoption, with the properties it changes, or gets an obstacle.
    pub fn meet(&mut self, existing: &Existing, desired: &Value) {
        let id = existing.logical_id.as_str();
        let Some(change) = self.changes.iter_mut().find(|change| change.logical_id == id) else { return };
        let resource = &desired["Resources"][id];
        change.physical_id = Some(existing.name.clone());
        if let Some(obstacle) = barred(change, existing, resource) {
            change.obstacle = Some(obstacle);
            return;
        }
        if let Some(found) = &existing.found {
            self.updates = super::update_words(&updates::of_found(id, found, desired));
        }
        let Some(key) = &existing.key else { return adopt(change, existing, resource) };
        // With the key in the stack, the template's reference to it means the key that encrypts the table now.
        let mut same_key = existing.clone();
        if let Some(found) = &mut same_key.found {
            found["SSESpecification"] = resource["Properties"]["SSESpecification"].clone();
        }
        adopt(change, &same_key, resource);
        self.take_back(key, &existing.name);
    }

    /// The table that replaces the stack's: its change, and the name of the one that leaves the stack.
    #[must_use]
    pub fn relocation(&self) -> Option<(&Change, &str)> {
        self.changes.iter().find_map(|change| Some((change, change.former.as_deref()?)))
    }

    /// The logical id and name of the table that starts to delete expired rows.
    #[must_use]
    pub fn expiring(&self, desired: &Value) -> Option<(String, String)> {
        let begins = |property: &PropertyChange| property.path.contains(EXPIRY) && property.before.is_null();
        let change = self.changes.iter().find(|change| {
            let is_table = change.action == Action::Modify && change.resource_type == ADOPTABLE;
            is_table && change.properties.iter().any(begins)
        })?;
        let name = &desired["Resources"][change.logical_id.as_str()]["Properties"]["TableName"];
        Some((change.logical_id.clone(), name.as_str()?.to_owned()))
    }

    /// Marks a table of the stack as restored from one of ours: the rows it starts to delete had a time to live before.
    pub fn has_our_rows(&mut self, logical_id: &str) {
        if let Some(change) = self.changes.iter_mut().find(|change| change.logical_id == logical_id) {
            assess(change, true);
        }
    }

    /// Rates an empty table in a stack from which the previous one was removed: an apply that should replace it was
    /// interrupted.
    pub fn begins_empty(&mut self) {
        let added = |change: &&mut Change| change.action == Action::Add && change.resource_type == ADOPTABLE;
        for change in self.changes.iter_mut().filter(added) {
            change.risk = Risk::DataLoss;
            change.why = "an empty table replaces the one that an interrupted apply removed from the stack; its rows are retained outside of the stack"
                .to_owned();
        }
    }

    /// Whether an existing resource has a name that the plan needs: it blocks the change, or is adopted.
    #[must_use]
    pub fn meets_others(&self) -> bool {
        self.taken().next().is_some() || self.changes.iter().any(|change| change.action == Action::Adopt)
    }

    /// The changes that cannot be made because their names are taken.
    pub fn taken(&self) -> impl Iterator<Item = (&Change, &Obstacle)> {
        self.obstacles().filter(|(change, _)| change.action == Action::Add || change.is_taken)
    }

    /// Marks a resource as retained by an earlier stack of this spec.
    pub fn recognise(&mut self, logical_id: &str) {
        let known = self.changes.iter_mut().find(|change| change.logical_id == logical_id);
        if let Some(change) = known.filter(|change| change.action == Action::Adopt) {
            change.is_strange = false;
            change.why = "retained from an earlier stack of this spec, and adopted with its data".to_owned();
        }
    }

    /// Adopted resources that no stack of this spec retained.
    pub fn strangers(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.action == Action::Adopt && change.is_strange)
    }
}

fn barred(change: &mut Change, existing: &Existing, resource: &Value) -> Option<Obstacle> {
    let Existing { name, owner, .. } = existing;
    let obstacle = |reason: String, help: String| Some(Obstacle { reason, help });
    change.is_taken = change.action == Action::Replace;
    if change.is_taken && former(change).is_none() {
        return obstacle(
            format!("table `{name}` already exists, but a replacement creates a new one"),
            "give the table another name under `names.table`".to_owned(),
        );
    }
    if let Some(owner) = owner {
        return obstacle(
            format!("`{name}` already exists and belongs to stack `{owner}`"),
            format!("write another name under `names`, or take it over with `--adopt {owner}`"),
        );
    }
    let Some(found) = &existing.found else {
        return obstacle(
            format!("`{name}` already exists, but CloudFormation cannot import it on its own"),
            "write another name under `names`, take it over with `--adopt STACK` if a stack has it, or delete it"
                .to_owned(),
        );
    };
    if !outlives(resource["DeletionPolicy"].as_str()) {
        return obstacle(
            format!("`{name}` already exists, but only resources that the stack retains can be imported"),
            "set `table.retain: true`, or give another name under `names.table`".to_owned(),
        );
    }
    if let Some(locked) = &existing.locked {
        return Some(locked.clone());
    }
    let wanted = &resource["Properties"];
    if found["KeySchema"] != wanted["KeySchema"] || !same_types(found, wanted) {
        return obstacle(
            format!("table `{name}` already exists with the keys {}, and a table's keys cannot change", keys(found)),
            "name its attributes under `event.partition_key` and `event.sort_key`, or give another name under `names.table`"
                .to_owned(),
        );
    }
    None
}

/// Whether key attributes have the same types in both.
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

/// The name of the table that is replaced; `None` if both have the same name.
fn former(change: &Change) -> Option<String> {
    let renamed = change.properties.iter().find(|property| property.path == "/Properties/TableName")?;
    renamed.before.as_str().map(ToOwned::to_owned)
}

fn adopt(change: &mut Change, existing: &Existing, resource: &Value) {
    let former = if change.action == Action::Replace { former(change) } else { None };
    let found = existing.found.clone().unwrap_or_default();
    let wanted = &resource["Properties"];
    // The risk of changing the same properties.
    let mut trial = Change::new(Action::Modify, &change.logical_id, &change.resource_type);
    for property in COMPARED {
        let (before, after) = (&found[property], &wanted[property]);
        // A new key of the stack differs from the key that encrypts the existing resource.
        let known = property == "SSESpecification" || !is_reference(after);
        if before != after && known && !is_default(property, before, after) {
            let path = format!("/Properties/{property}");
            trial.properties.push(PropertyChange::new(&path, before.clone(), after.clone()));
        }
    }
    trial.readers = index_words::consequences(&found, wanted, None);
    let has_our_rows = existing.is_left_by_ours || existing.copy.is_some();
    assess(&mut trial, has_our_rows);
    change.action = Action::Adopt;
    // Replacing another table is a decision, whoever retained the new one.
    change.is_strange = !existing.is_left_by_ours || former.is_some();
    change.properties = trial.properties;
    change.risk = if former.is_some() { trial.risk.max(Risk::Interruption) } else { trial.risk };
    let whose = if existing.is_left_by_ours {
        "retained from an earlier stack of this spec, and adopted with its rows".to_owned()
    } else if let Some(copy) = &existing.copy {
        let at = copy.at.as_deref().map(|at| format!(" as of {at}")).unwrap_or_default();
        format!("a restored copy of `{}`{at}, adopted with its rows", copy.of)
    } else {
        "already exists, was not left by an earlier stack of this spec, and is adopted with its rows"
            .to_owned()
    };
    let leaves = former.as_deref().map_or_else(String::new, |former| {
        format!(
            "replaces `{former}`, which is retained with its rows outside of the stack; meanwhile events wait in the queue"
        )
    });
    let reasons = [whose, leaves, trial.why].into_iter().filter(|why| !why.is_empty());
    change.why = reasons.collect::<Vec<_>>().join("; ");
    change.found = Some(found);
    change.former = former;
}

/// Sets the risk. Rows of a table of ours have a time to live, and were always to be deleted after it.
fn assess(change: &mut Change, has_our_rows: bool) {
    let properties = change.properties.clone();
    change.properties.retain(|property| !has_our_rows || !property.path.contains(EXPIRY));
    risk::assess(change);
    change.properties = properties;
}

/// Whether only CloudFormation knows a value, so that it cannot be compared.
fn is_reference(value: &Value) -> bool {
    value.to_string().contains("\"Fn::") || value.to_string().contains("\"Ref\"")
}

/// Whether an omitted property equals a written default.
fn is_default(property: &str, before: &Value, after: &Value) -> bool {
    let off = |value: &Value| value.is_null() || *value == false;
    property == "DeletionProtectionEnabled" && off(before) && off(after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Content, Location, Risk, plan};
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

    fn content(table: Value) -> Content {
        let table = json!({"Type": ADOPTABLE, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": table});
        let template = json!({"Resources": {"EventsTable": table}});
        Content { template, parameters: Default::default(), tags: Default::default() }
    }

    fn existing(found: &Value, ours: bool) -> Existing {
        Existing {
            logical_id: "EventsTable".to_owned(),
            name: "t".to_owned(),
            owner: None,
            found: Some(table(found)),
            is_left_by_ours: ours,
            locked: None,
            copy: None,
            key: None,
        }
    }

    fn meeting(deployed: Option<&Content>, wanted: &Value, existing: &Existing) -> Plan {
        let desired = content(table(wanted));
        let location = Location { stack: "s".to_owned(), account: "1".to_owned(), region: "r".to_owned() };
        let mut plan = plan(&location, deployed, &desired);
        plan.meet(existing, &desired.template);
        plan
    }

    /// The change of a wanted table, if this one exists.
    fn met(wanted: &Value, found: &Value, ours: bool) -> Change {
        meeting(None, wanted, &existing(found, ours)).changes.remove(0)
    }

    #[test]
    fn a_table_that_takes_the_place_of_another_is_adopted_and_must_be_accepted() {
        let expiry = json!({"TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true}});
        let deployed = content(table(&json!({"TableName": "former"})));
        let copy =
            |of: &str| Some(TableCopy { of: of.to_owned(), at: Some("2026-11-23T09:55:00Z".to_owned()) });
        // Its rows have a time to live only if they were ours.
        for (of, ours, risk) in [
            (Some("former"), false, Risk::Interruption),
            (None, false, Risk::DataLoss),
            (None, true, Risk::Interruption),
        ] {
            let existing = Existing { copy: of.and_then(copy), ..existing(&json!({}), ours) };
            let plan = meeting(Some(&deployed), &expiry, &existing);
            let (change, former) = plan.relocation().expect("a relocation");
            assert_eq!(
                (change.action, change.risk, former),
                (Action::Adopt, risk, "former"),
                "{}",
                change.why
            );
            assert_eq!((plan.strangers().count(), plan.taken().count(), plan.replaced().len()), (1, 0, 0));
        }
        let existing = Existing { copy: copy("former"), ..existing(&json!({}), false) };
        let why = meeting(Some(&deployed), &json!({}), &existing).changes.remove(0).why;
        assert!(why.contains("a restored copy of `former` as of 2026-11-23T09:55:00Z"), "{why}");
    }

    #[test]
    fn an_imported_copy_of_ours_may_delete_what_was_to_be_deleted() {
        let expiry = json!({"TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true}});
        let (imported, desired) = (content(table(&json!({}))), content(table(&expiry)));
        let location = Location { stack: "s".to_owned(), account: "1".to_owned(), region: "r".to_owned() };
        let mut plan = plan(&location, Some(&imported), &desired);
        assert_eq!(plan.losing().count(), 1);
        let (id, name) = plan.expiring(&desired.template).expect("a table");
        assert_eq!((id.as_str(), name.as_str()), ("EventsTable", "t"));
        plan.has_our_rows(&id);
        assert_eq!((plan.losing().count(), plan.changes[0].properties.len()), (0, 1));
    }

    #[test]
    fn a_replacement_under_the_same_name_conflicts_with_itself() {
        let deployed = content(table(&json!({"KeySchema": [{"AttributeName": "old", "KeyType": "HASH"}]})));
        let plan = meeting(Some(&deployed), &json!({}), &existing(&json!({}), false));
        assert_eq!((plan.relocation(), plan.taken().count()), (None, 1));
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
    fn other_keys_and_other_types_of_keys_are_obstacles() {
        let number = json!({"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}]});
        let other = json!({"KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]});
        for found in [number, other] {
            let change = met(&json!({}), &found, true);
            assert_eq!(change.action, Action::Add);
            assert!(change.obstacle.expect("an obstacle").reason.contains("keys cannot change"));
        }
    }
}
