//! Dead letters that share a key, partial answers, slow or killed runs, full files: no message is lost, and none is sent
//! twice or reported wrongly.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::account::Account;
use super::{through, with_file_limit, within};
use crate::cloud::{Cloud, Run};

/// Longer than any step here.
const LONG: Duration = Duration::from_secs(300);

/// The main case of `on_conflict: dead_letter`: the dead letters have the key of the stored row, and of each other.
#[test]
fn dead_letters_with_one_key_are_listed_redriven_and_purged() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let path = cloud.path("spec.yaml");
    let spec = path.to_str().expect("UTF-8");
    let dlq = |verb: &str, more: &[&str]| cloud.run(&[&["dlq", verb, spec, "--local"], more].concat());
    for number in 0..3 {
        let detail = json!({
            "shipment_id": "S-1", "event_timestamp": "2026-11-27T10:00:00Z", "event_type": "created",
            "event_data": {"number": number},
        });
        let event = cloud.write("event.json", &detail.to_string());
        let arguments = ["--event", event.to_str().expect("UTF-8"), "--wait"];
        let sent = cloud.local("send", if number == 0 { &arguments } else { &arguments[..2] });
        sent.succeeded();
    }
    let begun = Instant::now();
    let both = || loop {
        let listed = dlq("list", &["--format", "json"]).succeeded().json();
        if listed["total"] == 2 {
            return listed;
        }
        assert!(begun.elapsed() < LONG, "{listed}");
        std::thread::sleep(Duration::from_millis(500));
    };
    let listed = both();
    let reasons: Vec<&Value> =
        listed["messages"].as_array().expect("a list").iter().map(|message| &message["reason"]).collect();
    assert_eq!(reasons, ["conflict", "conflict"]);
    let back = dlq("redrive", &["--force", "--format", "json"]).succeeded().json();
    assert_eq!((&back["sent"], &back["left"], &back["not_removed"]), (&json!(2), &json!(0), &json!(0)));
    both();
    let saved_file = cloud.path("letters.jsonl");
    let removed =
        dlq("purge", &["--save", saved_file.to_str().expect("UTF-8"), "--format", "json"]).succeeded().json();
    assert_eq!((&removed["removed"], &removed["left"]), (&json!(2), &json!(0)));
    assert_eq!(std::fs::read_to_string(saved_file).expect("letters").lines().count(), 2);
}

#[test]
fn an_answer_without_space_for_all_rows_is_asked_for_the_others() {
    let account = Account::with(250);
    {
        let mut world = account.world();
        world.rows = (0..250).map(|id| format!("S-{id}")).collect();
        world.answers = 41;
    }
    let listed = account.run("list", &["--format", "json"]).succeeded().json();
    assert_eq!(listed["total"], 250);
    let conflicts =
        listed["messages"].as_array().expect("a list").iter().filter(|one| one["reason"] == "conflict");
    assert_eq!(conflicts.count(), 250, "none is called storable");
    let world = account.world();
    assert_eq!(world.asked.len(), 250);
    assert!(world.asked.values().all(|asked| *asked == 1));
}

#[test]
fn what_a_busy_table_does_not_answer_is_not_checked_and_not_sent() {
    let account = Account::with(3);
    account.world().answers = 0;
    let listed =
        account.run("list", &["--format", "json"]).succeeded().reports(&["3 were not checked"]).json();
    let reasons: Vec<&Value> =
        listed["messages"].as_array().expect("a list").iter().map(|message| &message["reason"]).collect();
    assert_eq!(reasons, ["not-checked", "not-checked", "not-checked"]);
    let back = account.run("redrive", &["--format", "json"]).exited(1).reports(&["dlq::not-checked"]);
    assert!(
        back.stdout.contains("\"sent\":0") && back.stdout.contains("\"not_checked\":3"),
        "{}",
        back.stdout
    );
    assert_eq!((account.main(), account.hidden()), (0, 0));
    account.run("redrive", &["--force"]).succeeded();
    assert_eq!(account.main(), 3);
}

#[test]
fn entries_refused_inside_a_batch_are_tried_again_and_then_named() {
    let account = Account::with(12);
    account.world().refused.insert(3, 2);
    account.world().undeletable.insert(4, 2);
    account.run("redrive", &[]).succeeded().prints(&["12 redriven"]);
    assert_eq!((account.main(), account.twice(), account.dead()), (12, 0, 0));

    let account = Account::with(12);
    account.world().refused.insert(3, usize::MAX);
    let listed = account
        .run("redrive", &[])
        .exited(1)
        .reports(&["did not accept 1 messages", "try again (InternalError)"]);
    assert!(listed.stdout.contains("11 redriven"), "{}", listed.stdout);
    assert_eq!((account.main(), account.dead(), account.hidden()), (11, 1, 0));

    let account = Account::with(12);
    account.world().undeletable.insert(4, usize::MAX);
    account.run("redrive", &[]).exited(1).reports(&["1 were redriven but could not be removed"]);
    // It stays hidden, so that the next run does not send it again at once, and this is reported.
    account.run("redrive", &[]).exited(5).reports(&["dlq::hidden", "1 is hidden"]);
    assert_eq!((account.main(), account.twice()), (12, 0));
}

/// A slow run that is killed hides only the messages it was working on; the next run reports how many and until when.
#[cfg(unix)]
#[test]
fn after_a_killed_redrive_the_next_run_reports_what_is_hidden_and_until_when() {
    let account = Account::with(200);
    let mut slow = account
        .dlq("redrive", &["--rate", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pipectl runs");
    let begun = Instant::now();
    while account.main() == 0 {
        assert!(begun.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(20));
    }
    slow.kill().expect("a child");
    slow.wait().expect("a child");
    let (visible, hidden) = (account.dead() - account.hidden(), account.hidden());
    assert!((1..=60).contains(&hidden), "{hidden} are hidden: more than a minute's");
    let last = {
        let world = account.world();
        let last = world.dead.iter().map(|message| message.visible_at).max().expect("messages");
        jiff::Timestamp::now() + last.saturating_duration_since(Instant::now())
    };
    let listed = account.run("list", &["--format", "json"]).succeeded();
    let listed: Value = serde_json::from_str(listed.stdout.trim()).expect("JSON");
    assert_eq!((&listed["hidden"], &listed["total"]), (&json!(hidden), &json!(visible)));
    let until: jiff::Timestamp =
        listed["hidden_until"].as_str().expect("a time").parse().expect("an instant");
    let early = jiff::Timestamp::now() + Duration::from_secs(180);
    assert!(last - Duration::from_secs(1) <= until && until <= early, "{last} {until}");
    account
        .run("list", &[])
        .succeeded()
        .reports(&[&format!("{hidden} are hidden: a run on this machine"), "at the latest"]);
    account.run("redrive", &[]).exited(5).reports(&["error[dlq::hidden]", &format!("{hidden} are hidden")]);
    assert_eq!(account.twice(), 0);

    // Another user's messages are hidden until an unknown time.
    let other = Account::with(7);
    for message in other.world().dead.iter_mut().take(5) {
        message.visible_at = Instant::now() + Duration::from_secs(600);
    }
    let listed = other
        .run("redrive", &[])
        .exited(5)
        .reports(&["5 are hidden: another reader received them", "is unknown"]);
    assert!(listed.stdout.contains("2 redriven"), "{}", listed.stdout);
}

/// A stopped run makes its messages visible again, whatever the signal.
#[cfg(unix)]
#[test]
fn a_stopped_redrive_shows_its_messages_again() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        stop_a_redrive(signal, code);
    }
}

#[cfg(unix)]
fn stop_a_redrive(signal: &str, code: i32) {
    let account = Account::with(100);
    let mut slow = account
        .dlq("redrive", &["--rate", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("pipectl runs");
    let begun = Instant::now();
    while account.main() == 0 {
        assert!(begun.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(20));
    }
    let id = slow.id().to_string();
    assert!(std::process::Command::new("kill").args([signal, &id]).status().expect("kill").success());
    while slow.try_wait().expect("a child").is_none() {
        assert!(begun.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(20));
    }
    Run::of(slow.wait_with_output().expect("a child"))
        .exited(code)
        .reports(&["dlq::stopped", "were made visible again"]);
    assert_eq!(account.hidden(), 0);
    let listed = account.run("list", &["--format", "json"]).succeeded().json();
    assert_eq!((&listed["hidden"], &listed["hidden_until"]), (&json!(0), &Value::Null));
}

#[test]
fn every_purge_adds_to_the_file_and_deletes_only_what_is_in_it() {
    let account = Account::with(30);
    let saved_file = account.cloud.path("letters.jsonl");
    account.world().watched = Some(saved_file.clone());
    let save = ["--yes", "--save", saved_file.to_str().expect("UTF-8")];
    for purged in 1..=3 {
        account.world().saved_first = None;
        account.run("purge", &[&save[..], &["--limit", "10"]].concat()).succeeded().prints(&["10 removed"]);
        let first = account.world().saved_first.clone().expect("a deletion");
        assert_eq!(first.lines().count(), purged * 10, "all are in the file before the first is deleted");
    }
    let text = std::fs::read_to_string(&saved_file).expect("letters");
    let ids: std::collections::BTreeSet<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["message_id"].to_string())
        .collect();
    assert_eq!((text.lines().count(), ids.len(), account.dead()), (30, 30, 0));
}

#[cfg(unix)]
#[test]
fn nothing_is_deleted_where_it_cannot_be_saved() {
    let account = Account::with(3);
    let spec = account.cloud.path("spec.yaml");
    let before = std::fs::read_to_string(&spec).expect("a spec");
    let pipe = account.cloud.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let folder = account.cloud.path("folder");
    std::fs::create_dir(&folder).expect("a folder");
    let locations = [
        (spec.to_str().expect("UTF-8"), "it contains something else"),
        ("/dev/full", "not a regular file"),
        ("/dev/null", "not a regular file"),
        (pipe.to_str().expect("UTF-8"), "not a regular file"),
        (folder.to_str().expect("UTF-8"), "it is a folder"),
    ];
    for (location, reason) in locations {
        within(LONG, account.dlq("purge", &["--yes", "--save", location]))
            .exited(1)
            .reports(&["source::unwritable", reason]);
        assert_eq!(account.dead(), 3, "{location}");
    }
    assert_eq!(std::fs::read_to_string(&spec).expect("a spec"), before);

    // A full disk: an existing file is unchanged, no partial line is added, and no new file is created.
    let saved_file = account.cloud.path("letters.jsonl");
    let saved_file = saved_file.to_str().expect("UTF-8");
    let purge = account.dlq("purge", &["--yes", "--save", saved_file]);
    within(LONG, with_file_limit(0, &purge)).exited(1).reports(&["file too large"]);
    assert!(!std::path::Path::new(saved_file).exists());
    account.run("purge", &["--yes", "--save", saved_file, "--limit", "1"]).succeeded();
    let one = std::fs::read_to_string(saved_file).expect("letters");
    within(LONG, with_file_limit(1, &purge)).exited(1).reports(&["file too large"]);
    assert_eq!((std::fs::read_to_string(saved_file).expect("letters"), account.dead()), (one, 2));
    assert!(!account.world().names.contains(&"SendMessageBatch".to_owned()));
}

/// Bodies of 100 MB in total, three times in a row. Holding all of them takes 600 MB of address space; the need is below
/// 256 MB, and allocators differ in how much they reserve per thread.
#[test]
fn the_number_of_dead_letters_is_no_matter_of_memory() {
    let account = Account::with_bytes(300, 362_000);
    let saved_file = account.cloud.path("letters.jsonl");
    let run = |verb: &str, more: &[&str]| {
        let inner = account.dlq(verb, more);
        // Kilobytes of address space.
        let limit = format!("ulimit -v {}; exec \"$@\"", 400 << 10);
        Run::of(through("sh", &limit, &inner).output().expect("pipectl runs"))
    };
    assert_eq!(run("list", &["--format", "json"]).succeeded().json()["total"], 300);
    run("redrive", &["--dry-run"]).succeeded().prints(&["300 would be redriven"]);
    let save = ["--yes", "--save", saved_file.to_str().expect("UTF-8")];
    run("purge", &save).succeeded().prints(&["300 removed"]);
    assert_eq!(std::fs::read_to_string(saved_file).expect("letters").lines().count(), 300);
    assert_eq!(account.dead(), 0);
}
