//! The prefix of the zip's key in a shared bucket.

use serde_json::{Map, Value, json};

use super::function::plain;

/// The property of the function's template with the key of its code object.
const CODE_KEY: &str = "/Resources/Processor/Properties/Code/S3Key";
const PARAMETER: &str = "ArtifactPrefix";

/// A template that refers to the zip by its bare name, with the prefix before it; `None` if it does not. Copies of
/// pipectl's templates from before prefixes do. The name itself stays without it: the processor's versions are named by
/// it, and Lambda refuses to publish the same code again from another location.
pub(super) fn prefixed(template: &Value) -> Option<Value> {
    let key = json!({"Ref": "ArtifactKey"});
    if plain(template.pointer(CODE_KEY)?)? != key {
        return None;
    }
    let mut template = template.clone();
    *template.pointer_mut(CODE_KEY)? = json!({"Fn::Join": ["", [{"Ref": PARAMETER}, key]]});
    let sections = template.as_object_mut()?;
    let parameters = sections.entry("Parameters").or_insert_with(|| Map::new().into()).as_object_mut()?;
    parameters.entry(PARAMETER).or_insert_with(|| json!({"Type": "String", "Default": ""}));
    Some(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(key: &Value) -> Value {
        let function = json!({"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Key": key}}});
        json!({"Parameters": {"ArtifactKey": {"Type": "String"}}, "Resources": {"Processor": function}})
    }

    #[test]
    fn only_a_bare_name_gets_the_prefix() {
        for bare in [json!({"Ref": "ArtifactKey"}), json!({"Fn::Sub": "${ArtifactKey}"})] {
            let made = prefixed(&template(&bare)).expect("a prefix");
            assert_eq!(
                made.pointer(CODE_KEY),
                Some(&json!({"Fn::Join": ["", [{"Ref": "ArtifactPrefix"}, {"Ref": "ArtifactKey"}]]}))
            );
            assert_eq!(made["Parameters"]["ArtifactPrefix"]["Default"], "");
            assert_eq!(prefixed(&made), None, "it has one");
        }
        for other in [json!("mine.zip"), json!({"Fn::Sub": "${ArtifactPrefix}${ArtifactKey}"})] {
            assert_eq!(prefixed(&template(&other)), None);
        }
    }
}
