//! A name that exists cannot be created again, whatever created the first; a dashboard's name is unique in the account
//! across all regions.
//!
//! The change set fails with
//! `The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.`,
//! which returns `Resource of type 'AWS::SQS::Queue' with identifier '…' already exists.`

use serde_json::json;

use crate::strict::existing::{Taken, taken};
use crate::strict::proposal::{Fault, Finding, Proposal};
use crate::strict::sample::{with, with_alarm, with_table};
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::template::NAMED;
use crate::strict::trial::Trial;

const HOOK: &str = "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To \
    troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.";

pub(crate) const RULE: Rule = Rule {
    name: "taken_name",
    source: "answers of AWS quoted in aws-cloudformation/rain#744 (NAME_CONFLICT_VALIDATION)",
    looks: &[Look::ChangeSet(change_set), Look::Resource(resource)],
    proof,
};

fn words(taken: &Taken) -> String {
    format!("Resource of type '{}' with identifier '{}' already exists.", taken.kind, taken.name)
}

fn change_set(scene: &Scene<'_>, proposal: &Proposal) -> Option<Finding> {
    let taken = taken(scene, proposal).iter().find(|taken| !taken.is_imported)?;
    let (logical_id, reason) = (taken.id.clone(), Some(words(taken)));
    Some(Finding { rule: RULE.name, logical_id, status_reason: HOOK.to_owned(), reason })
}

fn resource(scene: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    // A change set was checked when it was created.
    let direct = ["CreateStack", "UpdateStack"].contains(&scene.call.name.as_str());
    let taken = direct.then(|| taken(scene, proposal).first())??;
    let reason =
        format!("Resource handler returned message: \"{}\" (HandlerErrorCode: AlreadyExists)", words(taken));
    Some(Fault { logical_id: taken.id.clone(), reason })
}

fn proof(trial: &Trial<'_>) {
    let of = |kind: &str, property: &str, name: &str| {
        let mut properties = json!({ property: name });
        match kind {
            "AWS::Events::Rule" => properties["EventPattern"] = json!({"source": ["a"]}),
            "AWS::CloudWatch::Dashboard" => properties["DashboardBody"] = r#"{"widgets":[]}"#.into(),
            "AWS::DynamoDB::Table" => {
                let table = with_table(name, json!({}));
                properties = table["Resources"]["EventsTable"]["Properties"].clone();
            }
            "AWS::IAM::Role" => {
                properties["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17", "Statement": []})
            }
            "AWS::CloudWatch::Alarm" => {
                properties = with_alarm(name)["Resources"]["Alarm"]["Properties"].clone();
            }
            _ => {}
        }
        with("Named", kind, properties)
    };
    for (kind, property, _) in NAMED {
        // Created by calls of their own, in the next proofs.
        if ["AWS::Events::Archive", "AWS::Lambda::Function"].contains(&kind) {
            continue;
        }
        let template = of(kind, property, &trial.name("taken"));
        trial.deployed(&template);
        let change_set = trial.change_set(&trial.name("second"), "CREATE", &template, &[]);
        change_set.failed(HOOK);
        let expected = trial.stack("DescribeEvents", &[("ChangeSetName", &change_set.id)]).taken();
        assert!(expected.contains(&format!("Resource of type '{kind}' with identifier")), "{expected}");
        trial
            .stack("ExecuteChangeSet", &[("ChangeSetName", &change_set.id)])
            .refused("InvalidChangeSetStatus", "FAILED");
        let stack = trial.name("direct");
        let asked = [
            ("StackName", stack.as_str()),
            ("TemplateBody", &template.to_string()),
            ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ];
        trial.stack("CreateStack", &asked).taken();
        trial.ended(&stack, "ROLLBACK_COMPLETE", "already exists.");
    }
    elsewhere(trial);
}

/// A dashboard in another region.
fn elsewhere(trial: &Trial<'_>) {
    let name = trial.name("global");
    let body = format!(
        "Action=PutDashboard&Version=2010-08-01&DashboardName={name}&DashboardBody=%7B%22widgets%22%3A%5B%5D%7D"
    );
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    trial.send("monitoring", "eu-west-1", "POST /", &kind, body).taken();
    let template = with(
        "Named",
        "AWS::CloudWatch::Dashboard",
        json!({"DashboardName": name, "DashboardBody": r#"{"widgets":[]}"#}),
    );
    trial.change_set(&trial.name("second"), "CREATE", &template, &[]).failed(HOOK);
}
