//! One spelling for function properties that mean the same, in any template: their digest changes exactly when Lambda
//! would publish another version. pipectl's own templates use this spelling.

use serde_json::{Map, Value, json};

use super::function::plain;

/// A property, by its name or pointer, and its default value.
type Default = (&'static str, fn() -> Value);

/// CloudFormation's numbers, which may be written as texts.
const NUMBERS: [&str; 3] = ["/EphemeralStorage/Size", "/MemorySize", "/Timeout"];
/// Lambda's defaults that pipectl's templates always write.
const DEFAULTS: [Default; 4] = [
    ("Architectures", || json!(["x86_64"])),
    ("MemorySize", || json!(128)),
    ("Timeout", || json!(3)),
    ("TracingConfig", || json!({"Mode": "PassThrough"})),
];
/// Lambda's defaults that pipectl's templates never write.
const UNSAID: [Default; 16] = [
    ("/Description", || json!("")),
    ("/Environment/Variables", || json!({})),
    ("/Environment", || json!({})),
    ("/EphemeralStorage", || json!({"Size": 512})),
    ("/FileSystemConfigs", || json!([])),
    ("/ImageConfig", || json!({})),
    ("/KmsKeyArn", || json!("")),
    ("/Layers", || json!([])),
    ("/LoggingConfig/LogFormat", || json!("Text")),
    ("/PackageType", || json!("Zip")),
    ("/RuntimeManagementConfig", || json!({"UpdateRuntimeOn": "Auto"})),
    ("/SnapStart", || json!({"ApplyOn": "None"})),
    ("/VpcConfig/Ipv6AllowedForDualStack", || json!(false)),
    ("/VpcConfig/SecurityGroupIds", || json!([])),
    ("/VpcConfig/SubnetIds", || json!([])),
    ("/VpcConfig", || json!({})),
];
/// References in pipectl's templates to a resource that could also be named: the location, the resource's type, and the
/// property with its name.
const NAMED: [(&str, &str, &str); 2] = [
    ("/Environment/Variables/EVENTS_TABLE_NAME", "AWS::DynamoDB::Table", "TableName"),
    ("/LoggingConfig/LogGroup", "AWS::Logs::LogGroup", "LogGroupName"),
];

/// The properties of a function of this template.
pub(super) fn meaning(template: &Value, properties: &Value) -> Value {
    let mut properties = plain(properties).unwrap_or_default();
    for pointer in NUMBERS {
        if let Some(number) = properties.pointer_mut(pointer)
            && let Some(read) = number.as_str().and_then(|text| text.parse::<u64>().ok())
        {
            *number = json!(read);
        }
    }
    if let Some(variables) = properties.pointer_mut("/Environment/Variables").and_then(Value::as_object_mut) {
        for value in variables.values_mut().filter(|value| value.is_number() || value.is_boolean()) {
            *value = Value::from(value.to_string());
        }
    }
    for name in ["SecurityGroupIds", "SubnetIds"] {
        // Lambda treats them as sets.
        if let Some(Value::Array(ids)) = properties.pointer_mut(&format!("/VpcConfig/{name}")) {
            ids.sort_by_key(Value::to_string);
        }
    }
    for (pointer, kind, property) in NAMED {
        if let Some(value) = properties.pointer_mut(pointer)
            && let Some(id) = resource(template, kind, property, value)
        {
            *value = json!({"Ref": id});
        }
    }
    if let Some(role) = properties.get_mut("Role")
        && let Some(id) = role_of(template, role)
    {
        *role = json!({"Fn::GetAtt": [id, "Arn"]});
    }
    with_defaults(&mut properties);
    properties
}

fn with_defaults(properties: &mut Value) {
    for (pointer, default) in UNSAID {
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(Value::Object(parent)) = properties.pointer_mut(parent)
            && parent.get(name).is_some_and(|value| alike(value, &default()))
        {
            parent.remove(name);
        }
    }
    if let Value::Object(properties) = properties {
        for (name, default) in DEFAULTS {
            properties.entry(name).or_insert_with(default);
        }
    }
}

/// `false` and `"false"` are equal for CloudFormation.
fn alike(value: &Value, default: &Value) -> bool {
    value == default || (default.is_boolean() && value.as_str() == Some(&default.to_string()))
}

/// The resource whose name a value is.
fn resource<'a>(template: &'a Value, kind: &str, property: &str, name: &Value) -> Option<&'a String> {
    resources(template)
        .find(|(_, resource)| {
            resource["Type"] == kind
                && plain(&resource["Properties"][property]).as_ref() == Some(name)
                && !name.is_null()
        })
        .map(|(id, _)| id)
}

/// The role of the template whose ARN a value is.
fn role_of<'a>(template: &'a Value, arn: &Value) -> Option<&'a String> {
    let text = arn.get("Fn::Sub")?.as_str()?;
    resources(template)
        .find(|(_, resource)| {
            let name = plain(&resource["Properties"]["RoleName"]);
            let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
            let path = resource["Properties"]["Path"].as_str().unwrap_or("/");
            let whole = format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{path}{name}");
            resource["Type"] == "AWS::IAM::Role" && !name.is_empty() && text == whole
        })
        .map(|(id, _)| id)
}

fn resources(template: &Value) -> impl Iterator<Item = (&String, &Value)> {
    template.get("Resources").and_then(Value::as_object).into_iter().flat_map(Map::iter)
}
