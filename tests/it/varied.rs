//! Valid specs with every choice that changes the shape of the template, and texts that try to break out of their
//! location.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::mutants::right;

const KEY: &str = "arn:aws:kms:eu-west-1:012345678901:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER_KEY: &str = "arn:aws:kms:eu-west-1:012345678901:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab";

/// Texts with a meaning in YAML, JSON, Jinja, EventBridge or a terminal.
const HOSTILE: [&str; 24] = [
    "\"",
    "'",
    "\\",
    "a\"b\\\\c'd: {Ref: X} # ",
    "\n  Evil:\n    Type: AWS::IAM::User",
    "\r\n- x",
    "\t",
    "{{ spec.name }}",
    "{% raw %}",
    "{# x #}",
    "%}",
    "yes",
    "012",
    "1e3",
    "~",
    "null",
    "2026-01-01",
    "\u{85}\u{2028}\u{2029}",
    "\u{7f}\u{9b}31m",
    "\u{feff}",
    "é ü 漢字 🚚",
    "]]>",
    "---",
    "\u{1}0:1\u{1}",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(HOSTILE.to_vec()).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| text.chars().take(40).collect()),
    ]
    // Text that CloudFormation would interpret is rejected in a spec, in any spelling.
    .prop_map(|text| text.replace('$', "S").replace("{{resolve", "x").replace('\0', ""))
}

pub(crate) fn varied() -> impl Strategy<Value = Value> {
    let encryption = select(vec![json!("aws_owned"), json!("stack_key"), json!({"kms_key": KEY})]);
    let queue_key = select(vec![Value::Null, json!("sse_sqs"), json!({"kms_key": OTHER_KEY})]);
    let stream = select(vec!["none", "keys_only", "new_image", "old_image", "new_and_old_images"]);
    let undelivered =
        select(vec![Value::Null, json!("sse_sqs"), json!("as_queue"), json!({"kms_key": OTHER_KEY})]);
    let switches = prop::collection::vec(any::<bool>(), 17);
    let numbers = (1_u64..=30, 1_u64..=3650, 0_u64..=185, 60_u64..=86_400);
    let texts = prop::collection::vec(text(), 3..6);
    (right(), encryption, (queue_key, undelivered), stream, switches, numbers, texts).prop_filter_map(
        "more shards than the schema has",
        |(mut spec, encryption, (queue_key, undelivered), stream, switches, numbers, texts)| {
            if spec["table"]["status_index"]["shards"].as_u64().is_none_or(|shards| shards > 1000) {
                return None;
            }
            let production = spec["deploy"]["production"] == true;
            let mut switches = switches.into_iter();
            let mut chosen = || switches.next().expect("a switch");
            spec["encryption"] = encryption;
            if !queue_key.is_null() {
                spec["queue"]["encryption"] = queue_key;
            }
            if !undelivered.is_null() {
                spec["queue"]["undelivered"] = json!({"encryption": undelivered});
            }
            spec["table"]["stream"] = json!(stream);
            spec["table"]["retain"] = json!(production || chosen());
            let (log, _, attempts, age) = numbers;
            spec["bus"]["retry"] = json!({"max_attempts": attempts, "max_event_age_seconds": age});
            spec["processor"]["log"] = if chosen() {
                json!({"retention_days": "never", "level": "debug"})
            } else {
                {
                let days = [1, 30, 365, 3653][usize::try_from(log).expect("small") % 4];
                json!({"retention_days": days})
            }
            };
            spec["processor"]["tracing"] = json!(chosen());
            if log % 3 == 0 {
                spec["processor"]["vpc"] = json!({"subnet_ids": ["subnet-0a1b2c3d", "subnet-4e5f6071"], "security_group_ids": ["sg-0a1b2c3d"]});
            }
            if log % 5 == 0 {
                let percent = [95.0, 99.0, 99.95, 99.99][usize::try_from(attempts % 4).expect("small")];
                spec["slo"] = json!({"stored_within_seconds": 305 + age % 3_000, "percent": percent});
            }
            spec["dashboard"] = json!(chosen());
            spec["exports"] = json!(chosen());
            if chosen() {
                spec["bus"]["input"] = json!("detail");
            }
            if chosen() {
                spec["queue"]["fair_by"] = json!("$.detail.customer_id");
            }
            if chosen() {
                // Sized from the load.
                spec["table"]["status_index"] = json!({});
                spec["alarms"]["queue_depth"] = json!({"period_seconds": 120});
                let batch = spec["processor"]["batch"].as_object_mut().expect("a map");
                batch.remove("max_concurrency");
                if chosen() {
                    batch.insert("pollers".to_owned(), json!({"min": 2, "max": 3}));
                    batch.insert("size".to_owned(), json!(10));
                    spec["processor"]["reserved_concurrency"] = json!(100);
                }
            }
            if chosen() {
                spec["alarms"]["notify"] = json!(["a@b.example", "arn:aws:sns:eu-west-1:012345678901:pager", "c@d.example"]);
            }
            if chosen() {
                for alarm in ["processor_errors", "processor_throttles", "write_throttles", "conflicts"] {
                    spec["alarms"][alarm] = json!("off");
                }
                if !production {
                    spec["alarms"]["failed_deliveries"] = json!("off");
                }
            }
            if chosen() {
                spec["names"]["role"] = json!("pipeline-role");
                spec["deploy"]["permissions_boundary"] = json!("arn:aws:iam::123456789012:policy/boundary");
                spec["names"]["queue_depth_alarm"] = json!("depth of #1: a/b");
            }
            spec["deploy"]["rollout"] =
                if chosen() { json!("all_at_once") } else { json!({"canary": {"percent": 50, "minutes": 180}}) };
            spec["event"] = match (chosen(), log % 4) {
                (keeps, 0) => json!({
                    "partition_key": {"attribute": "order_id", "from": "$.detail['the order'].id"},
                    "sort_key": if keeps { json!("none") } else { json!({"attribute": "at", "from": ["$.detail.at", "$.detail.items[0].sku"], "format": "epoch_seconds"}) },
                    "type": "none",
                    "data": {"attribute": "everything", "from": ["$.detail"]},
                    "attributes": {"customer": "$.detail.customer.id", "total": {"from": ["$.detail.total"], "format": "number"}},
                    "identity": "$.detail.request",
                    "on_conflict": "replace_if_newer",
                    "newer_by": {"attribute": "version", "from": ["$.detail.version"], "format": "number"},
                    "drop": ["$.detail.customer.email", "$.detail.lines[*].note"],
                }),
                (true, 1) => json!({"sort_key": {"attribute": "at", "from": "$.detail.at", "format": "text"}}),
                (false, 1) => json!({"sort_key": "at", "sort_key_format": "text"}),
                (keeps, _) => json!({"on_conflict": if keeps { "keep_first" } else { "dead_letter" }, "sort_key": "at"}),
            };
            if chosen() {
                spec["table"]["indexes"] = json!([
                    {"name": "by-event", "partition_key": "event_id", "sort_key": "processed_at", "project": "keys"},
                    {"name": "By_2.x", "partition_key": "processed_at", "sort_key": "retry_count", "project": ["message_id", "event_extra", "retry_count"]},
                ]);
                if log % 4 == 0 {
                    let further = json!([{"name": "customers", "partition_key": "customer", "sort_key": "total"}]);
                    spec["table"]["indexes"] = further;
                }
            }
            if chosen() {
                spec["table"]["status_index"] = json!("off");
            }
            let table = spec["table"].as_object_mut().expect("a map");
            let _ = match log % 8 {
                _ if production => None,
                0 => table.remove("warm_throughput"),
                2 => table.insert("warm_throughput".to_owned(), json!("off")),
                4 => table.insert("warm_throughput".to_owned(), json!({"reads": 20_000, "writes": 5000})),
                _ => None,
            };
            // A table of current state requires it.
            if log % 7 == 0 || log % 4 == 0 {
                spec["table"]["ttl_days"] = json!("none");
            }
            let tags = spec["deploy"]["tags"].as_object_mut().expect("tags");
            for (index, text) in texts.iter().enumerate() {
                // Tags have an alphabet of their own, which is not only ASCII.
                let text: String = text.chars().filter(|one| one.is_ascii_alphanumeric() || "éüß漢字 _.:/=+-@".contains(*one)).collect();
                tags.insert(format!("t{index}"), json!(format!("ü{text}")));
            }
            let longest: Vec<String> = texts.iter().map(|text| text.chars().take(30).collect()).collect();
            spec["bus"]["pattern"] = json!({
                "source": ["a.b", longest[0]],
                "detail": {longest[1].clone() + "x": [{"prefix": longest[2]}], "weight": [{"numeric": [">", 0.000001, "<=", 12.5]}, -3, true, null]},
            });
            if log % 5 < 2 {
                spec["bus"]["existing"] = json!(["default", "shared.bus-1"][usize::try_from(log % 5).expect("small")]);
            }
            if log % 3 == 1 {
                spec["bus"]["rules"] = json!([{"name": "returns", "pattern": {"source": [longest[1], "c.d"]}}]);
                spec["bus"]["producers"] = json!([
                    "123456789012",
                    {"organization": "o-a1b2c3d4e5"},
                    {"organizational_unit": "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"},
                ]);
            }
            if log % 11 == 0 {
                spec["bus"]["archive"] = json!("off");
            }
            Some(spec)
        },
    )
}
