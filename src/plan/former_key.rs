//! The key of a former stack: the retained data is encrypted with it, and a new key cannot decrypt it.

use serde_json::{Value, json};

use super::adoption::ADOPTABLE;
use super::{Action, Change, Plan};

/// A key, which CloudFormation identifies by the id that KMS gave it.
pub(super) const KEY: &str = "AWS::KMS::Key";

/// The key that encrypts what a former stack of the spec retained, and that the same stack created.
#[derive(Debug, Clone, PartialEq)]
pub struct FormerKey {
    /// The change that would create another key.
    pub logical_id: String,
    /// Its id, without the ARN's prefix.
    pub id: String,
    /// Its current policy.
    pub policy: Value,
}

impl Plan {
    /// The logical id of the key that the plan creates for a table; `None` if it creates none.
    #[must_use]
    pub fn new_key(&self, table: &str, desired: &Value) -> Option<&str> {
        let named = &desired["Resources"][table]["Properties"]["SSESpecification"]["KMSMasterKeyId"];
        let id = named["Fn::GetAtt"][0].as_str().or_else(|| named["Ref"].as_str())?;
        let makes = |change: &&Change| change.action == Action::Add && change.resource_type == KEY;
        let change = self.changes.iter().filter(makes).find(|change| change.logical_id == id)?;
        Some(&change.logical_id)
    }

    /// The existing key is adopted unchanged, instead of another one that could not decrypt the data.
    pub(super) fn take_back(&mut self, key: &FormerKey, table: &str) {
        let Some(change) = self.changes.iter_mut().find(|change| change.logical_id == key.logical_id) else {
            return;
        };
        change.action = Action::Adopt;
        change.physical_id = Some(key.id.clone());
        change.found = Some(json!({"KeyPolicy": key.policy}));
        change.why = format!(
            "created by an earlier stack of this spec, already encrypts `{table}`, and gets the key policy of the spec"
        );
    }
}

impl Change {
    /// Whether it is imported by itself before everything else is changed: CloudFormation compares no values on import,
    /// and finds only resources that the template names.
    #[must_use]
    pub fn is_imported_first(&self) -> bool {
        self.action == Action::Adopt && (!self.properties.is_empty() || self.resource_type == KEY)
    }

    /// The property by which CloudFormation finds an adopted resource.
    #[must_use]
    pub fn identifier(&self) -> &'static str {
        match self.resource_type.as_str() {
            ADOPTABLE => "TableName",
            _ => "KeyId",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Existing, Location, Risk, plan};
    use super::*;

    fn desired(key: &Value) -> Value {
        let table = json!({
            "TableName": "t", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "SSESpecification": {"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": key},
        });
        json!({"Resources": {
            "EncryptionKey": {"Type": KEY, "DeletionPolicy": "Retain", "Properties": {"KeyPolicy": {}}},
            "EventsTable": {"Type": ADOPTABLE, "DeletionPolicy": "Retain", "Properties": table},
        }})
    }

    fn planned(template: &Value) -> Plan {
        let content =
            Content { template: template.clone(), parameters: Default::default(), tags: Default::default() };
        let location = Location { stack: "s".to_owned(), account: "1".to_owned(), region: "r".to_owned() };
        plan(&location, None, &content)
    }

    #[test]
    fn the_key_that_encrypts_the_table_takes_the_place_of_a_new_one() {
        let template = desired(&json!({"Fn::GetAtt": ["EncryptionKey", "Arn"]}));
        let mut plan = planned(&template);
        assert_eq!(plan.new_key("EventsTable", &template), Some("EncryptionKey"));
        let mut found = template["Resources"]["EventsTable"]["Properties"].clone();
        found["SSESpecification"]["KMSMasterKeyId"] = "arn:aws:kms:r:1:key/old".into();
        let policy = json!({"Statement": [{"Sid": "Former"}]});
        let key = FormerKey { logical_id: "EncryptionKey".to_owned(), id: "old".to_owned(), policy };
        let existing = Existing {
            logical_id: "EventsTable".to_owned(),
            name: "t".to_owned(),
            owner: None,
            found: Some(found),
            is_left_by_ours: true,
            locked: None,
            copy: None,
            key: Some(key),
        };
        plan.meet(&existing, &template);
        let of = |id: &str| plan.changes.iter().find(|change| change.logical_id == id).expect("a change");
        let (key, table) = (of("EncryptionKey"), of("EventsTable"));
        assert_eq!((key.action, key.physical_id.as_deref()), (Action::Adopt, Some("old")));
        assert_eq!((key.identifier(), key.is_imported_first()), ("KeyId", true));
        assert_eq!(key.found.as_ref().expect("values")["KeyPolicy"]["Statement"][0]["Sid"], "Former");
        assert_eq!((table.action, table.risk, table.properties.len()), (Action::Adopt, Risk::None, 0));
        // Imported with the key, it refers to it as the update does.
        let named = &table.found.as_ref().expect("values")["SSESpecification"]["KMSMasterKeyId"];
        assert_eq!(named["Fn::GetAtt"][0], "EncryptionKey");
        assert_eq!(plan.strangers().count(), 0, "nobody has to accept what was the spec's own");
    }

    #[test]
    fn a_key_that_the_plan_does_not_make_is_not_replaced_by_another() {
        let template = desired(&json!("arn:aws:kms:r:1:key/theirs"));
        assert_eq!(planned(&template).new_key("EventsTable", &template), None);
        let mut template = desired(&json!({"Fn::GetAtt": ["EncryptionKey", "Arn"]}));
        template["Resources"]["EncryptionKey"]["Type"] = "AWS::KMS::ReplicaKey".into();
        assert_eq!(planned(&template).new_key("EventsTable", &template), None);
    }
}
