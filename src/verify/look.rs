//! What was read of each hop.

use std::collections::BTreeMap;

use super::blueprint::{BUS, Blueprint, QUEUES};
use super::reading::Reading;
use crate::stack::{
    CallError, DetectedDrift, ExistingApi, FoundFunction, FoundKey, FoundKeys, FoundMapping, FoundQueue,
    FoundRule, HopApi, KeyApi, LIVE,
};

/// The configuration of each hop.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// For each bus of the pipeline's rules.
    pub buses: Vec<Reading<()>>,
    /// For each rule with the queue as its target.
    pub rules: Vec<Reading<FoundRule>>,
    /// The queue, the dead-letter queue and the queue of undelivered events.
    pub queues: [Reading<FoundQueue>; 3],
    pub mapping: Reading<FoundMapping>,
    /// The function as it would be published now.
    pub function: Reading<FoundFunction>,
    /// The version that the queue's mapping calls.
    pub running: Reading<FoundFunction>,
    pub reserved: Reading<Option<u64>>,
    /// The changes of the processor's role.
    pub role: Reading<DetectedDrift>,
    pub table: Reading<FoundKeys>,
    /// For each key that the spec names or creates.
    pub keys: Vec<Reading<FoundKey>>,
    /// The changes of the key that the stack creates.
    pub key: Option<Reading<DetectedDrift>>,
}

const NOT_COMPARED: &str = "this cloud does not compare policies";

/// Reads the configuration of each hop of a pipeline. A denied read is a finding of its own. `compares`: whether the
/// cloud compares the policies of roles and keys.
///
/// # Errors
/// No service answers, or there are no credentials.
pub async fn look<A: HopApi + ExistingApi + KeyApi>(
    api: &A,
    blueprint: &Blueprint<'_>,
    compares: bool,
) -> Result<Seen, CallError> {
    let (mut known, mut buses, mut rules) = (BTreeMap::new(), Vec::new(), Vec::new());
    for rule in blueprint.rules() {
        let bus = match known.remove(&rule.bus) {
            Some(bus) => bus,
            None => {
                let exists = api.exists(BUS, &rule.bus).await;
                Reading::of(exists.map(|exists| exists.then_some(())))?
            }
        };
        buses.push(bus.clone());
        known.insert(rule.bus.clone(), bus);
        rules.push(Reading::of(api.found_rule(&rule.bus, &rule.name).await)?);
    }
    let [queue, dead_letters, undelivered] = QUEUES.map(|id| blueprint.name(id));
    let processor = blueprint.name("Processor");
    let alias = blueprint.has("ProcessorAlias").then_some(LIVE);
    let mapping = match blueprint.physical("QueueToProcessor") {
        Some(uuid) => Reading::of(api.found_mapping(uuid).await)?,
        None => Reading::Missing,
    };
    let mut keys = Vec::new();
    for (needs, arn) in blueprint.keys.iter().zip(key_arns(blueprint)) {
        keys.push(match arn {
            // A cloud that encrypts nothing has no such key.
            Some(_) if needs.key.is_some() && !compares => Reading::Unread(NOT_COMPARED.to_owned()),
            Some(arn) => Reading::of(api.key(&arn).await)?,
            None => Reading::Missing,
        });
    }
    let drift = async |id: &str| match compares {
        true => drift(api.resource_drift(blueprint.stack(), id).await),
        false => Ok(Reading::Unread(NOT_COMPARED.to_owned())),
    };
    let key = match blueprint.has("EncryptionKey") {
        true => Some(drift("EncryptionKey").await?),
        false => None,
    };
    let function = Reading::of(api.found_function(&processor, None).await)?;
    let running = match alias {
        Some(_) => Reading::of(api.found_function(&processor, alias).await)?,
        None => function.clone(),
    };
    Ok(Seen {
        buses,
        rules,
        queues: [
            Reading::of(api.found_queue(&queue).await)?,
            Reading::of(api.found_queue(&dead_letters).await)?,
            Reading::of(api.found_queue(&undelivered).await)?,
        ],
        mapping,
        function,
        running,
        reserved: Reading::of(api.reserved_concurrency(&processor).await.map(Some))?,
        role: drift("ProcessorRole").await?,
        table: Reading::of(api.found_keys(&blueprint.name("EventsTable")).await)?,
        keys,
        key,
    })
}

/// A resource that CloudFormation could not compare was not checked.
fn drift(answer: Result<DetectedDrift, CallError>) -> Result<Reading<DetectedDrift>, CallError> {
    let reading = Reading::of(answer.map(Some))?;
    let status = reading.found().map(|drift| drift.status.as_str());
    if status.is_some_and(|status| !["IN_SYNC", "MODIFIED", "DELETED"].contains(&status)) {
        return Ok(Reading::Unread("CloudFormation could not compare it".to_owned()));
    }
    Ok(reading)
}

/// The ARNs of the keys; `None`: the one that the stack creates does not exist.
pub(super) fn key_arns(blueprint: &Blueprint<'_>) -> Vec<Option<String>> {
    let keys = blueprint.keys.iter();
    keys.map(|key| key.key.clone().or_else(|| blueprint.arn("EncryptionKey"))).collect()
}
