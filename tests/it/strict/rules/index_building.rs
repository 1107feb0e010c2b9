//! An update of a stack ends while the index it creates is still being built, and DynamoDB creates or deletes one at a
//! time.
//!
//! `Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table`

use serde_json::{Value, json};

use crate::strict::memory::Building;
use crate::strict::proposal::{Fault, Proposal};
use crate::strict::sample::with_table;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

/// How many descriptions of a table it takes until its index is ready: an apply does not wait for the clock.
const LOOKS: u32 = 3;
const WORDS: &str =
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";

pub(crate) const RULE: Rule = Rule {
    name: "index_building",
    source: "AWS::DynamoDB::Table, GlobalSecondaryIndexes: CloudFormation does not wait for the index to complete creation",
    looks: &[Look::Resource(look)],
    proof,
};

fn look(scene: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    for (before, after) in proposal.in_both("AWS::DynamoDB::Table") {
        let [old, new] = [before, after].map(|table| names(table.properties()));
        let made: Vec<String> = new.iter().filter(|name| !old.contains(name)).cloned().collect();
        let deleted = old.iter().filter(|name| !new.contains(name)).count();
        // Several at once fail anyway.
        let is_one = made.len() + deleted == 1;
        let Some(name) = proposal.after.name_of(after, &proposal.region).filter(|_| is_one) else { continue };
        let location = scene.location(&name);
        let mut memory = scene.memory();
        if memory.building.contains_key(&location) {
            return Some(Fault::handler(after, WORDS, "DynamoDb", "ServiceLimitExceeded"));
        }
        memory.building.insert(location, Building { indexes: made, looks: LOOKS });
    }
    None
}

fn names(table: &Value) -> Vec<String> {
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    indexes.filter_map(|index| Some(index["IndexName"].as_str()?.to_owned())).collect()
}

fn proof(trial: &Trial<'_>) {
    let name = trial.name("filled");
    let index = |name: &str| json!({"IndexName": name, "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}});
    let with = |names: &[&str]| {
        let list: Vec<Value> = names.iter().map(|name| index(name)).collect();
        with_table(&name, json!({"GlobalSecondaryIndexes": list}))
    };
    let stack = trial.deployed(&with_table(&name, json!({})));
    trial.update(&stack, &with(&["a"])).taken();
    assert_eq!(trial.settled(&stack), "UPDATE_COMPLETE");
    let described = || trial.table("DescribeTable", &json!({"TableName": name})).taken();
    assert!(described().contains("\"CREATING\""), "it is not filled yet");
    trial.update(&stack, &with(&["a", "b"])).taken();
    trial.ended(&stack, "UPDATE_ROLLBACK_COMPLETE", WORDS);
    while described().contains("\"CREATING\"") {}
    trial.update(&stack, &with(&[])).taken();
    assert_eq!(trial.settled(&stack), "UPDATE_COMPLETE");
    assert!(described().contains("\"UPDATING\""), "it is not gone yet");
}
