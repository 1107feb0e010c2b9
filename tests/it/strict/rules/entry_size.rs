//! The entries of one `PutEvents` are at most ten and 1 MiB in total: source, detail type, detail, resources, and 14
//! bytes for a time.
//!
//! `ValidationException: Total size of the entries in the request is over the limit.`

use serde_json::{Value, json};

use crate::strict::refusal::Refusal;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

const LIMIT: usize = 1 << 20;

pub(crate) const RULE: Rule = Rule {
    name: "entry_size",
    source: "EventBridge User Guide, calculating PutEvents event entry sizes; 1 MiB is taken and a byte more refused, as measured",
    looks: &[Look::Call(&["PutEvents"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let entries = scene.call.json["Entries"].as_array()?;
    let size: usize = entries.iter().map(size).sum();
    let words = if entries.len() > 10 {
        "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length less than \
         or equal to 10"
    } else if size > LIMIT {
        "Total size of the entries in the request is over the limit."
    } else {
        return None;
    };
    Some(Refusal::new("ValidationException", words))
}

fn size(entry: &Value) -> usize {
    let text = |value: &Value| value.as_str().map_or(0, str::len);
    let resources = entry["Resources"].as_array().into_iter().flatten().map(text);
    let time = if entry["Time"].is_null() { 0 } else { 14 };
    let texts = ["Source", "DetailType", "Detail"].into_iter().map(|name| text(&entry[name]));
    time + texts.chain(resources).sum::<usize>()
}

fn proof(trial: &Trial<'_>) {
    let put = |count: usize, bytes: usize| {
        let detail = format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
        let entry = json!({"Source": "s", "DetailType": "d", "Detail": detail});
        trial.target("events", "AWSEvents.PutEvents", &json!({"Entries": vec![entry; count]}))
    };
    put(1, LIMIT - 2).taken();
    put(1, LIMIT - 1)
        .refused("ValidationException", "Total size of the entries in the request is over the limit.");
    put(2, LIMIT / 2)
        .refused("ValidationException", "Total size of the entries in the request is over the limit.");
    put(11, 100).refused("ValidationException", "Member must have length less than or equal to 10");
}
