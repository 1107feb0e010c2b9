//! DynamoDB creates or deletes one global secondary index of a table at a time, and an update of a stack does not wait
//! between two.
//!
//! `Cannot perform more than one GSI creation or deletion in a single update`

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::strict::proposal::{Fault, Proposal};
use crate::strict::sample::with_table;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

const WORDS: &str = "Cannot perform more than one GSI creation or deletion in a single update";

pub(crate) const RULE: Rule = Rule {
    name: "index_per_update",
    source: "the handler of AWS::DynamoDB::Table; an index with other keys is deleted and created (two changes)",
    looks: &[Look::Resource(look)],
    proof,
};

fn look(_: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    let tables = proposal.in_both("AWS::DynamoDB::Table");
    let (_, table) = tables.into_iter().find(|(before, after)| {
        let (before, after) = (indexes(before.properties()), indexes(after.properties()));
        let deleted = before.iter().filter(|(name, keys)| after.get(*name) != Some(*keys)).count();
        let new = after.iter().filter(|(name, keys)| before.get(*name) != Some(*keys)).count();
        deleted + new > 1
    })?;
    Some(Fault::new(
        table,
        format!("Resource handler returned message: \"{WORDS}\" (HandlerErrorCode: InvalidRequest)"),
    ))
}

/// The fixed parts of the indexes, by name: keys, their types, and the projection.
fn indexes(table: &Value) -> BTreeMap<&str, (&Value, Vec<&Value>, &Value)> {
    let defined = |name: &Value| {
        let mut all = table["AttributeDefinitions"].as_array().into_iter().flatten();
        all.find(|one| one["AttributeName"] == *name).map_or(&Value::Null, |one| &one["AttributeType"])
    };
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    indexes
        .filter_map(|index| {
            let keys = &index["KeySchema"];
            let types = keys.as_array().into_iter().flatten().map(|key| defined(&key["AttributeName"]));
            Some((index["IndexName"].as_str()?, (keys, types.collect(), &index["Projection"])))
        })
        .collect()
}

fn proof(trial: &Trial<'_>) {
    let name = trial.name("indexed");
    let index = |name: &str| json!({"IndexName": name, "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}});
    let stack = trial.deployed(&with_table(&name, json!({})));
    let both = with_table(&name, json!({"GlobalSecondaryIndexes": [index("a"), index("b")]}));
    trial.update(&stack, &both).taken();
    trial.ended(&stack, "UPDATE_ROLLBACK_COMPLETE", WORDS);
    // Nothing was changed, and one at a time is accepted.
    trial.update(&stack, &with_table(&name, json!({"GlobalSecondaryIndexes": [index("a")]}))).taken();
    assert_eq!(trial.settled(&stack), "UPDATE_COMPLETE");
    let other = with_table(&name, json!({"GlobalSecondaryIndexes": [index("b")]}));
    let change_set = trial.change_set(&stack, "UPDATE", &other, &[]).ready();
    trial.stack("ExecuteChangeSet", &[("ChangeSetName", &change_set)]).taken();
    trial.ended(
        &stack,
        "UPDATE_ROLLBACK_COMPLETE",
        "The following resource(s) failed to update: [EventsTable].",
    );
}
