//! First calls to each service, which load their code.

use std::time::Duration;

use super::deadline::Deadline;
use super::http::{Request, send};

const PATIENCE: Duration = Duration::from_secs(20);

enum Call {
    /// The older services: a form with an `Action`.
    Query(&'static str),
    /// The JSON services: the action is a header.
    Json(&'static str),
    Get(&'static str),
}

/// One cheap read call per service of the pipeline.
const CALLS: [(&str, Call); 11] = [
    ("sts", Call::Query("Action=GetCallerIdentity&Version=2011-06-15")),
    ("s3", Call::Get("/")),
    ("cloudformation", Call::Query("Action=ListStacks&Version=2010-05-15")),
    ("iam", Call::Query("Action=ListRoles&Version=2010-05-08")),
    ("sqs", Call::Json("AmazonSQS.ListQueues")),
    ("events", Call::Json("AWSEvents.ListEventBuses")),
    ("dynamodb", Call::Json("DynamoDB_20120810.ListTables")),
    ("lambda", Call::Get("/2015-03-31/functions/")),
    ("logs", Call::Json("Logs_20140328.DescribeLogGroups")),
    ("monitoring", Call::Query("Action=ListDashboards&Version=2010-08-01")),
    ("sns", Call::Query("Action=ListTopics&Version=2010-03-31")),
];

/// `MiniStack` imports a service at its first call. That takes half a second in all, which this saves the user's first
/// command. A service that fails here will report why when it is used, so failures are ignored.
pub(super) fn warm_up(port: u16, deadline: Deadline) {
    for (service, call) in CALLS {
        if deadline.check().is_err() {
            return;
        }
        let patience = deadline.within(PATIENCE);
        // It reads service and region from the scope, and does not check signatures.
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let scope = ("Authorization", scope.as_str());
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let json = ("Content-Type", "application/x-amz-json-1.0");
        let _answer = match call {
            Call::Query(body) => {
                send(port, &Request { method: "POST", path: "/", headers: &[scope, form], body }, patience)
            }
            Call::Json(action) => {
                let headers = [scope, json, ("X-Amz-Target", action)];
                send(port, &Request { method: "POST", path: "/", headers: &headers, body: "{}" }, patience)
            }
            Call::Get(path) => {
                send(port, &Request { method: "GET", path, headers: &[scope], body: "" }, patience)
            }
        };
    }
}
