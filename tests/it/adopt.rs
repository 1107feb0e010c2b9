//! A stack that pipectl did not create is adopted, and nothing in it is lost.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::proxy::{Fate, Proxy};

/// The deployment that pipectl first replaced, without what the local cloud cannot create. Its table would be deleted
/// with its stack, and it has a queue without a counterpart in the spec.
fn former() -> String {
    let mut template: Value = serde_json::from_str(include_str!("../reference.json")).expect("JSON");
    let resources = template["Resources"].as_object_mut().expect("resources");
    resources.retain(|id, _| id != "Archive" && !id.starts_with("LogRetention"));
    resources["EventsTable"]["DeletionPolicy"] = "Delete".into();
    resources["EventsTable"]["UpdateReplacePolicy"] = "Delete".into();
    resources
        .insert("Extra".to_owned(), json!({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "extra"}}));
    template.to_string()
}

/// The example, in the local cloud's region.
fn example() -> String {
    let text = std::fs::read_to_string("specs/reference.yaml").expect("the example");
    text.replace("deploy: {region: eu-west-1}\n", "")
}

/// A local cloud with the former stack, three rows in its table, a dead letter and a message in the extra queue.
fn deployed() -> Cloud {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &example());
    cloud.run(&["local", "up"]).succeeded();
    create(&cloud, &former());
    for row in 0..3 {
        let item = json!({
            "TableName": "shipmentevents-dev",
            "Item": {
                "shipment_id": {"S": format!("s{row}")},
                "event_timestamp": {"S": "2026-11-23T10:00:00Z"},
            },
        });
        cloud.target("dynamodb", "DynamoDB_20120810.PutItem", &item.to_string());
    }
    for queue in ["shipmentevents-dlq-dev", "extra"] {
        cloud.call(
            "sqs",
            &[
                ("Action", "SendMessage"),
                ("QueueUrl", &format!("http://localhost/000000000000/{queue}")),
                ("MessageBody", "{}"),
                ("Version", "2012-11-05"),
            ],
        );
    }
    cloud
}

/// Creates the former stack from its template, without pipectl.
pub(crate) fn create(cloud: &Cloud, template: &str) {
    cloud.call(
        "cloudformation",
        &[
            ("Action", "CreateStack"),
            ("StackName", "former"),
            ("TemplateBody", template),
            ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ],
    );
    let asked = [("Action", "DescribeStacks"), ("StackName", "former")];
    let mut looks = 0;
    while !cloud.call("cloudformation", &asked).contains("<StackStatus>CREATE_COMPLETE<") {
        looks += 1;
        assert!(looks < 600, "{}", cloud.call("cloudformation", &asked));
        thread::sleep(Duration::from_millis(100));
    }
}

const TAKEOVER: [&str; 4] = ["--adopt", "former", "--accept", "data-loss:Extra"];

fn everything_is_there(cloud: &Cloud) {
    let status = cloud.local("status", &["--format", "json"]).succeeded().json();
    assert_eq!(status["stack"]["name"], "shipmentevents-dev");
    assert_eq!((&status["table"]["rows"], &status["dead_letters"]["visible"]), (&json!(3), &json!(1)));
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    cloud.local("drift", &["--detailed-exitcode"]).succeeded();
}

#[test]
fn a_stack_of_other_making_is_taken_over_with_its_rows_and_messages() {
    let cloud = deployed();
    cloud.local("apply", &["--adopt", "nobody"]).exited(4).reports(&["there is no stack `nobody`"]);
    cloud
        .local("apply", &["--adopt", "shipmentevents-dev"])
        .exited(4)
        .reports(&["is the stack of this spec"]);
    cloud.local("apply", &["--adopt", "former"]).exited(4).reports(&[
        "error[guard::data-loss]: `Extra`",
        "is deleted with stack `former`",
        "add `--accept data-loss:Extra`",
    ]);
    cloud.remote("apply", &TAKEOVER).exited(4).reports(&["add `--yes`"]);
    let asked = [("Action", "GetTemplate"), ("StackName", "former")];
    assert!(!cloud.call("cloudformation", &asked).contains("Retain"), "nothing was changed yet");

    cloud.local("apply", &TAKEOVER).succeeded().reports(&[
        "takes over    shipmentevents-queue-dev (Queue) as Queue",
        "✓ EventsTable              AWS::DynamoDB::Table adopted",
        "✓ Queue                    AWS::SQS::Queue adopted",
        "updated shipmentevents-dev",
    ]);
    everything_is_there(&cloud);
    cloud.local("apply", &TAKEOVER).succeeded().reports(&["no changes"]);
}

#[test]
fn a_takeover_interrupted_after_the_deletion_continues_where_it_stopped() {
    let cloud = deployed();
    let proxy = Proxy::before(&cloud);
    let deleted = Arc::new(Mutex::new(false));
    let seen = Arc::clone(&deleted);
    proxy.judge(move |call| {
        let mut deleted = seen.lock().expect("a lock");
        *deleted |= call.name == "DeleteStack";
        if *deleted && call.name == "CreateChangeSet" { Fate::Throttle } else { Fate::Pass }
    });
    cloud
        .local("apply", &TAKEOVER)
        .exited(1)
        .reports(&["all data is retained: continue with `pipectl apply", "--adopt former`"]);
    assert!(*deleted.lock().expect("a lock"));
    proxy.judge(|_| Fate::Pass);
    cloud.local("apply", &TAKEOVER).succeeded();
    everything_is_there(&cloud);
}

/// A stack that its author would recognise, with a user pool and a nested stack that contains a table.
fn nested() -> Cloud {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &example());
    cloud.run(&["local", "up"]).succeeded();
    let key = json!({"AttributeName": "id", "AttributeType": "S"});
    let rows = json!({"Type": "AWS::DynamoDB::Table", "Properties": {
        "TableName": "inner-rows", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [key],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }});
    let role = json!({"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "inner-topic"}});
    let inner = json!({"Resources": {"Rows": rows, "Topic": role}}).to_string();
    cloud.request("PUT", "s3", "/nested", "");
    cloud.request("PUT", "s3", "/nested/inner.json", &inner);
    let mut template: Value = serde_json::from_str(&former()).expect("JSON");
    let url = format!("{}/nested/inner.json", cloud.endpoint());
    template["Resources"]["Nested"] =
        json!({"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}});
    template["Resources"]["Users"] =
        json!({"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "users"}});
    template["Resources"]["Note"] = json!({"Type": "AWS::SSM::Parameter", "Properties": {
        "Name": "/former/note", "Type": "String", "Value": "kept nowhere else"}});
    create(&cloud, &template.to_string());
    cloud
}

#[test]
fn nothing_that_may_hold_data_is_deleted_without_being_accepted() {
    let cloud = nested();
    let output = cloud.local("apply", &TAKEOVER).exited(4).reports(&[
        "error[guard::data-loss]: `Nested.Rows`",
        "`Users`",
        "`Note`",
        "add `--accept data-loss:Nested.Rows`",
    ]);
    assert!(!output.stderr.contains("Topic`"), "a topic holds nothing: {}", output.stderr);
    let asked = [("Action", "DescribeStacks"), ("StackName", "former")];
    assert!(cloud.call("cloudformation", &asked).contains("<StackStatus>CREATE_COMPLETE<"));
}
