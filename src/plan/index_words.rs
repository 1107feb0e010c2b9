//! Which readers of a table its index changes affect.

use serde_json::Value;

use super::indexes::{IndexChanges, index_changes};
use super::{Change, risk};
use crate::render::{RowContract, row_contract};

/// Marks the change of each table whose indexes change.
pub(super) fn mark(changes: &mut [Change], deployed: &Value, desired: &Value) {
    let rows = row_contract(deployed);
    for id in index_changes(deployed, desired).into_keys() {
        let properties = |template: &Value| template["Resources"][id.as_str()]["Properties"].clone();
        if let Some(change) = changes.iter_mut().find(|change| change.logical_id == id) {
            change.readers.extend(consequences(&properties(deployed), &properties(desired), rows.as_ref()));
            risk::assess(change);
        }
    }
}

/// For the properties of a table before and after. `rows`: the attributes of the existing rows.
pub(super) fn consequences(before: &Value, after: &Value, rows: Option<&RowContract>) -> Vec<String> {
    let changes = IndexChanges::between(before, after);
    let mut words = Vec::new();
    for name in changes.deleted.difference(&changes.made) {
        words.push(format!("queries of the removed index `{name}` fail"));
    }
    for name in changes.deleted.intersection(&changes.made) {
        words.push(format!(
            "the index `{name}` is deleted and created again: queries of it fail until it is filled; adding an index with another name instead would avoid this"
        ));
    }
    for name in changes.made.difference(&changes.deleted) {
        words.push(format!("queries of the new index `{name}` fail until it is filled"));
    }
    for name in &changes.made {
        words.extend(rows.and_then(|rows| lacking(name, after, rows)));
    }
    words
}

/// The existing rows and attributes that an index lacks.
fn lacking(index: &str, table: &Value, rows: &RowContract) -> Option<String> {
    let list = table["GlobalSecondaryIndexes"].as_array()?;
    let keys = list.iter().find(|one| one["IndexName"] == index)?["KeySchema"].as_array()?;
    let names: Vec<&str> = keys.iter().filter_map(|key| key["AttributeName"].as_str()).collect();
    let missing: Vec<String> = names
        .iter()
        .filter(|name| !rows.attributes.contains(**name))
        .map(|name| format!("`{name}`"))
        .collect();
    if !missing.is_empty() {
        return Some(format!(
            "rows written before lack {} and are not in the index `{index}`",
            missing.join(" and ")
        ));
    }
    let plain = names.iter().find(|name| rows.plain.contains(**name))?;
    Some(format!("rows written before are in the index `{index}` where their `{plain}` is a text"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Action, Risk};
    use super::*;

    fn table(indexes: &[(&str, &str)]) -> Value {
        let list = indexes.iter().map(|(name, key)| {
            json!({"IndexName": name, "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}})
        });
        json!({"GlobalSecondaryIndexes": list.collect::<Vec<_>>()})
    }

    #[test]
    fn readers_learn_which_queries_fail_and_which_rows_an_index_lacks() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let rows = RowContract {
            attributes: set(&["customer", "event_id", "event_type"]),
            plain: set(&["customer"]),
        };
        let consequences = |before: &[(&str, &str)], after: &[(&str, &str)]| {
            consequences(&table(before), &table(after), Some(&rows)).join("; ")
        };
        assert_eq!(consequences(&[("a", "x")], &[("a", "x")]), "");
        assert_eq!(consequences(&[("a", "x")], &[]), "queries of the removed index `a` fail");
        let again = consequences(&[("a", "event_id")], &[("a", "event_type")]);
        assert!(
            again.starts_with("the index `a` is deleted and created again: queries of it fail"),
            "{again}"
        );
        assert!(!again.contains("rows written before"), "{again}");
        let lacks = consequences(&[], &[("a", "total")]);
        assert_eq!(
            lacks,
            "queries of the new index `a` fail until it is filled; rows written before lack `total` and are not in the index `a`"
        );
        assert!(
            consequences(&[], &[("a", "customer")])
                .ends_with("in the index `a` where their `customer` is a text")
        );
    }

    #[test]
    fn other_indexes_are_an_interruption() {
        let template = |table: Value| json!({"Resources": {"EventsTable": {"Type": "AWS::DynamoDB::Table", "Properties": table}}});
        let mut changes = vec![Change::new(Action::Modify, "EventsTable", "AWS::DynamoDB::Table")];
        mark(&mut changes, &template(table(&[])), &template(table(&[("a", "x")])));
        assert_eq!(changes[0].risk, Risk::Interruption);
        assert!(changes[0].why.contains("the new index `a`"), "{}", changes[0].why);
    }
}
