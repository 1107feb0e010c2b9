//! Code of the processor that was deployed without CloudFormation, which only compares templates and parameters: if these
//! are unchanged, it changes nothing.

use serde_json::Value;

use super::{Action, Change, FUNCTION, Plan, PropertyChange, StackAction, count, risk};

const TYPE: &str = "AWS::Lambda::Function";
/// The property of the code, unless a parameter of the template names another.
const CODE: &str = "/Properties/Code";
const WHY: &str = "code changed outside CloudFormation";

impl Plan {
    /// Records that the function runs another zip than the deployed one. If the wanted zip is the deployed one,
    /// CloudFormation sees no change, and the code must be reverted separately.
    pub fn sees_code_outside(&mut self, live: &str, deployed: &str, wanted: &str) {
        let known = self.changes.iter().position(|change| change.logical_id == FUNCTION);
        let index = known.unwrap_or_else(|| {
            self.changes.push(Change::new(Action::Modify, FUNCTION, TYPE));
            self.changes.len() - 1
        });
        let Some(change) = self.changes.get_mut(index).filter(|change| change.action == Action::Modify)
        else {
            return;
        };
        change.outside = Some(WHY);
        if deployed == wanted {
            change.properties.push(PropertyChange::new(CODE, live.into(), wanted.into()));
            self.restores_code = true;
            self.restores_alone = self.action == StackAction::None;
            self.action = StackAction::Update;
        } else {
            let is_key = |property: &&mut PropertyChange| property.path == format!("{CODE}/S3Key");
            if let Some(key) = change.properties.iter_mut().find(is_key) {
                key.before = Value::from(live);
            }
        }
        risk::assess(change);
    }

    /// Whether reverting the code is the only change.
    #[must_use]
    pub fn is_code_alone(&self) -> bool {
        self.restores_code && self.restores_alone
    }

    /// The number of resources that change by more than their code, as a short text; `None` if there are none.
    #[must_use]
    pub fn beyond_code(&self) -> Option<String> {
        if self.action == StackAction::None {
            return None;
        }
        let is_code = |change: &Change| {
            change.logical_id == FUNCTION
                && change.action == Action::Modify
                && change.properties.iter().all(|property| property.path.starts_with(CODE))
        };
        let beyond: Vec<&Change> = self.changes.iter().filter(|change| !is_code(change)).collect();
        let changes_code = beyond.len() < self.changes.len();
        (!beyond.is_empty() || !changes_code).then(|| count(&beyond))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::{Content, Location, plan};
    use super::*;

    fn content(key: &str, memory: u32, depth: u32) -> Content {
        let template = json!({"Parameters": {"ArtifactKey": {}}, "Resources": {
            "Processor": {"Type": TYPE, "Properties": {"Code": {"S3Key": {"Ref": "ArtifactKey"}}, "MemorySize": memory}},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": depth}}}});
        let parameters = BTreeMap::from([("ArtifactKey".to_owned(), key.to_owned())]);
        Content { template, parameters, tags: BTreeMap::new() }
    }

    fn seen(before: &Content, after: &Content) -> Plan {
        let text = String::new;
        let mut plan =
            plan(&Location { stack: text(), account: text(), region: text() }, Some(before), after);
        let key = |content: &Content| content.parameters["ArtifactKey"].clone();
        plan.sees_code_outside("live", &key(before), &key(after));
        plan
    }

    #[test]
    fn code_is_set_back_where_cloudformation_sees_nothing_to_do() {
        let found = seen(&content("a", 128, 1), &content("a", 128, 1));
        assert_eq!(
            (found.action, found.restores_code, found.is_code_alone()),
            (StackAction::Update, true, true)
        );
        let [change] = found.changes.as_slice() else { panic!("one change: {:?}", found.changes) };
        assert_eq!((change.action, change.why.as_str()), (Action::Modify, WHY));
        let [code] = change.properties.as_slice() else { panic!("one property: {change:?}") };
        assert_eq!((code.path.as_str(), &code.before, &code.after), (CODE, &json!("live"), &json!("a")));
        assert!(!found.changes_version(), "no other version is tried");
    }

    #[test]
    fn settings_that_change_with_it_are_cloudformations() {
        for (memory, depth) in [(256, 1), (128, 2)] {
            let found = seen(&content("a", 128, 1), &content("a", memory, depth));
            assert!(found.restores_code && !found.is_code_alone(), "{found:?}");
        }
        let tagged =
            Content { tags: BTreeMap::from([("team".to_owned(), "b".to_owned())]), ..content("a", 128, 1) };
        let found = seen(&content("a", 128, 1), &tagged);
        assert!(found.restores_code && !found.is_code_alone(), "tags are no resource: {found:?}");
        let both = seen(&content("a", 128, 1), &content("a", 256, 2));
        assert_eq!(both.beyond_code().as_deref(), Some("2 to modify"));
    }

    #[test]
    fn another_zip_is_cloudformations_and_the_plan_shows_what_runs() {
        let found = seen(&content("a", 128, 1), &content("b", 128, 1));
        assert!(!found.restores_code && found.beyond_code().is_none());
        let code = &found.changes[0].properties[0];
        assert_eq!((&code.before, &code.after), (&json!("live"), &json!("b")));
        assert_eq!(found.changes[0].why, WHY);
    }
}
