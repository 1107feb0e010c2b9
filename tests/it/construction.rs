//! Rules that no spec can break, because of the way the template is built: checked in the templates of specs.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::cases::cases;
use crate::values::rendered;
use crate::varied::varied;

fn resources(spec: &Value) -> Value {
    rendered(&spec.to_string()).parsed["Resources"].clone()
}

fn check(spec: &Value) {
    let resources = resources(spec);
    let of = |kind: &str| -> Vec<&Value> {
        let all = resources.as_object().expect("resources").values();
        all.filter(|one| one["Type"] == kind).map(|one| &one["Properties"]).collect()
    };
    // the rule's target has a dead-letter queue and no role; one input form.
    let target = &of("AWS::Events::Rule")[0]["Targets"][0];
    assert_eq!(target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0], "UndeliveredQueue");
    assert!(
        target.get("RoleArn").is_none()
            && target.get("Input").is_none()
            && target.get("InputTransformer").is_none()
    );
    let detail = spec["bus"]["input"] == "detail";
    assert_eq!(target.get("InputPath").is_some(), detail);
    // X-8 and the processor's contract: no filter, partial failures are reported.
    let mapping = of("AWS::Lambda::EventSourceMapping")[0];
    assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert!(mapping.get("FilterCriteria").is_none());
    // The processor gets the same input form.
    let function = of("AWS::Lambda::Function")[0];
    let output: Value = serde_json::from_str(
        function["Environment"]["Variables"]["PIPELINE_CONFIG"].as_str().expect("the contract"),
    )
    .expect("JSON");
    assert_eq!(output["input"], if detail { "detail" } else { "envelope" });
    // levels of Lambda's own apply only to its JSON format.
    assert!(
        function["LoggingConfig"].get("ApplicationLogLevel").is_none()
            && function["LoggingConfig"].get("SystemLogLevel").is_none()
    );
    // missing data is not breaching, and DynamoDB's metrics do not have that setting.
    for alarm in of("AWS::CloudWatch::Alarm") {
        let wanted = if alarm["Namespace"] == "AWS/DynamoDB" { Value::Null } else { json!("notBreaching") };
        assert_eq!(alarm.get("TreatMissingData").cloned().unwrap_or_default(), wanted, "{alarm}");
        // An alarm with metric math covers one of two windows: the composite alarm notifies.
        if alarm.get("Metrics").is_none() {
            assert_eq!(alarm["AlarmActions"][0]["Ref"], "AlarmTopic");
        }
    }
    let combined = of("AWS::CloudWatch::CompositeAlarm");
    assert_eq!(combined.len(), if spec.get("slo").is_some() { 2 } else { 0 });
    for alarm in combined {
        assert_eq!(alarm["AlarmActions"][0]["Ref"], "AlarmTopic");
    }
    // the time to live is not a key, and the defined attributes are the keys of table and indexes.
    let table = of("AWS::DynamoDB::Table")[0];
    let names = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|one| one["AttributeName"].to_string()).collect()
    };
    let mut keys = names(&table["KeySchema"]);
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    keys.extend(indexes.flat_map(|index| names(&index["KeySchema"])));
    keys.sort_unstable();
    keys.dedup();
    let mut defined = names(&table["AttributeDefinitions"]);
    defined.sort_unstable();
    assert_eq!(defined, keys);
    let live = &table["TimeToLiveSpecification"]["AttributeName"];
    assert!(!table["AttributeDefinitions"].to_string().contains(&live.to_string()));
    // The version's digest is of the function's unchanged properties, as it always was: a digest that changed by itself
    // would publish a version that Lambda already has.
    let mut settings = function.as_object().expect("properties").clone();
    settings.retain(|name, _| {
        !["Code", "FunctionName", "ReservedConcurrentExecutions", "Tags"].contains(&name.as_str())
    });
    let digest = &pipectl::render::digest(&settings.into())[..16];
    let version = &of("AWS::Lambda::Version")[0]["Description"]["Fn::Sub"];
    assert_eq!(version, &json!(format!("${{ArtifactKey}} {digest}")));
    // three queues, each encrypted in one way.
    let queues = of("AWS::SQS::Queue");
    assert_eq!(queues.len(), 3);
    for queue in queues {
        assert!(
            queue.get("SqsManagedSseEnabled").is_some() != queue.get("KmsMasterKeyId").is_some(),
            "{queue}"
        );
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn what_no_spec_can_break_holds_in_every_template(spec in varied()) {
        check(&spec);
    }
}

/// Two hundred valid specs as templates under `target/tmp/made`, with their meaning beside them, the same in every run,
/// for scanners to check: `.ci/scan`.
#[test]
fn right_specs_become_templates_for_scanners() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("made");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut runner = TestRunner::deterministic();
    for made in 0..200 {
        let spec = varied().new_tree(&mut runner).expect("a spec").current();
        let template = rendered(&spec.to_string());
        std::fs::write(folder.join(format!("{made}.yaml")), template.text).expect("a file");
        std::fs::write(folder.join(format!("{made}.json")), template.parsed.to_string()).expect("a file");
    }
}
