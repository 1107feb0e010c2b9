//! The table as the processor writes it and `pipectl query` reads it. A row without its keys is refused, message by
//! message; without the attribute of its expiry it is never deleted.

use processor::row::EXPIRES_AT;
use serde_json::Value;

use super::super::filled::Filled;
use super::super::table_keys::{TableIndex, TableKeys};
use super::super::walk::Finding;
use super::declared::Declared;
use super::{absent, finding, undeclared};

const TABLE: &str = "EventsTable";
/// The declaration of a template whose table belongs to another stack.
const LINK: &str = "table";

pub(super) fn unmet(filled: &Filled<'_>, declared: &Declared, wanted: &TableKeys) -> Vec<Finding> {
    if declared.delivery.contains(LINK) {
        return Vec::new();
    }
    let Some(table) = filled.properties(TABLE, "AWS::DynamoDB::Table") else {
        let message =
            format!("the stack has no table `{TABLE}`, so the processor may have no table to write to");
        return vec![absent(TABLE, message, undeclared("restore it (`pipectl eject table --to new`)", LINK))];
    };
    let pointer = |property: &str| format!("/Resources/{TABLE}/Properties/{property}");
    let mut findings = Vec::new();
    let mut find = |property: &str, message: String, edit: String| {
        findings.push(finding(&pointer(property), message, undeclared(&edit, LINK)));
    };
    let (hash, range) = (&*wanted.partition_key, wanted.sort_key.as_deref());
    if !has_keys(&table["KeySchema"], hash, range) {
        let named =
            range.map_or_else(|| format!("`{hash}` alone"), |range| format!("`{hash}` and `{range}`"));
        let message = format!(
            "the table's keys are not {named}, which the processor writes: DynamoDB refuses every row"
        );
        find("KeySchema", message, keys(hash, range));
    }
    for key in &wanted.attributes {
        let name = &key.name;
        let of_it = |one: &&Value| one["AttributeName"] == name.as_str();
        let defined = table["AttributeDefinitions"].as_array().into_iter().flatten().find(of_it);
        let kind = if key.is_number { "N" } else { "S" };
        if let Some(other) = defined.map(|one| &one["AttributeType"]).filter(|there| **there != kind) {
            let message = format!("the key `{name}` has type {other}, but the processor writes type {kind}");
            let edit = format!("write `{{AttributeName: {name}, AttributeType: {kind}}}`");
            find("AttributeDefinitions", message, edit);
        }
    }
    let expiry = &table["TimeToLiveSpecification"];
    if wanted.expires && (expiry["AttributeName"] != EXPIRES_AT || !is_true(&expiry["Enabled"])) {
        let message =
            format!("rows of the table do not expire: the processor writes the expiry to `{EXPIRES_AT}`");
        let edit = format!("write `TimeToLiveSpecification: {{AttributeName: {EXPIRES_AT}, Enabled: true}}`");
        find("TimeToLiveSpecification", message, edit);
    }
    for index in &wanted.indexes {
        if has_index(table, index) {
            continue;
        }
        let (name, hash, range) = (&index.name, &*index.partition_key, index.sort_key.as_deref());
        let by = range.map_or_else(|| format!("`{hash}`"), |range| format!("`{hash}` and `{range}`"));
        let message = format!(
            "the table has no index `{name}` of {} by {by}, which `pipectl query` reads",
            if index.projection == "ALL" { "whole rows" } else { "the rows' attributes that the spec names" },
        );
        find("GlobalSecondaryIndexes", message, keys(hash, range));
    }
    findings
}

/// Whether the table has an index with these keys that projects at least as much.
fn has_index(table: &Value, wanted: &TableIndex) -> bool {
    let mut indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    let Some(index) = indexes.find(|index| index["IndexName"] == *wanted.name) else { return false };
    let projection = &index["Projection"];
    let names = projection["NonKeyAttributes"].as_array();
    let holds = |name: &String| names.is_some_and(|names| names.iter().any(|one| *one == **name));
    let is_whole = projection["ProjectionType"] == "ALL";
    has_keys(&index["KeySchema"], &wanted.partition_key, wanted.sort_key.as_deref())
        && (is_whole || (wanted.projection != "ALL" && wanted.projected.iter().all(holds)))
}

fn is_true(value: &Value) -> bool {
    *value == true || *value == "true"
}

fn keys(hash: &str, range: Option<&str>) -> String {
    let range =
        range.map(|range| format!(", {{AttributeName: {range}, KeyType: RANGE}}")).unwrap_or_default();
    format!(
        "write `KeySchema: [{{AttributeName: {hash}, KeyType: HASH}}{range}]`, as pipectl's own template does (`pipectl eject \
         table --to new`)"
    )
}

fn has_keys(schema: &Value, hash: &str, range: Option<&str>) -> bool {
    let key = |kind: &str| {
        let mut keys = schema.as_array().into_iter().flatten();
        keys.find(|key| key["KeyType"] == kind).and_then(|key| key["AttributeName"].as_str())
    };
    key("HASH") == Some(hash)
        && key("RANGE") == range
        && schema.as_array().map(Vec::len) == Some(1 + usize::from(range.is_some()))
}
