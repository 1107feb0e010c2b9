//! `specs/reference.yaml` compared with the deployment it replaces, property by property. `tests/reference.json` is that
//! deployment's template, with our logical ids and without its code.

use std::collections::{BTreeMap, BTreeSet};

use processor::pointer::below;
use serde_json::{Map, Value, json};

use crate::cloud::Cloud;

/// Intended differences: JSON pointer in the old template, whole or as a prefix, and the reason.
const DIFFERENCES: &[(&str, &str)] = &[
    ("/Resources/Archive/Properties/KmsKeyIdentifier", "empty means none, and is left out"),
    (
        "/Resources/DeadLettersAlarm/Properties/Statistic",
        "an average over a longer period hides a single letter",
    ),
    ("/Resources/LogRetention", "the log group is a resource of the stack, with its own retention"),
    ("/Resources/Processor/DependsOn", "the role holds its policies itself"),
    ("/Resources/Processor/Properties/Code", "our processor instead of inline Python"),
    ("/Resources/Processor/Properties/Handler", "our processor instead of inline Python"),
    ("/Resources/Processor/Properties/Runtime", "our processor instead of inline Python"),
    ("/Resources/ProcessorRole/Properties/Description", "descriptions of roles change nothing"),
    (
        "/Resources/ProcessorRole/Properties/ManagedPolicyArns",
        "exactly what is called, of this log group alone",
    ),
    ("/Resources/ProcessorRolePolicy", "exactly what is called, of this table and queue alone"),
    (
        "/Resources/QueueToProcessor/Properties/FunctionName",
        "the alias of the version that runs, so that another can be tried and gone back to",
    ),
    ("/Resources/QueuePolicy/Properties/PolicyDocument/Statement/0/Action", "EventBridge only sends"),
    ("/Resources/Rule/Properties/Targets/0/Id", "the target is named after what it is"),
];

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference.json")).expect("JSON")
}

fn ours() -> Value {
    let done = Cloud::new().run(&["render", "specs/reference.yaml", "--output", "json", "--quiet"]);
    serde_json::from_str(&done.succeeded().stdout).expect("JSON")
}

/// Every value of a template by its pointer. A function call is one value.
fn leaves(value: &Value, pointer: String, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !is_call(map) && !map.is_empty() => {
            for (key, value) in map {
                leaves(value, below(&pointer, key), found);
            }
        }
        Value::Array(values) if !values.is_empty() => {
            for (index, value) in values.iter().enumerate() {
                leaves(value, format!("{pointer}/{index}"), found);
            }
        }
        _ => drop(found.insert(pointer, value.clone())),
    }
}

fn is_call(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

/// The text that CloudFormation assembles, with references in braces.
fn put_together(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    if let Some(text) = value["Fn::Sub"].as_str() {
        return text.to_owned();
    }
    // The only variable: the host of the console, in the partition of the old deployment.
    if let Some(text) = value["Fn::Sub"][0].as_str() {
        return text.replace("${Console}", "console.aws.amazon.com");
    }
    if let Some(name) = value["Ref"].as_str() {
        return format!("${{{name}}}");
    }
    if let Some(parts) = value["Fn::GetAtt"].as_array() {
        return format!("${{{}}}", parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."));
    }
    let parts = value["Fn::Join"][1].as_array().unwrap_or_else(|| panic!("no text: {value}"));
    parts.iter().map(put_together).collect()
}

#[test]
fn every_property_of_the_old_deployment_is_retained_or_its_difference_explained() {
    let (reference, ours) = (reference(), ours());
    let mut wanted = BTreeMap::new();
    leaves(&reference["Resources"], "/Resources".to_owned(), &mut wanted);
    wanted.retain(|pointer, _| !pointer.starts_with("/Resources/Dashboard/Properties/DashboardBody"));
    assert!(wanted.len() > 140, "{}", wanted.len());

    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for (pointer, value) in &wanted {
        // CloudFormation's own default, if we set nothing.
        let found = ours.pointer(pointer);
        let same = found == Some(value)
            // A single value, or a list of one.
            || found.is_none() && ours.pointer(pointer.strip_suffix("/0").unwrap_or_default()) == Some(value);
        match DIFFERENCES.iter().find(|(path, _)| pointer.starts_with(path)) {
            Some((path, _)) if !same => drop(used.insert(*path)),
            _ if same => {}
            _ => wrong.push(format!("{pointer}: {value} became {}", found.unwrap_or(&Value::Null))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let explained: BTreeSet<&str> = DIFFERENCES.iter().map(|(path, _)| *path).collect();
    assert_eq!(used, explained, "each difference that is explained is one");
}

#[test]
fn every_output_and_export_of_the_old_deployment_is_retained() {
    let (reference, ours) = (reference(), ours());
    for (name, output) in reference["Outputs"].as_object().expect("outputs") {
        let found = &ours["Outputs"][name];
        assert_eq!(found["Export"], output["Export"], "{name}");
        let dashboard = |text: String| text.replace("${Dashboard}", "shipmentprocessing-dev");
        assert_eq!(put_together(&found["Value"]), dashboard(put_together(&output["Value"])), "{name}");
    }
}

/// The two graphs, with their metrics and settings; they may be elsewhere among ours.
#[test]
fn both_graphs_of_the_old_dashboard_are_retained() {
    let widgets = |template: &Value| -> Vec<Value> {
        let body = put_together(&template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]);
        let names = [
            ("${Queue.QueueName}", "shipmentevents-queue-dev"),
            ("${Processor}", "shipment-event-processor-dev"),
        ];
        let body = names.iter().fold(body, |body, (reference, name)| body.replace(reference, name));
        let body: Value = serde_json::from_str(&body).expect("JSON");
        body["widgets"].as_array().expect("widgets").clone()
    };
    let (reference, ours) = (widgets(&reference()), widgets(&ours()));
    assert_eq!(reference.len(), 2);
    for wanted in &reference {
        let title = &wanted["properties"]["title"];
        let found = ours.iter().find(|widget| widget["properties"]["title"] == *title).expect("the graph");
        assert_eq!((&found["width"], &found["height"]), (&wanted["width"], &wanted["height"]), "{title}");
        for property in ["view", "region", "metrics"] {
            assert_eq!(found["properties"][property], wanted["properties"][property], "{title}");
        }
    }
}

/// The old deployment's mistakes are correct by default, and a spec can still set the old value if that loses nothing.
#[test]
fn what_was_wrong_is_right_by_default() {
    let done = Cloud::new().run(&["render", "specs/dev.yaml", "--output", "json", "--quiet"]);
    let template: Value = serde_json::from_str(&done.succeeded().stdout).expect("JSON");
    let property =
        |pointer: &str| template.pointer(&format!("/Resources/{pointer}")).cloned().unwrap_or_default();
    // 2: six timeouts and the window, which are 2 s and 0 s here.
    assert_eq!(property("Queue/Properties/VisibilityTimeout"), 12);
    // 3
    assert_eq!(property("Queue/Properties/RedrivePolicy/maxReceiveCount"), 1000);
    // 4
    assert_eq!(property("Rule/Properties/Targets/0/DeadLetterConfig/Arn/Fn::GetAtt/0"), "UndeliveredQueue");
    // 8
    let roles = template["Resources"].as_object().expect("resources").values();
    assert_eq!(roles.filter(|resource| resource["Type"] == "AWS::IAM::Role").count(), 1);
    assert_eq!(
        property("ProcessorRole/Properties/Policies/0/PolicyDocument/Statement/0/Action"),
        json!(["dynamodb:PutItem", "dynamodb:GetItem"])
    );
    // 9
    let alarms: Vec<&Value> = template["Resources"]
        .as_object()
        .expect("resources")
        .values()
        .filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm")
        .collect();
    assert_eq!(alarms.len(), 11);
    for alarm in alarms {
        assert_eq!(alarm["Properties"]["AlarmActions"][0]["Ref"], "AlarmTopic");
        let missing = if alarm["Properties"]["Namespace"] == "AWS/DynamoDB" {
            Value::Null
        } else {
            "notBreaching".into()
        };
        assert_eq!(alarm["Properties"].get("TreatMissingData").cloned().unwrap_or_default(), missing);
    }
    // 11
    assert_eq!(property("EventsTable/Properties/StreamSpecification"), Value::Null);
    assert_eq!(property("Queue/Properties/SqsManagedSseEnabled"), true);
    let done = Cloud::new().run(&["render", "specs/prod.yaml", "--output", "json", "--quiet"]);
    let prod: Value = serde_json::from_str(&done.succeeded().stdout).expect("JSON");
    assert_eq!(prod["Resources"]["EventsTable"]["Properties"]["DeletionProtectionEnabled"], true);
}
