//! Commands on a stack that has a name and a state, and no pipeline.

use std::time::{Duration, Instant};

use pipectl::stack::StackApi as _;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};

/// A wait condition that is never signalled: it fails after two seconds, and the creation is rolled back.
pub(crate) const GATE: &str = "\
Resources:
  Gate: {Type: \"AWS::CloudFormation::WaitConditionHandle\"}
  Opened:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Gate, Timeout: \"2\", Count: 1}
";

#[test]
fn every_command_reports_that_there_is_no_pipeline_and_how_to_continue() {
    let cloud = Cloud::new();
    cloud.write("gate.extra.yaml", GATE);
    cloud.write("spec.yaml", &format!("{SPEC}deploy: {{extra: [gate.extra.yaml]}}\n"));
    cloud.local("apply", &[]).exited(1).reports(&["`Opened`"]);
    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    let commands: [&[&str]; 6] = [
        &["send", spec, "--count", "1"],
        &["query", spec],
        &["dlq", "list", spec],
        &["dlq", "redrive", spec],
        &["dlq", "purge", spec],
        &["drift", spec],
    ];
    for arguments in commands {
        let arguments = [arguments, &["--local"]].concat();
        cloud.run(&arguments).exited(1).reports(&[
            "error[stack::stuck]: stack `walk-test` is in `ROLLBACK_COMPLETE`: it has no pipeline",
            "run `pipectl recover",
        ]);
    }
    let status = cloud.local("status", &[]).succeeded().reports(&["next: pipectl recover"]);
    status.prints(&["ROLLBACK_COMPLETE", "pipeline", "missing"]);
    cloud.local("recover", &[]).succeeded();
    cloud.local("status", &[]).exited(1).reports(&["error[stack::missing]"]);
}

#[test]
fn events_are_not_sent_to_a_deleted_bus() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    for (target, body) in [
        (
            "AWSEvents.RemoveTargets",
            r#"{"Rule":"walk-rule-test","EventBusName":"walk-test","Ids":["Queue"]}"#,
        ),
        ("AWSEvents.DeleteRule", r#"{"Name":"walk-rule-test","EventBusName":"walk-test","Force":true}"#),
        ("AWSEvents.DeleteArchive", r#"{"ArchiveName":"walk-archive-test"}"#),
        ("AWSEvents.DeleteEventBus", r#"{"Name":"walk-test"}"#),
    ] {
        cloud.target("events", target, body);
    }
    cloud
        .local("send", &["--count", "1"])
        .exited(1)
        .reports(&["there is no bus `walk-test`", "pipectl drift"]);
}

/// A custom table; with `more`, an index of it and a wait condition after it that never succeeds.
fn extra(more: bool) -> String {
    let (attribute, index, gate) = if more {
        (
            ", {AttributeName: team, AttributeType: S}",
            "      GlobalSecondaryIndexes:
        - IndexName: by-team
          KeySchema: [{AttributeName: team, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
",
            "  Gate: {Type: \"AWS::CloudFormation::WaitConditionHandle\"}
  Opened:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Ledger
    Properties: {Handle: !Ref Gate, Timeout: \"8\", Count: 1}
",
        )
    } else {
        ("", "", "")
    };
    format!(
        "\
Resources:
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: ledger
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}{attribute}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
{index}{gate}"
    )
}

fn index_status(cloud: &Cloud) -> Value {
    let asked = json!({"TableName": "ledger"}).to_string();
    let table = cloud.target("dynamodb", "DynamoDB_20120810.DescribeTable", &asked);
    table["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"].clone()
}

fn change_index(cloud: &Cloud, change: Value) {
    let attributes = ["id", "team"].map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
    let asked = json!({"TableName": "ledger", "AttributeDefinitions": attributes, "GlobalSecondaryIndexUpdates": [change]});
    cloud.target("dynamodb", "DynamoDB_20120810.UpdateTable", &asked.to_string());
}

fn soon(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "it does not come to that");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An update that fails after it added an index to a table, which someone deletes in the meantime: its rollback cannot
/// find it.
fn rollback_failed() -> Cloud {
    let cloud = Cloud::new();
    cloud.write("own.extra.yaml", &extra(false));
    cloud.write("spec.yaml", &format!("{SPEC}deploy: {{extra: [own.extra.yaml]}}\n"));
    cloud.local("apply", &[]).succeeded();
    // pipectl changes an index in an update of its own; another caller may change all at once.
    let (runtime, clients) = cloud.clients();
    let deployed = runtime.block_on(clients.template("walk-test")).expect("the deployed template");
    let mut template: Value = serde_yaml::from_str(&deployed).expect("YAML");
    let more: Value = serde_yaml::from_str(&extra(true).replace("!Ref Gate", "{Ref: Gate}")).expect("YAML");
    let resources = template["Resources"].as_object_mut().expect("resources");
    resources.extend(more["Resources"].as_object().expect("resources").clone());
    // Without blanks it is short enough for a call.
    let template = template.to_string();
    let mut asked = vec![
        ("Action", "UpdateStack"),
        ("StackName", "walk-test"),
        ("TemplateBody", template.as_str()),
        ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
    ];
    asked.extend([
        ("Parameters.member.1.ParameterKey", "ArtifactBucket"),
        ("Parameters.member.1.UsePreviousValue", "true"),
        ("Parameters.member.2.ParameterKey", "ArtifactKey"),
        ("Parameters.member.2.UsePreviousValue", "true"),
        ("Parameters.member.3.ParameterKey", "ArtifactVersion"),
        ("Parameters.member.3.UsePreviousValue", "true"),
    ]);
    cloud.call("cloudformation", &asked);
    cloud.write("own.extra.yaml", &extra(true));
    let spec = cloud.path("spec.yaml");
    let mut apply = cloud.command(&["apply", spec.to_str().expect("UTF-8"), "--local"]);
    let apply = apply.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let apply = apply.spawn().expect("pipectl runs");
    soon(|| index_status(&cloud) == "ACTIVE");
    change_index(&cloud, json!({"Delete": {"IndexName": "by-team"}}));
    let applied = Run::of(apply.wait_with_output().expect("an end"));
    applied.exited(1).reports(&["UPDATE_ROLLBACK_FAILED", "pipectl recover"]);
    cloud
}

#[test]
fn a_failed_rollback_is_continued_once_its_cause_is_removed() {
    let cloud = rollback_failed();
    cloud
        .local("status", &[])
        .succeeded()
        .reports(&["next: pipectl recover"])
        .prints(&["UPDATE_ROLLBACK_FAILED"]);
    cloud.local("plan", &[]).exited(1).reports(&[
        "error[stack::stuck]",
        "UPDATE_ROLLBACK_FAILED",
        "pipectl recover",
    ]);
    cloud.local("apply", &[]).exited(1).reports(&["error[stack::stuck]", "pipectl recover"]);
    // The cause still exists.
    cloud.local("recover", &[]).exited(1).reports(&[
        "is in state UPDATE_ROLLBACK_FAILED",
        "✗ Ledger (AWS::DynamoDB::Table)",
        "fix the cause and run it again",
        "--skip LOGICAL_ID",
    ]);
    soon(|| index_status(&cloud).is_null());
    change_index(
        &cloud,
        json!({"Create": {"IndexName": "by-team", "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}}),
    );
    soon(|| index_status(&cloud) == "ACTIVE");
    cloud.local("recover", &[]).succeeded();
    cloud.write("own.extra.yaml", &extra(false));
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    cloud.local("recover", &[]).succeeded().reports(&["nothing to do: the stack is fine"]);
}

#[test]
fn a_resource_whose_rollback_failed_is_skipped_only_by_name_and_with_its_data_given_up() {
    let cloud = rollback_failed();
    cloud.local("recover", &["--skip", "Queue"]).exited(64).reports(&["`Queue` did not fail", "`Ledger`"]);
    cloud.local("recover", &["--retain", "Ledger"]).exited(64).reports(&["only after a deletion has failed"]);
    cloud
        .local("recover", &["--skip", "Ledger"])
        .exited(4)
        .reports(&["error[guard::data-loss]: `Ledger` contains data", "--accept data-loss:Ledger"]);
    cloud.local("recover", &["--skip", "Ledger", "--accept", "data-loss:Ledger"]).succeeded();
    cloud.local("status", &[]).succeeded().prints(&["UPDATE_ROLLBACK_COMPLETE"]);
}
