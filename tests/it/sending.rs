//! The events of a trial run, and what `status` reports about them: good events, duplicates, and events that must become
//! dead letters.

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};

/// Sends generated events and waits for them.
fn sent(cloud: &Cloud, more: &[&str]) -> Value {
    cloud.local("send", &[&["--wait", "--format", "json"], more].concat()).succeeded().json()
}

#[test]
fn spoiled_events_die_for_their_reasons_and_status_names_the_command() {
    let cloud = Cloud::new();
    // A further rule has its own events and message groups.
    let spec = SPEC
        .replace("queue:\n", "queue:\n  fair_by: $.detail.shipment_id\n")
        .replace(
            "environment: test\nbus:\n",
            "environment: test\nbus:\n  samples: {match: [old.json]}\n  rules: [{name: returns, pattern: {source: [returns], detail: {state: [{prefix: r-}]}}}]\n",
        );
    // The time of a sample is not used for the generated events: they would all be late.
    let detail = json!({"shipment_id": "S-1", "event_timestamp": "2020-01-01T00:00:00Z", "event_type": "created", "event_data": {}});
    let old = json!({
        "source": "shipment.service", "detail-type": "shipment.created", "time": "2020-01-01T00:00:00Z", "detail": detail,
    });
    cloud.write("old.json", &old.to_string());
    // At 95 %, three bad events of sixty use up the budget exactly.
    cloud.write("spec.yaml", &format!("{spec}slo: {{percent: 95}}\n"));
    cloud.local("apply", &["--verbose"]).succeeded().reports(&["alarm `FastBurnAlarm` is left out"]);
    let status = cloud.local("status", &["--format", "json"]).succeeded().json();
    assert_eq!((&status["health"], &status["next"]), (&json!("healthy"), &Value::Null), "{status}");
    assert_eq!(status["last_deploy"]["result"], "created");

    // The cloud may be chosen by a variable.
    let spec_path = cloud.path("spec.yaml");
    let mut outputs = cloud.typed(&["outputs", spec_path.to_str().expect("UTF-8"), "--format", "json"]);
    let outputs = Run::of(outputs.env("PIPECTL_LOCAL", "1").output().expect("pipectl runs")).succeeded();
    assert_eq!(outputs.json()["outputs"]["EventsTableName"], "walk-test");
    outputs.reports(&["chosen        the local cloud, by `PIPECTL_LOCAL`"]);

    let bus = sent(&cloud, &["--count", "60", "--duplicates", "10%", "--poison", "5%"]);
    assert_eq!(
        (&bus["sent"], &bus["rows"], &bus["duplicates"]),
        (&json!(65), &json!(57), &json!(5)),
        "{bus}"
    );
    let kinds = bus["poison"].as_array().expect("kinds").clone();
    assert_eq!(kinds.len(), 3, "{bus}");
    assert!(kinds.iter().all(|kind| kind["sent"] == 1 && kind["dead_letters"] == 1), "{bus}");

    let status = cloud.local("status", &["--format", "json"]).succeeded().json();
    assert_eq!(status["health"], "failing");
    assert!(
        status["next"]["command"].as_str().is_some_and(|next| next.contains("pipectl dlq list")),
        "{status}"
    );
    let mut died: Vec<&Value> = kinds.iter().map(|kind| &kind["reason"]).collect();
    let mut refused: Vec<&Value> =
        status["rejections"].as_array().expect("reasons").iter().map(|one| &one["reason"]).collect();
    died.sort_by_key(|reason| reason.to_string());
    refused.sort_by_key(|reason| reason.to_string());
    assert_eq!(refused, died);
    let rows =
        status["flow"]["rows"].as_array().expect("minutes").iter().filter_map(Value::as_f64).sum::<f64>();
    assert_eq!((rows, &status["invocations"]["errors"]), (57.0, &json!(0)), "{status}");
    let level = &status["service_level"];
    assert_eq!((&level["good"], &level["bad"]), (&json!(57), &json!(3)), "duplicates do not count: {status}");
    cloud.local("status", &[]).succeeded().reports(&["next: pipectl dlq list"]).prints(&[
        "95 % of 60 events stored within 60 s, in 30 min",
        "error budget 0 % left: 3 bad; 95 % wanted",
        "3 events not stored",
        "rejections in 24 h",
        "last deploy",
        "without data",
    ]);

    // A seed generates the same events again, also without the bus.
    let seeded = ["--seed", "7", "--count", "4", "--to", "queue"];
    assert_eq!(sent(&cloud, &[&seeded[..], &["--duplicates", "50"]].concat())["rows"], 4);
    assert_eq!(sent(&cloud, &seeded)["duplicates"], 4);
    let flow = sent(&cloud, &["--rate", "100", "--duration", "200ms"]);
    assert_eq!(flow["rows"], 20);

    // Each event without a row has its reason.
    let events = [
        json!({"source": "invoices", "detail-type": "shipment.a", "detail": {}}),
        json!({"source": "shipment.service", "detail-type": "shipment.a", "detail": {"shipment_id": "S"}}),
    ];
    let file = cloud.write("wrong.json", &json!(events).to_string());
    let file = file.to_str().expect("UTF-8");
    let wrong = cloud.local("send", &["--event", file, "--wait", "--format", "json"]);
    let wrong = wrong.exited(1).reports(&[
        "1 in the dead-letter queue, 1 matched by no pattern",
        "no pattern matches: ",
        "rejected by the processor: missing-field",
        "pipectl dlq list",
    ]);
    let reasons: Vec<Value> =
        wrong.json()["reasons"].as_array().expect("reasons").iter().map(|one| one["what"].clone()).collect();
    assert_eq!(reasons, ["not_matched", "refused"]);

    // Production requires a confirmation.
    let account = "  account: \"000000000000\"\n  region: us-east-1\n  production: true\n";
    let production = SPEC
        .replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 18")
        .replace("max_receive_count: 2", "max_receive_count: 5");
    let production = format!("{production}alarms: {{notify: [ops@example.com]}}\ndeploy:\n{account}");
    cloud.write("spec.yaml", &production);
    cloud.remote("send", &["--count", "3"]).exited(4).reports(&["error[guard::needs-answer]", "`--yes`"]);
    cloud.remote("send", &["--count", "3", "--yes"]).succeeded();
}
