//! A call that names the expected owner is refused by a bucket of another owner.
//!
//! `AccessDenied: Access Denied`, status 403

use crate::strict::ACCOUNT;
use crate::strict::refusal::Refusal;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

pub(crate) const RULE: Rule = Rule {
    name: "bucket_owner",
    source: "S3 User Guide, verifying bucket ownership with bucket owner condition",
    looks: &[Look::Call(&[], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let call = scene.call;
    let expected = call.headers.get("x-amz-expected-bucket-owner").filter(|_| call.service == "s3")?;
    let bucket = call.path.split('/').nth(1).unwrap_or_default();
    let is_foreign = scene.memory().foreign_buckets.contains(bucket);
    (is_foreign == (expected == ACCOUNT))
        .then(|| Refusal { status: 403, ..Refusal::new("AccessDenied", "Access Denied") })
}

fn proof(trial: &Trial<'_>) {
    let bucket = trial.name("owned");
    trial.send("s3", "us-east-1", &format!("PUT /{bucket}"), &[], "").taken();
    let put = |owner: &str| {
        let headers = [("x-amz-expected-bucket-owner", owner)];
        trial.send("s3", "us-east-1", &format!("PUT /{bucket}/key"), &headers, "text")
    };
    put(ACCOUNT).taken();
    put("111111111111").refused("AccessDenied", "Access Denied");
    trial.foreign_bucket(&bucket);
    put(ACCOUNT).refused("AccessDenied", "Access Denied");
}
