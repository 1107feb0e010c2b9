//! The main job on the real local cloud with the real processor: a spec becomes a pipeline, events become rows.

use pipectl::aws::{Clients, Settings};
use pipectl::local::{BridgeApi as _, BridgeRefusal};
use serde_json::{Value, json};

use crate::cloud::Cloud;

/// Time to live and point-in-time recovery, requested again: each is read before anything is changed.
fn bridged(cloud: &Cloud) -> [Result<(), BridgeRefusal>; 2] {
    let endpoint = cloud.status()["endpoint"].as_str().map(ToOwned::to_owned);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let settings = Settings { endpoint, local: true, ..Settings::default() };
        let clients = Clients::new(settings).await.expect("clients");
        let expiry = clients.enable_time_to_live("walk-test", "expires_at").await;
        [expiry, clients.enable_point_in_time_recovery("walk-test", 35).await]
    })
}

/// A pipeline that runs.
fn applied() -> Cloud {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    cloud
}

/// What a command reports as JSON.
fn reported(cloud: &Cloud, verb: &str, more: &[&str]) -> Value {
    cloud.local(verb, &[more, &["--format", "json"]].concat()).succeeded().json()
}

#[test]
fn a_spec_becomes_a_pipeline_and_a_second_apply_changes_nothing() {
    let cloud = Cloud::new();

    cloud.local("apply", &[]).succeeded().reports(&[
        "+ EventsTable",
        "✓ EventsTable",
        "created walk-test",
        "next: pipectl send",
    ]);

    // Parts that the local cloud cannot create from a template are still set.
    assert_eq!(bridged(&cloud), [Err(BridgeRefusal::AlreadyThere), Err(BridgeRefusal::AlreadyThere)]);

    // A second run changes nothing and reports that.
    let again = cloud.local("apply", &["--format", "json"]).succeeded();
    assert_eq!(again.json()["result"], "unchanged");
    assert_eq!(again.stdout.lines().count(), 1, "no other event: {}", again.stdout);
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    cloud.local("plan", &["--detailed-exitcode"]).succeeded();

    // A change is shown with its values, and takes effect.
    let slower = crate::cloud::SPEC.replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 4");
    cloud.write("spec.yaml", &slower);
    let plan = cloud.local("plan", &["--detailed-exitcode"]).exited(2);
    assert!(plan.stdout.contains("VisibilityTimeout: 3 → 4"), "{}", plan.stdout);
    cloud.local("apply", &[]).succeeded().reports(&["~ Queue", "updated walk-test"]);
    cloud.local("plan", &["--detailed-exitcode"]).succeeded();
}

#[test]
fn a_thousand_events_become_a_thousand_rows() {
    let cloud = applied();
    let sent = reported(&cloud, "send", &["--count", "1000", "--wait"]);
    assert_eq!(sent["sent"], 1000);
    assert_eq!(sent["rows"], 1000, "{sent}");
    assert_eq!(
        (&sent["duplicates"], &sent["dead_letters"], &sent["rejected_by_bus"]),
        (&json!(0), &json!(0), &json!(0))
    );

    let status = reported(&cloud, "status", &[]);
    assert_eq!(status["stack"], json!({"name": "walk-test", "state": "CREATE_COMPLETE"}));
    assert_eq!(status["table"]["rows"], 1000);
    assert_eq!(status["processor"]["mapping"], "Enabled");
    assert_eq!(status["dead_letters"]["visible"], 0);
}

#[test]
fn an_event_that_can_be_no_row_is_seen_to_die_and_one_that_comes_twice_is_one_row() {
    let cloud = applied();
    // A shipment without its id can never become a row: its dead letter is found, and the command reports it.
    let detail =
        json!({"event_timestamp": "2026-11-23T10:00:00Z", "event_type": "created", "event_data": {}});
    let invalid = cloud.write("invalid.json", &detail.to_string());
    let dead =
        cloud.local("send", &["--event", invalid.to_str().expect("UTF-8"), "--wait", "--format", "json"]);
    let dead = dead
        .exited(1)
        .reports(&["error[send::incomplete]: 1 of 1 events are not rows: 1 in the dead-letter queue"]);
    assert_eq!(dead.json()["dead_letters"], 1);
    assert_eq!(dead.json()["diagnostics"][0]["code"], "send::incomplete");
    assert_eq!(reported(&cloud, "status", &[])["dead_letters"]["visible"], 1);

    // The same event twice is one row and one duplicate.
    let detail = json!({
        "shipment_id": "S-1", "event_timestamp": "2026-11-23T10:00:00Z", "event_type": "created", "event_data": {"kg": 12.5},
    });
    let valid = cloud.write("valid.json", &detail.to_string());
    let valid = valid.to_str().expect("UTF-8");
    let first = reported(&cloud, "send", &["--event", valid, "--wait"]);
    assert_eq!((&first["rows"], &first["duplicates"]), (&json!(1), &json!(0)));
    let second = reported(&cloud, "send", &["--event", valid, "--wait"]);
    assert_eq!((&second["rows"], &second["duplicates"]), (&json!(0), &json!(1)));
}

#[test]
fn a_table_outlives_its_stack_and_a_stop_of_the_local_cloud() {
    let cloud = applied();
    assert_eq!(reported(&cloud, "send", &["--count", "10", "--wait"])["rows"], 10);
    // The table outlives the stack, and the next apply adopts it with its rows.
    cloud.local("destroy", &[]).succeeded().reports(&["○ EventsTable", "retained  walk-test"]);
    cloud.local("status", &[]).exited(1).reports(&["error[stack::missing]", "pipectl apply"]);
    cloud.local("destroy", &[]).succeeded().reports(&["nothing to do"]);
    cloud
        .local("apply", &[])
        .succeeded()
        .reports(&["retained from an earlier stack of this spec, and adopted with its"]);
    assert_eq!(reported(&cloud, "status", &[])["table"]["rows"], 10);

    // State survives a stop.
    cloud.run(&["local", "down"]).succeeded();
    assert_eq!(cloud.status()["running"], false);
    assert_eq!(reported(&cloud, "status", &[])["table"]["rows"], 10);
}
