//! The prefix of the zip's key in a shared bucket.

use serde_json::{Map, Value, json};

use super::function::plain;

/// Where the function's template says which object its code is.
const CODE_KEY: &str = "/Resources/Processor/Properties/Code/S3Key";
const PARAMETER: &str = "ArtifactPrefix";

/// A template that finds the zip by its bare name, with the prefix before it; `None`: it says something else. Copies of
/// pipectl's templates from before there was a prefix do. The name stays without it: versions of the processor are named
/// by that, and Lambda refuses to publish the same code again because it lies elsewhere.
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
