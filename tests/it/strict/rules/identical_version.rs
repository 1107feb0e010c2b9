//! Lambda publishes a version of a function only if its code or its configuration differs from the last version.
//!
//! `A version for this Lambda function exists ( 1 ). Modify the function to create a new version.`

use serde_json::{Map, Value, json};

use super::object_version::{bucket, function};
use crate::strict::proposal::{Fault, Proposal};
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::template::{Resource, Template};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "identical_version",
    source: "aws/aws-cdk#5334; API_PublishVersion: no version without a change since the last",
    looks: &[Look::Resource(look)],
    proof,
};

/// Properties of a function that are not part of a version.
const APART: [&str; 4] = ["Tags", "ReservedConcurrentExecutions", "RecursiveLoop", "Code"];

fn look(scene: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    let before = proposal.before.as_ref()?;
    for version in proposal.after.of_type("AWS::Lambda::Version") {
        let (Some(new), Some(old)) = (of(&proposal.after, version), former(before, version)) else {
            continue;
        };
        let is_new =
            before.resource(version.id).is_none_or(|known| known.properties() != version.properties());
        if !is_new || content(scene, proposal, before, old) != content(scene, proposal, &proposal.after, new)
        {
            continue;
        }
        let name = proposal.after.name_of(new, &proposal.region).unwrap_or_default();
        let path = format!("/2015-03-31/functions/{name}/versions");
        let known = scene.upstream.get("lambda", &proposal.region, &path);
        let last = known["Versions"].as_array().and_then(|all| all.last()?["Version"].as_str());
        let words = format!(
            "A version for this Lambda function exists ( {} ). Modify the function to create a new version.",
            last.unwrap_or("1")
        );
        return Some(Fault::handler(version, &words, "Lambda", "AlreadyExists"));
    }
    None
}

/// The function of a version.
fn of<'a>(template: &'a Template, version: Resource<'_>) -> Option<Resource<'a>> {
    let name = &version.properties()["FunctionName"];
    let id = name["Ref"].as_str().or_else(|| name["Fn::GetAtt"][0].as_str())?;
    template.resource(id).filter(|function| function.kind == "AWS::Lambda::Function")
}

/// The same function in the previous template, if it had a version there too.
fn former<'a>(before: &'a Template, version: Resource<'_>) -> Option<Resource<'a>> {
    let function = of(before, version)?;
    let mut versions = before.of_type("AWS::Lambda::Version");
    versions.any(|known| of(before, known).is_some_and(|known| known.id == function.id)).then_some(function)
}

/// The content of a version: the configuration, and the code itself, wherever it is stored.
fn content(
    scene: &Scene<'_>,
    proposal: &Proposal,
    template: &Template,
    function: Resource<'_>,
) -> (Map<String, Value>, Option<Vec<u8>>) {
    let mut properties = function.properties().as_object().cloned().unwrap_or_default();
    properties.retain(|name, _| !APART.contains(&name.as_str()));
    let code = &function.properties()["Code"];
    let part = |name: &str| template.resolved(&code[name], &proposal.region);
    let path = part("S3Bucket").zip(part("S3Key")).map(|(bucket, key)| format!("/{bucket}/{key}"));
    let path = path.map(|path| match part("S3ObjectVersion") {
        Some(version) => format!("{path}?versionId={version}"),
        None => path,
    });
    let code = path.map_or_else(|| Some(code.to_string().into_bytes()), |path| scene.upstream.object(&path));
    (properties, code)
}

fn proof(trial: &Trial<'_>) {
    let bucket = bucket(trial);
    let name = trial.name("function");
    let template = |version: &str, memory: u32| {
        let mut template = function(&name, json!({"S3Bucket": bucket, "S3Key": "zip"}));
        template["Resources"]["Processor"]["Properties"]["MemorySize"] = memory.into();
        template["Resources"][version] =
            json!({"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Processor"}}});
        template
    };
    let stack = trial.deployed(&template("VersionA", 128));
    trial.update(&stack, &template("VersionB", 128)).taken();
    trial.ended(&stack, "UPDATE_ROLLBACK_COMPLETE", "A version for this Lambda function exists ( 1 ).");
    // The local cloud refuses a second version of a stack too.
    trial.recorded(RULE.name);
    trial.update(&stack, &template("VersionB", 256)).taken();
    assert_eq!(trial.settled(&stack), "UPDATE_COMPLETE");
}
