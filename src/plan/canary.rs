//! Whether a plan shifts traffic to a new version.

use serde_json::{Value, json};

use super::{Change, FUNCTION, Plan, PropertyChange};

/// The version and the alias of the function in the templates.
const VERSION: &str = "ProcessorVersion";
const ALIAS: &str = "ProcessorAlias";

impl Plan {
    /// Whether other code or settings replace those of a running version.
    #[must_use]
    pub fn changes_version(&self) -> bool {
        let is_version = |change: &Change| change.logical_id == VERSION && !change.properties.is_empty();
        // The version's description names the key by its parameter, so its text does not change.
        let is_code = |change: &Change| {
            let is_key = |property: &PropertyChange| property.path == "/Properties/Code/S3Key";
            change.logical_id == FUNCTION && change.properties.iter().any(is_key)
        };
        self.changes.iter().any(|change| is_version(change) || is_code(change))
    }
}

/// The template for the trial period: the alias stays at the version `former` and sends `percent` of the batches to the
/// new one. `None` if the template has no alias of ours.
#[must_use]
pub fn canary(template: &Value, former: &str, percent: u8) -> Option<Value> {
    let mut trial = template.clone();
    let alias = trial.pointer_mut(&format!("/Resources/{ALIAS}/Properties"))?.as_object_mut()?;
    let new = alias.insert("FunctionVersion".to_owned(), former.into())?;
    let weight = json!({"FunctionVersion": new, "FunctionWeight": f64::from(percent) / 100.0});
    alias.insert("RoutingConfig".to_owned(), json!({"AdditionalVersionWeights": [weight]}));
    Some(trial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alias_keeps_the_former_version_and_tries_the_new_one() {
        let version = json!({"Fn::GetAtt": [VERSION, "Version"]});
        let template =
            json!({"Resources": {ALIAS: {"Properties": {"Name": "live", "FunctionVersion": version}}}});
        let trial = canary(&template, "7", 10).expect("a trial");
        assert_eq!(
            trial["Resources"][ALIAS]["Properties"],
            json!({"Name": "live", "FunctionVersion": "7", "RoutingConfig": {
                "AdditionalVersionWeights": [{"FunctionVersion": version, "FunctionWeight": 0.1}]}})
        );
        assert_eq!(canary(&json!({"Resources": {}}), "7", 10), None);
    }
}
