//! Rules that no spec can break, because the template is made so: looked for in what specs expand to.

use camino::Utf8Path;
use pipectl::pattern::Pattern;
use pipectl::{render, source, validate};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::mutants::right;

fn resources(spec: &Value) -> Value {
    let tree = source::read_text(Utf8Path::new("specs/made.yaml"), spec.to_string()).expect("a tree");
    let checked = validate::validate(&tree, false).expect("a valid spec");
    render::render(&checked).expect("a template").parsed["Resources"].clone()
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
    // X-8 and the processor's contract: no filter, partial failures reported.
    let mapping = of("AWS::Lambda::EventSourceMapping")[0];
    assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert!(mapping.get("FilterCriteria").is_none());
    // The processor is told the same input form.
    let function = of("AWS::Lambda::Function")[0];
    let told: Value = serde_json::from_str(
        function["Environment"]["Variables"]["PIPELINE_CONFIG"].as_str().expect("the contract"),
    )
    .expect("JSON");
    assert_eq!(told["input"], if detail { "detail" } else { "envelope" });
    // levels of Lambda's own are for its JSON format only.
    assert!(
        function["LoggingConfig"].get("ApplicationLogLevel").is_none()
            && function["LoggingConfig"].get("SystemLogLevel").is_none()
    );
    // missing data is no alarm, and DynamoDB's metrics know no such choice.
    for alarm in of("AWS::CloudWatch::Alarm") {
        let wanted = if alarm["Namespace"] == "AWS/DynamoDB" { Value::Null } else { json!("notBreaching") };
        assert_eq!(alarm.get("TreatMissingData").cloned().unwrap_or_default(), wanted, "{alarm}");
    }
    // the time to live is no key, and there is one index.
    let table = of("AWS::DynamoDB::Table")[0];
    assert_eq!(table["GlobalSecondaryIndexes"].as_array().map(Vec::len), Some(1));
    let live = &table["TimeToLiveSpecification"]["AttributeName"];
    assert!(!table["AttributeDefinitions"].to_string().contains(&live.to_string()));
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
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_no_spec_can_break_holds_in_every_template(mut spec in right(), detail in any::<bool>(), key in any::<bool>()) {
        prop_assume!(spec["table"]["status_index"]["shards"].as_u64().is_some_and(|shards| shards <= 1000));
        if detail {
            spec["bus"]["input"] = json!("detail");
        }
        if key {
            let arn = "arn:aws:kms:eu-west-1:012345678901:key/1234abcd-12ab-34cd-56ef-1234567890ab";
            spec["queue"]["encryption"] = json!({"kms_key": arn});
        }
        check(&spec);
    }
}

/// Fifty right specs as templates under `target/tmp/made`, the same in every run, for scanners to look at: `.ci/run`
/// hands them to cfn-lint.
#[test]
fn right_specs_become_templates_for_scanners() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("made");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut runner = TestRunner::deterministic();
    let mut made = 0;
    while made < 50 {
        let spec = right().new_tree(&mut runner).expect("a spec").current();
        if spec["table"]["status_index"]["shards"].as_u64().is_some_and(|shards| shards > 1000) {
            continue;
        }
        let tree = source::read_text(Utf8Path::new("specs/made.yaml"), spec.to_string()).expect("a tree");
        let template =
            render::render(&validate::validate(&tree, false).expect("a valid spec")).expect("a template");
        assert!(template.text.len() <= 51_200, "it fits into one CloudFormation call");
        std::fs::write(folder.join(format!("{made}.yaml")), template.text).expect("a file");
        made += 1;
    }
}

/// a replay can give back only what the archive took.
#[test]
fn the_archive_takes_every_event_the_rule_matches() {
    let pairs: Vec<Value> = serde_json::from_str(include_str!("../patterns.json")).expect("pairs");
    let mut tried = 0;
    for pair in pairs.iter().filter(|pair| pair["matches"] == true) {
        let spec =
            json!({"version": 1, "name": "demo", "environment": "dev", "bus": {"pattern": pair["pattern"]}});
        let resources = resources(&spec);
        let archived = resources["Archive"]["Properties"]["EventPattern"].as_object().expect("a pattern");
        let pattern = Pattern::parse(archived).expect("a pattern EventBridge takes");
        assert_eq!(pattern.matches(&pair["event"]), Ok(()), "{pair}");
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
}
