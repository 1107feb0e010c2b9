//! The stack policy decides which resources an update may replace or delete; a denied one fails the update.
//!
//! `Action denied by stack policy: Statement [#1] does not allow [Update:Replace] for resource [LogicalResourceId/X]`

use serde_json::{Value, json};

use crate::strict::proposal::{Fault, Kind, Proposal};
use crate::strict::sample::with_table;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;
use crate::strict::xml;

pub(crate) const RULE: Rule = Rule {
    name: "stack_policy_denial",
    source: "User Guide, prevent updates to stack resources; the words in logs and posts, which name the statement's parts",
    looks: &[Look::Resource(look)],
    proof,
};

fn look(scene: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    if proposal.kind != Kind::Update {
        return None;
    }
    let asked = [("Action", "GetStackPolicy"), ("StackName", proposal.stack.as_str())];
    let answer = scene.upstream.query("cloudformation", &proposal.region, &asked).text();
    let policy: Value = serde_json::from_str(&xml::first(&answer, "StackPolicyBody")?).ok()?;
    let statements = policy["Statement"].as_array()?;
    proposal.deleted().into_iter().find_map(|resource| {
        let action =
            if proposal.after.resource(resource.id).is_some() { "Update:Replace" } else { "Update:Delete" };
        let denies =
            |statement: &&Value| statement["Effect"] == "Deny" && fits(statement, action, resource.id);
        let number = statements.iter().position(|statement| denies(&statement))?;
        let of = |name: &str| listed(&statements[number][name]).join(", ");
        let words = format!(
            "Action denied by stack policy: Statement [#{}] does not allow [{}] for resource [{}]",
            number + 1,
            of("Action"),
            of("Resource")
        );
        Some(Fault::new(resource, words))
    })
}

fn fits(statement: &Value, action: &str, id: &str) -> bool {
    let matches = |pattern: &str, text: &str| match pattern.split_once('*') {
        Some((before, after)) => {
            text.len() >= pattern.len() - 1 && text.starts_with(before) && text.ends_with(after)
        }
        None => pattern == text,
    };
    let named = format!("LogicalResourceId/{id}");
    listed(&statement["Action"]).iter().any(|pattern| matches(pattern, action))
        && listed(&statement["Resource"]).iter().any(|pattern| matches(pattern, &named))
}

fn listed(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn proof(trial: &Trial<'_>) {
    let stack = trial.deployed(&with_table(&trial.name("kept"), json!({})));
    let all = json!({"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"});
    let denied = json!({"Effect": "Deny", "Action": ["Update:Replace"], "Principal": "*", "Resource": "LogicalResourceId/EventsTable"});
    let policy = json!({"Statement": [all, denied]}).to_string();
    trial.stack("SetStackPolicy", &[("StackName", &stack), ("StackPolicyBody", &policy)]).taken();
    trial.update(&stack, &with_table(&trial.name("other"), json!({}))).taken();
    let expected =
        "Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/EventsTable]";
    trial.ended(&stack, "UPDATE_ROLLBACK_COMPLETE", expected);
}
