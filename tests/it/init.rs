//! `init --from-event`: a spec for given events of any shape, which makes rows of all of them.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use pipectl::propose::{Part, propose};
use processor::config::Config;
use processor::event::Event;
use processor::json::Json;
use processor::mapping::Format;
use processor::parse::parse;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};

const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events");

const BIG: &str = "12345678901234567890123456789012345678";

pub(crate) fn index() -> Vec<Value> {
    let text = fs::read_to_string(format!("{EVENTS}/index.json")).expect("the index");
    serde_json::from_str(&text).expect("JSON")
}

pub(crate) fn file(entry: &Value) -> String {
    format!("{EVENTS}/{}", entry["file"].as_str().expect("a file"))
}

fn init(cloud: &Cloud, folder: &str, files: &[&str]) -> Run {
    let folder = cloud.path(folder);
    cloud.run(
        &[&["init", folder.to_str().expect("UTF-8"), "--format", "json", "--from-event"], files].concat(),
    )
}

fn spec(cloud: &Cloud, folder: &str) -> String {
    cloud.path(folder).join("specs/dev.yaml").to_str().expect("UTF-8").to_owned()
}

/// The spec accepts its samples, and has no warnings.
fn holds(cloud: &Cloud, folder: &str) {
    let spec = spec(cloud, folder);
    cloud.run(&["validate", &spec, "--strict"]).succeeded();
    let verdicts = cloud.run(&["test", &spec, "--format", "json"]).succeeded().json();
    let verdicts = verdicts["samples"].as_array().expect("samples");
    assert!(
        !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict["row"].is_object()),
        "{verdicts:?}"
    );
}

#[test]
fn each_of_thirty_five_shapes_becomes_a_row_unchanged() {
    let cloud = Cloud::new();
    for entry in index() {
        let folder = entry["file"].as_str().expect("a file").trim_end_matches(".json");
        init(&cloud, folder, &[&file(&entry)]).succeeded();
        let row = cloud.run(&["test", &spec(&cloud, folder), "--format", "json"]).succeeded().json();
        assert!(row["samples"][0]["row"].is_object(), "{folder}");
    }
    let specs: Vec<String> = index()
        .iter()
        .map(|entry| spec(&cloud, entry["file"].as_str().expect("a file").trim_end_matches(".json")))
        .collect();
    let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
    cloud.run(&[&["validate", "--strict"], &specs[..]].concat()).succeeded();
}

/// How many of the locations in `tests/events/index.json` are found, by each event alone.
#[test]
fn most_of_the_locations_that_people_named_are_found() {
    let (mut found, mut missed) = ([0; 5], Vec::new());
    for entry in index() {
        let text = fs::read_to_string(file(&entry)).expect("an event");
        let Ok(Json::Map(fields)) = parse(&text) else { panic!("an object: {text}") };
        let proposal = propose(&[Event::of(&Config::default(), fields)]);
        let path = |part: &Part| json!(part.paths[0].to_string());
        let paths: Vec<String> = proposal.sort_key.paths.iter().map(ToString::to_string).collect();
        let format = proposal.sort_key.format.map(Format::as_str);
        let key = path(&proposal.partition_key) == entry["partition_key"];
        let sort = json!(paths) == entry["sort_key"] && json!(format) == entry["sort_format"];
        let kind = path(&proposal.event_type) == entry["type"];
        let data = path(&proposal.data) == entry["data"];
        for (count, is_found) in found.iter_mut().zip([key && sort, key, sort, kind, data]) {
            *count += usize::from(is_found);
        }
        if !(key && sort) {
            missed.push(format!("{} {} {paths:?}", entry["file"], path(&proposal.partition_key)));
        }
    }
    // Both keys, the partition key, the sort key, the type, the data.
    let least = [27, 31, 27, 29, 12];
    assert!(
        found.iter().zip(least).all(|(found, least)| *found >= least),
        "{found:?}\n{}",
        missed.join("\n")
    );
}

#[test]
fn several_events_become_rows_of_their_own() {
    let cloud = Cloud::new();
    let files: Vec<String> = index().iter().map(file).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    // Two of one key and one instant each; together they have nothing in common but the envelope.
    for (folder, given) in [
        ("s3", &files[..2]),
        ("stripe", &files[15..17]),
        ("easypost", &files[25..27]),
        ("coldchain", &files[32..34]),
        ("all", &files[..]),
    ] {
        let inferred = init(&cloud, folder, given).succeeded().json();
        assert_eq!(inferred["inferred"]["shared_keys"], 0, "{inferred}");
        assert_eq!(inferred["inferred"]["events"], given.len(), "{inferred}");
        holds(&cloud, folder);
        let spec = spec(&cloud, folder);
        for file in given {
            let tried = cloud.run(&["test", &spec, "--event", file]).succeeded();
            assert!(tried.stdout.contains('✓'), "{file}: {}", tried.stdout);
        }
    }
}

#[test]
fn the_same_events_are_understood_in_every_form() {
    let cloud = Cloud::new();
    let detail =
        |id: u32| json!({"orderId": format!("O-{id}"), "placedAt": "2026-01-31T09:05:00.5Z", "big": "BIG"});
    let envelope = |id: u32| json!({"source": "shop", "detail-type": "order.placed", "detail": detail(id)});
    let entry = |id: u32| json!({"Source": "shop", "DetailType": "order.placed", "Detail": detail(id).to_string(), "EventBusName": "b"});
    let lines = |one: Value, other: Value| format!("{one}\n{other}\n");
    let forms = [
        ("lines", lines(envelope(1), envelope(2))),
        ("list", json!([envelope(1), envelope(2)]).to_string()),
        ("entries", json!([entry(1), entry(2)]).to_string()),
        ("request", json!({"Entries": [entry(1), entry(2)]}).to_string()),
        ("details", lines(detail(1), detail(2))),
    ];
    for (name, text) in forms {
        let given = cloud.write("given.json", &text.replace("\\\"BIG\\\"", BIG).replace("\"BIG\"", BIG));
        let inferred = init(&cloud, name, &[given.to_str().expect("UTF-8")]).succeeded().json();
        let found = &inferred["inferred"];
        assert_eq!(found["partition_key"]["from"], json!(["$.detail.orderId"]), "{name}");
        holds(&cloud, name);
        let sample = fs::read_to_string(sample(&cloud, name)).expect("a sample");
        assert!(sample.contains(BIG), "{name}: {sample}");
        let spec_text = fs::read_to_string(spec(&cloud, name)).expect("a spec");
        assert_eq!(spec_text.contains("only details"), name == "details", "{spec_text}");
    }
    // From stdin, and a CloudEvent.
    let event = json!({"specversion": "1.0", "type": "order.placed", "id": "e", "source": "/shop", "time": "2026-01-31T09:05:00Z", "data": {"orderId": "O-1"}});
    let folder = cloud.path("piped");
    let mut command = cloud.command(&["init", folder.to_str().expect("UTF-8"), "--from-event", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("pipectl");
    std::io::Write::write_all(&mut child.stdin.take().expect("stdin"), event.to_string().as_bytes())
        .expect("written");
    Run::of(child.wait_with_output().expect("an end"))
        .succeeded()
        .reports(&["next: pipectl test ", "pipectl apply "]);
    holds(&cloud, "piped");
    let spec_text = fs::read_to_string(spec(&cloud, "piped")).expect("a spec");
    assert!(
        spec_text.contains("detail-type: [order.placed]")
            && spec_text.contains("from: $.detail.data.orderId"),
        "{spec_text}"
    );
}

fn sample(cloud: &Cloud, folder: &str) -> PathBuf {
    let samples = cloud.path(folder).join("specs/samples");
    fs::read_dir(samples).expect("samples").next().expect("a sample").expect("an entry").path()
}

#[test]
fn what_cannot_be_a_row_is_refused_with_its_reason() {
    let cloud = Cloud::new();
    let whole = |detail: &str| format!(r#"{{"source":"s","detail-type":"t","detail":{detail}}}"#);
    let large = whole(&format!(r#"{{"id":"a","text":"{}"}}"#, "x".repeat(420_000)));
    let precise = whole(r#"{"id":"a","n":1234567890123456789012345678901234567890123}"#);
    let two = format!("{}\n{}", whole(r#"{"id":"a"}"#), precise);
    for (text, reasons) in [
        ("", &["it contains no event"][..]),
        ("no", &["it is not JSON"]),
        ("[1]", &["item 1 of its list is not a JSON object"]),
        (r#"{"detail":{},"source":"s"}"#, &["no string `detail-type`"]),
        (r#"{"detail":"{}","source":"s","detail-type":"t"}"#, &["its `detail` is not an object"]),
        (&large, &["row-too-large"]),
        (&two, &["given.json, event 2` cannot be used", "number-too-precise"]),
    ] {
        let given = cloud.write("given.json", text);
        let run = init(&cloud, "refused", &[given.to_str().expect("UTF-8")]).exited(1);
        for reason in reasons {
            assert!(run.stdout.contains(reason), "{reason} in {}", run.stdout);
        }
        assert!(!run.stdout.contains("123456789012"), "{}", run.stdout);
        assert!(!cloud.path("refused").exists(), "nothing is written");
    }
    init(&cloud, "refused", &["/nowhere.json"]).exited(1);
}

#[test]
fn nothing_that_is_there_is_replaced_unasked() {
    let cloud = Cloud::new();
    let event = |id: u32| {
        json!({"source": "shop", "detail-type": "Order placed!", "detail": {"orderId": id}}).to_string()
    };
    let given = cloud.write("given.json", &event(1));
    let given = given.to_str().expect("UTF-8");
    init(&cloud, "My Orders", &[given]).succeeded();
    let text = fs::read_to_string(spec(&cloud, "My Orders")).expect("a spec");
    assert!(text.contains("name: my-orders #") && text.contains("- samples/order-placed.json"), "{text}");
    init(&cloud, "My Orders", &[given]).exited(4).prints(&["already exists", "--force"]);
    // Another environment shares a sample, and does not change those of others.
    let folder = cloud.path("My Orders");
    let folder = folder.to_str().expect("UTF-8");
    let again = |environment: &str, more: &[&str]| {
        let words =
            ["init", folder, "--environment", environment, "--name", "orders", "--notify", "ops@example.com"];
        cloud.run(&[&words[..], more, &["--from-event", given]].concat())
    };
    let samples = || fs::read_dir(cloud.path("My Orders/specs/samples")).expect("samples").count();
    again("test", &[]).succeeded();
    assert_eq!(samples(), 1);
    fs::write(given, event(2)).expect("a file");
    again("prod", &[]).succeeded();
    assert_eq!(samples(), 2);
    let prod = fs::read_to_string(cloud.path("My Orders/specs/prod.yaml")).expect("a spec");
    for line in
        ["name: orders #", "environment: prod", "- samples/order-placed-2.json", "notify: [ops@example.com]"]
    {
        assert!(prod.contains(line), "{line} in {prod}");
    }
    again("prod", &["--force"]).succeeded();
    let first =
        fs::read_to_string(cloud.path("My Orders/specs/samples/order-placed.json")).expect("a sample");
    assert!(first.contains("\"orderId\":2"), "{first}");
}

/// A new project does not begin with the shipments of the example.
#[test]
fn a_plain_project_takes_its_folders_name_and_any_event() {
    let cloud = Cloud::new();
    let folder = cloud.path("My Orders");
    let spec = spec(&cloud, "My Orders");
    cloud.run(&["init", folder.to_str().expect("UTF-8")]).succeeded();
    cloud.run(&["validate", &spec, "--strict"]).succeeded();
    cloud.run(&["test", &spec]).succeeded();
    for entry in fs::read_dir(folder.join("specs/samples")).expect("samples") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a sample");
        assert!(!text.contains("ship") && text.contains("my-orders"), "{text}");
    }
    let text = fs::read_to_string(&spec).expect("a spec");
    assert!(
        !text.contains("ship") && text.contains("name: my-orders") && text.contains("source: [my-orders]")
    );
}
