//! Dynamic references (`{{resolve:…}}`) that are not written in one piece: CloudFormation assembles them.

use serde_json::{Value, json};

use super::templates::held;
use crate::cloud::{Cloud, Run, SPEC};

/// Attributes that other resources of the same file return: their own texts, and unknown texts.
const BESIDE: &str = "  Kept:\n    Type: AWS::SSM::Parameter\n    Properties: {Type: String, Value: \"{{\"}\n  Own:\n    \
                      Type: Custom::Own\n    Properties: {ServiceToken: arn}\n";

/// The findings of `validate` at a line with this value.
fn found_in_extra(cloud: &Cloud, value: &str) -> Vec<Value> {
    let more = format!(
        "Resources:\n{BESIDE}  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: {value}\n"
    );
    cloud.write("more.yaml", &more);
    let spec = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{extra: [more.yaml]}}\n"));
    found(cloud, spec.to_str().expect("UTF-8"), more.lines().count(), "more.yaml")
}

fn found_in_template(cloud: &Cloud, value: &str) -> Vec<Value> {
    std::fs::create_dir_all(cloud.path("templates")).expect("a folder");
    // Braces are also Jinja syntax.
    let template = format!(
        "{{% raw %}}\n{BESIDE}  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: {value}\n{{% endraw %}}\n"
    );
    cloud.write("templates/key.yaml.j2", &template);
    let spec = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{templates: templates}}\n"));
    found(cloud, spec.to_str().expect("UTF-8"), template.lines().count() - 1, "key.yaml.j2")
}

fn found(cloud: &Cloud, spec: &str, line: usize, file: &str) -> Vec<Value> {
    let command = cloud.command(&["validate", spec, "--format", "json"]);
    let run = Run::of(held(&command).output().expect("pipectl runs"));
    assert!(matches!(run.code, Some(0 | 3)), "{}\n{}", run.stdout, run.stderr);
    let document = run.json_document();
    let all = document["diagnostics"].as_array().expect("a list").clone();
    let errors: Vec<Value> = all.into_iter().filter(|one| one["severity"] == "error").collect();
    for error in &errors {
        assert_eq!((&error["line"], run.code), (&json!(line), Some(3)), "{error}");
        assert!(error["file"].as_str().is_some_and(|found| found.ends_with(file)), "{error}");
    }
    errors
}

#[test]
fn references_put_together_by_functions_are_refused() {
    let cloud = Cloud::new();
    let assembled = [
        r#"!Join ["", ["{{res", !Select [1, [a, "olve:ssm:x}}"]]]]"#,
        r#"!Join ["", !Split ["|", "{{res|olve:ssm:x}}"]]"#,
        r#"!Sub ["{{${a}:ssm:x}}", {a: !Select [0, [resolve]]}]"#,
        r#"!Sub ["${a}${b}", {a: "{{", b: !Sub ["${c}:ssm:x}}", {c: resolve}]}]"#,
        r#"!Select [0, !Split ["|", !Join ["", ["{{re", "solve:ssm:x}}|y"]]]]"#,
        r#"!Join ["{", ["", "", "resolve:ssm:x}}"]]"#,
        r#"!Sub "{{${AWS::Region}}}""#,
        r#"!Sub "${Kept.Value}resolve:ssm:x}}""#,
        r#"!Join ["", [!GetAtt Kept.Value, !Ref AlarmTopic, ":ssm:x}}"]]"#,
        r#"!Sub "${Own.Text}resolve:ssm:x}}""#,
        r#"!Sub "${Own.Text}}}""#,
        r#"!Join ["", ["{{", !Select [0, !Split ["-", !Ref "AWS::Region"]]]]"#,
        // Functions that read or compute a text that is not in the template.
        r#"!Base64 "e3tyZXNvbHZl""#,
        r#"!If [c, "{{res", x]"#,
        r#"!Transform {Name: "AWS::Include", Parameters: {Location: "s3://x/y"}}"#,
        r#"{"Fn::ToJsonString": ["{{res"]}"#,
        r#"{"Fn::Cidr": ["10.0.0.0/8", 1, 8]}"#,
        r#"!ImportValue x"#,
    ];
    for value in assembled {
        for errors in [found_in_extra(&cloud, value), found_in_template(&cloud, value)] {
            assert!(
                errors.iter().any(|one| one["code"] == "render::cloudformation-syntax"),
                "{value}: {errors:?}"
            );
        }
    }
}

#[test]
fn usual_texts_pass() {
    let cloud = Cloud::new();
    let usual = [
        r#"!Sub "${AlarmTopic.TopicName}/x""#,
        r#"!Sub "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:resolve:${Queue}""#,
        r#"!Sub '{"a": {"b": ${AWS::AccountId}}}'"#,
        r#"!Sub '{"a": {"b": "${Own.Text}"}}'"#,
        r#"!Join [":", [arn, !Ref "AWS::Partition", !Select [4, !Split [":", !GetAtt Queue.Arn]]]]"#,
        r#"!Sub ["${a}-${b}", {a: !Ref Queue, b: !Select [0, [x, y]]}]"#,
        r#""a {{ text }} of one's own""#,
        r#"!Sub "{{ text }} of ${Queue}""#,
    ];
    for value in usual {
        for errors in [found_in_extra(&cloud, value), found_in_template(&cloud, value)] {
            assert_eq!(errors, [] as [Value; 0], "{value}");
        }
    }
}
