//! Custom resources that CloudFormation would refuse during a deploy, or before it: rejected at their lines.

use std::fmt::Write as _;

use serde_json::Value;

use super::templates::held;
use crate::cloud::{Cloud, Run, SPEC};

/// Code, line and message of each error in the file of resources.
fn found(cloud: &Cloud, more: &str) -> Vec<String> {
    cloud.write("more.yaml", more);
    let spec = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{extra: [more.yaml]}}\n"));
    let command = cloud.command(&["validate", spec.to_str().expect("UTF-8"), "--format", "json"]);
    let run = Run::of(held(&command).output().expect("pipectl runs"));
    let document = run.json_document();
    let errors =
        document["diagnostics"].as_array().expect("a list").iter().filter(|one| one["severity"] == "error");
    let shown = |one: &Value| {
        assert!(one["file"].as_str().is_some_and(|file| file.ends_with("more.yaml")), "{one}");
        assert!(one["help"].as_str().is_some_and(|help| !help.is_empty()), "{one}");
        let code = one["code"].as_str().unwrap_or_default().replace("render::", "");
        format!("{code} {}: {}", one["line"], one["message"].as_str().unwrap_or_default())
    };
    errors.map(shown).collect()
}

#[test]
fn what_cloudformation_refuses_is_refused_at_its_line() {
    let cloud = Cloud::new();
    let topic = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n";
    let table: [(String, &str); 20] = [
        (format!("{topic}    Properties: {{TopicName: a}}\n  U:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Join [\"\", [a]]\n"), "taken-twice 8: `U` and `T` have the same name `a`"),
        ("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: walk-queue-test\n".to_owned(), "taken-twice 5: `Q` and `Queue` have the same name `walk-queue-test`"),
        ("Resources:\n  A:\n    Type: AWS::CloudWatch::CompositeAlarm\n    Properties: {AlarmName: a}\n  B:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {AlarmName: a}\n".to_owned(), "taken-twice 7: "),
        ("Resources:\n  T:\n    Type: AWS::SNS:Topic\n".to_owned(), "malformed-resource 3: the resource `T` has an invalid `Type`"),
        ("Resources:\n  T:\n    Type: [AWS::SNS::Topic]\n".to_owned(), "malformed-resource 3: the resource `T` has an invalid `Type`"),
        (format!("{topic}    Propertys: {{TopicName: a}}\n"), "malformed-resource 4: the resource `T` has `Propertys`"),
        (format!("{topic}    TopicName: a\n"), "malformed-resource 4: the resource `T` has `TopicName`"),
        (format!("{topic}    Properties: [a]\n"), "malformed-resource 4: `Properties` of `T` is not a map"),
        (format!("{topic}    Properties:\n      TopicName:\n"), "malformed-resource 5: `Resources.T.Properties.TopicName` is null"),
        ("Resources:\n  R:\n    Type: AWS::Events::Rule\n    Properties:\n      EventPattern: {source: [a], detail: {x: [null]}}\n".to_owned(), "malformed-resource 5: `Resources.R.Properties.EventPattern.detail.x.0` is null"),
        (format!("{topic}    DeletionPolicy: Keep\n"), "malformed-resource 4: `DeletionPolicy` of `T`"),
        (format!("{topic}    DependsOn: {{a: b}}\n"), "malformed-resource 4: `DependsOn` of `T`"),
        (format!("{topic}    DependsOn: T\n"), "circular-reference 2: the resource `T` refers to itself"),
        (format!("{topic}    Properties: {{DisplayName: !Ref U}}\n  U:\n    Type: AWS::SNS::Topic\n    Properties: {{DisplayName: !GetAtt V.Arn}}\n  V:\n    Type: AWS::SNS::Topic\n    Properties: {{DisplayName: !Sub \"${{T}}\"}}\n"), "circular-reference 2: circular reference between resources: `T` → `U` → `V` → `T`"),
        (format!("{topic}    DependsOn: Nothing\n"), "unknown-reference 4: `Nothing`"),
        (format!("{topic}Outputs:\n  O:\n    Value: [a]\n"), "malformed-resource 6: the output `O` has no `Value`"),
        (format!("{topic}Outputs:\n  O: {{Value: a, Name: b}}\n"), "malformed-resource 5: the output `O` has `Name`"),
        (format!("{topic}Outputs:\n  O: {{Value: a, Export: b}}\n"), "malformed-resource 5: `Export` of `O`"),
        (format!("{topic}Outputs:\n  O: {{Value: a, Export: {{Name: e}}}}\n  P: {{Value: a, Export: {{Name: e}}}}\n"), "malformed-resource 6: the outputs `P` and `O` are exported with the same name"),
        (format!("{topic}Outputs:\n  O: {{Value: a, Description: !Ref T}}\n"), "malformed-resource 5: `Description` of `O`"),
    ];
    for (more, wanted) in table {
        let found = found(&cloud, &more);
        assert!(found.len() == 1 && found[0].starts_with(wanted), "{wanted}\n{more}\n{found:#?}");
    }
}

/// An argument of another form is not checked, and could hide a forbidden value.
#[test]
fn a_function_takes_its_arguments_in_one_form() {
    let cloud = Cloud::new();
    for (call, form) in [
        ("{\"Fn::Sub\": [\"{{${a}:ssm:x}}\", [{\"a\": \"resolve\"}]]}", "`Fn::Sub` takes a text, or"),
        ("{\"Fn::Sub\": [\"a\"]}", "`Fn::Sub` takes a text, or"),
        ("{\"Fn::Select\": {\"Fn::Sub\": \"{{resolve:ssm:x}}\"}}", "`Fn::Select` takes a list"),
        ("{\"Fn::Select\": [0]}", "`Fn::Select` takes a list"),
        ("{\"Fn::Join\": [\"\", \"a\"]}", "`Fn::Join` takes a list"),
        ("{\"Fn::Join\": \"a\"}", "`Fn::Join` takes a list"),
        ("{\"Fn::Split\": [[\",\"], \"a\"]}", "`Fn::Split` takes a list"),
        ("{\"Fn::GetAtt\": [{\"Ref\": \"Queue\"}, \"Arn\"]}", "`Fn::GetAtt` takes `ID.ATTRIBUTE`"),
        ("{\"Ref\": [\"Queue\"]}", "`Ref` takes a name"),
    ] {
        let more = format!(
            "Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: {call}\n"
        );
        let found = found(&cloud, &more);
        let wanted = "cloudformation-syntax 5: ";
        assert!(found.iter().any(|one| one.starts_with(wanted) && one.contains(form)), "{call}: {found:#?}");
    }
}

#[test]
fn what_cloudformation_takes_passes() {
    let cloud = Cloud::new();
    let fine = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n    \
                Metadata: {a: b}\n    DependsOn: [Queue, U]\n  U:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: !Sub [\"${T}\", {T: a}]}\n  \
                C:\n    Type: Custom::My_own\n    Properties: {ServiceToken: !Ref U}\n  M:\n    Type: Org::Service::Thing::MODULE\n  \
                R1:\n    Type: AWS::Events::Rule\n    Properties: {Name: a, EventBusName: !Ref Bus, EventPattern: {source: [a]}}\n  \
                R2:\n    Type: AWS::Events::Rule\n    Properties: {Name: a, EventPattern: {source: [a]}}\n\
                Outputs:\n  O: {Value: !Ref T, Description: d, Export: {Name: !Sub \"${AWS::StackName}-o\"}}\n  P: {Value: 1}\n";
    assert_eq!(found(&cloud, fine), [] as [&str; 0]);
}

#[test]
fn a_stack_of_more_than_cloudformation_takes_is_refused() {
    let cloud = Cloud::new();
    let mut more = "Resources:\n".to_owned();
    for number in 0..490 {
        let _ = writeln!(more, "  T{number}: {{Type: AWS::SNS::Topic}}");
    }
    let found = found(&cloud, &more);
    assert!(
        found.iter().any(|one| one.starts_with("too-large") && one.contains("a stack can have 500")),
        "{found:?}"
    );
}
