//! Events for a bus that does not exist get ids like any other, and are lost. So the call is accepted, and it is recorded
//! that the events are lost.

use serde_json::json;

use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "unknown_bus",
    source: "aws/aws-sdk#186 and aws/aws-cli#9186: FailedEntryCount 0 and an EventId",
    looks: &[Look::Note(&["PutEvents"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<String> {
    let entries = scene.call.json["Entries"].as_array()?;
    let mut buses: Vec<&str> = entries.iter().filter_map(|entry| entry["EventBusName"].as_str()).collect();
    buses.dedup();
    let known = |bus: &str| {
        let asked = json!({"Name": bus});
        let answer =
            scene.upstream.target("events", &scene.call.region, "AWSEvents.DescribeEventBus", &asked);
        bus == "default" || !answer.is_null()
    };
    let unknown = buses.into_iter().find(|bus| !known(bus))?;
    Some(format!("events are lost: bus {unknown} does not exist"))
}

fn proof(trial: &Trial<'_>) {
    let entry =
        json!({"EventBusName": trial.name("nobody"), "Source": "s", "DetailType": "d", "Detail": "{}"});
    let answer = trial.target("events", "AWSEvents.PutEvents", &json!({"Entries": [entry]})).taken();
    assert!(answer.contains("EventId") && answer.contains("\"FailedEntryCount\": 0"), "{answer}");
    trial.recorded(RULE.name);
}
