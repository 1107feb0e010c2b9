//! Names that two specs of one account would share, found before AWS refuses the second.

use pipectl::stack::DashboardApi as _;
use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};

fn spec(cloud: &Cloud, file: &str, more: &str) -> String {
    let text =
        format!("version: 1\nname: ship\nenvironment: prod\nbus: {{pattern: {{source: [a]}}}}\n{more}");
    cloud.write(file, &text).to_str().expect("UTF-8").to_owned()
}

/// The findings of one run over two specs, checked against its exit code.
fn found(first: &str, second: &str) -> Vec<Value> {
    let cloud = Cloud::new();
    let specs = [spec(&cloud, "a.yaml", first), spec(&cloud, "b.yaml", second)];
    let run = cloud.run(&["validate", &specs[0], &specs[1], "--format", "json"]);
    let all = run.json();
    let all = all["diagnostics"].as_array().expect("a list").clone();
    all.into_iter().filter(|one| one["code"] == "spec::name-shared").collect()
}

const EAST: &str = "deploy: {account: \"123456789012\", region: us-east-1}\n";
const WEST: &str = "deploy: {account: \"123456789012\", region: eu-west-1}\n";

#[test]
fn one_spec_for_two_regions_shares_its_dashboard_alone() {
    let found = found(EAST, WEST);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert!(one["message"].as_str().is_some_and(|text| text.contains("dashboard `ship-prod`")), "{one}");
    assert!(
        one["help"].as_str().is_some_and(|text| text.contains("names: {dashboard: ship-prod-eu-west-1}"))
    );
    assert!(one["file"].as_str().is_some_and(|file| file.ends_with("b.yaml")), "{one}");
    assert!(one["related"][0]["file"].as_str().is_some_and(|file| file.ends_with("a.yaml")), "both files");
    // The suggested edit, and the other differences that separate them.
    for apart in [
        format!("{WEST}names: {{dashboard: ship-prod-eu-west-1}}\n"),
        format!("{WEST}dashboard: false\n"),
        WEST.replace("123456789012", "210987654321"),
        "deploy: {region: eu-west-1}\n".to_owned(),
    ] {
        assert_eq!(self::found(EAST, &apart), Vec::<Value>::new(), "{apart}");
    }
}

#[test]
fn what_only_one_account_or_region_can_have_is_compared_where_both_are_known_or_neither_is() {
    // Another stack, the same names.
    let apart = "names: {stack: other}\n";
    let count = |first: &str, second: &str| found(first, second).len();
    assert_eq!(count("", apart), 1, "both go wherever the caller's profile points");
    assert_eq!(count(WEST, &format!("{WEST}{apart}")), 1);
    assert_eq!(count(WEST, apart), 0, "one may go anywhere");
    assert_eq!(count("deploy: {region: eu-west-1}\n", &format!("deploy: {{region: eu-west-1}}\n{apart}")), 1);
    assert_eq!(count("", ""), 1, "one undoes the other");
    assert_eq!(count(WEST, WEST), 1);
    assert_eq!(count("", "deploy: {region: eu-west-1}\n"), 0, "perhaps one stack");
    let one = &found("", "names: {stack: ship-prod}\n")[0];
    assert!(
        one["message"]
            .as_str()
            .is_some_and(|text| text.contains("the stack `ship-prod` is also the stack of"))
    );
    assert_eq!((&one["path"], &one["related"][0]["path"]), (&json!("/names/stack"), &json!("/name")));
    let all = found("", apart);
    let message = all[0]["message"].as_str().expect("a message").to_owned();
    assert!(message.contains("queue `ship-queue-prod`") && message.contains("more"), "{message}");
}

#[test]
fn a_taken_name_is_reported_at_its_field_and_a_role_name_is_taken_in_the_whole_account() {
    let role = |more: &str| format!("{more}names: {{role: runs, dashboard: x{}}}\n", more.len());
    let found = found(&role(EAST), &role(&WEST.replace("region: eu-west-1", "region: eu-west-1 ")));
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&one["path"], &one["related"][0]["path"]), (&json!("/names/role"), &json!("/names/role")));
    assert!(one["message"].as_str().is_some_and(|text| text.contains("across all regions")), "{one}");
    let exports = "names: {stack: other, queue: q, dead_letter_queue: d, exports: {queue_url: ship-SQSQueueURL-prod}}\n";
    let all = self::found("", exports);
    assert!(
        all.iter().any(|one| one["path"] == "/names/exports/queue_url"
            && one["help"].as_str().is_some_and(|help| help.contains("names: {exports: {queue_url:"))),
        "{all:?}"
    );
}

#[test]
fn a_dashboard_that_is_there_is_read_and_one_that_is_not_is_none() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let (runtime, clients) = cloud.clients();
    assert_eq!(runtime.block_on(clients.dashboard("ship-prod")), Ok(None));
    let body = r#"{"widgets":[]}"#;
    cloud.call(
        "monitoring",
        &[
            ("Action", "PutDashboard"),
            ("Version", "2010-08-01"),
            ("DashboardName", "ship-prod"),
            ("DashboardBody", body),
        ],
    );
    let read = runtime.block_on(clients.dashboard("ship-prod")).expect("an answer").expect("a dashboard");
    assert_eq!(serde_json::from_str::<Value>(&read).expect("JSON"), json!({"widgets": []}));
}

/// Several specs of one apply are checked together, as in `validate`: AWS would refuse the second one half-way.
#[test]
fn several_specs_of_one_apply_share_no_names() {
    let cloud = Cloud::new();
    let specs = [spec(&cloud, "a.yaml", EAST), spec(&cloud, "b.yaml", WEST)];
    let apply = cloud.run(&["apply", &specs[0], &specs[1], "--yes"]);
    apply.exited(3).reports(&[
        "error[spec::name-shared]",
        "dashboard `ship-prod`",
        "b.yaml",
        "a.yaml",
        "names: {dashboard: ship-prod-eu-west-1}",
    ]);
}

#[test]
fn two_pipelines_whose_stacks_would_have_one_name_leave_each_other_alone() {
    let cloud = Cloud::new();
    let spec = |name: &str, environment: &str| {
        SPEC.replace("name: walk", &format!("name: {name}"))
            .replace("environment: test", &format!("environment: {environment}"))
    };
    cloud.write("spec.yaml", &spec("aa", "b-c"));
    cloud.local("apply", &[]).succeeded();
    cloud.write("spec.yaml", &spec("aa-b", "c"));
    for arguments in [&["destroy", "--yes"][..], &["apply"], &["plan"], &["status"]] {
        let run = cloud.local(arguments[0], &arguments[1..]);
        run.exited(4)
            .reports(&["stack `aa-b-c` belongs to pipeline `aa` in environment `b-c`", "`names.stack`"]);
    }
    cloud.write("spec.yaml", &spec("aa", "b-c"));
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
}
