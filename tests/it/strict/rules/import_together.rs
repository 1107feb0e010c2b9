//! Resources are imported by name in an import, and automatically in a creation or an update: not both at once.

use crate::strict::refusal::Refusal;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "import_together",
    source: "API_CreateChangeSet: ResourcesToImport belongs to IMPORT, ImportExistingResources to the other types; AWS's own words are not public",
    looks: &[Look::Call(&["CreateChangeSet"], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let call = scene.call;
    let (named, unasked) = (call.has("ResourcesToImport"), call.is_true("ImportExistingResources"));
    let imports = call.text("ChangeSetType") == "IMPORT";
    let words = match (named, unasked, imports) {
        (true, true, _) => "ResourcesToImport and ImportExistingResources cannot be used together",
        (true, _, false) => "ResourcesToImport can only be specified for a change set of type IMPORT",
        (_, true, true) => "ImportExistingResources cannot be specified for a change set of type IMPORT",
        _ => return None,
    };
    Some(Refusal::invalid(words))
}

fn proof(trial: &Trial<'_>) {
    let body = r#"{"Resources":{"Queue":{"Type":"AWS::SQS::Queue","DeletionPolicy":"Retain"}}}"#;
    let name = trial.name("imported");
    let own = [("StackName", name.as_str()), ("ChangeSetName", "importing"), ("TemplateBody", body)];
    let named = [
        ("ResourcesToImport.member.1.ResourceType", "AWS::SQS::Queue"),
        ("ResourcesToImport.member.1.LogicalResourceId", "Queue"),
        ("ResourcesToImport.member.1.ResourceIdentifier.entry.1.key", "QueueUrl"),
        (
            "ResourcesToImport.member.1.ResourceIdentifier.entry.1.value",
            "http://localhost/000000000000/nobody",
        ),
    ];
    let unasked = [("ImportExistingResources", "true")];
    let tried = |kind: &str, more: &[(&str, &str)], expected: &str| {
        let asked = [&own[..], more, &[("ChangeSetType", kind)]].concat();
        trial.stack("CreateChangeSet", &asked).refused("ValidationError", expected);
    };
    tried("IMPORT", &[&named[..], &unasked].concat(), "cannot be used together");
    tried("CREATE", &named, "can only be specified for a change set of type IMPORT");
    tried("IMPORT", &unasked, "cannot be specified for a change set of type IMPORT");
}
