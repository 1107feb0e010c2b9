//! The table as the processor writes it and `pipectl query` reads it. A row without its keys is refused, message by message;
//! without the attribute of its expiry it is there for ever.

use processor::row::{EXPIRES_AT, PROCESSING_STATUS};
use serde_json::Value;

use super::super::filled::Filled;
use super::super::walk::Finding;
use super::declared::Declared;
use super::{absent, finding, undeclared};
use crate::spec::Event;

const TABLE: &str = "EventsTable";
/// The index that `pipectl query` reads.
const INDEX: &str = "status-timestamp-index";
/// What a template says whose table is another stack's.
const LINK: &str = "table";

pub(super) fn unmet(filled: &Filled<'_>, declared: &Declared, event: &Event) -> Vec<Finding> {
    if declared.delivery.contains(LINK) {
        return Vec::new();
    }
    let Some(table) = filled.properties(TABLE, "AWS::DynamoDB::Table") else {
        let message =
            format!("the stack has no table `{TABLE}`: nothing shows where the processor writes rows");
        return vec![absent(TABLE, message, undeclared("keep it (`pipectl eject table --to new`)", LINK))];
    };
    let pointer = |property: &str| format!("/Resources/{TABLE}/Properties/{property}");
    let mut findings = Vec::new();
    let mut find = |property: &str, message: String, edit: String| {
        findings.push(finding(&pointer(property), message, undeclared(&edit, LINK)));
    };
    let (hash, range) = (&*event.partition_key, &*event.sort_key);
    if !has_keys(&table["KeySchema"], hash, range) {
        let message = format!(
            "the table's keys are not `{hash}` and `{range}`, with which the processor writes rows: DynamoDB refuses every row"
        );
        find("KeySchema", message, keys(hash, range));
    }
    for name in [hash, range, PROCESSING_STATUS] {
        let of_it = |one: &&Value| one["AttributeName"] == name;
        let defined = table["AttributeDefinitions"].as_array().into_iter().flatten().find(of_it);
        if let Some(other) = defined.map(|one| &one["AttributeType"]).filter(|kind| **kind != "S") {
            let message = format!("the key `{name}` is of type {other}, and the processor writes text");
            find(
                "AttributeDefinitions",
                message,
                format!("write `{{AttributeName: {name}, AttributeType: S}}`"),
            );
        }
    }
    let expiry = &table["TimeToLiveSpecification"];
    if expiry["AttributeName"] != EXPIRES_AT || !is_true(&expiry["Enabled"]) {
        let message =
            format!("rows of the table do not expire: the processor writes the time into `{EXPIRES_AT}`");
        let edit = format!("write `TimeToLiveSpecification: {{AttributeName: {EXPIRES_AT}, Enabled: true}}`");
        find("TimeToLiveSpecification", message, edit);
    }
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    let index = indexes.into_iter().find(|index| index["IndexName"] == INDEX);
    let complete = index.is_some_and(|index| {
        has_keys(&index["KeySchema"], PROCESSING_STATUS, range)
            && index["Projection"]["ProjectionType"] == "ALL"
    });
    if !complete {
        let message = format!(
            "the table has no index `{INDEX}` of whole rows by `{PROCESSING_STATUS}` and `{range}`, which `pipectl query` reads"
        );
        find("GlobalSecondaryIndexes", message, keys(PROCESSING_STATUS, range));
    }
    findings
}

fn is_true(value: &Value) -> bool {
    *value == true || *value == "true"
}

fn keys(hash: &str, range: &str) -> String {
    format!(
        "write `KeySchema: [{{AttributeName: {hash}, KeyType: HASH}}, {{AttributeName: {range}, KeyType: RANGE}}]`, as pipectl's \
         own template does (`pipectl eject table --to new`)"
    )
}

fn has_keys(schema: &Value, hash: &str, range: &str) -> bool {
    let key = |kind: &str| {
        let mut keys = schema.as_array().into_iter().flatten();
        keys.find(|key| key["KeyType"] == kind).and_then(|key| key["AttributeName"].as_str())
    };
    key("HASH") == Some(hash) && key("RANGE") == Some(range) && schema.as_array().map(Vec::len) == Some(2)
}
