//! Calls are within the documented rates; faster calls are throttled. This applies only to callers that use AWS's pace:
//! the local cloud is called more often, so that tests are fast.
//!
//! `Throttling: Rate exceeded`, or `TooManyRequestsException: Rate exceeded` of Lambda

use std::time::Instant;

use crate::strict::refusal::Refusal;
use crate::strict::scene::{Look, Rule, Scene};
use crate::strict::trial::Trial;

/// Calls per second; bursts of twice as many are accepted.
const RATES: [(&str, &str, f64); 11] = [
    ("cloudformation", "Describe", 5.0),
    ("lambda", "GET ", 15.0),
    ("lambda", "POST /2015-03-31/event-source-mappings", 15.0),
    ("lambda", "PUT ", 15.0),
    ("logs", "DescribeLogGroups", 10.0),
    ("logs", "FilterLogEvents", 5.0),
    ("monitoring", "DescribeAlarms", 9.0),
    ("monitoring", "GetDashboard", 10.0),
    ("monitoring", "PutDashboard", 10.0),
    ("monitoring", "PutMetricAlarm", 3.0),
    ("sts", "GetCallerIdentity", 600.0),
];

pub(crate) const RULE: Rule = Rule {
    name: "request_rate",
    source: "quotas of Lambda (control plane), CloudWatch and CloudWatch Logs; CloudFormation's from aws/aws-sam-cli#2671",
    looks: &[Look::Call(&[], look)],
    proof,
};

fn look(scene: &Scene<'_>) -> Option<Refusal> {
    let call = scene.call;
    let signed = call.headers.get("authorization").map_or("", String::as_str);
    if signed.contains("Credential=local/") {
        return None;
    }
    let known =
        |rate: &&(&'static str, &'static str, f64)| call.service == rate.0 && call.name.starts_with(rate.1);
    let (service, verb, rate) = RATES.iter().find(known)?;
    let mut memory = scene.memory();
    let bucket = memory.rates.entry((format!("{} {service}", call.region), *verb));
    let (left, at) = bucket.or_insert_with(|| (rate * 2.0, Instant::now()));
    *left = (*left + at.elapsed().as_secs_f64() * rate).min(rate * 2.0);
    *at = Instant::now();
    if *left >= 1.0 {
        *left -= 1.0;
        return None;
    }
    let code = if *service == "lambda" { "TooManyRequestsException" } else { "Throttling" };
    Some(Refusal::new(code, "Rate exceeded"))
}

fn proof(trial: &Trial<'_>) {
    let scope = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/cloudformation/aws4_request";
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", scope)];
    let body = "Action=DescribeStacks&Version=2010-05-15";
    let ask = || trial.signed("POST /", &headers, body);
    ask().taken();
    let refused = (0..60).map(|_| ask()).find(|reply| reply.status != 200);
    refused.expect("sixty at once are too many").refused("Throttling", "Rate exceeded");
}
