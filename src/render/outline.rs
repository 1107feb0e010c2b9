//! Errors for which CloudFormation refuses a stack before it reads any property: unknown attributes of a resource,
//! invalid types, circular references, empty outputs. It does so during a deploy, and the local cloud does not.

use std::collections::{BTreeMap, BTreeSet};

use processor::pointer::{below, escaped};
use serde_json::{Map, Value};

use super::references::references_and_itself;
use super::walk::Finding;
use crate::diagnostic::{Code, codes};
use crate::validate::nearest;

/// The attributes of a resource, and `Condition`, which is not allowed in the stack.
const ATTRIBUTES: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];
/// The attributes of an output.
const OF_AN_OUTPUT: [&str; 4] = ["Condition", "Description", "Export", "Value"];
/// The policies for a resource that leaves the stack, and for one that is replaced.
const RETENTION: [(&str, &[&str]); 2] = [
    ("DeletionPolicy", &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]),
    ("UpdateReplacePolicy", &["Delete", "Retain", "Snapshot"]),
];
/// The parameters that pipectl sets.
const PARAMETERS: [&str; 4] = ["ArtifactBucket", "ArtifactKey", "ArtifactPrefix", "ArtifactVersion"];
/// Characters of a custom resource's name after `Custom::`, and bytes of an output's description (CloudFormation).
const LONGEST_NAME: usize = 60;
const LONGEST_DESCRIPTION: usize = 1024;

const MALFORMED: Code = codes::RENDER_MALFORMED;

/// All errors in the outline of a template.
pub(super) fn refused(template: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let section = |name: &str| template[name].as_object().into_iter().flat_map(Map::iter);
    for (id, resource) in section("Resources") {
        let mut found = Found { pointer: format!("/Resources/{}", escaped(id)), findings: &mut findings };
        found.resource(id, resource);
    }
    let mut exported = BTreeMap::new();
    for (id, output) in section("Outputs") {
        let mut found = Found { pointer: format!("/Outputs/{}", escaped(id)), findings: &mut findings };
        found.output(id, output);
        let name = output["Export"]["Name"].to_string();
        if let Some(first) = exported.insert(name, id).filter(|_| !output["Export"]["Name"].is_null()) {
            let message = format!("the outputs `{id}` and `{first}` are exported with the same name");
            found.find(
                "/Export/Name",
                message,
                "choose another name: it must be unique in an account and region",
            );
        }
    }
    for (name, parameter) in section("Parameters") {
        if parameter.get("Default").is_none() && !PARAMETERS.contains(&name.as_str()) {
            let pointer = format!("/Parameters/{}", escaped(name));
            let message = format!("the parameter `{name}` has no `Default`, and pipectl has no value for it");
            Found { pointer, findings: &mut findings }.find("", message, "write the value where it is used");
        }
    }
    let known: BTreeSet<String> = findings.iter().map(|finding| finding.pointer.clone()).collect();
    let nothing = nulls(template).into_iter().filter(|pointer| !known.contains(pointer));
    findings.extend(nothing.map(|pointer| no_null(&pointer)));
    findings.extend(circles(template));
    findings
}

/// The locations of nulls in a template.
fn nulls(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), template)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Null => found.push(pointer),
            Value::Array(values) => open.extend(
                values.iter().enumerate().map(|(index, value)| (format!("{pointer}/{index}"), value)),
            ),
            Value::Object(map) => {
                open.extend(map.iter().map(|(key, value)| (below(&pointer, key), value)));
            }
            _ => {}
        }
    }
    found
}

fn no_null(pointer: &str) -> Finding {
    let shown = pointer.trim_start_matches('/').replace('/', ".");
    let help = match pointer.contains("/EventPattern/") {
        true => "write a rule's pattern as JSON text, as `{{ bus.pattern }}` does in a template",
        false => "leave the key out, or write a value",
    };
    Finding {
        code: MALFORMED,
        pointer: pointer.to_owned(),
        message: format!("`{shown}` is null, but CloudFormation allows no null in a template"),
        help: help.to_owned(),
        missing: None,
    }
}

struct Found<'a> {
    pointer: String,
    findings: &'a mut Vec<Finding>,
}

impl Found<'_> {
    fn find(&mut self, below: &str, message: String, help: &str) {
        let (pointer, help) = (format!("{}{below}", self.pointer), help.to_owned());
        self.findings.push(Finding { code: MALFORMED, pointer, message, help, missing: None });
    }

    fn attributes(&mut self, of: &str, value: &Value, known: &[&str]) {
        for key in value.as_object().into_iter().flat_map(Map::keys).filter(|key| !key.starts_with("Fn::")) {
            if !known.contains(&key.as_str()) {
                let near = nearest(key, known.iter().copied());
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.contains(&"Properties") => "put it under `Properties`".to_owned(),
                    None => format!("write one of `{}`", known[1..].join("`, `")),
                };
                self.find(
                    &format!("/{}", escaped(key)),
                    format!("{of} has `{key}`, which CloudFormation does not support"),
                    &help,
                );
            }
        }
    }

    fn resource(&mut self, id: &str, resource: &Value) {
        let of = format!("the resource `{id}`");
        self.logical_id(id);
        if !resource.is_object() {
            return self.find("", format!("{of} is not a map"), "write `{Type: …, Properties: …}`");
        }
        self.attributes(&of, resource, &ATTRIBUTES);
        match resource["Type"].as_str() {
            Some(kind) if is_type(kind) => {}
            _ => {
                let message = format!("{of} has an invalid `Type`: {}", resource["Type"]);
                self.find("/Type", message, "write `AWS::Service::Resource`, such as `AWS::SNS::Topic`");
            }
        }
        for key in ["Properties", "Metadata"] {
            if resource.get(key).is_some_and(|value| !value.is_object()) {
                self.find(
                    &format!("/{key}"),
                    format!("`{key}` of `{id}` is not a map"),
                    "write a map, or leave it out",
                );
            }
        }
        if let Some(depends) = resource.get("DependsOn") {
            let ids = depends.as_array().map_or(std::slice::from_ref(depends), Vec::as_slice);
            if !ids.iter().all(Value::is_string) {
                let message = format!("`DependsOn` of `{id}` is not a list of logical ids");
                self.find("/DependsOn", message, "write `DependsOn: [Queue]`");
            }
        }
        for (key, known) in RETENTION {
            if resource
                .get(key)
                .is_some_and(|value| value.as_str().is_none_or(|value| !known.contains(&value)))
            {
                let message = format!("`{key}` of `{id}` is {}", resource[key]);
                self.find(&format!("/{key}"), message, &format!("write one of `{}`", known.join("`, `")));
            }
        }
    }

    fn logical_id(&mut self, id: &str) {
        if id.is_empty() || id.len() > 255 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.find("", format!("`{id}` is not a logical id"), "use letters and digits, 255 at most");
        }
    }

    fn output(&mut self, id: &str, output: &Value) {
        let of = format!("the output `{id}`");
        self.logical_id(id);
        self.attributes(&of, output, &OF_AN_OUTPUT);
        let value = &output["Value"];
        if value.is_null() || value.is_array() || value.as_object().is_some_and(|map| map.len() != 1) {
            let message = format!("{of} has no `Value` that is a string");
            self.find("/Value", message, "write one, such as `Value: !Ref Queue`");
        }
        let description = output.get("Description");
        let is_short = |text: &str| text.len() <= LONGEST_DESCRIPTION;
        if description.is_some_and(|text| !text.as_str().is_some_and(is_short)) {
            let message =
                format!("`Description` of `{id}` is not a string of at most {LONGEST_DESCRIPTION} bytes");
            self.find("/Description", message, "write a short string, without functions");
        }
        let is_named =
            |export: &Value| export.as_object().is_some_and(|map| map.len() == 1 && map.contains_key("Name"));
        if output.get("Export").is_some_and(|export| !is_named(export)) {
            self.find("/Export", format!("`Export` of `{id}` is not a name"), "write `Export: {Name: …}`");
        }
    }
}

/// `AWS::Service::Resource`, another organization's, with or without `::MODULE`, or `Custom::Name`.
fn is_type(kind: &str) -> bool {
    let is_part =
        |part: &str| (2..=64).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if let Some(name) = kind.strip_prefix("Custom::") {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_@-".contains(&byte);
        return !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(fits);
    }
    let parts: Vec<&str> = kind.split("::").collect();
    match parts.as_slice() {
        [one, two, three] | [one, two, three, "MODULE"] => [one, two, three].iter().all(|part| is_part(part)),
        _ => false,
    }
}

/// Resources that wait for each other: one finding for each cycle.
fn circles(template: &Value) -> Vec<Finding> {
    let mut open: BTreeMap<String, BTreeSet<String>> = references_and_itself(template);
    let mut findings = Vec::new();
    loop {
        // A resource that waits for none of the others is created, and nothing waits for it any more.
        let mut waiting: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, needs) in &open {
            for need in needs.iter().filter(|need| open.contains_key(*need)) {
                waiting.entry(need).or_default().push(id);
            }
        }
        let mut left: BTreeMap<&str, usize> = open
            .iter()
            .map(|(id, needs)| (id.as_str(), needs.iter().filter(|need| open.contains_key(*need)).count()))
            .collect();
        let mut made: Vec<&str> = left.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
        while let Some(id) = made.pop() {
            left.remove(id);
            for waits in waiting.get(id).into_iter().flatten() {
                if let Some(count) = left.get_mut(waits) {
                    *count -= 1;
                    if *count == 0 {
                        made.push(waits);
                    }
                }
            }
        }
        let Some(first) = left.keys().next() else { return findings };
        // Each of them waits for one of them.
        let mut path: Vec<&str> = vec![first];
        let mut seen: BTreeMap<&str, usize> = BTreeMap::from([(*first, 0)]);
        let circle = loop {
            let here = path[path.len() - 1];
            let next = open[here].iter().map(String::as_str).find(|need| left.contains_key(need));
            let Some(next) = next else { return findings };
            if let Some(start) = seen.get(next) {
                break path.split_off(*start);
            }
            seen.insert(next, path.len());
            path.push(next);
        };
        findings.push(circle_of(&circle));
        let circle: BTreeSet<String> = circle.into_iter().map(str::to_owned).collect();
        open.retain(|id, _| !circle.contains(id));
    }
}

fn circle_of(circle: &[&str]) -> Finding {
    let shown: Vec<&str> = circle.iter().chain(&circle[..1]).copied().take(10).collect();
    let ellipsis = if circle.len() + 1 > shown.len() { " → …" } else { "" };
    let message = match circle {
        [id] => format!("the resource `{id}` refers to itself"),
        _ => format!("circular reference between resources: `{}`{ellipsis}", shown.join("` → `")),
    };
    let help = "CloudFormation creates a referenced resource first: write the name or ARN of one of them as a string (`Fn::Sub` with `${AWS::Region}` and `${AWS::AccountId}`), or remove one `DependsOn`";
    let pointer = format!("/Resources/{}", escaped(circle[0]));
    Finding { code: codes::RENDER_CIRCLE, pointer, message, help: help.to_owned(), missing: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages(template: &Value) -> Vec<String> {
        refused(template).into_iter().map(|one| format!("{} {}", one.pointer, one.message)).collect()
    }

    #[test]
    fn every_circle_is_found_once_and_a_chain_is_none() {
        let template = json!({"Resources": {
            "A": {"Type": "AWS::SNS::Topic", "Properties": {"X": {"Fn::Sub": "${B.Arn}"}}},
            "B": {"Type": "AWS::SNS::Topic", "DependsOn": ["C"]},
            "C": {"Type": "AWS::SNS::Topic", "Properties": {"X": [{"Fn::GetAtt": ["A", "Arn"]}]}},
            "D": {"Type": "AWS::SNS::Topic", "Properties": {"X": {"Ref": "D"}}},
            "E": {"Type": "AWS::SNS::Topic", "DependsOn": "A"},
            "F": {"Type": "AWS::SNS::Topic", "Properties": {"X": {"Fn::Sub": ["${F}", {"F": "text"}]}}},
        }});
        assert_eq!(
            messages(&template),
            [
                "/Resources/A circular reference between resources: `A` → `B` → `C` → `A`",
                "/Resources/D the resource `D` refers to itself",
            ]
        );
    }

    #[test]
    fn types_have_their_forms() {
        for kind in ["AWS::SNS::Topic", "Custom::Mine_1", "Org::Service::Thing::MODULE"] {
            assert!(is_type(kind), "{kind}");
        }
        for kind in [
            "",
            "Topic",
            "AWS::SNS",
            "AWS:SNS::Topic",
            "AWS::SNS::Topic::X",
            "Custom::",
            "AWS::SNS::To pic",
            "AWS::SNS::",
        ] {
            assert!(!is_type(kind), "{kind}");
        }
    }
}
