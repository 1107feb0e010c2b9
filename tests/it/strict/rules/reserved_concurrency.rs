//! 100 of an account's 1,000 concurrent executions in a region stay unreserved.
//!
//! `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its
//! minimum value of [100].`

use std::collections::BTreeMap;

use serde_json::json;

use super::object_version::{bucket, function};
use crate::strict::proposal::{Fault, Proposal};
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

const QUOTA: u64 = 1_000;
const UNRESERVED: u64 = 100;

pub(crate) const RULE: Rule = Rule {
    name: "reserved_concurrency",
    source: "Lambda quotas (concurrent executions); the words in reports of refused stacks",
    looks: &[Look::Resource(look)],
    proof,
};

fn look(scene: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    let region = &proposal.region;
    let functions: Vec<_> = proposal.after.of_type("AWS::Lambda::Function").collect();
    let reserved: u64 = functions
        .iter()
        .filter_map(|function| function.properties()["ReservedConcurrentExecutions"].as_u64())
        .sum();
    let greedy = functions
        .iter()
        .max_by_key(|function| function.properties()["ReservedConcurrentExecutions"].as_u64())?;
    if reserved == 0 {
        return None;
    }
    let own: Vec<String> =
        functions.iter().filter_map(|function| proposal.after.name_of(*function, region)).collect();
    // The local cloud does not remember the concurrency that a template reserves, so other stacks are read, and then
    // functions without a stack.
    let mut others: BTreeMap<String, u64> = BTreeMap::new();
    let known = scene.upstream.get("lambda", region, "/2015-03-31/functions/");
    for name in
        known["Functions"].as_array().into_iter().flatten().filter_map(|known| known["FunctionName"].as_str())
    {
        let path = format!("/2019-09-30/functions/{name}/concurrency");
        let answer = scene.upstream.get("lambda", region, &path);
        others.insert(name.to_owned(), answer["ReservedConcurrentExecutions"].as_u64().unwrap_or(0));
    }
    for (_, template) in scene.upstream.stacks(region).iter().filter(|(stack, _)| *stack != proposal.stack) {
        for function in template.of_type("AWS::Lambda::Function") {
            let reserved = function.properties()["ReservedConcurrentExecutions"].as_u64().unwrap_or(0);
            others.insert(template.name_of(function, region).unwrap_or_default(), reserved);
        }
    }
    others.retain(|name, _| !own.contains(name));
    let others: u64 = others.values().sum();
    let words = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
        below its minimum value of [100].";
    (reserved + others > QUOTA - UNRESERVED)
        .then(|| Fault::handler(*greedy, words, "Lambda", "InvalidRequest"))
}

fn proof(trial: &Trial<'_>) {
    let bucket = bucket(trial);
    let template = |reserved: u64| {
        let mut template = function(&trial.name("function"), json!({"S3Bucket": bucket, "S3Key": "zip"}));
        template["Resources"]["Processor"]["Properties"]["ReservedConcurrentExecutions"] = reserved.into();
        template
    };
    let created = |reserved: u64| {
        let stack = trial.name("reserving");
        let body = template(reserved).to_string();
        trial.stack("CreateStack", &[("StackName", &stack), ("TemplateBody", &body)]).taken();
        stack
    };
    let expected = "UnreservedConcurrentExecution below its minimum value of [100].";
    trial.ended(&created(901), "ROLLBACK_COMPLETE", expected);
    let most = created(899);
    assert_eq!(trial.settled(&most), "CREATE_COMPLETE");
    trial.ended(&created(2), "ROLLBACK_COMPLETE", expected);
    trial.stack("DeleteStack", &[("StackName", &most)]).taken();
    assert_eq!(trial.settled(&most), "");
}
