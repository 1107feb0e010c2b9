//! The history of a stack: an apply without permission to read or write it, and how much of it is read.

use serde_json::Value;

use crate::artifacts::put;
use crate::cloud::{Cloud, SPEC};
use crate::existing::{KEYS, with_table};
use crate::proxy::{Call, Fate, Proxy};

fn is_record(call: &Call) -> bool {
    call.service == "s3" && (call.path.contains("/stacks/") || call.text("prefix").contains("stacks/"))
}

fn with_timeout(seconds: u32) -> String {
    SPEC.replace("timeout_seconds: 3\n  batch", &format!("timeout_seconds: {seconds}\n  batch"))
        .replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 30")
}

fn applies(cloud: &Cloud) -> Vec<Value> {
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    history["applies"].as_array().expect("applies").clone()
}

#[test]
fn an_apply_without_access_to_the_history_changes_the_stack_and_reports_what_was_not_checked() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let proxy = Proxy::before(&cloud);

    cloud.write("spec.yaml", &with_timeout(4));
    proxy.judge(|call| if is_record(call) && call.method == "GET" { Fate::Deny } else { Fate::Pass });
    cloud.local("apply", &[]).succeeded().reports(&[
        "  not checked   whether the last apply was recorded:",
        "s3:ListBucket",
        "updated walk-test",
    ]);
    // An apply without changes reports the same.
    let output = cloud.local("apply", &[]).succeeded();
    output.reports(&["  not checked   whether the last apply was recorded:", "no changes"]);
    proxy.judge(|_| Fate::Pass);
    assert_eq!(applies(&cloud).len(), 2);

    cloud.write("spec.yaml", &with_timeout(5));
    proxy.judge(|call| if is_record(call) && call.method == "PUT" { Fate::Deny } else { Fate::Pass });
    cloud.local("apply", &["--quiet"]).succeeded().reports(&[
        "  not recorded  this apply, for `pipectl history` and `pipectl rollback`:",
        "s3:PutObject",
    ]);
    proxy.judge(|_| Fate::Pass);
    assert_eq!(applies(&cloud).len(), 2);
    // The next one writes it later.
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    assert_eq!(applies(&cloud).len(), 3);
}

#[test]
fn whether_a_table_was_ours_is_read_from_the_newest_record_that_names_it() {
    let cloud = Cloud::new();
    for seconds in 3..6 {
        cloud.write("spec.yaml", &with_timeout(seconds));
        cloud.local("apply", &[]).succeeded();
    }
    assert_eq!(applies(&cloud).len(), 3);
    cloud.local("destroy", &["--yes"]).succeeded();
    let proxy = Proxy::before(&cloud);
    cloud.local("plan", &[]).succeeded().prints(&["retained from an earlier stack of this spec"]);
    let read = |calls: Vec<Call>| {
        let read = calls.iter().filter(|call| is_record(call) && call.path.ends_with(".json"));
        read.filter(|call| call.method == "GET").count()
    };
    assert_eq!(read(proxy.taken()), 2, "the newest names it, and says how many keys its index has");
    // Denied, it is read from the deleted stack.
    proxy.judge(|call| if is_record(call) && call.method == "GET" { Fate::Deny } else { Fate::Pass });
    let plan = cloud.local("plan", &[]).succeeded();
    plan.prints(&["retained from an earlier stack of this spec"])
        .reports(&["  not checked   ", "s3:ListBucket"]);
}

/// If lookups are denied, only CloudFormation finds a table of that name: adoption still needs `--accept`.
#[test]
fn a_table_that_only_cloudformation_sees_is_not_adopted_without_being_accepted() {
    let denied = |call: &Call| if call.name == "DescribeTable" { Fate::Deny } else { Fate::Pass };
    let cloud = with_table(KEYS, false);
    Proxy::before(&cloud).judge(denied);
    cloud.local("apply", &[]).exited(4).reports(&[
        "not checked   whether `walk-test` is taken",
        "error[guard::adoption]: `EventsTable`",
        "--accept adopt:EventsTable",
    ]);
    assert_eq!(cloud.local("status", &[]).code, Some(1), "nothing was made");
    cloud.local("apply", &["--accept", "adopt:EventsTable"]).succeeded();

    // A table that the spec's own stack retained does not need `--accept`.
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    cloud.local("destroy", &["--yes"]).succeeded();
    Proxy::before(&cloud).judge(denied);
    cloud.local("apply", &[]).succeeded().reports(&[
        "retained from an earlier stack of this spec, and adopted with its data",
        "EventsTable              AWS::DynamoDB::Table adopted",
    ]);
}

/// Damaged by someone who may write to the bucket. The bucket has versions, so that the record can be restored.
#[test]
fn a_damaged_record_is_named_with_its_version_and_the_others_are_shown() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    for (text, number) in [
        ("", 1),
        ("{\"version\":1,\"at\":\"", 2),
        ("{\"version\":1}", 3),
        ("[2]", 4),
        ("{\"version\":\"2\"}", 5),
    ] {
        let key = format!("stacks/walk-test/2999010{number}T000000000Z-00000000.json");
        let version = put(&cloud, &key, text.as_bytes().to_vec());
        let shown = cloud.local("history", &["--format", "json"]).succeeded();
        shown.reports(&[
            &format!("the record `{key}`, version `{version}`, is damaged and is skipped"),
            &format!(
                "aws s3api list-object-versions --bucket pipectl-000000000000-us-east-1-an --prefix {key}"
            ),
        ]);
    }
    assert_eq!(applies(&cloud).len(), 1, "the others are shown");
    let skipped = cloud.local("history", &["--format", "json"]).succeeded().json()["skipped"].clone();
    assert_eq!(skipped.as_array().map(Vec::len), Some(5));
    assert_eq!(skipped[0]["damaged"], true);
    // The next operation is recorded.
    cloud.write("spec.yaml", &with_timeout(4));
    cloud.local("apply", &[]).succeeded();
    cloud.local("rollback", &["--to", "1"]).succeeded().reports(&["is damaged and is skipped"]);
}
