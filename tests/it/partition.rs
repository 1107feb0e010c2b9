//! The partitions of AWS in rendered and deployed templates. `reach` tests that each is reached at its own hosts.

use serde_json::Value;

use crate::cloud::{Cloud, Run, SPEC};
use crate::values::rendered;

/// A region of each partition, and the host of its console.
const CONSOLES: [(&str, &str, &str); 8] = [
    ("aws", "eu-west-1", "console.aws.amazon.com"),
    ("aws-cn", "cn-northwest-1", "console.amazonaws.cn"),
    ("aws-eusc", "eusc-de-east-1", "console.amazonaws-eusc.eu"),
    ("aws-iso", "us-iso-east-1", "console.c2shome.ic.gov"),
    ("aws-iso-b", "us-isob-east-1", "console.sc2shome.sgov.gov"),
    ("aws-iso-e", "eu-isoe-west-1", "console.csphome.adc-e.uk"),
    ("aws-iso-f", "us-isof-south-1", "console.csphome.hci.ic.gov"),
    ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
];

#[test]
fn regions_of_every_partition_are_taken_and_what_is_none_is_refused() {
    let cloud = Cloud::new();
    let validate = |region: &str| -> Run {
        let spec = cloud.write("region.yaml", &format!("{SPEC}deploy: {{region: {region}}}\n"));
        cloud.run(&["validate", spec.to_str().expect("UTF-8")])
    };
    for (_, region, _) in CONSOLES {
        validate(region).succeeded();
    }
    for region in ["eu-west", "euw-west-1", "eusc-de-east-123", "EU-west-1", "eu-west-1a"] {
        validate(region).exited(3).prints(&["error[spec::wrong-form]: `deploy.region`"]);
    }
}

/// One template for all: CloudFormation chooses by the partition it runs in.
#[test]
fn the_template_finds_the_console_of_the_partition_and_names_no_partition_itself() {
    let template = rendered(SPEC).parsed;
    let consoles = template["Mappings"]["Consoles"].as_object().expect("a mapping");
    let expected: Vec<(&str, &str)> = CONSOLES.iter().map(|(id, _, host)| (*id, *host)).collect();
    let found: Vec<(&str, &str)> =
        consoles.iter().map(|(id, values)| (id.as_str(), values["Host"].as_str().expect("a host"))).collect();
    assert_eq!(found, expected);
    let url = &template["Outputs"]["DashboardURL"]["Value"]["Fn::Sub"];
    assert_eq!(url[1]["Console"]["Fn::FindInMap"][1], serde_json::json!({"Ref": "AWS::Partition"}));

    for section in ["Resources", "Outputs"] {
        let text = rendered(&format!("{SPEC}encryption: stack_key\n")).parsed[section].to_string();
        for written in ["arn:aws", "console.aws", "amazonaws.com.cn", "amazonaws.com/"] {
            assert!(!text.contains(written), "`{written}` in {section}");
        }
    }
    assert_eq!(rendered(&format!("{SPEC}dashboard: false\n")).parsed["Mappings"], Value::Null);
}

/// The deployed text from before there was a mapping.
const LITERAL: &str = r##"    Value: {"Fn::Sub": {{ "https://console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards:name=" ~ names.dashboard }}}"##;

#[test]
fn a_stack_from_before_changes_in_no_resource_and_keeps_its_url() {
    let cloud = Cloud::new();
    let folder = cloud.path("templates");
    cloud.run(&["eject", "stack", "outputs", "--to", folder.to_str().expect("UTF-8")]).succeeded();
    // Both as they were then.
    let stack = std::fs::read_to_string(folder.join("stack.yaml.j2")).expect("a copy");
    let (begin, end) = (
        stack.find("{% if spec.dashboard %}").expect("a mapping"),
        stack.find("Resources:").expect("resources"),
    );
    std::fs::write(folder.join("stack.yaml.j2"), format!("{}{}", &stack[..begin], &stack[end..]))
        .expect("written");
    let outputs = std::fs::read_to_string(folder.join("outputs.yaml.j2")).expect("a copy");
    let (begin, end) = (
        outputs.find("{# A copy").expect("both"),
        outputs.find("{% endif %}\n{{ export(names.exports.dashboard").expect("both"),
    );
    let before = format!("{}{LITERAL}\n{}", &outputs[..begin], &outputs[end + "{% endif %}\n".len()..]);
    std::fs::write(folder.join("outputs.yaml.j2"), before).expect("written");
    cloud.write("spec.yaml", &format!("{SPEC}deploy: {{templates: templates}}\n"));
    let url =
        |run: Run| -> String { run.json()["outputs"]["DashboardURL"].as_str().expect("a URL").to_owned() };
    let old = url(cloud.local("apply", &["--format", "json"]).succeeded());
    assert_eq!(
        old,
        "https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards:name=walk-test"
    );

    // An old copy of `stack` alone works with the current outputs.
    std::fs::remove_file(folder.join("outputs.yaml.j2")).expect("a copy");
    cloud.local("plan", &[]).succeeded().prints(&["no changes"]);

    cloud.write("spec.yaml", SPEC);
    let plan = cloud.local("plan", &["--format", "json"]).succeeded().json_document();
    assert_eq!(plan["changes"], serde_json::json!([]), "{plan}");
    let run = cloud.local("apply", &["--format", "json"]).succeeded();
    if run.json()["outputs"].is_object() {
        assert_eq!(url(run), old);
    }
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
}
