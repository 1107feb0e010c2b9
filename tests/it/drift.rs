//! Someone changes resources of a stack without the stack.

use serde_json::json;

use crate::cloud::Cloud;
use crate::proxy::{Fate, Proxy};

#[test]
fn what_was_changed_past_the_stack_is_shown_and_the_mapping_is_set_back() {
    let cloud = Cloud::new();
    cloud.local("drift", &[]).exited(1).reports(&["error[stack::missing]"]);
    cloud.local("apply", &[]).succeeded();
    cloud.local("drift", &["--detailed-exitcode"]).succeeded().prints(&["walk-test is in sync"]);

    // A value that may not be read does not silently count as unchanged.
    let proxy = Proxy::before(&cloud);
    proxy.judge(|call| if call.path.ends_with("/configuration") { Fate::Deny } else { Fate::Pass });
    cloud.local("drift", &["--detailed-exitcode"]).succeeded().reports(&[
        "not checked   whether the processor runs the code that was deployed",
        "lambda:GetFunctionConfiguration",
    ]);
    proxy.judge(|_| Fate::Pass);

    let mapping = cloud.request("GET", "lambda", "/2015-03-31/event-source-mappings/", "");
    let mapping = &mapping["EventSourceMappings"][0];
    let path = format!("/2015-03-31/event-source-mappings/{}", mapping["UUID"].as_str().expect("an id"));
    cloud.request("PUT", "lambda", &path, r#"{"Enabled": false, "BatchSize": 3}"#);
    cloud.local("drift", &[]).succeeded().prints(&[
        "QueueToProcessor",
        "Enabled",
        "expected true",
        "is false",
    ]);
    let output = cloud.local("drift", &["--detailed-exitcode", "--format", "json"]).exited(2).json();
    assert_eq!((&output["version"], &output["state"]), (&json!(1), &json!("drifted")));
    assert_eq!(
        output["resources"][0]["properties"][1],
        json!({"path": "/BatchSize", "expected": "10", "actual": "3"})
    );

    cloud.remote("drift", &["--revert"]).exited(4).reports(&["~ QueueToProcessor", "add `--yes`"]);
    cloud
        .remote("drift", &["--revert", "--yes"])
        .succeeded()
        .reports(&["walk-test is again what was deployed"]);
    cloud.local("drift", &["--detailed-exitcode"]).succeeded();

    let attributes = [
        ("Action", "SetQueueAttributes"),
        ("QueueUrl", "http://localhost/000000000000/walk-queue-test"),
        ("Attribute.1.Name", "VisibilityTimeout"),
        ("Attribute.1.Value", "77"),
        ("Version", "2012-11-05"),
    ];
    cloud.call("sqs", &attributes);
    let shown = cloud.local("drift", &[]).succeeded().prints(&["VisibilityTimeout", "expected 3", "is 77"]);
    let shown =
        shown.reports(&["next: pipectl destroy", "  # then apply again, or revert each property yourself"]);
    assert!(!shown.stderr.contains("--revert"), "it cannot work here: {}", shown.stderr);
    // The local cloud accepts the call for drift-aware change sets, but only compares templates.
    cloud
        .local("drift", &["--revert"])
        .exited(1)
        .reports(&["error[stack::change-set-failed]", "the local cloud has no drift-aware change sets"]);
    cloud.remote("drift", &["--revert", "--yes"]).exited(1).reports(&["it finds nothing to revert"]);

    cloud.call("sqs", &[attributes[1], ("Action", "DeleteQueue"), attributes[4]]);
    cloud.local("drift", &["--detailed-exitcode"]).exited(2).prints(&["- deleted", "Queue"]);
}
