use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::walk::variables_of;

/// The resources that each resource of a template refers to, by `Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn`:
/// CloudFormation creates those first.
#[must_use]
pub fn references(template: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = references_and_itself(template);
    for (id, names) in &mut found {
        names.remove(id);
    }
    found
}

/// The same, including references to itself.
pub(super) fn references_and_itself(template: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let resources = template.get("Resources").and_then(Value::as_object);
    resources
        .into_iter()
        .flatten()
        .map(|(id, resource)| {
            let mut found = BTreeSet::new();
            collect(resource, &mut found);
            found.retain(|name| resources.is_some_and(|all| all.contains_key(name)));
            (id.clone(), found)
        })
        .collect()
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(map) => {
            for (key, value) in map {
                match key.as_str() {
                    "Ref" | "DependsOn" => names(value, found),
                    "Fn::GetAtt" => names(value.get(0).unwrap_or(value), found),
                    "Fn::Sub" => {
                        let text = value.get(0).unwrap_or(value).as_str().unwrap_or_default();
                        // Its own variables hide resources of the same name.
                        let is_own = |name: &&str| value.get(1).is_some_and(|own| own.get(name).is_some());
                        found.extend(variables_of(text).filter(|name| !is_own(name)).map(attribute_owner));
                        collect(value, found);
                    }
                    _ => collect(value, found),
                }
            }
        }
        _ => {}
    }
}

fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(name) => found.extend([attribute_owner(name)]),
        Value::Array(values) => values.iter().for_each(|value| names(value, found)),
        _ => {}
    }
}

/// `Queue.Arn` → `Queue`.
fn attribute_owner(name: &str) -> String {
    name.split('.').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_reference_is_found() {
        let template = json!({"Resources": {
            "A": {"DependsOn": ["B"], "Properties": {"X": {"Fn::Sub": "${C.Arn}-${AWS::Region}-${!E}"}}},
            "B": {"Properties": {"X": [{"Ref": "C"}, {"Ref": "B"}, {"Ref": "Parameter"}]}},
            "C": {"Properties": {"X": {"Fn::GetAtt": ["E", "Arn"]}, "Y": {"Fn::Join": ["", [{"Ref": "D"}]]}}},
            "D": {}, "E": {},
        }});
        let found = references(&template);
        let of = |id: &str| found[id].iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        assert_eq!([of("A"), of("B"), of("C"), of("D")], ["B C", "C", "D E", ""]);
    }
}
