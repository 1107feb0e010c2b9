//! The tests of specs: what `validate` and `pipectl test` report for events that should become a row, a dead letter or
//! nothing.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};

const SHOP: &str = "\
version: 1
name: shop
environment: test
bus:
  pattern: {source: [shop]}
event:
  partition_key: {attribute: order_id, from: $.detail.order.id}
  sort_key: {attribute: placed_at, from: $.time}
  type: {attribute: kind, from: $.detail-type}
  data: {attribute: order, from: $.detail.order}
  attributes: {total: $.detail.total}
";

fn order(more: &Value) -> String {
    let mut detail = json!({"order": {"id": 4711}});
    detail.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    json!({"source": "shop", "detail-type": "placed", "time": "2026-01-31T09:05:00Z", "detail": detail})
        .to_string()
}

/// A folder with a spec of these tests and three events.
fn folder(tests: &str) -> (Cloud, String) {
    let cloud = Cloud::new();
    let exact = order(&json!({})).replace("4711}", "4711,\"n\":12345678901234567890123456789012345678}");
    cloud.write("placed.json", &exact.replace("\"order\"", "\"total\":0.10,\"order\""));
    cloud.write("dead.json", &order(&json!({"order": {}})));
    cloud.write("other.json", &order(&json!({})).replace("\"shop\"", "\"depot\""));
    let spec = cloud.write("shop.yaml", &format!("{SHOP}{tests}"));
    let spec = spec.to_str().expect("UTF-8").to_owned();
    (cloud, spec)
}

const RIGHT: &str = "\
tests:
  - event: placed.json
    row:
      order_id: \"4711\"
      placed_at: 2026-01-31T09:05:00.000000000Z
      kind: placed
      total: 1e-1
      order: {id: 4711.0, n: 12345678901234567890123456789012345678}
  - {event: dead.json, dead_letter: missing-field}
  - {event: other.json, ignored: true}
";

#[test]
fn events_that_become_what_their_tests_expect_pass() {
    let (cloud, spec) = folder(RIGHT);
    cloud.run(&["validate", &spec, "--strict"]).exited(3).prints(&["alarms::notify-nobody"]);
    let output = cloud.run(&["validate", &spec]).succeeded();
    assert!(!output.stdout.contains("tests::"), "{}", output.stdout);
    cloud.run(&["test", &spec]).succeeded().prints(&[
        "✓ placed.json becomes the row of its test",
        "✓ dead.json becomes a dead letter (missing-field), as its test expects",
        "✓ other.json is ignored, as its test expects",
    ]);
    let run = cloud.run(&["test", &spec, "--format", "json"]).succeeded();
    // Numbers of 38 digits are unchanged.
    assert_eq!(run.stdout.matches("12345678901234567890123456789012345678").count(), 2, "{}", run.stdout);
    let output = run.json();
    assert_eq!(output["samples"], json!([]));
    let tests = output["tests"].as_array().expect("tests");
    assert!(tests.iter().all(|test| test["passed"] == true && test["spec"] == spec.as_str()), "{output}");
    assert_eq!(
        (&tests[1]["expects"], &tests[1]["matches"]),
        (&json!({"dead_letter": "missing-field"}), &json!(true))
    );
    assert_eq!(tests[2]["matches"], false);
    // The pipeline does not use them, and they do not change it.
    let plain = cloud.write("plain.yaml", SHOP);
    let rendered = |spec: &str| cloud.run(&["render", spec]).succeeded().stdout;
    assert_eq!(rendered(&spec), rendered(plain.to_str().expect("UTF-8")));
}

#[test]
fn a_difference_in_the_last_of_38_digits_fails() {
    let (cloud, spec) =
        folder(&RIGHT.replace("9012345678}", "9012345679}").replace("total: 1e-1", "total: \"0.1\""));
    let output = cloud.run(&["validate", &spec, "--format", "json"]).exited(3).json();
    let all = output["diagnostics"].as_array().expect("a list");
    let at: Vec<&str> = all
        .iter()
        .filter(|one| one["code"] == "tests::failed")
        .map(|one| one["path"].as_str().expect("a path"))
        .collect();
    assert_eq!(at, ["/tests/0/row/total", "/tests/0/row/order"]);
    cloud.run(&["test", &spec]).exited(1).prints(&[
        "✗ placed.json does not become what its test expects",
        "`total` should be `\"0.1\"`, but the row has `0.1`",
        "12345678901234567890123456789012345679",
    ]);
    let output = cloud.run(&["test", &spec, "--format", "json"]).exited(1).json();
    let faults = output["tests"][0]["faults"].as_array().expect("faults");
    let total = faults.iter().find(|fault| fault["attribute"] == "total").expect("it");
    assert_eq!((&total["expected"], &total["found"]), (&json!("0.1"), &json!(0.1)));
}

/// A number that a spec cannot hold is an error everywhere else.
#[test]
fn only_tests_may_name_numbers_of_38_digits() {
    let cloud = Cloud::new();
    let spec =
        cloud.write("spec.yaml", &SHOP.replace("[shop]", "[shop], detail: {n: [36893488147419103233]}"));
    cloud
        .run(&["validate", spec.to_str().expect("UTF-8")])
        .exited(3)
        .prints(&["source::unsupported", "too large a number"]);
}

fn junit(run: &Run) -> Value {
    const READ: &str = "
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
case = lambda one: {**one.attrib, 'ended': [[end.tag, end.attrib['type'], end.attrib['message'], end.text] for end in one]}
print(json.dumps({**root.attrib, 'suites': [{**suite.attrib, 'cases': [case(one) for one in suite]} for suite in root]}))";
    let mut reader = Command::new("python3")
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    reader.stdin.take().expect("a pipe").write_all(run.stdout.as_bytes()).expect("written");
    let output = reader.wait_with_output().expect("an end");
    assert!(output.status.success(), "not well-formed:\n{}", run.stdout);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn junit_xml_has_a_suite_for_each_spec_and_stays_well_formed() {
    let (cloud, spec) = folder(&format!(
        "{RIGHT}  - {{event: placed.json, row: {{kind: \"<![CDATA[\\u0001\\\"'&]]>\"}}}}\n  - {{event: gone.json, ignored: true}}\n"
    ));
    let hostile = cloud.path("a&b<c>\"d'\u{1b}[31m.yaml");
    std::fs::write(&hostile, format!("{SHOP}colour: red\n")).expect("written");
    let hostile = hostile.to_str().expect("UTF-8").to_owned();
    let run = cloud.run(&["test", &spec, "--format", "junit"]).exited(1);
    let output = junit(&run);
    assert_eq!(
        (&output["tests"], &output["failures"], &output["errors"]),
        (&json!("5"), &json!("1"), &json!("1"))
    );
    let suite = &output["suites"][0];
    assert_eq!(
        (&suite["name"], &suite["tests"], &suite["skipped"]),
        (&json!(spec), &json!("5"), &json!("0"))
    );
    let cases = suite["cases"].as_array().expect("cases");
    // GitLab identifies a test by its class, its name and its file.
    let names: std::collections::BTreeSet<&str> =
        cases.iter().filter_map(|case| case["name"].as_str()).collect();
    assert_eq!(names.len(), 5, "{cases:?}");
    assert!(cases.iter().all(|case| case["classname"] == spec.as_str() && case["file"] == spec.as_str()));
    let [tag, kind, message, text] = &cases[3]["ended"][0].as_array().expect("an end")[..] else {
        panic!("{output}")
    };
    assert_eq!((tag, kind), (&json!("failure"), &json!("tests::failed")));
    assert!(message.as_str().expect("text").contains("<![CDATA[\\u0001\\\"'&]]>"), "{message}");
    assert!(text.as_str().expect("text").contains('\n'));
    assert_eq!(cases[4]["ended"][0][0], "error");

    // A spec that cannot be tried is a suite with its errors; the others are still tried.
    let run = cloud.run(&["test", &spec, &hostile, "--format", "junit"]).exited(3);
    let output = junit(&run);
    assert_eq!(output["suites"][1]["cases"][0]["ended"][0][1], "spec::unknown-key");
    assert_eq!(output["suites"][0]["cases"].as_array().expect("cases").len(), 5);
    let run = cloud.run(&["test", &spec, &hostile]).exited(3).reports(&["spec::unknown-key"]);
    assert!(run.stdout.contains("✗ gone.json cannot be used"), "{}", run.stdout);
    cloud.run(&["test", &spec, &hostile, "--format", "json"]).exited(3).prints(&["spec::unknown-key"]);
    cloud.run(&["validate", &spec, "--format", "junit"]).exited(64).reports(&["only `test` writes `junit`"]);
}

#[test]
fn without_a_name_every_spec_of_the_folder_is_tried() {
    let (cloud, _) = folder(RIGHT);
    cloud.run(&["test"]).succeeded().prints(&[
        "specs/dev.yaml",
        "specs/prod.yaml",
        "✓ samples/created.json matches",
    ]);
    let mut elsewhere = cloud.command(&["test"]);
    let output = elsewhere.current_dir(cloud.path("")).output().expect("pipectl runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no folder `specs`"));
}

/// Events that earlier versions rounded, skipped, or could not store.
#[test]
fn events_of_real_shapes_are_tried_as_the_processor_stores_them() {
    let cloud = Cloud::new();
    let shipment = |data: &str| {
        format!(
            r#"{{"source":"shipment.service","detail-type":"shipment.created","detail":{{"shipment_id":"P-1","event_timestamp":"2026-01-01T00:00:00Z","event_type":"created","event_data":{data}}}}}"#
        )
    };
    cloud.write("numbers.json", &shipment(
        r#"{"order":12345678901234567890123456789012345678,"over":36893488147419103233,"u64":11888647184542023637}"#,
    ));
    let parcel =
        r#"{"id":"P","kg":1.5,"l":30,"w":20,"h":10,"ref":"O","service":"x","track":"1Z","cod":false}"#;
    cloud.write("manifest.json", &shipment(&format!(r#"{{"parcels":[{}]}}"#, vec![parcel; 115].join(","))));
    cloud.write("dead.json", &shipment("{}").replace(r#""event_timestamp":"2026-01-01T00:00:00Z","#, ""));
    let tests = "\
tests:
  - event: numbers.json
    row: {event_data: {order: 12345678901234567890123456789012345678, over: 36893488147419103233, u64: 11888647184542023637}}
  - {event: manifest.json, row: {shipment_id: P-1}}
  - {event: dead.json, dead_letter: missing-field}
";
    let spec = cloud.write("shipments.yaml", &format!("{}{tests}", crate::cloud::SPEC));
    let spec = spec.to_str().expect("UTF-8");
    cloud.run(&["test", spec]).succeeded();
    let exact = "12345678901234567890123456789012345678";
    for format in ["human", "json"] {
        cloud.run(&["validate", "--resolved", spec, "--format", format]).succeeded().prints(&[exact]);
    }
    // An event given by hand that the processor rejects is a failure.
    let dead = cloud.path("dead.json");
    let by_hand = cloud.run(&["test", spec, "--event", dead.to_str().expect("UTF-8")]).exited(1);
    by_hand.prints(&["✗", "the processor rejects it (missing-field)"]);

    cloud.write("tracked.json", r#"{"source":"carrier.webhook","detail-type":"track_updated","time":"2026-02-01T10:00:00Z","detail":{"event":"track_updated","data":{"tracking_number":"92612","carrier":"post","tracking_status":{"status":"TRANSIT","status_date":"2026-02-01T10:00:00Z"}}}}"#);
    let spec = cloud.write("carrier.yaml", "\
version: 1
name: carrier
environment: test
bus:
  pattern: {source: [carrier.webhook]}
event:
  partition_key: {attribute: tracking_number, from: $.detail.data.tracking_number}
  sort_key: {attribute: status_date, from: [$.detail.data.tracking_status.status_date, $.id]}
  type: {attribute: event, from: $.detail-type}
  data: {attribute: tracking, from: $.detail}
tests:
  - event: tracked.json
    row: {tracking_number: \"92612\", event: track_updated, status_date: 2026-02-01T10:00:00.000000000Z#00000000-0000-0000-0000-000000000000}
");
    cloud.run(&["test", spec.to_str().expect("UTF-8")]).succeeded();
}

/// Through the bus and the processor, to the table: every digit, and any number of keys.
#[test]
fn what_is_in_a_file_is_stored_as_it_is() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let parcel =
        r#"{"id":"P","kg":1.5,"l":30,"w":20,"h":10,"ref":"O","service":"x","track":"1Z","cod":false}"#;
    let data = format!(
        r#"{{"order":12345678901234567890123456789012345678,"over":36893488147419103233,"parcels":[{}]}}"#,
        vec![parcel; 115].join(",")
    );
    let detail = format!(
        r#"{{"shipment_id":"P-1","event_timestamp":"2026-01-01T00:00:00Z","event_type":"created","event_data":{data}}}"#
    );
    let event =
        format!(r#"{{"source":"shipment.service","detail-type":"shipment.created","detail":{detail}}}"#);
    let event = cloud.write("event.json", &event);
    let sent =
        cloud.local("send", &["--event", event.to_str().expect("UTF-8"), "--wait", "--format", "json"]);
    assert_eq!(sent.succeeded().json()["rows"], 1);
    let rows = cloud.local("query", &["--format", "json"]).succeeded();
    rows.prints(&["12345678901234567890123456789012345678", "36893488147419103233"]);
}
