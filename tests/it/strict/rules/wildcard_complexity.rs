//! The wildcards of a field may not match in too many ways at once: of all prefixes of all its patterns, at most ten may
//! match one text.
//!
//! `InvalidEventPatternException: Event pattern is not valid. Reason: Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character`

use serde_json::{Value, json};

use crate::strict::complexity::complexity;
use crate::strict::proposal::{Fault, Proposal};
use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

const LIMIT: usize = 10;
const WORDS: &str = "Event pattern is not valid. Reason: Rule is too complex - try using fewer wildcard characters or fewer \
    repeating character sequences after a wildcard character";

pub(crate) const RULE: Rule = Rule {
    name: "wildcard_complexity",
    source: "localstack's answer recorded on AWS (2025-10-15); the limit between what AWS took (9) and refused (11)",
    looks: &[Look::Call(&["PutRule", "CreateArchive", "UpdateArchive"], call), Look::Resource(resource)],
    proof,
};

fn call(scene: &Scene<'_>) -> Option<Refusal> {
    let pattern = serde_json::from_str(scene.call.json["EventPattern"].as_str()?).ok()?;
    is_complex(&pattern).then(|| Refusal::new("InvalidEventPatternException", WORDS))
}

fn resource(_: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    let with_pattern = ["AWS::Events::Rule", "AWS::Events::Archive"];
    let mut resources = proposal.after.resources().filter(|resource| with_pattern.contains(&resource.kind));
    let complex = resources.find(|resource| is_complex(&of_text(&resource.properties()["EventPattern"])))?;
    Some(Fault::handler(complex, WORDS, "EventBridge", "InvalidRequest"))
}

/// A rule also accepts its pattern as text.
fn of_text(pattern: &Value) -> Value {
    let text = pattern.as_str().and_then(|text| serde_json::from_str(text).ok());
    text.unwrap_or_else(|| pattern.clone())
}

fn is_complex(pattern: &Value) -> bool {
    let mut fields = Vec::new();
    gather(pattern, &mut fields);
    fields.iter().any(|patterns| complexity(patterns) > LIMIT)
}

/// The wildcards of each field.
fn gather<'a>(pattern: &'a Value, fields: &mut Vec<Vec<&'a str>>) {
    match pattern {
        Value::Object(map) => map.values().for_each(|value| gather(value, fields)),
        Value::Array(matchers) => {
            let own = matchers.iter().flat_map(|matcher| {
                texts(&matcher["wildcard"]).chain(texts(&matcher["anything-but"]["wildcard"]))
            });
            fields.push(own.collect());
            // Alternatives of `$or` are patterns themselves.
            matchers.iter().filter(|matcher| matcher.is_object()).for_each(|matcher| gather(matcher, fields));
        }
        _ => {}
    }
}

fn texts(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::Array(several) => Box::new(several.iter().filter_map(Value::as_str)),
        one => Box::new(one.as_str().into_iter()),
    }
}

fn proof(trial: &Trial<'_>) {
    let of = |wildcards: &[&str]| {
        let matchers: Vec<Value> = wildcards.iter().map(|text| json!({"wildcard": text})).collect();
        json!({"detail": {"label": matchers}})
    };
    let put = |pattern: &Value| {
        let asked = json!({"Name": trial.name("rule"), "EventPattern": pattern.to_string()});
        trial.target("events", "AWSEvents.PutRule", &asked)
    };
    let numbered: Vec<String> = (1..5).map(|number| format!("*:stack/{number}/*")).collect();
    let numbered: Vec<&str> = numbered.iter().map(String::as_str).collect();
    put(&of(&numbered[..3])).taken();
    put(&of(&["/Users/*/dir/dir/dir/dir/dir/doc.txt"])).taken();
    put(&of(&numbered)).refused("InvalidEventPatternException", WORDS);
    put(&of(&["*:*:*:*:*:event-bus/*"])).refused("InvalidEventPatternException", WORDS);
    let rule =
        with("Rule", "AWS::Events::Rule", json!({"EventPattern": of(&["*/*/*/*/*/hub-7/*"]).to_string()}));
    let stack = trial.name("complex");
    trial.stack("CreateStack", &[("StackName", &stack), ("TemplateBody", &rule.to_string())]).taken();
    trial.ended(&stack, "ROLLBACK_COMPLETE", WORDS);
}
