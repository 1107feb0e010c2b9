//! KMS keys: what their policies must allow is written if the stack creates the key, printed if the key is another
//! owner's, and checked before a deploy.

use pipectl::plan::key_findings;
use pipectl::render::key_policies;
use pipectl::spec::Spec;
use pipectl::stack::{KeyAnswer, KeyApi as _};
use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};
use crate::values::rendered;

const KEY: &str = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn template(more: &str) -> Value {
    rendered(&format!("{SPEC}{more}")).parsed["Resources"].clone()
}

fn statements(resources: &Value) -> Vec<Value> {
    let statements = &resources["EncryptionKey"]["Properties"]["KeyPolicy"]["Statement"];
    statements.as_array().expect("statements").clone()
}

/// AWS documents EventBridge's statement for encrypted queues without a condition, and refuses the call to KMS with a
/// source condition on it: every event would be lost. The source belongs in the policies of its queues.
#[test]
fn the_stacks_key_lets_eventbridge_in_as_documented_and_the_queues_name_the_source() {
    let resources = template("encryption: stack_key\n");
    let statements = statements(&resources);
    let of = |sid: &str| statements.iter().find(|one| one["Sid"] == sid).unwrap_or_else(|| panic!("{sid}"));
    assert_eq!(
        of("FromRule"),
        &json!({
            "Sid": "FromRule", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*",
        })
    );
    assert!(of("FromAlarms").get("Condition").is_none(), "as CloudWatch documents it");
    let bus = &of("FromBus")["Condition"]["StringEquals"];
    assert!(bus["kms:EncryptionContext:aws:events:event-bus:arn"]["Fn::Sub"].is_string());
    assert!(of("FromLog")["Condition"]["ArnEquals"].is_object());
    assert_eq!(of("FromAccount")["Action"], "kms:*");
    for queue in ["QueuePolicy", "UndeliveredQueuePolicy"] {
        let policy = &resources[queue]["Properties"]["PolicyDocument"]["Statement"];
        for one in policy.as_array().expect("statements").iter().filter(|one| one["Effect"] == "Allow") {
            assert!(one["Condition"]["ArnEquals"]["aws:SourceArn"].is_object(), "{queue}: {one}");
        }
    }
}

/// With one key for both, an event that the key's policy blocks at the queue is blocked at the undelivered queue as well.
#[test]
fn undelivered_events_need_no_key_policy_unless_the_spec_requires_it() {
    let queue = |more: &str| template(more)["UndeliveredQueue"]["Properties"].clone();
    let key = json!({"Fn::GetAtt": ["EncryptionKey", "Arn"]});
    let plain = queue("encryption: stack_key\n");
    assert_eq!((&plain["SqsManagedSseEnabled"], plain.get("KmsMasterKeyId")), (&json!(true), None));
    let spec = format!("encryption: {{kms_key: \"{KEY}\"}}\n");
    assert_eq!(queue(&spec)["SqsManagedSseEnabled"], true);
    let spec = SPEC.replace("queue:\n", "queue:\n  undelivered: {encryption: as_queue}\n");
    let resources = rendered(&format!("{spec}encryption: stack_key\n")).parsed["Resources"].clone();
    assert_eq!(resources["UndeliveredQueue"]["Properties"]["KmsMasterKeyId"], key);
    assert_eq!(resources["Queue"]["Properties"]["KmsMasterKeyId"], key);
}

#[test]
fn alarms_watch_deliveries_by_the_dimensions_eventbridge_counts_by() {
    let resources = template("");
    for (id, metric) in [
        ("FailedDeliveriesAlarm", "FailedInvocations"),
        ("LostEventsAlarm", "InvocationsFailedToBeSentToDlq"),
    ] {
        let alarm = &resources[id]["Properties"];
        assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&json!("AWS/Events"), &json!(metric)));
        let names: Vec<&Value> =
            alarm["Dimensions"].as_array().expect("dimensions").iter().map(|one| &one["Name"]).collect();
        assert_eq!(names, ["EventBusName", "RuleName"]);
        assert_eq!(alarm["AlarmActions"][0]["Ref"], "AlarmTopic");
    }
    let off = template("alarms: {failed_deliveries: \"off\"}\n");
    assert!(off.get("FailedDeliveriesAlarm").is_none() && off.get("LostEventsAlarm").is_none());
}

#[test]
fn the_statements_for_a_key_of_ones_own_are_printed_as_they_are_pasted() {
    let cloud = Cloud::new();
    let spec = cloud.write("kms.yaml", &format!("{SPEC}encryption: {{kms_key: \"{KEY}\"}}\n"));
    let spec = spec.to_str().expect("UTF-8");
    let printed =
        cloud.run(&["explain", "encryption", "--policy", spec, "--format", "json"]).succeeded().json();
    assert_eq!((&printed["version"], &printed["keys"][0]["key"]), (&json!(1), &json!(KEY)));
    let statements = printed["keys"][0]["statements"].as_array().expect("statements");
    let text = serde_json::to_string(statements).expect("JSON");
    assert!(!text.contains("Fn::") && !text.contains("${"), "{text}");
    for wanted in [
        "arn:aws-us-gov:iam::123456789012:root",
        "arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/walk-test",
        "logs.us-gov-west-1.amazonaws.com",
        "arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:/aws/lambda/walk-processor-test",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(statements.iter().all(|one| one["reason"].is_string() && one["without"].is_string()));
    let page = cloud.run(&["explain", "encryption", "--policy", spec]).succeeded();
    page.prints(&["FromRule", "without it", "\"Service\": \"events.amazonaws.com\""]);

    let own = cloud.write("own.yaml", &format!("{SPEC}encryption: stack_key\n"));
    let own = own.to_str().expect("UTF-8");
    let printed =
        cloud.run(&["explain", "encryption", "--policy", own, "--format", "json"]).succeeded().json();
    let printed: Vec<&Value> = printed["keys"][0]["statements"]
        .as_array()
        .expect("statements")
        .iter()
        .map(|one| &one["statement"])
        .collect();
    let template = template("encryption: stack_key\n");
    assert_eq!(printed, crate::encryption::statements(&template).iter().collect::<Vec<_>>(), "one source");

    cloud
        .run(&["explain", "queue", "--policy", spec])
        .exited(64)
        .reports(&["pipectl explain encryption --policy"]);
    let plain = cloud.path("spec.yaml");
    cloud
        .run(&["explain", "encryption", "--policy", plain.to_str().expect("UTF-8")])
        .succeeded()
        .prints(&["AWS-owned keys encrypt everything in this pipeline"]);
}

/// The client with the local cloud's KMS: a key with the default policy, with another policy, and disabled.
#[test]
fn a_keys_state_and_policy_are_read_and_compared() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let kms = |action: &str, body: &Value| {
        cloud.target("kms", &format!("TrentService.{action}"), &body.to_string())
    };
    let made = kms("CreateKey", &json!({}));
    let arn = made["KeyMetadata"]["Arn"].as_str().expect("a key").to_owned();
    let spec = json!({
        "version": 1, "name": "walk", "environment": "test", "bus": {"pattern": {"source": ["a"]}},
        "encryption": {"kms_key": arn},
    });
    let spec: Spec = serde_json::from_value(spec).expect("a spec");
    let needs = key_policies(&spec, Some("000000000000")).remove(0);
    let (runtime, clients) = cloud.clients();
    let look = || {
        let found = runtime.block_on(clients.key(&arn)).expect("an answer").expect("a key");
        let messages: Vec<String> =
            key_findings(&needs, Some(&found), "explain").into_iter().map(|one| one.message).collect();
        (found, messages)
    };
    let all: Vec<&Value> = needs.statements.iter().map(|one| &one.statement).collect();
    let policy = json!({"Version": "2012-10-17", "Statement": all}).to_string();
    kms("PutKeyPolicy", &json!({"KeyId": arn, "PolicyName": "default", "Policy": policy}));
    let (found, messages) = look();
    assert!(
        matches!(&found.state, KeyAnswer::Read(state) if state.state == "Enabled" && state.symmetric),
        "{found:?}"
    );
    assert_eq!(messages, [] as [&str; 0]);
    let policy = json!({"Version": "2012-10-17", "Statement": &all[..1]}).to_string();
    kms("PutKeyPolicy", &json!({"KeyId": arn, "PolicyName": "default", "Policy": policy}));
    let (_, messages) = look();
    assert_eq!(messages.len(), all.len() - 1, "{messages:?}");
    kms("DisableKey", &json!({"KeyId": arn}));
    assert!(look().1[0].contains("is disabled"), "{:?}", look().1);
    let missing = runtime
        .block_on(clients.key("arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000"));
    assert!(matches!(missing, Ok(None)), "{missing:?}");
}
