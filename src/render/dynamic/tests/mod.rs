//! Texts that are dynamic references, and texts that are not.

mod filled_in;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Evaluator, Suspicion, suspicion};
use filled_in::{FILLED_IN, text};

fn judged(expression: &Value) -> Option<Suspicion> {
    let template = json!({
        "Parameters": {
            "P": {"Type": "String"},
            "Begun": {"Type": "String", "Default": "{{res"},
            "Chosen": {"Type": "String", "Default": "a", "AllowedValues": ["a", "olve:ssm:x}}"]},
            "Some": {"Type": "CommaDelimitedList", "Default": "{{,resolve:ssm:x}}"},
        },
        "Mappings": {"M": {
            "aws": {"Host": "olve:ssm:x", "Words": ["a", "resolve:ssm:x"]}, "aws-cn": {"Host": "amazon.com.cn"},
        }},
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}},
            "Kept": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "{{"}},
            "Half": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "{resolve:ssm:x}}"}},
            "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": {"Fn::Sub": "{{${Queue}"}}},
            "Own": {"Type": "Custom::Own", "Properties": {}},
            "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {}},
            "Left": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::Sub": "{${Right}"}}},
            "Right": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::Sub": "${Left}{"}}},
        },
    });
    suspicion(&Evaluator::new(&template), expression)
}

#[test]
fn what_is_put_together_from_known_parts_is_certain() {
    let certain = [
        json!({"Fn::Join": ["", ["{{res", "olve:ssm:x}}"]]}),
        json!({"Fn::Join": ["", ["{{", {"Fn::Select": [1, ["a", "resolve"]]}, ":ssm:x}}"]]}),
        json!({"Fn::Join": ["", ["{{", {"Fn::Select": ["1", ["a", "resolve"]]}, ":ssm:x}}"]]}),
        json!({"Fn::Join": ["", {"Fn::Split": ["|", "{{res|olve:ssm|:x}}"]}]}),
        json!({"Fn::Join": ["olve:", {"Fn::Split": ["|", "{{res|ssm:x}}"]}]}),
        json!({"Fn::Join": ["", [{"Fn::Select": [0, {"Fn::Split": ["|", "{{|x"]}]}, "Resolve:ssm:x}}"]]}),
        json!({"Fn::Sub": ["{${a}", {"a": {"Fn::Select": [0, ["{resolve:ssm:x}}"]]}}]}),
        json!({"Fn::Sub": ["${a}${b}", {"a": "{{", "b": {"Fn::Sub": ["${c}:ssm:x}}", {"c": "resolve"}]}}]}),
        json!({"Fn::Sub": "{{resolve:ssm:${P}}}"}),
        json!({"Fn::Sub": ["${a}", {"a": {"Fn::Join": ["{", ["", "", "resolve:ssm:x}}"]]}}]}),
        json!({"Fn::Select": [0, [{"Fn::Join": ["", ["{{res", "olve:ssm:x}}"]]}]]}),
        json!({"Fn::Join": ["", ["{{res", {"Fn::FindInMap": ["M", "aws", "Host"]}, "}}"]]}),
        json!({"Fn::Join": ["", ["{{", {"Fn::Select": [1, {"Fn::FindInMap": ["M", "aws", "Words"]}]}]]}),
        json!({"Fn::Join": ["", {"Ref": "Some"}]}),
        json!({"Fn::Join": ["", ["{ {", {"Ref": "AWS::NoValue"}, " resolve : ssm:x}}"]]}),
    ];
    for expression in certain {
        assert_eq!(judged(&expression), Some(Suspicion::Certain), "{expression}");
    }
}

#[test]
fn an_unknown_part_beside_a_part_of_a_reference_is_possible() {
    let possible = [
        json!({"Fn::Sub": "{{${P}"}),
        json!({"Fn::Sub": "{{${P}:ssm:x}}"}),
        json!({"Fn::Sub": "{{res${AWS::Region}x}}"}),
        json!({"Fn::Sub": "{${P}{resolve:ssm:x}}"}),
        json!({"Fn::Join": ["", ["{{", {"Ref": "Queue"}, {"Ref": "P"}]]}),
        json!({"Fn::Join": ["{{", {"Ref": "AWS::NotificationARNs"}]}),
        json!({"Fn::Join": ["{", {"Fn::Split": [",", {"Ref": "P"}]}]}),
        json!({"Fn::Join": ["", [{"Fn::Select": [2, []]}, {"Fn::Sub": "{{${P}"}]]}),
        // The possible values of a default, an allowed value, a mapping or a list of them.
        json!({"Fn::Sub": "${Begun}olve:ssm:x}}"}),
        json!({"Fn::Sub": "${Begun}${Chosen}"}),
        json!({"Fn::Sub": "{{res${Chosen}"}),
        json!({"Fn::Join": ["", [{"Fn::Select": [0, {"Ref": "Some"}]}, "resolve:ssm:x}}"]]}),
        json!({"Fn::Join": ["", ["{{res", {"Fn::FindInMap": ["M", {"Ref": "AWS::Partition"}, "Host"]}]]}),
        json!({"Fn::Join": ["", ["{{", {"Fn::Select": [{"Ref": "P"}, ["a", "resolve:ssm:x}}"]]}]]}),
        // A text in a resource's property that its attribute returns.
        json!({"Fn::Sub": "${Kept.Value}resolve:ssm:x}}"}),
        json!({"Fn::Join": ["", ["{", {"Fn::GetAtt": ["Half", "Value"]}]]}),
        json!({"Fn::Join": ["", [{"Ref": "Alarm"}, ":ssm:x}}"]]}),
        // The parts of a split text that is partly known.
        json!({"Fn::Join": ["", [
            {"Fn::Select": [0, {"Fn::Split": ["|", {"Fn::Sub": "{{|${AWS::Region}"}]}]},
            {"Fn::Select": [0, {"Fn::Split": ["|", {"Fn::Sub": "resolve:ssm:x}}|${AWS::Region}"}]}]},
        ]]}),
        // An invisible value may be any text.
        json!({"Fn::Sub": "{${Own.Text}"}),
        json!({"Fn::Sub": "${Own.Text}resolve:ssm:x}}"}),
        json!({"Fn::Sub": "${Own.Text}ssm:x}}"}),
        json!({"Fn::Sub": "${Inner.Outputs.Text}}}"}),
        json!({"Fn::Join": ["", [{"Ref": "Own"}, {"Ref": "P"}, "solve:ssm:x"]]}),
    ];
    for expression in possible {
        assert_eq!(judged(&expression), Some(Suspicion::Possible), "{expression}");
    }
}

#[test]
fn usual_texts_pass() {
    let usual = [
        json!({"Fn::Sub": "${Queue.Arn}/x"}),
        json!({"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:resolve:${P}"}),
        json!({"Fn::Sub": "{\"a\": {\"b\": ${P}}}"}),
        json!({"Fn::Sub": "{\"a\": {\"b\": {\"c\": \"${Own.Text}\"}}}"}),
        json!({"Fn::Sub": "{${Queue}}"}),
        json!({"Fn::Sub": "${!aws:username}/{{ text }}/${P}"}),
        json!({"Fn::Sub": "${Own.Text}:${P}"}),
        json!({"Fn::Sub": "${Own.A}${Own.B}"}),
        json!({"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, {"Fn::Select": [4, {"Fn::Split": [":", {"Fn::GetAtt": ["Queue", "Arn"]}]}]}]]}),
        json!({"Fn::Join": [",", {"Ref": "AWS::NotificationARNs"}]}),
        json!({"Fn::Sub": ["https://${x}/", {"x": {"Fn::FindInMap": ["M", {"Ref": "AWS::Partition"}, "Host"]}}]}),
        json!({"Fn::Sub": "${Kept}-${Kept.Value}"}),
        json!({"Fn::Sub": "${Left}-${Right}"}),
        json!({"Fn::Sub": "unclosed ${P"}),
    ];
    for expression in usual {
        assert_eq!(judged(&expression), None, "{expression}");
    }
}

#[test]
fn texts_that_grow_without_measure_are_not_put_together() {
    let grown = (0..9).fold(json!("x"), |inner, _| json!({"Fn::Sub": ["${a}".repeat(200), {"a": inner}]}));
    assert_eq!(judged(&grown), Some(Suspicion::Unclear));
    let many: Vec<Value> = (0..12).map(|_| json!({"Ref": "Chosen"})).collect();
    let split = json!({"Fn::Join": ["", {"Fn::Split": ["o", {"Fn::Join": ["", many]}]}]});
    assert_eq!(judged(&split), Some(Suspicion::Unclear));
}

/// Expressions of all functions, over parts of a reference.
fn expressions() -> impl Strategy<Value = Value> {
    let part = prop::sample::select(vec![
        "",
        "{",
        "{{",
        "re",
        "{{re",
        "solve:",
        "solve:ssm",
        ":",
        "|",
        "{|{",
        "}}",
        "x",
    ]);
    let known = part.clone().prop_map(Value::from);
    let filled_in = Just(json!({"Ref": "AWS::Region"}));
    let nothing = Just(json!({"Ref": "AWS::NoValue"}));
    let leaf = prop_oneof![6 => known, 2 => filled_in, 1 => nothing];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        let items = prop::collection::vec(inner.clone(), 0..4);
        let split = (part.clone(), inner.clone()).prop_map(|(at, text)| json!({"Fn::Split": [at, text]}));
        let list = prop_oneof![items.prop_map(Value::from), split];
        let text = prop::collection::vec(
            prop_oneof![2 => part.clone(), 1 => Just("${a}"), 1 => Just("${AWS::Region}"), 1 => Just("${!a}")], 0..6,
        );
        prop_oneof![
            (part.clone(), list.clone()).prop_map(|(separator, list)| json!({"Fn::Join": [separator, list]})),
            (0..3_usize, list).prop_map(|(index, list)| json!({"Fn::Select": [index, list]})),
            (text, inner).prop_map(|(text, inner)| json!({"Fn::Sub": [text.concat(), {"a": inner}]})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn whatever_is_filled_in_no_text_that_passes_is_a_reference(expression in expressions()) {
        if judged(&expression).is_none() {
            for filled_in in FILLED_IN {
                let plain: String = text(&expression, filled_in).to_lowercase().split_whitespace().collect();
                prop_assert!(!plain.contains("{{resolve:"), "{expression} is {plain}");
            }
        }
    }
}
