//! Commands on a stack that has a name and a state, and no pipeline.

use crate::cloud::{Cloud, SPEC};

/// A wait condition that nobody fulfils: it fails after two seconds, and the creation is rolled back.
pub(crate) const GATE: &str = "\
Resources:
  Gate: {Type: \"AWS::CloudFormation::WaitConditionHandle\"}
  Opened:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Gate, Timeout: \"2\", Count: 1}
";

#[test]
fn every_command_says_that_there_is_no_pipeline_and_how_to_get_out() {
    let cloud = Cloud::new();
    cloud.write("gate.extra.yaml", GATE);
    cloud.write("spec.yaml", &format!("{SPEC}deploy: {{extra: [gate.extra.yaml]}}\n"));
    cloud.local("apply", &[]).exited(1).says(&["`Opened`"]);
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
        cloud.run(&arguments).exited(1).says(&[
            "error[stack::stuck]: stack `walk-test` is in `ROLLBACK_COMPLETE`: it has no pipeline",
            "get it out of there with `pipectl recover",
        ]);
    }
    let status = cloud.local("status", &[]).succeeded().says(&["next: pipectl recover"]);
    status.prints(&["ROLLBACK_COMPLETE", "pipeline", "missing"]);
    cloud.local("recover", &[]).succeeded();
    cloud.local("status", &[]).exited(1).says(&["error[stack::missing]"]);
}

#[test]
fn events_are_not_sent_to_a_bus_that_is_gone() {
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
    cloud.local("send", &["--count", "1"]).exited(1).says(&["there is no bus `walk-test`", "pipectl drift"]);
}
