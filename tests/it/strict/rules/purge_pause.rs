//! A queue is purged once in 60 seconds.
//!
//! `AWS.SimpleQueueService.PurgeQueueInProgress: Only one PurgeQueue operation on NAME is allowed every 60 seconds.`

use std::time::{Duration, Instant};

use serde_json::json;

use crate::strict::refusal::Refusal;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

const PAUSE: Duration = Duration::from_secs(60);

pub(crate) const RULE: Rule = Rule {
    name: "purge_pause",
    source: "API_PurgeQueue; the words in many tools that wait for it",
    looks: &[Look::Call(&["PurgeQueue"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let url = scene.call.json["QueueUrl"].as_str().unwrap_or(scene.call.text("QueueUrl"));
    let name = url.rsplit('/').next().unwrap_or(url);
    let location = scene.location(name);
    let mut memory = scene.memory();
    if memory.purges.get(&location).is_some_and(|at| at.elapsed() < PAUSE) {
        let words = format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
        return Some(Refusal {
            status: 403,
            ..Refusal::new("AWS.SimpleQueueService.PurgeQueueInProgress", words)
        });
    }
    memory.purges.insert(location, Instant::now());
    None
}

fn proof(trial: &Trial<'_>) {
    let name = trial.name("purged");
    trial.target("sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": name})).taken();
    let asked = json!({"QueueUrl": format!("http://localhost/000000000000/{name}")});
    trial.target("sqs", "AmazonSQS.PurgeQueue", &asked).taken();
    trial.target("sqs", "AmazonSQS.PurgeQueue", &asked).refused(
        "PurgeQueueInProgress",
        &format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds."),
    );
}
