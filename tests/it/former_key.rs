//! The key of a stack is retained with the table: the next stack of the spec adopts both, because no other key decrypts
//! the data in the table, its backups and its exports.

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};

/// A spec whose stack creates its own key, after the stack was destroyed and the table retained.
fn destroyed() -> (Cloud, String) {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &format!("{SPEC}encryption: stack_key\n"));
    cloud.local("apply", &[]).succeeded();
    let key = key_of_stack(&cloud);
    cloud.local("destroy", &["--yes"]).succeeded();
    assert_eq!(
        key_of_table(&cloud),
        arn(&key),
        "the table that stayed is encrypted with the key that stayed"
    );
    (cloud, key)
}

fn arn(key: &str) -> String {
    format!("arn:aws:kms:us-east-1:000000000000:key/{key}")
}

/// The id of the stack's key in CloudFormation.
fn key_of_stack(cloud: &Cloud) -> String {
    let asked = [
        ("Action", "DescribeStackResource"),
        ("StackName", "walk-test"),
        ("LogicalResourceId", "EncryptionKey"),
    ];
    let answer = cloud.call("cloudformation", &asked);
    let (_, remainder) = answer.split_once("<PhysicalResourceId>").expect("a key");
    remainder.split('<').next().unwrap_or_default().to_owned()
}

fn key_of_table(cloud: &Cloud) -> Value {
    let asked = json!({"TableName": "walk-test"}).to_string();
    let table = cloud.target("dynamodb", "DynamoDB_20120810.DescribeTable", &asked);
    table["Table"]["SSEDescription"]["KMSMasterKeyArn"].clone()
}

fn encrypt_table(cloud: &Cloud, key: &str) {
    let sse = json!({"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": arn(key)});
    let asked = json!({"TableName": "walk-test", "SSESpecification": sse});
    cloud.target("dynamodb", "DynamoDB_20120810.UpdateTable", &asked.to_string());
}

fn kms(cloud: &Cloud, action: &str, body: &Value) -> Value {
    cloud.target("kms", &format!("TrentService.{action}"), &body.to_string())
}

fn keys(cloud: &Cloud) -> usize {
    kms(cloud, "ListKeys", &json!({}))["Keys"].as_array().expect("keys").len()
}

/// The changes of a plan that adopt something: logical id, name, and the properties that differ.
fn adopted(plan: &Run) -> Vec<(String, String, Vec<String>)> {
    let plan = plan.json_document();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let changes = plan["changes"].as_array().expect("changes").iter();
    changes
        .filter(|change| change["action"] == "adopt")
        .map(|change| {
            let properties = change["properties"].as_array().expect("properties");
            let paths = properties.iter().map(|property| text(&property["path"]));
            (text(&change["logical_id"]), text(&change["physical_id"]), paths.collect())
        })
        .collect()
}

#[test]
fn the_key_of_a_destroyed_stack_is_taken_back_with_the_table_and_given_the_specs_policy() {
    let (cloud, key) = destroyed();
    // Someone changed it in the meantime.
    let open = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Mine", "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}]});
    kms(&cloud, "PutKeyPolicy", &json!({"KeyId": key, "PolicyName": "default", "Policy": open.to_string()}));
    let before = keys(&cloud);

    let plan = cloud.local("plan", &["--format", "json"]).succeeded();
    let adopted = adopted(&plan);
    assert_eq!(adopted.len(), 2, "{adopted:?}");
    assert_eq!(adopted[0], ("EncryptionKey".to_owned(), key.clone(), Vec::new()));
    assert_eq!(adopted[1].0, "EventsTable");
    assert!(!adopted[1].2.iter().any(|path| path.contains("SSESpecification")), "the key stays: {adopted:?}");
    cloud.local("plan", &[]).succeeded().prints(&["EncryptionKey", "already encrypts `walk-test`"]);

    cloud.local("apply", &[]).succeeded().reports(&["existing resources are imported unchanged"]);
    assert_eq!((key_of_stack(&cloud), key_of_table(&cloud)), (key.clone(), json!(arn(&key))));
    assert_eq!(keys(&cloud), before, "no other key was made");
    let policy = kms(&cloud, "GetKeyPolicy", &json!({"KeyId": key, "PolicyName": "default"}));
    let policy = policy["Policy"].as_str().expect("a policy");
    assert!(policy.contains("FromRule") && !policy.contains("Mine"), "{policy}");
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    let sent = cloud.local("send", &["--count", "5", "--wait", "--format", "json"]).succeeded().json();
    assert_eq!(sent["rows"], 5);
    // The same again: an imported key also outlives its stack.
    cloud.local("destroy", &["--yes"]).succeeded();
    cloud.local("apply", &[]).succeeded();
    assert_eq!(key_of_stack(&cloud), key);
}

#[test]
fn a_former_key_that_cannot_be_used_stops_the_apply_with_the_commands_that_restore_it() {
    let (cloud, key) = destroyed();
    let arn = arn(&key);
    kms(&cloud, "DisableKey", &json!({"KeyId": key}));
    for verb in ["plan", "apply"] {
        let help = format!("run `aws kms enable-key --key-id {arn}`");
        cloud.local(verb, &[]).exited(4).reports(&[
            "error[guard::name-taken]: `EventsTable`",
            "is disabled",
            &help,
        ]);
    }
    kms(&cloud, "ScheduleKeyDeletion", &json!({"KeyId": key, "PendingWindowInDays": 7}));
    let help =
        format!("run `aws kms cancel-key-deletion --key-id {arn}`, then `aws kms enable-key --key-id {arn}`");
    cloud.local("apply", &[]).exited(4).reports(&["is scheduled for deletion", &help]);
    assert_eq!(cloud.local("status", &[]).code, Some(1), "nothing was made");

    kms(&cloud, "CancelKeyDeletion", &json!({"KeyId": key}));
    kms(&cloud, "EnableKey", &json!({"KeyId": key}));
    cloud.local("apply", &[]).succeeded();
    assert_eq!(key_of_stack(&cloud), key);
}

/// It is recognised by the former stack or by its tags; the table then gets the new stack's key while the other still
/// works.
#[test]
fn a_key_that_no_stack_of_the_spec_made_is_not_taken() {
    let (cloud, key) = destroyed();
    let tags = |environment: &str| {
        json!([{"TagKey": "pipectl:pipeline", "TagValue": "walk"},
            {"TagKey": "pipectl:environment", "TagValue": environment}])
    };
    let made = |tags: Value| {
        let answer = kms(&cloud, "CreateKey", &json!({ "Tags": tags }));
        answer["KeyMetadata"]["KeyId"].as_str().expect("a key").to_owned()
    };
    for foreign in [made(json!([])), made(tags("prod"))] {
        encrypt_table(&cloud, &foreign);
        let plan = cloud.local("plan", &["--format", "json"]).succeeded();
        let adopted = adopted(&plan);
        let [(id, _, paths)] = adopted.as_slice() else { panic!("{adopted:?}") };
        assert_eq!(id, "EventsTable");
        assert!(paths.contains(&"/Properties/SSESpecification".to_owned()), "{paths:?}");
    }
    // Its tags name its owner even if no former stack is known to have had it.
    let ours = made(tags("test"));
    encrypt_table(&cloud, &ours);
    let plan = cloud.local("plan", &["--format", "json"]).succeeded();
    assert_eq!(adopted(&plan)[0], ("EncryptionKey".to_owned(), ours, Vec::new()));

    let foreign = made(json!([]));
    encrypt_table(&cloud, &foreign);
    cloud.local("apply", &[]).succeeded();
    let new = key_of_stack(&cloud);
    assert!(new != foreign && new != key, "a key of its own");
    assert_eq!(key_of_table(&cloud), arn(&new));
}

/// A failed creation retains protected tables, with the key it created for them.
#[test]
fn the_key_of_a_creation_that_failed_is_taken_back_with_its_table() {
    let cloud = Cloud::new();
    cloud.write("gate.extra.yaml", crate::stuck::GATE);
    let spec = format!("{SPEC}encryption: stack_key\ntable: {{deletion_protection: true}}\n");
    cloud.write("spec.yaml", &format!("{spec}deploy: {{extra: [gate.extra.yaml]}}\n"));
    cloud.local("apply", &[]).exited(1).reports(&["`Opened`", "`ROLLBACK_COMPLETE`"]);
    let former = key_of_table(&cloud);
    cloud.write("spec.yaml", &spec);
    cloud.local("apply", &[]).succeeded();
    assert_eq!(json!(arn(&key_of_stack(&cloud))), former);
    assert_eq!(keys(&cloud), 1);
}

/// A missing read permission is not a reason to stop: it is reported, and the table gets a new key.
#[test]
fn a_key_that_may_not_be_looked_at_is_reported_as_not_checked() {
    use crate::proxy::{Fate, Proxy};
    let (cloud, key) = destroyed();
    let proxy = Proxy::before(&cloud);
    let checked = |denied: &'static str| {
        proxy.judge(move |call| if call.name == denied { Fate::Deny } else { Fate::Pass });
        let plan = cloud.local("plan", &["--format", "json"]).succeeded();
        let taken = adopted(&plan).iter().any(|(id, ..)| id == "EncryptionKey");
        (plan.reports(&["not checked", &format!("kms:{denied}")]), taken)
    };
    assert!(!checked("GetKeyPolicy").1, "without its policy it cannot be imported as it is");
    assert!(checked("DescribeKey").1, "CloudFormation says whether it can be used");
    // Its former stack is known to have had it.
    proxy.judge(|call| if call.name == "ListResourceTags" { Fate::Deny } else { Fate::Pass });
    let plan = cloud.local("plan", &["--format", "json"]).succeeded();
    assert_eq!(adopted(&plan)[0].1, key);
}
