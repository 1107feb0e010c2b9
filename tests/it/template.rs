//! The templates of the examples: reviewed as snapshots, and the reference's values one by one.

use serde_json::{Value, json};

use crate::cloud::Cloud;

fn rendered(example: &str, language: &str) -> String {
    let spec = format!("specs/{example}.yaml");
    Cloud::new().run(&["render", &spec, "--output", language, "--quiet"]).succeeded().stdout
}

fn parsed(example: &str) -> Value {
    serde_json::from_str(&rendered(example, "json")).expect("JSON")
}

#[test]
fn every_example_expands_to_the_reviewed_template() {
    for entry in std::fs::read_dir("specs").expect("the examples") {
        let path = entry.expect("an example").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            let text = rendered(name, "yaml");
            assert_eq!(text, rendered(name, "yaml"), "the same bytes each time");
            assert!(text.len() <= 51_200, "{name} fits into one CloudFormation call");
            insta::assert_snapshot!(name, text);
        }
    }
}

/// Those of the examples as pipectl 0.1.0 deployed them: the same settings must always give the same version.
#[test]
fn the_examples_versions_are_those_that_were_deployed() {
    for (example, digest) in
        [("dev", "0f63720a745db6c5"), ("prod", "4129cdcca09a66a4"), ("reference", "cc30aebe13d088bb")]
    {
        let template = parsed(example);
        let description = &template["Resources"]["ProcessorVersion"]["Properties"]["Description"]["Fn::Sub"];
        assert_eq!(description, &json!(format!("${{ArtifactKey}} {digest}")), "{example}");
    }
}

#[test]
fn yaml_and_json_are_one_template() {
    let yaml: Value = serde_yaml::from_str(&rendered("prod", "yaml")).expect("YAML");
    assert_eq!(yaml, parsed("prod"));
}

/// Another owner's rule with our queue as its target must not have access: each policy names source and account.
#[test]
fn every_service_principal_is_tied_to_source_and_account() {
    let template = parsed("prod");
    let mut seen = 0;
    for (logical_id, resource) in template["Resources"].as_object().expect("resources") {
        for statement in
            resource["Properties"]["PolicyDocument"]["Statement"].as_array().into_iter().flatten()
        {
            if statement["Principal"]["Service"].is_string() {
                seen += 1;
                let condition = statement["Condition"].to_string();
                assert!(
                    condition.contains("aws:SourceArn") && condition.contains("aws:SourceAccount"),
                    "{logical_id}"
                );
            }
        }
    }
    assert_eq!(seen, 3, "queue, undelivered queue and alarm topic");
}

#[test]
fn text_of_the_spec_cannot_leave_its_place() {
    let cloud = Cloud::new();
    let hostile = r#"a"b\\c'd: {Ref: X} # "#;
    let spec = crate::cloud::SPEC
        .replace("source: [shipment.service]", &format!("source: [shipment.service, {}]", json!(hostile)));
    let path = cloud.write("hostile.yaml", &spec);
    let text = cloud.run(&["render", path.to_str().expect("UTF-8"), "--quiet"]).succeeded().stdout;
    let template: Value = serde_yaml::from_str(&text).expect("YAML");
    assert_eq!(template["Resources"]["Rule"]["Properties"]["EventPattern"]["source"][1], hostile);
}
