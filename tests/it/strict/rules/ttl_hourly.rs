//! The time to live of a table is changed at most once an hour, by a call or by an update of its stack.
//!
//! `ValidationException: Time to live has been modified multiple times within a fixed interval`

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::strict::existing::taken;
use crate::strict::memory::Expiry;
use crate::strict::proposal::{Fault, Proposal};
use crate::strict::refusal::Refusal;
use crate::strict::sample::with_table;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::template::Resource;
use crate::strict::trial::Trial;

const HOUR: Duration = Duration::from_secs(3_600);
const WORDS: &str = "Time to live has been modified multiple times within a fixed interval";

pub(crate) const RULE: Rule = Rule {
    name: "ttl_hourly",
    source: "API_UpdateTimeToLive: it can take up to one hour, and a further call within it is refused",
    looks: &[Look::Call(&["UpdateTimeToLive"], call), Look::Resource(resource)],
    proof,
};

/// The attribute; `None`: off.
pub(super) fn attribute(specification: &Value) -> Option<String> {
    let on = specification["Enabled"].as_bool().unwrap_or(false);
    specification["AttributeName"].as_str().filter(|_| on).map(ToOwned::to_owned)
}

fn call(scene: &Scene<'_>) -> Option<Refusal> {
    let body = &scene.call.json;
    let wanted = attribute(&body["TimeToLiveSpecification"]);
    let is_second = second(scene, body["TableName"].as_str()?, wanted);
    is_second.then(|| Refusal::new("ValidationException", WORDS))
}

/// Whether this is a second change within the hour; the first one is remembered.
fn second(scene: &Scene<'_>, table: &str, wanted: Option<String>) -> bool {
    let location = scene.location(table);
    let target = "DynamoDB_20120810.DescribeTable";
    let known = scene.upstream.target("dynamodb", &location.0, target, &json!({"TableName": table}));
    let id = known["Table"]["TableId"].as_str().unwrap_or_default();
    let mut memory = scene.memory();
    let last =
        memory.expiry.get_mut(&location).filter(|last| last.table_id.is_empty() || last.table_id == id);
    if let Some(last) = last {
        id.clone_into(&mut last.table_id);
        // An unchanged value is not a change: a call makes the local cloud follow the template.
        if last.attribute == wanted || last.at.elapsed() < HOUR {
            return last.attribute != wanted;
        }
    }
    memory.expiry.insert(location, Expiry { at: Instant::now(), attribute: wanted, table_id: id.to_owned() });
    false
}

fn resource(scene: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    let of = |table: Resource<'_>| attribute(&table.properties()["TimeToLiveSpecification"]);
    let name = |table: Resource<'_>| proposal.after.name_of(table, &proposal.region);
    for table in proposal.made().into_iter().filter(|made| made.kind == "AWS::DynamoDB::Table") {
        let (Some(name), Some(wanted)) = (name(table), of(table)) else { continue };
        let is_new = taken(scene, proposal).iter().all(|taken| taken.id != table.id);
        if is_new {
            // CloudFormation enables it by a call as soon as the table exists.
            let made = Expiry { at: Instant::now(), attribute: Some(wanted), table_id: String::new() };
            scene.memory().expiry.insert(scene.location(&name), made);
        }
    }
    let changed = proposal.in_both("AWS::DynamoDB::Table").into_iter().find(|(before, after)| {
        let (before, wanted) = (of(*before), of(*after));
        before != wanted && name(*after).is_some_and(|name| second(scene, &name, wanted))
    });
    changed.map(|(_, table)| Fault::handler(table, WORDS, "DynamoDb", "InvalidRequest"))
}

fn proof(trial: &Trial<'_>) {
    let name = trial.name("expiring");
    let wanted = |attribute: &str, on: bool| json!({"AttributeName": attribute, "Enabled": on});
    let stack = trial.deployed(&with_table(&name, json!({})));
    let asked = |specification: Value| json!({"TableName": name, "TimeToLiveSpecification": specification});
    trial.table("UpdateTimeToLive", &asked(wanted("expires", true))).taken();
    trial.table("UpdateTimeToLive", &asked(wanted("expires", false))).refused("ValidationException", WORDS);
    trial
        .update(&stack, &with_table(&name, json!({"TimeToLiveSpecification": wanted("other", true)})))
        .taken();
    trial.ended(&stack, "UPDATE_ROLLBACK_COMPLETE", WORDS);
    // Its creation was a change.
    let name = trial.name("created");
    let stack =
        trial.deployed(&with_table(&name, json!({"TimeToLiveSpecification": wanted("expires", true)})));
    trial.update(&stack, &with_table(&name, json!({}))).taken();
    trial.ended(&stack, "UPDATE_ROLLBACK_COMPLETE", WORDS);
}
