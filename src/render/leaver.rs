//! A template without one of its resources.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A template without one of its resources: references to it are replaced by values. `values` are by attribute; the empty
/// one is the value of `Ref`.
///
/// # Errors
/// Names the attribute that something refers to and that has no value.
pub fn without(template: &Value, id: &str, values: &BTreeMap<&str, String>) -> Result<Value, String> {
    let mut remainder = template.clone();
    if let Some(resources) = remainder.get_mut("Resources").and_then(Value::as_object_mut) {
        resources.remove(id);
    }
    let leaver = Leaver { id, values };
    leaver.replaced(&remainder)
}

struct Leaver<'a> {
    id: &'a str,
    values: &'a BTreeMap<&'a str, String>,
}

impl Leaver<'_> {
    fn replaced(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Array(values) => values.iter().map(|value| self.replaced(value)).collect(),
            Value::Object(fields) => match self.reference(fields) {
                Some(attribute) => self.value(&attribute).map(Value::from),
                None => self.fields(fields),
            },
            plain => Ok(plain.clone()),
        }
    }

    /// The attribute that a function reads of the resource; empty for the resource itself.
    fn reference(&self, fields: &Map<String, Value>) -> Option<String> {
        let (name, argument) = fields.iter().next().filter(|_| fields.len() == 1)?;
        match (name.as_str(), argument) {
            ("Ref", Value::String(id)) if id == self.id => Some(String::new()),
            ("Fn::GetAtt", Value::String(path)) => path
                .split_once('.')
                .filter(|(id, _)| *id == self.id)
                .map(|(_, attribute)| attribute.to_owned()),
            ("Fn::GetAtt", Value::Array(path)) if path.first().is_some_and(|id| id == self.id) => {
                path.get(1).and_then(Value::as_str).map(ToOwned::to_owned)
            }
            _ => None,
        }
    }

    fn fields(&self, fields: &Map<String, Value>) -> Result<Value, String> {
        let mut replaced = Map::new();
        for (name, value) in fields {
            let value = match (name.as_str(), value) {
                ("DependsOn", Value::String(id)) if id == self.id => continue,
                ("DependsOn", Value::Array(ids)) => {
                    Value::Array(ids.iter().filter(|id| *id != self.id).cloned().collect())
                }
                ("Fn::Sub", Value::String(text)) => self.text(text, &Map::new())?.into(),
                ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                    [Value::String(text), Value::Object(own)] => {
                        json!([self.text(text, own)?, self.fields(own)?])
                    }
                    _ => self.replaced(value)?,
                },
                _ => self.replaced(value)?,
            };
            replaced.insert(name.clone(), value);
        }
        Ok(Value::Object(replaced))
    }

    /// A text with `${…}`; `own` are the variables it defines itself.
    fn text(&self, text: &str, own: &Map<String, Value>) -> Result<String, String> {
        let mut parts = text.split("${");
        let mut replaced = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some((path, remainder)) = part.split_once('}') else { return Ok(text.to_owned()) };
            let (id, attribute) = path.trim().split_once('.').unwrap_or((path.trim(), ""));
            if id == self.id && !own.contains_key(path.trim()) {
                replaced.push_str(&self.value(attribute)?.replace("${", "${!"));
            } else {
                replaced.push_str(&format!("${{{path}}}"));
            }
            replaced.push_str(remainder);
        }
        Ok(replaced)
    }

    fn value(&self, attribute: &str) -> Result<String, String> {
        self.values.get(attribute).cloned().ok_or_else(|| attribute.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_reference_becomes_the_value() {
        let values = BTreeMap::from([("", "events".to_owned()), ("Arn", "arn:events".to_owned())]);
        let template = json!({"Resources": {
            "Table": {"Properties": {}},
            "A": {"DependsOn": ["Table", "B"], "Properties": {
                "Name": {"Ref": "Table"}, "Arn": {"Fn::GetAtt": ["Table", "Arn"]}, "Dotted": {"Fn::GetAtt": "Table.Arn"},
                "Text": {"Fn::Sub": "${Table}/${Table.Arn}/${!Table}/${B}"},
                "Own": {"Fn::Sub": ["${Table}-${x}", {"Table": "mine", "x": {"Ref": "Table"}}]},
                "List": [{"Fn::Join": ["", ["t", {"Ref": "Table"}]]}]}},
            "B": {"DependsOn": "Table", "Properties": {"Other": {"Fn::GetAtt": ["Tables", "Arn"]}}},
        }, "Outputs": {"Table": {"Value": {"Ref": "Table"}}}});
        let remainder = without(&template, "Table", &values).expect("a template");
        assert_eq!(
            remainder,
            json!({"Resources": {
                "A": {"DependsOn": ["B"], "Properties": {
                    "Name": "events", "Arn": "arn:events", "Dotted": "arn:events",
                    "Text": {"Fn::Sub": "events/arn:events/${!Table}/${B}"},
                    "Own": {"Fn::Sub": ["${Table}-${x}", {"Table": "mine", "x": "events"}]},
                    "List": [{"Fn::Join": ["", ["t", "events"]]}]}},
                "B": {"Properties": {"Other": {"Fn::GetAtt": ["Tables", "Arn"]}}},
            }, "Outputs": {"Table": {"Value": "events"}}})
        );
        let stream =
            json!({"Resources": {"A": {"Properties": {"X": {"Fn::GetAtt": ["Table", "StreamArn"]}}}}});
        assert_eq!(without(&stream, "Table", &values), Err("StreamArn".to_owned()));
    }
}
