//! Events that can never become rows are dead letters within seconds, with their reasons, and the good ones beside them
//! are rows.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};

/// One visibility timeout is longer than the test waits, so a second receive cannot create the dead letter.
const VISIBILITY: u64 = 120;

fn spec() -> String {
    let text =
        SPEC.replace("visibility_timeout_seconds: 3", &format!("visibility_timeout_seconds: {VISIBILITY}"));
    text.replace("  dead_letter: {max_receive_count: 2}\n", "")
}

fn dlq(cloud: &Cloud, verb: &str, more: &[&str]) -> Run {
    let path = cloud.path("spec.yaml");
    cloud.run(&[&["dlq", verb, path.to_str().expect("UTF-8"), "--local", "--format", "json"], more].concat())
}

fn url(cloud: &Cloud, name: &str) -> Value {
    let body = json!({ "QueueName": name }).to_string();
    cloud.target("sqs", "AmazonSQS.GetQueueUrl", &body)["QueueUrl"].take()
}

/// A message in the queue, from a sender other than EventBridge.
fn put(cloud: &Cloud, queue: &str, body: &str, attributes: &Value) -> String {
    let message =
        json!({"QueueUrl": url(cloud, queue), "MessageBody": body, "MessageAttributes": attributes});
    let sent = cloud.target("sqs", "AmazonSQS.SendMessage", &message.to_string());
    sent["MessageId"].as_str().expect("an id").to_owned()
}

/// The raw messages of the dead-letter queue, made visible again at once.
fn raw(cloud: &Cloud) -> Vec<Value> {
    let ask = json!({
        "QueueUrl": url(cloud, "walk-dlq-test"), "MaxNumberOfMessages": 10, "VisibilityTimeout": 0,
        "MessageAttributeNames": ["All"],
    });
    let answer = cloud.target("sqs", "AmazonSQS.ReceiveMessage", &ask.to_string());
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(VISIBILITY - 20), "not in time: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn rows(cloud: &Cloud) -> Value {
    cloud.local("status", &["--format", "json"]).succeeded().json()["table"]["rows"].take()
}

const POISON: &str = r#"{"id": "e-1", "source": "shipment.service", "detail-type": "shipment.created", "detail": {"event_type": "x"}}"#;

#[test]
fn poison_is_a_dead_letter_within_seconds_and_counts_once() {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &spec());
    cloud
        .local("apply", &[])
        .succeeded()
        .reports(&["good events survive an outage of 12.0 h: 361 receives, 120 s apart"]);
    // With the attributes of its death and its redrive, no more than the ten that SQS accepts.
    let theirs = json!({"sum": {"DataType": "Number", "StringValue": "1.5"}});
    let begun = Instant::now();
    let id = put(&cloud, "walk-queue-test", POISON, &theirs);
    cloud.local("send", &["--count", "9", "--wait"]).succeeded();
    let dead_letter = until("a dead letter", || raw(&cloud).pop());
    assert!(begun.elapsed() < Duration::from_secs(VISIBILITY), "it was sent at once");
    assert_eq!(rows(&cloud), 9);
    assert_eq!(dead_letter["Body"], POISON);
    let attributes = &dead_letter["MessageAttributes"];
    assert_eq!(attributes["sum"], theirs["sum"]);
    assert_eq!(attributes["pipectl-message-id"]["StringValue"], id.as_str());

    let listed = dlq(&cloud, "list", &[]).succeeded().json();
    let one = &listed["messages"][0];
    assert_eq!(
        (&listed["total"], &one["reason"], &one["message_id"]),
        (&json!(1), &json!("missing-field"), &json!(id))
    );
    assert_eq!(one["died_of"]["event_id"], "e-1");
    assert!(one["explanation"].as_str().is_some_and(|text| text.contains("shipment_id")), "{one}");

    // As after a crash between the send and its answer.
    put(&cloud, "walk-dlq-test", POISON, attributes);
    until("both", || (raw(&cloud).len() == 2).then_some(()));
    assert_eq!(dlq(&cloud, "list", &[]).succeeded().json()["total"], 1);
    let back = dlq(&cloud, "redrive", &["--force"]).succeeded().json();
    assert_eq!((&back["sent"], &back["left"], &back["not_removed"]), (&json!(1), &json!(0), &json!(0)));
    // It becomes a dead letter again, as another message, with its own attributes and those of one death.
    let again = until("its second death", || raw(&cloud).pop());
    assert_ne!(again["MessageAttributes"]["pipectl-message-id"]["StringValue"], id.as_str());
    let names = |attributes: &Value| attributes.as_object().map(serde_json::Map::len);
    assert_eq!(names(&again["MessageAttributes"]), names(attributes).map(|count| count + 1));
    let mark = again["MessageAttributes"]["pipectl-redriven"]["StringValue"].as_str().expect("a mark");
    assert!(mark.starts_with("1 20"), "it was sent back once: {mark}");
    assert_eq!(again["MessageAttributes"]["sum"], attributes["sum"]);
    assert_eq!(raw(&cloud).len(), 1, "both were removed");

    put(&cloud, "walk-dlq-test", POISON, &again["MessageAttributes"]);
    let saved_file = cloud.path("letters.jsonl");
    let purged = dlq(&cloud, "purge", &["--save", saved_file.to_str().expect("UTF-8")]).succeeded().json();
    assert_eq!((&purged["removed"], &purged["left"]), (&json!(1), &json!(0)));
    assert_eq!(raw(&cloud), Vec::<Value>::new());
    let saved = std::fs::read_to_string(&saved_file).expect("letters");
    let saved: Vec<Value> = saved.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((saved.len(), &saved[0]["attributes"]["sum"]["StringValue"]), (1, &json!("1.5")));
}

/// A message that the dead-letter queue refuses stays in the queue until the receive limit; good events beside it are
/// rows.
#[test]
fn a_refused_dead_letter_is_moved_by_sqs_after_its_receives() {
    let cloud = Cloud::new();
    let path = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{templates: templates}}\n"));
    let templates = cloud.path("templates");
    cloud.run(&["eject", "processor", "--to", templates.to_str().expect("UTF-8")]).succeeded();
    let file = templates.join("processor.yaml.j2");
    let text = std::fs::read_to_string(&file).expect("the copy");
    let wrong = text.replace(
        "DEAD_LETTER_QUEUE_URL: {Ref: DeadLetterQueue}",
        "DEAD_LETTER_QUEUE_URL: {\"Fn::Sub\": \"${DeadLetterQueue}-of-another\"}",
    );
    assert_ne!(wrong, text);
    cloud.write("templates/processor.yaml.j2", &wrong);
    cloud.local("apply", &[]).succeeded();
    let id = put(&cloud, "walk-queue-test", POISON, &json!({}));
    cloud.local("send", &["--count", "3", "--wait"]).succeeded();
    let dead_letter = until("a dead letter", || raw(&cloud).pop());
    assert_eq!((&dead_letter["MessageId"], dead_letter.get("MessageAttributes")), (&json!(id), None));
    let listed = dlq(&cloud, "list", &[]).succeeded().json();
    let one = &listed["messages"][0];
    assert_eq!((&one["reason"], one.get("died_of")), (&json!("missing-field"), None), "{path:?}");
    assert_eq!(rows(&cloud), 3);

    // An old copy of the template does not mention the queue: this difference is reported.
    let before: String = text
        .lines()
        .filter(|line| !line.contains("DEAD_LETTER_QUEUE_URL:"))
        .map(|line| format!("{line}\n"))
        .collect();
    cloud.write("templates/processor.yaml.j2", &before);
    let path = path.to_str().expect("UTF-8");
    cloud.run(&["validate", path]).exited(3).prints(&[
        "render::contract-unmet",
        "`DEAD_LETTER_QUEUE_URL`",
        "permanent: after_receives",
    ]);
    let slow = SPEC.replace("{max_receive_count: 2}", "{max_receive_count: 2, permanent: after_receives}");
    cloud.write("spec.yaml", &format!("{slow}deploy: {{templates: templates}}\n"));
    cloud.run(&["validate", path]).succeeded();
}
