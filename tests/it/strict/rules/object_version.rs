//! The code's object and its version must exist.
//!
//! `Error occurred while GetObject. S3 Error Code: NoSuchVersion. S3 Error Message: The specified version does not exist.`,
//! or `NoSuchKey` and `The specified key does not exist.`; a reader of the object gets the same with status 404.

use serde_json::{Value, json};

use crate::strict::proposal::{Fault, Proposal};
use crate::strict::refusal::Refusal;
use crate::strict::sample::with;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "object_version",
    source: "API_GetObject; the words of CreateFunction in reports of missing objects",
    looks: &[Look::Call(&[], call), Look::Resource(resource)],
    proof,
};

const VERSION: (&str, &str) = ("NoSuchVersion", "The specified version does not exist.");
const KEY: (&str, &str) = ("NoSuchKey", "The specified key does not exist.");

fn call(scene: &Scene<'_>) -> Option<Refusal> {
    let call = scene.call;
    let reads = call.service == "s3" && ["GET", "HEAD"].contains(&call.method.as_str());
    let version = call.parameters.get("versionId").filter(|_| reads)?;
    let missing = scene.upstream.object(&format!("{}?versionId={version}", call.path)).is_none();
    (missing && scene.upstream.object(&call.path).is_some())
        .then(|| Refusal { status: 404, ..Refusal::new(VERSION.0, VERSION.1) })
}

fn resource(scene: &Scene<'_>, proposal: &Proposal) -> Option<Fault> {
    for function in proposal.after.of_type("AWS::Lambda::Function") {
        let code = &function.properties()["Code"];
        let of = |name: &str| proposal.after.resolved(&code[name], &proposal.region);
        let (Some(bucket), Some(key)) = (of("S3Bucket"), of("S3Key")) else { continue };
        let path = format!("/{bucket}/{key}");
        let version = of("S3ObjectVersion").filter(|version| version != "null");
        let versioned = version.map_or_else(|| path.clone(), |version| format!("{path}?versionId={version}"));
        if scene.upstream.object(&versioned).is_some() {
            continue;
        }
        let (code, words) = if scene.upstream.object(&path).is_some() { VERSION } else { KEY };
        let words =
            format!("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {words}");
        return Some(Fault::handler(function, &words, "Lambda", "InvalidRequest"));
    }
    None
}

/// A function with its code in a bucket.
pub(super) fn function(name: &str, code: Value) -> Value {
    let role = "arn:aws:iam::000000000000:role/any";
    let properties = json!({"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": role, "Code": code});
    with("Processor", "AWS::Lambda::Function", properties)
}

/// A bucket with one object, which is an empty zip.
pub(super) fn bucket(trial: &Trial<'_>) -> String {
    let bucket = trial.name("code");
    trial.send("s3", "us-east-1", &format!("PUT /{bucket}"), &[], "").taken();
    let empty = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    trial.send("s3", "us-east-1", &format!("PUT /{bucket}/zip"), &[], empty).taken();
    bucket
}

fn proof(trial: &Trial<'_>) {
    let bucket = bucket(trial);
    for (code, expected) in [
        (json!({"S3Bucket": bucket, "S3Key": "other"}), "S3 Error Code: NoSuchKey."),
        (
            json!({"S3Bucket": bucket, "S3Key": "zip", "S3ObjectVersion": "nobody"}),
            "S3 Error Code: NoSuchVersion.",
        ),
    ] {
        let stack = trial.name("coded");
        let body = function(&trial.name("function"), code).to_string();
        trial.stack("CreateStack", &[("StackName", &stack), ("TemplateBody", &body)]).taken();
        trial.ended(&stack, "ROLLBACK_COMPLETE", expected);
    }
    trial
        .send("s3", "us-east-1", &format!("GET /{bucket}/zip?versionId=nobody"), &[], "")
        .refused("NoSuchVersion", "The specified version does not exist.");
}
