//! Commands that pipectl prints as the next step: they act on the same account, region and queue when typed as shown.

use serde_json::json;

use super::account::Account;
use crate::cloud::{Cloud, Run};

/// The commands in a run's output, split as a shell would do it.
fn printed(run: &Run) -> Vec<Vec<String>> {
    let text = run.stderr.replace('`', "\n");
    let commands = text.lines().filter_map(|line| line.trim().strip_prefix("next: ").or(Some(line.trim())));
    let commands = commands.filter(|line| line.starts_with("pipectl ") || line.starts_with("aws "));
    commands.map(|line| shlex::split(line).expect("words of a shell")).collect()
}

fn value<'a>(words: &'a [String], flag: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| word == flag)?;
    words.get(at + 1).map(String::as_str)
}

#[test]
fn every_printed_command_has_the_flags_that_chose_the_target() {
    let account = Account::with(1);
    let config = account
        .cloud
        .write("config", "[profile two-words]\naws_access_key_id = A\naws_secret_access_key = S\n");
    let endpoint = account.endpoint();
    // The environment has another region, and the same profile: it still applies.
    let run = |verbs: &[&str], more: &[&str]| {
        let mut command = account.typed(verbs, more);
        command.args(["--profile", "two-words", "--region", "eu-west-9"]).env("AWS_CONFIG_FILE", &config);
        Run::of(command.output().expect("pipectl runs"))
    };
    for (verbs, more) in [
        (&["dlq", "list"][..], &[][..]),
        (&["dlq", "purge"], &[]),
        (&["dlq", "redrive"], &[]),
        (&["query"], &[]),
    ] {
        let output = run(verbs, more);
        let commands = printed(&output);
        assert!(!commands.is_empty(), "{verbs:?}: {}", output.stderr);
        for words in &commands {
            let flags = ["--profile", "--region", "--endpoint-url"].map(|flag| value(words, flag));
            assert_eq!(flags, [Some("two-words"), Some("eu-west-9"), Some(endpoint.as_str())], "{words:?}");
        }
    }
    // Offline too; and the AWS CLI has the same flags.
    let output = run(&["permissions"], &["--account", "123456789012", "--github", "a/b"]);
    let commands = printed(&output);
    assert!(
        commands.iter().any(|words| words[0] == "aws" && value(words, "--profile").is_some()),
        "{}",
        output.stderr
    );
}

#[test]
fn what_the_environment_sets_is_not_repeated_as_a_flag() {
    let account = Account::with(1);
    let output =
        Run::of(account.typed(&["query"], &["--region", "eu-west-1"]).output().expect("pipectl runs"));
    let commands = printed(&output);
    assert!(!commands.is_empty(), "{}", output.stderr);
    for command in &commands {
        assert_eq!(value(command, "--region"), None, "`AWS_REGION` says it");
    }
}

#[test]
fn commands_about_undelivered_events_stay_with_them() {
    let account = Account::with(2);
    let list = account.run("list", &["--undelivered", "--limit", "1"]);
    let purge =
        account.run("purge", &["--undelivered", "--reason", "storable", "--message", "m-1"]).exited(4);
    account.world().undeletable.insert(0, usize::MAX);
    let redrive = account.run("redrive", &["--undelivered", "--limit", "1"]).exited(1);
    for output in [&list, &purge, &redrive] {
        let commands = printed(output);
        assert!(!commands.is_empty(), "{}", output.stderr);
        for words in commands {
            assert!(words.iter().any(|word| word == "--undelivered"), "{words:?}");
        }
    }
    assert_eq!(value(&printed(&list)[0], "--limit"), Some("1"));
    let again = &printed(&purge)[0];
    assert_eq!((value(again, "--reason"), value(again, "--message")), (Some("storable"), Some("m-1")));
    purge.reports(&["data-loss:UndeliveredQueue"]);
}

/// The deployed queue is read, whatever the spec says since then.
#[test]
fn a_spec_that_was_renamed_and_not_applied_leads_to_the_deployed_stacks_own() {
    let account = Account::with(1);
    let url = |name: &str| format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{name}");
    account.world().resources = vec![
        ("EventsTable", "walk-test".to_owned()),
        ("DeadLetterQueue", url("walk-dlq-test")),
        ("UndeliveredQueue", url("walk-undelivered-test")),
        ("Queue", url("walk-queue-test")),
    ];
    let same = account.run("list", &[]).succeeded();
    assert!(!same.stderr.contains("is used"), "{}", same.stderr);
    let names = "names: {table: foreign, queue: foreign-queue, dead_letter_queue: foreign-dlq, undelivered_queue: foreign-u}\n";
    account.cloud.write("spec.yaml", &format!("{}{names}", crate::cloud::SPEC));
    account.world().looked_into.clear();
    for verbs in
        [&["query"][..], &["dlq", "list"], &["dlq", "redrive", "--force"], &["dlq", "list", "--undelivered"]]
    {
        let run = Run::of(account.typed(verbs, &[]).output().expect("pipectl runs"));
        run.succeeded().reports(&["the stack's table is `walk-test`, and the spec says `foreign`"]);
    }
    let looked_into: Vec<String> = account.world().looked_into.iter().cloned().collect();
    assert_eq!(looked_into, ["walk-dlq-test", "walk-queue-test", "walk-test", "walk-undelivered-test"]);
}

#[test]
fn the_status_is_of_the_deployed_pipeline_with_what_is_hidden() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let late =
        json!({"shipment_id": "S-1", "event_timestamp": "soon", "event_type": "created", "event_data": {}});
    let event = cloud.write("event.json", &late.to_string());
    let sent = ["--event", event.to_str().expect("UTF-8"), "--count", "3", "--wait"];
    cloud.local("send", &sent).exited(1);
    let named = "names: {table: foreign, dead_letter_queue: foreign-dlq, queue_depth_alarm: foreign-alarm}\n";
    cloud.write("spec.yaml", &format!("{}{named}", crate::cloud::SPEC));
    let status = cloud
        .local("status", &["--format", "json"])
        .succeeded()
        .reports(&["and the spec says `foreign`"])
        .json();
    assert_eq!(status["dead_letters"], json!({"visible": 3, "in_flight": 0}));
    assert_eq!((&status["table"]["rows"], status["alarms"].as_array().map(Vec::len)), (&json!(0), Some(11)));
    // Another user has received one.
    let queue =
        cloud.target("sqs", "AmazonSQS.GetQueueUrl", &json!({"QueueName": "walk-dlq-test"}).to_string());
    let receive = json!({"QueueUrl": queue["QueueUrl"], "MaxNumberOfMessages": 1, "VisibilityTimeout": 600});
    cloud.target("sqs", "AmazonSQS.ReceiveMessage", &receive.to_string());
    cloud.local("status", &[]).succeeded().prints(&["3 not stored, 1 of them hidden by a reader"]);
}
