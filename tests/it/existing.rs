//! Taken names: an existing resource is adopted unchanged with its data, or refused before anything is created.

use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};
use crate::proxy::Proxy;
use crate::stuck::GATE;

/// A local cloud with a table of this name that no stack created: these keys, two rows, no index, no time to live.
pub(crate) fn with_table(keys: [&str; 2], protected: bool) -> Cloud {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let table = json!({
        "TableName": "walk-test", "BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": protected,
        "AttributeDefinitions": keys.map(attribute),
        "KeySchema": [{"AttributeName": keys[0], "KeyType": "HASH"}, {"AttributeName": keys[1], "KeyType": "RANGE"}],
    });
    cloud.target("dynamodb", "DynamoDB_20120810.CreateTable", &table.to_string());
    for row in 0..2 {
        let item = json!({"TableName": "walk-test", "Item": {
            keys[0]: {"S": format!("s{row}")}, keys[1]: {"S": "2026-11-23T10:00:00.000000000Z"}}});
        cloud.target("dynamodb", "DynamoDB_20120810.PutItem", &item.to_string());
    }
    cloud
}

fn table(cloud: &Cloud) -> Value {
    let asked = json!({"TableName": "walk-test"}).to_string();
    cloud.target("dynamodb", "DynamoDB_20120810.DescribeTable", &asked)["Table"].clone()
}

fn rows(cloud: &Cloud) -> Value {
    let asked = json!({"TableName": "walk-test"}).to_string();
    cloud.target("dynamodb", "DynamoDB_20120810.Scan", &asked)["Count"].clone()
}

pub(crate) const KEYS: [&str; 2] = ["shipment_id", "event_timestamp"];
const ACCEPT: [&str; 4] = ["--accept", "adopt:EventsTable", "--accept", "data-loss:EventsTable"];

#[test]
fn a_foreign_table_is_adopted_as_it_is_and_then_updated_to_the_spec() {
    let cloud = with_table(KEYS, false);
    let plan = cloud.local("plan", &["--format", "json"]).succeeded().json_document();
    let changes = plan["changes"].as_array().expect("changes");
    let adopted: Vec<&Value> = changes.iter().filter(|change| change["action"] == "adopt").collect();
    assert_eq!(adopted.len(), 1, "{plan}");
    assert_eq!(
        (&adopted[0]["logical_id"], &adopted[0]["physical_id"]),
        (&json!("EventsTable"), &json!("walk-test"))
    );
    let paths: Vec<&str> = adopted[0]["properties"]
        .as_array()
        .expect("properties")
        .iter()
        .filter_map(|one| one["path"].as_str())
        .collect();
    for path in ["/Properties/GlobalSecondaryIndexes", "/Properties/TimeToLiveSpecification"] {
        assert!(paths.contains(&path), "{paths:?}");
    }
    cloud.local("apply", &[]).exited(4).reports(&[
        "error[guard::adoption]: `EventsTable`",
        "was not left by an earlier stack of this spec",
        "add `--accept adopt:EventsTable`",
    ]);
    assert_eq!(cloud.local("status", &[]).code, Some(1), "nothing was made");

    cloud
        .local("apply", &ACCEPT)
        .succeeded()
        .reports(&["existing resources are imported unchanged", "adopted"]);
    assert_eq!(rows(&cloud), 2, "its rows are there");
    assert_eq!(table(&cloud)["GlobalSecondaryIndexes"][0]["IndexName"], "status-timestamp-index");
    let asked = json!({"TableName": "walk-test"}).to_string();
    let expiry = cloud.target("dynamodb", "DynamoDB_20120810.DescribeTimeToLive", &asked);
    assert_eq!(expiry["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    let sent = cloud.local("send", &["--count", "20", "--wait", "--format", "json"]).succeeded().json();
    assert_eq!(sent["rows"], 20);

    // A table that this spec's own stack retained does not need `--accept`.
    cloud.local("destroy", &["--yes"]).succeeded();
    cloud.local("apply", &[]).succeeded();
    assert_eq!(rows(&cloud), 22);
}

#[test]
fn a_table_with_other_keys_and_names_that_cannot_be_imported_are_refused_by_the_plan() {
    let cloud = with_table(["id", "at"], false);
    cloud.target("sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": "walk-queue-test"}).to_string());
    for verb in ["plan", "apply"] {
        cloud.local(verb, &[]).exited(4).reports(&[
            "error[guard::name-taken]: `EventsTable` cannot be created",
            "with the keys `id` and `at`, and a table's keys cannot change",
            "error[guard::name-taken]: `Queue` cannot be created: `walk-queue-test` already exists",
            "`names`",
        ]);
    }
    assert_eq!(rows(&cloud), 2);
    let unretained = SPEC.to_owned() + "table: {retain: false}\nnames: {queue: walk-other}\n";
    cloud.write(
        "spec.yaml",
        &unretained.replace("name: walk\n", "name: walk\nevent: {partition_key: id, sort_key: at}\n"),
    );
    cloud.local("plan", &[]).exited(4).reports(&["only resources that the stack retains can be imported"]);
}

/// The local cloud does not report the owner of a resource, as AWS does.
#[test]
fn a_table_of_another_stack_is_found_before_a_change_set_is_made() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let other = SPEC.replace("name: walk\n", "name: other\n") + "names: {table: walk-test}\n";
    let spec = cloud.write("other.yaml", &other);
    let spec = spec.to_str().expect("UTF-8");
    let proxy = Proxy::before(&cloud);
    for verb in [&["plan", spec, "--local"][..], &["apply", spec, "--local", "--accept", "adopt:EventsTable"]]
    {
        cloud.run(verb).exited(4).reports(&[
            "error[guard::name-taken]: `EventsTable` cannot be created",
            "`walk-test` already exists and belongs to stack `walk-test`",
            "`--adopt walk-test`",
        ]);
    }
    assert!(!proxy.taken().iter().any(|call| call.name == "CreateChangeSet"));

    // A table that the other stack retained belongs to no stack any more.
    cloud.local("destroy", &["--yes"]).succeeded();
    cloud.run(&["plan", spec, "--local"]).succeeded().reports(&["--accept adopt:EventsTable"]);
}

#[test]
fn a_creation_that_adopts_a_table_and_fails_elsewhere_keeps_its_rows_and_its_protection() {
    let cloud = with_table(KEYS, true);
    cloud.write("gate.extra.yaml", GATE);
    let protected = SPEC.to_owned() + "table: {deletion_protection: true}\n";
    cloud.write("spec.yaml", &format!("{protected}deploy: {{extra: [gate.extra.yaml]}}\n"));
    let proxy = Proxy::before(&cloud);
    cloud.local("apply", &ACCEPT).exited(1).reports(&["`Opened`"]);
    // Its protection is never off, not even for one step.
    let steps: Vec<Value> = proxy
        .taken()
        .iter()
        .filter(|call| call.name == "CreateChangeSet")
        .map(|call| pipectl::render::parse(call.text("TemplateBody")).expect("a template"))
        .collect();
    assert_eq!(steps.len(), 2, "it is imported, and then changed");
    for step in steps {
        assert_eq!(step["Resources"]["EventsTable"]["Properties"]["DeletionProtectionEnabled"], true);
    }
    assert_eq!((rows(&cloud), &table(&cloud)["DeletionProtectionEnabled"]), (json!(2), &json!(true)));
    cloud.local("recover", &[]).succeeded();
    assert_eq!((rows(&cloud), &table(&cloud)["DeletionProtectionEnabled"]), (json!(2), &json!(true)));
    cloud.write("spec.yaml", &protected);
    cloud.local("apply", &ACCEPT).succeeded();
    assert_eq!((rows(&cloud), &table(&cloud)["DeletionProtectionEnabled"]), (json!(2), &json!(true)));
}

#[test]
fn a_failed_first_creation_with_a_protected_table_can_be_continued() {
    for (table, left) in
        [("{deletion_protection: true}", true), ("{deletion_protection: true, retain: false}", false)]
    {
        let cloud = Cloud::new();
        cloud.write("gate.extra.yaml", GATE);
        let protected = format!("{SPEC}table: {table}\n");
        cloud.write("spec.yaml", &format!("{protected}deploy: {{extra: [gate.extra.yaml]}}\n"));
        cloud.local("apply", &[]).exited(1).reports(&["`Opened`", "`ROLLBACK_COMPLETE`"]);
        cloud.write("spec.yaml", &protected);
        let output = cloud.local("apply", &[]).succeeded();
        assert_eq!(output.stderr.contains("AWS::DynamoDB::Table adopted"), left, "{}", output.stderr);
        assert_eq!(table_is_protected(&cloud), json!(true));
        cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    }
}

fn table_is_protected(cloud: &Cloud) -> Value {
    table(cloud)["DeletionProtectionEnabled"].clone()
}
