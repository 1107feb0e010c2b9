//! When a new version of the processor is published: whenever its code or its settings change, and only then, because
//! Lambda refuses to publish the same twice.

use serde_json::Value;

use super::digest;
use super::meaning::meaning;

/// The placeholder in the templates for the digest of the processor's settings, which can only be computed from the whole
/// stack.
pub(super) const PLACEHOLDER: &str = "settings-of-the-processor";
/// Properties that are not part of a version: they belong to the function as a whole, or follow from the artifact's key.
const OUTSIDE: [&str; 6] =
    ["Code", "CodeSigningConfigArn", "FunctionName", "RecursiveLoop", "ReservedConcurrentExecutions", "Tags"];
/// Characters that distinguish two settings.
const LENGTH: usize = 16;

/// The digest of the processor's settings, if the template has a version to name by it. Other spellings of the same
/// settings have the same digest: Lambda would refuse to publish them.
pub(super) fn settings(template: &Value) -> Option<String> {
    digest(&published(template)?).get(..LENGTH).map(str::to_owned)
}

/// The settings that a version copies, besides the code; `None` if the template has no function.
pub(super) fn published(template: &Value) -> Option<Value> {
    let properties = template.pointer("/Resources/Processor/Properties")?;
    let mut properties = meaning(template, properties);
    if let Some(properties) = properties.as_object_mut() {
        properties.retain(|name, _| !OUTSIDE.contains(&name.as_str()));
    }
    Some(properties)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(change: impl Fn(&mut Value)) -> Value {
        let mut properties = json!({
            "FunctionName": "p", "Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": ["x86_64"],
            "Code": {"S3Bucket": {"Ref": "ArtifactBucket"}, "S3Key": {"Ref": "ArtifactKey"}},
            "Role": {"Fn::GetAtt": ["ProcessorRole", "Arn"]}, "MemorySize": 512, "Timeout": 60,
            "TracingConfig": {"Mode": "PassThrough"}, "LoggingConfig": {"LogGroup": {"Ref": "Log"}},
            "Environment": {"Variables": {"EVENTS_TABLE_NAME": {"Ref": "Rows"}, "ENVIRONMENT": "rows", "N": "1"}},
        });
        change(&mut properties);
        json!({"Resources": {
            "Processor": {"Type": "AWS::Lambda::Function", "Properties": properties},
            "ProcessorRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "runs"}},
            "Rows": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "rows"}},
            "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/p"}},
        }})
    }

    fn with(pointer: &str, value: &Value) -> Option<String> {
        settings(&template(|properties| {
            let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
            let parent = properties.pointer_mut(parent).and_then(Value::as_object_mut).expect("a map");
            if value.is_null() {
                parent.remove(name);
            } else {
                parent.insert(name.to_owned(), value.clone());
            }
        }))
    }

    #[test]
    fn another_spelling_is_no_other_version() {
        let same = settings(&template(|_| {}));
        assert!(same.is_some());
        let spellings = [
            ("/Timeout", json!("60")),
            ("/MemorySize", json!({"Fn::Sub": "512"})),
            ("/Role", json!({"Fn::GetAtt": "ProcessorRole.Arn"})),
            ("/Role", json!({"Fn::Sub": "${ProcessorRole.Arn}"})),
            ("/Role", json!({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/runs"})),
            ("/Environment/Variables/EVENTS_TABLE_NAME", json!({"Fn::Sub": "${Rows}"})),
            ("/Environment/Variables/EVENTS_TABLE_NAME", json!("rows")),
            ("/Environment/Variables/N", json!(1)),
            ("/LoggingConfig/LogGroup", json!({"Fn::Join": ["/", ["", "aws", "lambda", "p"]]})),
            ("/LoggingConfig/LogFormat", json!("Text")),
            ("/TracingConfig", Value::Null),
            ("/Architectures", Value::Null),
            ("/PackageType", json!("Zip")),
            ("/EphemeralStorage", json!({"Size": "512"})),
            ("/Description", json!("")),
            ("/Layers", json!([{"Ref": "AWS::NoValue"}])),
            ("/VpcConfig", json!({"SubnetIds": [], "SecurityGroupIds": []})),
            ("/KmsKeyArn", json!({"Ref": "AWS::NoValue"})),
            ("/FunctionName", json!("other")),
            ("/Tags", json!([])),
            ("/RecursiveLoop", json!("Terminate")),
        ];
        for (pointer, value) in spellings {
            assert_eq!(with(pointer, &value), same, "{pointer} as {value}");
        }
    }

    #[test]
    fn another_meaning_is_another_version() {
        let same = settings(&template(|_| {}));
        let meanings = [
            ("/Timeout", json!(61)),
            ("/MemorySize", Value::Null),
            ("/Role", json!({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/other"})),
            ("/Environment/Variables/EVENTS_TABLE_NAME", json!("other")),
            // A text that happens to be a resource's name is not a reference.
            ("/Environment/Variables/ENVIRONMENT", json!({"Ref": "Rows"})),
            ("/TracingConfig", json!({"Mode": "Active"})),
            ("/EphemeralStorage", json!({"Size": 1024})),
            ("/Architectures", json!(["arm64"])),
            ("/VpcConfig", json!({"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})),
            ("/LoggingConfig/LogFormat", json!("JSON")),
        ];
        for (pointer, value) in meanings {
            assert_ne!(with(pointer, &value), same, "{pointer} as {value}");
        }
        let vpc = |subnets: [&str; 2]| {
            with("/VpcConfig", &json!({"SubnetIds": subnets, "SecurityGroupIds": ["sg-1"]}))
        };
        assert_eq!(vpc(["subnet-1", "subnet-2"]), vpc(["subnet-2", "subnet-1"]), "a set");
    }
}
