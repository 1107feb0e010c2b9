//! Further indexes of the table: which rows are in them, how they are read, and how they are changed, one after another.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};
use crate::proxy::{Fate, Proxy};

const EVENT: &str =
    "event:\n  attributes: {customer: $.detail.customer, total: {from: $.detail.total, format: number}}\n";
const BOTH: &str = "\
table:
  status_index: off
  indexes:
    - {name: by-customer, partition_key: customer, sort_key: total, project: [event_type, expires_at]}
    - {name: by-type, partition_key: event_type, project: keys}
";

fn deployed(more: &str) -> Cloud {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &format!("{SPEC}{more}"));
    cloud.local("apply", &[]).succeeded();
    cloud
}

fn send(cloud: &Cloud, shipment: &str, more: &Value) -> Value {
    let mut detail =
        json!({"shipment_id": shipment, "event_timestamp": "2026-01-31T09:05:00Z", "event_type": "created"});
    for (name, value) in more.as_object().into_iter().flatten() {
        detail[name] = value.clone();
    }
    let event = cloud.write("event.json", &detail.to_string());
    let wait = ["--event", event.to_str().expect("UTF-8"), "--wait", "--format", "json"];
    let output = cloud.local("send", &wait);
    assert!(matches!(output.code, Some(0 | 1)), "{}", output.stderr);
    output.json()
}

fn read(cloud: &Cloud, more: &[&str]) -> Vec<Value> {
    let output = cloud.local("query", &[&["--format", "json"], more].concat()).succeeded();
    output.json()["rows"].as_array().expect("rows").clone()
}

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["shipment_id"].as_str()).collect()
}

fn table(cloud: &Cloud) -> Value {
    let asked = json!({"TableName": "walk-test"}).to_string();
    cloud.target("dynamodb", "DynamoDB_20120810.DescribeTable", &asked)["Table"].clone()
}

fn indexes(cloud: &Cloud) -> Vec<String> {
    let table = table(cloud);
    let list = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    let mut names: Vec<String> =
        list.filter_map(|index| Some(index["IndexName"].as_str()?.to_owned())).collect();
    names.sort();
    names
}

#[test]
fn rows_are_in_the_indexes_whose_keys_they_have_and_are_read_by_them() {
    let cloud = deployed(&format!("{EVENT}{BOTH}"));
    assert_eq!(indexes(&cloud), ["by-customer", "by-type"]);
    for (shipment, customer, total) in
        [("a", json!("c,1"), json!(9)), ("b", json!("c,1"), json!(10)), ("c", json!("c,1"), json!(-2.5))]
    {
        assert_eq!(send(&cloud, shipment, &json!({"customer": customer, "total": total}))["rows"], 1);
    }
    // A number is stored as its text, and a missing, null or blank value leaves the row out of the index.
    assert_eq!(send(&cloud, "number", &json!({"customer": 7, "total": 1}))["rows"], 1);
    for (shipment, customer) in [("absent", json!({})), ("null", json!(null)), ("blank", json!(" "))] {
        let more = if customer.is_object() {
            json!({"total": 1})
        } else {
            json!({"customer": customer, "total": 1})
        };
        assert_eq!(send(&cloud, shipment, &more)["rows"], 1, "{shipment}");
        let [row] = read(&cloud, &["--key", shipment]).try_into().expect("one row");
        assert!(row.get("customer").is_none() && row["processing_status"] == "PROCESSED", "{row}");
    }
    // A value that the index cannot take never becomes a row that DynamoDB refuses.
    let long = "x".repeat(2_049);
    for (shipment, more) in [
        ("list", json!({"customer": [1]})),
        ("long", json!({"customer": long})),
        ("text", json!({"customer": "c", "total": "9"})),
    ] {
        assert_eq!(send(&cloud, shipment, &more)["dead_letters"], 1, "{shipment}");
    }
    let spec = cloud.path("spec.yaml");
    let dead = cloud.run(&["dlq", "list", spec.to_str().expect("UTF-8"), "--local"]).succeeded();
    dead.prints(&["wrong-type", "key-too-long"]);

    let by = |more: &[&str]| read(&cloud, &[&["--index", "by-customer", "--key"], more].concat());
    let found = by(&["c\\,1"]);
    assert_eq!(names(&found), ["b", "a", "c"], "by the value of the number");
    assert!(found[0].get("event_data").is_none() && found[0]["event_type"] == "created", "{}", found[0]);
    assert_eq!(names(&by(&["c\\,1", "--order", "oldest"])), ["c", "a", "b"]);
    assert_eq!(names(&by(&["c\\,1,10.0"])), ["b"]);
    assert_eq!(names(&by(&["c\\,1", "--since", "9", "--order", "oldest", "--limit", "1"])), ["a"]);
    assert_eq!(names(&by(&["7"])), ["number"]);
    assert_eq!(read(&cloud, &["--index", "by-type", "--key", "created"]).len(), 7);
    assert_eq!(names(&read(&cloud, &["--key", "a,2026-01-31T10:05:00+01:00"])), ["a"]);
    let shown = cloud.local("query", &["--index", "by-customer", "--key", "7"]).succeeded();
    let head: Vec<&str> = shown.stdout.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(head, ["total", "customer", "event_timestamp", "shipment_id", "event_type"]);

    let fails = |more: &[&str]| cloud.local("query", more).exited(64);
    fails(&[]).reports(&[
        "error[query::no-key]",
        "`table.status_index` is `off`",
        "`by-customer`, `by-type`",
    ]);
    fails(&["--index", "by-custom", "--key", "x"]).reports(&["did you mean `--index by-customer`?"]);
    fails(&["--index", "by-type", "--key", "created", "--since", "1h"]).reports(&["has no sort key"]);
    fails(&["--index", "by-customer", "--key", "c,x"]).reports(&["`total` stores numbers"]);
    fails(&["--key", "a,b"]).reports(&["is not a valid time", "write a comma within a key as `\\,`"]);
    fails(&["--index", "by-customer"]).reports(&["--key"]);
    let unmarked = cloud.local("query", &["--index", "by-type", "--key", "created"]).succeeded();
    unmarked.reports(&["does not contain `expires_at`"]);
}

/// Another projection, one index less, one more, and the status index again.
const OTHERS: &str = "\
table:
  indexes:
    - {name: by-customer, partition_key: customer, sort_key: total, project: all}
    - {name: by-warehouse, partition_key: warehouse}
";

fn others() -> String {
    format!("{SPEC}{}{OTHERS}", EVENT.replace("{customer", "{warehouse: $.detail.warehouse, customer"))
}

#[test]
fn indexes_are_changed_one_after_another_each_when_the_one_before_is_ready() {
    let cloud = deployed(&format!("{EVENT}{BOTH}"));
    assert_eq!(send(&cloud, "a", &json!({"customer": "c", "total": 1}))["rows"], 1);
    cloud.write("spec.yaml", &others());
    let plan = cloud.local("plan", &["--format", "json"]).succeeded().json();
    assert_eq!(
        plan["updates"],
        json!([
            "delete the index `by-customer`",
            "delete the index `by-type`",
            "everything else",
            "create the index `by-customer`",
            "create the index `by-warehouse`",
            "create the index `status-timestamp-index`",
        ])
    );
    let changes = plan["changes"].as_array().expect("changes").clone();
    let change = changes.iter().find(|change| change["logical_id"] == "EventsTable").expect("the table");
    assert_eq!((&change["action"], &change["risk"]), (&json!("modify"), &json!("interruption")));
    for words in [
        "queries of the removed index `by-type` fail",
        "the index `by-customer` is deleted and created again: queries of it fail until it is filled",
        "rows written before lack `warehouse` and are not in the index `by-warehouse`",
    ] {
        assert!(change["why"].as_str().is_some_and(|why| why.contains(words)), "{words}: {}", change["why"]);
    }
    let output = cloud.local("plan", &[]).succeeded();
    let page = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("6 updates, as DynamoDB changes one index of a table in each: delete"), "{page}");
    cloud.local("plan", &["--format", "markdown"]).succeeded().prints(&["6 updates, as DynamoDB changes"]);

    let applied = cloud.local("apply", &[]).succeeded();
    assert!(!table(&cloud).to_string().contains("CREATING"), "the apply waits for the last one, too");
    // The first and the last update are of the table alone.
    let parts: Vec<&str> = applied.stderr.split("\n  update ").collect();
    for part in [parts[1], parts[5]] {
        assert_eq!(part.matches("✓").count(), 1, "{part}");
    }
    assert!(
        applied.stderr.contains("update 6 of 6: create the index `status-timestamp-index`"),
        "{}",
        applied.stderr
    );
    assert_eq!(indexes(&cloud), ["by-customer", "by-warehouse", "status-timestamp-index"]);
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    assert_eq!(names(&read(&cloud, &["--index", "by-customer", "--key", "c"])), ["a"]);
    assert_eq!(names(&read(&cloud, &[])), ["a"], "the status index holds rows of before");
    // Only whole applies are recorded, and a rollback takes as many updates.
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    assert_eq!(history["applies"].as_array().map(Vec::len), Some(2), "{history}");
    let back = cloud.local("rollback", &[]).succeeded();
    assert!(back.stderr.contains("update 6 of 6"), "{}", back.stderr);
    assert_eq!(indexes(&cloud), ["by-customer", "by-type"]);
}

#[test]
fn an_interrupted_change_continues_from_its_last_index() {
    let cloud = deployed(&format!("{EVENT}{BOTH}"));
    cloud.write("spec.yaml", &others());
    let plan = cloud.path("saved.plan");
    let plan = plan.to_str().expect("UTF-8");
    cloud.local("plan", &["--out", plan]).succeeded();
    let proxy = Proxy::before(&cloud);
    // Killed before each change set in turn.
    let mut left = 6;
    for _ in 0..2 {
        let asked = Arc::new(Mutex::new(0));
        let seen = Arc::clone(&asked);
        proxy.judge(move |call| {
            let mut asked = seen.lock().expect("a lock");
            *asked += usize::from(call.name == "CreateChangeSet");
            if *asked > 2 { Fate::Hang } else { Fate::Pass }
        });
        let spec = cloud.path("spec.yaml");
        let arguments = ["apply", spec.to_str().expect("UTF-8"), "--local"];
        let mut child = cloud
            .command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("pipectl runs");
        let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("update 3 of")), "it ended before");
        child.kill().expect("a child");
        child.wait().expect("an end");
        proxy.judge(|_| Fate::Pass);
        left -= 2;
        let plan = cloud.local("plan", &["--format", "json"]).succeeded().json();
        assert_eq!(plan["updates"].as_array().map(Vec::len), Some(left), "{}", plan["updates"]);
        // The remaining change is attributed to the line of the spec.
        let changes = plan["changes"].as_array().expect("changes").clone();
        let table = changes.iter().find(|change| change["logical_id"] == "EventsTable").expect("the table");
        let causes = table["properties"].to_string();
        assert!(causes.contains("/table/indexes") || causes.contains("/table/status_index"), "{causes}");
    }
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    assert_eq!(history["applies"].as_array().map(Vec::len), Some(1), "steps are not recorded: {history}");
    cloud.run(&["apply", plan, "--local"]).exited(4).reports(&["error[plan::stale]", "make a new plan"]);
    cloud.local("apply", &[]).succeeded();
    assert_eq!(indexes(&cloud), ["by-customer", "by-warehouse", "status-timestamp-index"]);
}
