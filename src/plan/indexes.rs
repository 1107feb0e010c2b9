//! Which indexes of remaining tables a change of the template deletes and creates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

const TABLE: &str = "AWS::DynamoDB::Table";
/// Properties that a table cannot change: with another value it is another table, which gets all of its indexes at once.
const FIXED: [&str; 3] = ["KeySchema", "LocalSecondaryIndexes", "TableName"];

/// The index changes of one table, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct IndexChanges {
    pub(super) deleted: BTreeSet<String>,
    /// An index that is also deleted is created again, with other keys or another projection.
    pub(super) made: BTreeSet<String>,
}

impl IndexChanges {
    /// Between the properties of a table before and after.
    pub(super) fn between(before: &Value, after: &Value) -> Self {
        let (old, new) = (indexes(before), indexes(after));
        let other = |here: &BTreeMap<String, Value>, there: &BTreeMap<String, Value>| {
            let differs = here.iter().filter(|(name, index)| there.get(*name) != Some(index));
            differs.map(|(name, _)| name.clone()).collect()
        };
        Self { deleted: other(&old, &new), made: other(&new, &old) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.deleted.is_empty() && self.made.is_empty()
    }

    /// The number of changes that DynamoDB counts.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.deleted.len() + self.made.len()
    }
}

/// The steps from the current to the wanted indexes of a table, by its properties.
#[must_use]
pub fn index_steps(before: &Value, after: &Value) -> Vec<String> {
    let IndexChanges { deleted, made } = IndexChanges::between(before, after);
    let deleted = deleted.into_iter().map(|name| format!("delete `{name}`"));
    deleted.chain(made.into_iter().map(|name| format!("create `{name}`"))).collect()
}

/// By logical id, for each table of both templates that is not replaced and whose indexes change.
pub(super) fn index_changes(before: &Value, after: &Value) -> BTreeMap<String, IndexChanges> {
    let tables = after["Resources"].as_object().into_iter().flatten();
    let stays = tables.filter_map(|(id, new)| {
        let old = &before["Resources"][id.as_str()];
        let is_table = new["Type"] == TABLE && old["Type"] == TABLE;
        let (old, new) = (&old["Properties"], &new["Properties"]);
        let is_same = is_table && FIXED.iter().all(|property| old[property] == new[property]);
        is_same.then(|| (id.clone(), IndexChanges::between(old, new)))
    });
    stays.filter(|(_, changes)| !changes.is_empty()).collect()
}

/// The definition of each index, by name: DynamoDB cannot change it, so another one must be created.
fn indexes(table: &Value) -> BTreeMap<String, Value> {
    let types = types(table);
    let list = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    let made = list.filter_map(|index| {
        let keys = &index["KeySchema"];
        let names = keys.as_array().into_iter().flatten().filter_map(|key| key["AttributeName"].as_str());
        let types: Vec<Option<&&Value>> = names.map(|name| types.get(name)).collect();
        let projected: BTreeSet<String> = index["Projection"]["NonKeyAttributes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let kind = &index["Projection"]["ProjectionType"];
        Some((index["IndexName"].as_str()?.to_owned(), json!([keys, types, kind, projected])))
    });
    made.collect()
}

fn types(table: &Value) -> BTreeMap<&str, &Value> {
    let definitions = table["AttributeDefinitions"].as_array().into_iter().flatten();
    definitions.filter_map(|one| Some((one["AttributeName"].as_str()?, &one["AttributeType"]))).collect()
}

/// The template with a table that lacks these indexes, and defines no attribute that is not a key.
pub(super) fn without_indexes(template: &mut Value, table: &str, lacking: &BTreeSet<String>) {
    let Some(table) = template["Resources"][table]["Properties"].as_object_mut() else { return };
    if lacking.is_empty() {
        return;
    }
    if let Some(list) = table.get_mut("GlobalSecondaryIndexes").and_then(Value::as_array_mut) {
        list.retain(|index| index["IndexName"].as_str().is_none_or(|name| !lacking.contains(name)));
        if list.is_empty() {
            table.remove("GlobalSecondaryIndexes");
        }
    }
    let mut keys = BTreeSet::new();
    let schemas = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"].map(|list| table.get(list));
    let schemas = schemas.into_iter().flatten().filter_map(Value::as_array).flatten();
    let schemas = schemas.map(|index| &index["KeySchema"]).chain(table.get("KeySchema"));
    for key in schemas.filter_map(Value::as_array).flatten() {
        keys.extend(key["AttributeName"].as_str().map(str::to_owned));
    }
    if let Some(defined) = table.get_mut("AttributeDefinitions").and_then(Value::as_array_mut) {
        defined.retain(|one| one["AttributeName"].as_str().is_none_or(|name| keys.contains(name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(indexes: &[(&str, &str)], kind: &str) -> Value {
        let list: Vec<Value> = indexes
            .iter()
            .map(|(name, key)| {
                json!({"IndexName": name, "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["p", "q"]}})
            })
            .collect();
        json!({"GlobalSecondaryIndexes": list,
            "AttributeDefinitions": [{"AttributeName": "x", "AttributeType": kind}, {"AttributeName": "y", "AttributeType": "S"}]})
    }

    fn changed_indexes(before: &Value, after: &Value) -> (Vec<String>, Vec<String>) {
        let IndexChanges { deleted, made } = IndexChanges::between(before, after);
        (deleted.into_iter().collect(), made.into_iter().collect())
    }

    #[test]
    fn another_key_type_or_projection_is_another_index() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let [none, one, both] =
            [&[][..], &[("a", "x")], &[("b", "y"), ("a", "x")]].map(|list| table(list, "S"));
        assert_eq!(changed_indexes(&none, &both), (names(&[]), names(&["a", "b"])));
        assert_eq!(changed_indexes(&both, &one), (names(&["b"]), names(&[])));
        assert_eq!(
            changed_indexes(&both, &table(&[("a", "x"), ("b", "y")], "S")),
            (names(&[]), names(&[])),
            "order"
        );
        let again = (names(&["a"]), names(&["a"]));
        assert_eq!(changed_indexes(&one, &table(&[("a", "y")], "S")), again, "another key");
        assert_eq!(changed_indexes(&one, &table(&[("a", "x")], "N")), again, "another type of the key");
        let mut other = one.clone();
        other["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] = json!(["q", "p"]);
        assert!(IndexChanges::between(&one, &other).is_empty(), "the order of attributes");
        other["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] = json!(["q"]);
        assert_eq!(changed_indexes(&one, &other), again, "another projection");
        assert_eq!(IndexChanges::between(&one, &other).count(), 2);
    }

    #[test]
    fn a_table_that_is_replaced_has_its_indexes_at_once() {
        let template = |name: &str, table: &Value| {
            let mut table = table.clone();
            table["TableName"] = name.into();
            json!({"Resources": {"EventsTable": {"Type": TABLE, "Properties": table}}})
        };
        let (before, after) = (table(&[], "S"), table(&[("a", "x"), ("b", "x")], "S"));
        assert_eq!(index_changes(&template("t", &before), &template("u", &after)), BTreeMap::new());
        assert_eq!(index_changes(&template("t", &before), &template("t", &after))["EventsTable"].count(), 2);
    }
}
