//! The permissions of `apply --adopt STACK`: the policy that `permissions --adopt STACK` prints is enough in the local
//! cloud's IAM mode, and each of its actions on that stack is needed.

use serde_json::{Value, json};

use crate::adopt::create;
use crate::deployer::{Account, listed, spec};

/// Without it the step fails before it starts; the last one may fail after something has changed.
const NEEDED: [&str; 8] = [
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
    "cloudformation:CreateChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackEvents",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:DeleteStack",
];

/// Actions whose absence has no effect here, each with the reason.
const UNSEEN: [(&str, &str); 3] = [
    (
        "cloudformation:DeleteChangeSet",
        "only where the stack retains everything already, or the answer is no",
    ),
    ("cloudformation:DescribeEvents", "optional: the longer words about a change set that was refused"),
    ("cloudformation:ListStacks", "only where the stack is gone: a run that was cut off goes on"),
];

const FORMER: &str = ":stack/former/";

/// The policy without one action on the former stack; other resources are allowed as before.
fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    let mut statements = policy["Statement"].take().as_array().cloned().expect("statements");
    let mut left = Vec::new();
    for statement in &mut statements {
        let mut actions = listed(&statement["Action"]);
        let resources = listed(&statement["Resource"]);
        if !actions.contains(&action.to_owned()) || !resources.iter().any(|arn| arn.contains(FORMER)) {
            continue;
        }
        actions.retain(|one| one != action);
        statement["Action"] = json!(actions);
        let others: Vec<&String> = resources.iter().filter(|arn| !arn.contains(FORMER)).collect();
        if !others.is_empty() {
            left.push(json!({"Effect": "Allow", "Action": action, "Resource": others}));
        }
    }
    statements.retain(|statement| statement["Action"] != json!([]));
    statements.extend(left);
    policy["Statement"] = json!(statements);
    policy
}

/// A table with the spec's name and keys, which would be deleted with its stack, and a topic that the spec does not have.
fn former() -> Value {
    let names = ["shipment_id", "event_timestamp"];
    let attributes = names.map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
    let keys = [("shipment_id", "HASH"), ("event_timestamp", "RANGE")];
    let keys = keys.map(|(name, kind)| json!({"AttributeName": name, "KeyType": kind}));
    json!({"Resources": {
        "Rows": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "walk-test",
            "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": attributes, "KeySchema": keys}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "formers"}},
    }})
}

#[test]
fn what_a_takeover_needs_on_the_other_stack_is_printed_and_nothing_of_it_is_too_much() {
    let mut account = Account::new();
    create(&account.cloud, &former().to_string());
    account.cloud.write("spec.yaml", &spec());
    let adopt = ["apply", "SPEC", "--adopt", "former", "--yes", "--accept", "data-loss:EventsTable"];

    // A deployer's other permissions do not include it.
    let plain = account.printed(&[]);
    account.give(&plain, "");
    account.run(&adopt).exited(1).reports(&["error[aws::denied]", "cloudformation:DescribeStacks"]);

    let policy = account.printed(&["--adopt", "former"]);
    let statements = policy["Statement"].as_array().expect("statements").clone();
    let on_former = statements.iter().filter(|one| one["Resource"].to_string().contains(FORMER));
    let mut given: Vec<String> = on_former.flat_map(|one| listed(&one["Action"])).collect();
    given.sort();
    given.dedup();
    let mut known: Vec<&str> = NEEDED.to_vec();
    known.extend(UNSEEN.iter().map(|(action, _)| *action).filter(|action| !action.ends_with("ListStacks")));
    known.sort_unstable();
    assert_eq!(given, known);

    let mut missed = Vec::new();
    for action in NEEDED {
        account.give(&without(&policy, action), "");
        let denied = account.run(&adopt);
        if !denied.stderr.contains("error[aws::denied]") || !denied.stderr.contains(action) {
            missed.push(format!("without {action}: {:?} {}", denied.code, denied.stderr));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
    account.give(&policy, "");
    account
        .run(&adopt)
        .succeeded()
        .reports(&["takes over    walk-test (Rows) as EventsTable", "former is deleted"]);
    account.run(&adopt).succeeded().reports(&["no changes"]);
}
