use serde_json::{Map, Value, json};

use crate::diagnostic::{Failure, codes};
use crate::stack::{ResourceToImport, Stack, StackResource};

/// The resource types that can move from one stack to another: the type, the property that holds the name, and the
/// property by which CloudFormation imports it.
const ADOPTED: [(&str, &str, &str); 5] = [
    ("AWS::DynamoDB::Table", "TableName", "TableName"),
    ("AWS::Events::Archive", "ArchiveName", "ArchiveName"),
    ("AWS::Events::EventBus", "Name", "Name"),
    ("AWS::Logs::LogGroup", "LogGroupName", "LogGroupName"),
    ("AWS::SQS::Queue", "QueueName", "QueueUrl"),
];

/// A resource of another stack that corresponds to a resource of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The logical id in our template.
    pub logical_id: String,
    pub from: StackResource,
}

impl Adopted {
    /// The log group that Lambda created for a function of the other stack, if its name is the one in our template. No
    /// stack manages it.
    #[must_use]
    pub fn log_group(ours: &Value, name: &str) -> Option<Self> {
        let is_it = |resource: &Value| {
            resource["Type"] == "AWS::Logs::LogGroup" && resource["Properties"]["LogGroupName"] == name
        };
        let (logical_id, resource) = ours["Resources"].as_object()?.iter().find(|(_, one)| is_it(one))?;
        let from = StackResource {
            logical_id: logical_id.clone(),
            physical_id: name.to_owned(),
            resource_type: resource["Type"].as_str()?.to_owned(),
            status: String::new(),
            reason: None,
        };
        Some(Self { logical_id: logical_id.clone(), from })
    }

    /// The physical name, which is the same in both stacks.
    #[must_use]
    pub fn name(&self) -> &str {
        named(&self.from)
    }

    #[must_use]
    pub fn to_import(&self) -> ResourceToImport {
        let known = ADOPTED.iter().find(|(kind, ..)| *kind == self.from.resource_type);
        ResourceToImport {
            logical_id: self.logical_id.clone(),
            resource_type: self.from.resource_type.clone(),
            identifier: known.map_or_else(String::new, |(.., identifier)| (*identifier).to_owned()),
            physical_id: self.from.physical_id.clone(),
        }
    }
}

/// The resources of another stack that our template also has, matched by type and name.
///
/// # Errors
/// The other stack does not have our table, or its key schema differs from ours.
pub fn adopted(ours: &Value, theirs: &Value, resources: &[StackResource]) -> Result<Vec<Adopted>, Failure> {
    let mut found = Vec::new();
    for (logical_id, resource) in ours["Resources"].as_object().into_iter().flatten() {
        let Some((kind, property, _)) = ADOPTED.iter().find(|(kind, ..)| resource["Type"] == *kind) else {
            continue;
        };
        let name = resource["Properties"][property].as_str();
        let same = |one: &&StackResource| {
            one.resource_type == *kind && name == Some(named(one)) && one.status != "DELETE_COMPLETE"
        };
        if let Some(from) = resources.iter().find(same) {
            found.push(Adopted { logical_id: logical_id.clone(), from: from.clone() });
        }
    }
    let refused = |message: String, help: &str| Failure::refused(codes::ADOPT_UNFIT, message, help);
    let Some(table) = found.iter().find(|one| one.from.resource_type == "AWS::DynamoDB::Table") else {
        return Err(refused(
            "the other stack has no table with the name in the spec".to_owned(),
            "write the table's name under `names.table`, or name the right stack with `--adopt`",
        ));
    };
    let keys = |template: &Value, id: &str| template["Resources"][id]["Properties"]["KeySchema"].clone();
    let (our_keys, their_keys) = (keys(ours, &table.logical_id), keys(theirs, &table.from.logical_id));
    if !their_keys.is_null() && our_keys != their_keys {
        return Err(refused(
            format!(
                "table `{}` has the keys {their_keys}, the spec's table {our_keys}",
                table.from.physical_id
            ),
            "a table's keys cannot be changed: name its attributes under `event.partition_key` and `event.sort_key`",
        ));
    }
    Ok(found)
}

/// The name of a resource. The physical id of a queue is its URL, so its last segment is used.
fn named(resource: &StackResource) -> &str {
    let id = resource.physical_id.as_str();
    if resource.resource_type == "AWS::SQS::Queue" { id.rsplit('/').next().unwrap_or(id) } else { id }
}

/// The other stack's template with a `Retain` policy on each adopted resource; `None` if it has them already.
#[must_use]
pub fn retaining(theirs: &Value, adopted: &[Adopted]) -> Option<Value> {
    let mut template = theirs.clone();
    for one in adopted {
        retain(&mut template["Resources"][one.from.logical_id.as_str()]);
    }
    (template != *theirs).then_some(template)
}

fn retain(resource: &mut Value) {
    resource["DeletionPolicy"] = "Retain".into();
    resource["UpdateReplacePolicy"] = "Retain".into();
}

/// The import template: each adopted resource under our logical id, as the other stack defines it. CloudFormation
/// trusts an import's template and changes nothing. With our definition, the update after it would find no difference
/// and the former values would remain in force. A property that refers to a resource that is not adopted is omitted if
/// our template defines it too: the update then sets it.
///
/// # Errors
/// A definition takes a value from a resource that is not adopted, and our template does not define that property.
pub fn import_template(
    ours: &Value,
    theirs: &Stack,
    template: &Value,
    adopted: &[Adopted],
) -> Result<Value, Failure> {
    let definitions = Definitions { stack: theirs, parameters: &template["Parameters"], adopted };
    let mut resources = Map::new();
    for one in adopted {
        let id = one.from.logical_id.as_str();
        let our_properties = &ours["Resources"][one.logical_id.as_str()]["Properties"];
        let mut properties = Map::new();
        for (name, value) in template["Resources"][id]["Properties"].as_object().into_iter().flatten() {
            match definitions.translate(value) {
                Ok(value) => {
                    properties.insert(name.clone(), value);
                }
                Err(_) if !our_properties[name].is_null() => {}
                Err(reference) => {
                    return Err(Failure::refused(
                        codes::ADOPT_UNFIT,
                        format!(
                            "`{name}` of `{id}` in stack `{}` takes a value from `{reference}`, which is not adopted",
                            theirs.name
                        ),
                        format!(
                            "replace that reference in `{id}` by its value in the stack's own source, and deploy it"
                        ),
                    ));
                }
            }
        }
        // The name may derive from a value that only the other stack has.
        if let Some((_, name, _)) = ADOPTED.iter().find(|(kind, ..)| *kind == one.from.resource_type) {
            properties.insert((*name).to_owned(), named(&one.from).into());
        }
        let mut resource = json!({"Type": one.from.resource_type, "Properties": properties});
        retain(&mut resource);
        resources.insert(one.logical_id.clone(), resource);
    }
    let mut import = json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources});
    if template["Mappings"].is_object() {
        import["Mappings"] = template["Mappings"].clone();
    }
    Ok(import)
}

/// The definitions of another stack, to be resolved without that stack.
struct Definitions<'a> {
    stack: &'a Stack,
    parameters: &'a Value,
    adopted: &'a [Adopted],
}

impl Definitions<'_> {
    /// The same value for our stack. The error is the name that cannot be resolved.
    fn translate(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Array(items) => items.iter().map(|item| self.translate(item)).collect(),
            Value::Object(fields) => match fields.iter().next() {
                Some((name, inner)) if fields.len() == 1 => self.function(name, inner),
                _ => self.fields(fields),
            },
            plain => Ok(plain.clone()),
        }
    }

    fn fields(&self, fields: &Map<String, Value>) -> Result<Value, String> {
        let translated = fields.iter().map(|(name, value)| Ok((name.clone(), self.translate(value)?)));
        translated.collect::<Result<Map<_, _>, String>>().map(Value::Object)
    }

    fn function(&self, name: &str, inner: &Value) -> Result<Value, String> {
        match (name, inner) {
            ("Ref", Value::String(id)) => match self.ours(id) {
                Some(ours) => Ok(json!({ "Ref": ours })),
                None => self.value(id),
            },
            ("Fn::GetAtt", Value::String(path)) => {
                let (id, attribute) = path.split_once('.').unwrap_or((path, ""));
                self.attribute(id, &attribute.into())
            }
            ("Fn::GetAtt", Value::Array(path)) => match path.as_slice() {
                [Value::String(id), attribute] => self.attribute(id, attribute),
                _ => Err(inner.to_string()),
            },
            ("Fn::Sub", Value::String(text)) => Ok(json!({"Fn::Sub": self.text(text, &Map::new())?})),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text), Value::Object(named)] => {
                    Ok(json!({"Fn::Sub": [self.text(text, named)?, self.fields(named)?]}))
                }
                _ => Err(inner.to_string()),
            },
            // Conditions are not moved with the resources.
            ("Fn::If", Value::Array(parts)) => Err(parts.first().map_or("Fn::If".to_owned(), plain)),
            _ => Ok(json!({name: self.translate(inner)?})),
        }
    }

    fn attribute(&self, id: &str, attribute: &Value) -> Result<Value, String> {
        let ours = self.ours(id).ok_or_else(|| id.to_owned())?;
        Ok(json!({"Fn::GetAtt": [ours, attribute]}))
    }

    /// A `Fn::Sub` text; `named` holds its own variables.
    fn text(&self, text: &str, named: &Map<String, Value>) -> Result<String, String> {
        let mut parts = text.split("${");
        let mut translated = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (path, remainder) = part.split_once('}').ok_or_else(|| text.to_owned())?;
            let (id, attribute) =
                path.split_once('.').map_or((path, None), |(id, remainder)| (id, Some(remainder)));
            let inserted = match (self.ours(id), attribute) {
                _ if path.starts_with('!') || named.contains_key(path) => format!("${{{path}}}"),
                (Some(ours), Some(attribute)) => format!("${{{ours}.{attribute}}}"),
                (Some(ours), None) => format!("${{{ours}}}"),
                (None, Some(_)) => return Err(id.to_owned()),
                (None, None) => match self.value(id)? {
                    Value::String(value) => value.replace("${", "${!"),
                    _ => format!("${{{id}}}"),
                },
            };
            translated.push_str(&inserted);
            translated.push_str(remainder);
        }
        Ok(translated)
    }

    fn ours(&self, id: &str) -> Option<&str> {
        let known = self.adopted.iter().find(|one| one.from.logical_id == id)?;
        Some(&known.logical_id)
    }

    /// The value that a name which is not a resource had in the other stack.
    fn value(&self, name: &str) -> Result<Value, String> {
        match name {
            "AWS::StackName" => Ok(self.stack.name.as_str().into()),
            "AWS::StackId" => Ok(self.stack.id.as_str().into()),
            _ if name.starts_with("AWS::") => Ok(json!({ "Ref": name })),
            _ => {
                // For lists and for parameters that name a stored value, the text is not the value.
                let is_plain = |kind: &&str| matches!(*kind, "String" | "Number");
                let kind = self.parameters[name]["Type"].as_str().filter(is_plain);
                let value = kind.and_then(|_| self.stack.parameters.get(name));
                let readable = value.filter(|_| !truth(&self.parameters[name]["NoEcho"]));
                readable.map(|value| value.as_str().into()).ok_or_else(|| name.to_owned())
            }
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Whether a template value is true: templates write it as a boolean or as text.
fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Exit;
    use crate::stack::StackStatus;

    fn resource(logical_id: &str, physical_id: &str, resource_type: &str) -> StackResource {
        StackResource {
            logical_id: logical_id.to_owned(),
            physical_id: physical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
            reason: None,
        }
    }

    fn ours() -> Value {
        json!({"Parameters": {"ArtifactKey": {}}, "Outputs": {"a": {}}, "Resources": {
            "EventsTable": {"Type": "AWS::DynamoDB::Table", "Properties": {
                "TableName": "events", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "SSESpecification": {"KMSMasterKeyId": {"Ref": "EncryptionKey"}},
            }},
            "Queue": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete", "Properties": {
                "QueueName": "queue",
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}},
            }},
            "DeadLetterQueue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "letters"}},
            "UndeliveredQueue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "undelivered"}},
            "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "rule"}},
        }})
    }

    fn theirs() -> (Value, Vec<StackResource>) {
        let template = json!({"Resources": {
            "TableD24": {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": {
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]
            }},
            "QueueA9": {"Properties": {}},
            "LettersB7": {"DeletionPolicy": "Delete"},
        }});
        let resources = vec![
            resource("TableD24", "events", "AWS::DynamoDB::Table"),
            resource("QueueA9", "https://sqs.eu-west-1.amazonaws.com/1/queue", "AWS::SQS::Queue"),
            resource("LettersB7", "https://sqs.eu-west-1.amazonaws.com/1/letters", "AWS::SQS::Queue"),
            resource("Other", "https://sqs.eu-west-1.amazonaws.com/1/other", "AWS::SQS::Queue"),
            resource("RuleC1", "rule", "AWS::Events::Rule"),
        ];
        (template, resources)
    }

    #[test]
    fn what_holds_data_is_found_by_type_and_name() {
        let (template, resources) = theirs();
        let found = adopted(&ours(), &template, &resources).expect("a table");
        let pairs: Vec<_> =
            found.iter().map(|one| (one.logical_id.as_str(), one.from.logical_id.as_str())).collect();
        assert_eq!(
            pairs,
            [("DeadLetterQueue", "LettersB7"), ("EventsTable", "TableD24"), ("Queue", "QueueA9")]
        );
        assert_eq!(found[0].to_import().identifier, "QueueUrl");
        let retained = retaining(&template, &found).expect("another template");
        assert_eq!(retained["Resources"]["QueueA9"]["DeletionPolicy"], "Retain");
        assert_eq!(retained["Resources"]["LettersB7"]["UpdateReplacePolicy"], "Retain");
        assert_eq!(retaining(&retained, &found), None);
    }

    #[test]
    fn without_the_table_or_with_other_keys_nothing_is_adopted() {
        let (mut template, mut resources) = theirs();
        template["Resources"]["TableD24"]["Properties"]["KeySchema"][0]["AttributeName"] = "other".into();
        let failure = adopted(&ours(), &template, &resources).expect_err("a refusal");
        assert!(failure.diagnostics[0].message.contains("has the keys"));
        resources.remove(0);
        let failure = adopted(&ours(), &template, &resources).expect_err("a refusal");
        assert!(failure.diagnostics[0].message.contains("no table"));
    }

    fn stack() -> Stack {
        Stack {
            name: "former".to_owned(),
            id: "arn:former".to_owned(),
            status: StackStatus::new("UPDATE_COMPLETE"),
            reason: None,
            parameters: [("Seconds", "99"), ("Secret", "****"), ("Image", "/aws/parameter")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            tags: Default::default(),
            outputs: Default::default(),
            termination_protection: false,
            is_watched: false,
        }
    }

    fn imported(properties: Value) -> Result<Value, Failure> {
        let (mut template, resources) = theirs();
        template["Parameters"] = json!({
            "Seconds": {"Type": "Number"},
            "Secret": {"Type": "String", "NoEcho": "true"},
            "Image": {"Type": "AWS::SSM::Parameter::Value<String>"},
        });
        template["Resources"]["QueueA9"]["Properties"] = properties;
        let found = adopted(&ours(), &template, &resources).expect("a table");
        import_template(&ours(), &stack(), &template, &found)
    }

    #[test]
    fn the_import_holds_the_former_values_and_not_ours() {
        let import = imported(json!({
            "QueueName": "queue",
            "VisibilityTimeout": {"Ref": "Seconds"},
            "RedrivePolicy": {"maxReceiveCount": 3, "deadLetterTargetArn": {"Fn::GetAtt": ["LettersB7", "Arn"]}},
            "Tags": [
                {"Key": "a", "Value": {"Fn::Sub": "${AWS::StackName}/${AWS::Region}/${LettersB7.Arn}/${Seconds}/${!x}"}},
                {"Key": "b", "Value": {"Fn::Join": ["-", [{"Ref": "LettersB7"}, {"Ref": "AWS::AccountId"}]]}},
                {"Key": "c", "Value": {"Fn::Sub": ["${own}", {"own": {"Fn::GetAtt": "LettersB7.Arn"}}]}},
            ],
        }));
        let import = import.expect("a template");
        let ids: Vec<&String> = import["Resources"].as_object().expect("resources").keys().collect();
        assert_eq!(ids, ["DeadLetterQueue", "EventsTable", "Queue"]);
        assert_eq!(
            import["Resources"]["Queue"],
            json!({
                "Type": "AWS::SQS::Queue",
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {
                    "QueueName": "queue",
                    "VisibilityTimeout": "99",
                    "RedrivePolicy": {
                        "maxReceiveCount": 3,
                        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
                    },
                    "Tags": [
                        {"Key": "a", "Value": {"Fn::Sub":
                            "former/${AWS::Region}/${DeadLetterQueue.Arn}/99/${!x}"}},
                        {"Key": "b", "Value": {"Fn::Join":
                            ["-", [{"Ref": "DeadLetterQueue"}, {"Ref": "AWS::AccountId"}]]}},
                        {"Key": "c", "Value": {"Fn::Sub":
                            ["${own}", {"own": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}}]}},
                    ],
                },
            })
        );
        assert!(import["Parameters"].is_null() && import["Outputs"].is_null());
    }

    #[test]
    fn values_that_need_the_other_stack_are_refused_by_name() {
        for (reference, name) in [
            (json!({"Ref": "KeyC3"}), "KeyC3"),
            (json!({"Fn::GetAtt": ["KeyC3", "Arn"]}), "KeyC3"),
            (json!({"Fn::GetAtt": "KeyC3.Arn"}), "KeyC3"),
            (json!({"Fn::Sub": "x${KeyC3.Arn}"}), "KeyC3"),
            (json!({"Fn::Sub": ["${a}", {"a": {"Ref": "KeyC3"}}]}), "KeyC3"),
            (json!({"Fn::If": ["IsProd", 1, 2]}), "IsProd"),
            (json!({"Ref": "Secret"}), "Secret"),
            (json!({"Ref": "Image"}), "Image"),
        ] {
            let failure = imported(json!({"KmsMasterKeyId": reference})).expect_err("a refusal");
            assert_eq!(failure.exit, Exit::Refused);
            assert_eq!(
                failure.diagnostics[0].message,
                format!(
                    "`KmsMasterKeyId` of `QueueA9` in stack `former` takes a value from `{name}`, which is not adopted"
                )
            );
        }
    }

    #[test]
    fn a_value_that_the_spec_sets_needs_no_former_value() {
        let import =
            imported(json!({"RedrivePolicy": {"deadLetterTargetArn": {"Ref": "KeyC3"}}, "DelaySeconds": 1}));
        let queue = import.expect("a template")["Resources"]["Queue"]["Properties"].clone();
        assert_eq!(queue, json!({"DelaySeconds": 1, "QueueName": "queue"}));
    }
}
