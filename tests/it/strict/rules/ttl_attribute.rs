//! The attribute of a table's time to live cannot change while it is on: it is disabled, and enabled again an hour later.
//!
//! `ValidationException: TimeToLive is active on a different AttributeName: current AttributeName is expires`

use serde_json::{Value, json};

use super::ttl_hourly::attribute;
use crate::strict::proposal::{Fault, Proposal};
use crate::strict::refusal::Refusal;
use crate::strict::sample::with_table;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::template::Resource;
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "ttl_attribute",
    source: "answers of DynamoDB that tools compare and document; API_UpdateTimeToLive",
    looks: &[Look::Call(&["UpdateTimeToLive"], call), Look::Resource(resource)],
    proof,
};

fn words(former: &str) -> String {
    format!("TimeToLive is active on a different AttributeName: current AttributeName is {former}")
}

fn call(scene: &Scene<'_>) -> Option<Refusal> {
    let body = &scene.call.json;
    let wanted = body["TimeToLiveSpecification"]["AttributeName"].as_str()?;
    let target = "DynamoDB_20120810.DescribeTimeToLive";
    let asked = json!({"TableName": body["TableName"]});
    let known = scene.upstream.target("dynamodb", &scene.call.region, target, &asked);
    let known = &known["TimeToLiveDescription"];
    let former = known["AttributeName"].as_str().filter(|_| known["TimeToLiveStatus"] == "ENABLED")?;
    (former != wanted).then(|| Refusal::new("ValidationException", words(former)))
}

fn resource(_: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    let of = |table: Resource<'_>| attribute(&table.properties()["TimeToLiveSpecification"]);
    proposal.in_both("AWS::DynamoDB::Table").into_iter().find_map(|(before, after)| {
        let (former, wanted) = (of(before)?, of(after)?);
        (former != wanted).then(|| Fault::handler(after, &words(&former), "DynamoDb", "InvalidRequest"))
    })
}

fn proof(trial: &Trial<'_>) {
    let name = trial.name("expiring");
    let on =
        |attribute: &str| json!({"TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": true}});
    let asked = |attribute: &str| -> Value {
        let mut asked = on(attribute);
        asked["TableName"] = name.as_str().into();
        asked
    };
    let stack = trial.deployed(&with_table(&name, on("expires")));
    trial.table("UpdateTimeToLive", &asked("expires")).taken();
    trial.table("UpdateTimeToLive", &asked("other")).refused("ValidationException", &words("expires"));
    trial.update(&stack, &with_table(&name, on("other"))).taken();
    trial.ended(&stack, "UPDATE_ROLLBACK_COMPLETE", &words("expires"));
}
