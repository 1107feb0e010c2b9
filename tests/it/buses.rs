//! Existing buses, further rules to one queue, and who may put events on a bus.

use std::collections::BTreeMap;

use pipectl::plan::{Action, Content, Location, Risk, plan};
use serde_json::{Value, json};

use crate::cloud::{Cloud, Run};

/// A pipeline whose dead letters arrive within seconds, with this text under `bus`.
fn spec(name: &str, bus: &Value, more: &str) -> String {
    format!(
        "version: 1\nname: {name}\nenvironment: test\nbus: {bus}\n\
         queue: {{visibility_timeout_seconds: 3, dead_letter: {{max_receive_count: 2}}}}\n\
         processor: {{timeout_seconds: 3, batch: {{size: 10, window_seconds: 0}}}}\n\
         alarms: {{notify: [ops@example.com]}}\n{more}"
    )
}

fn written(cloud: &Cloud, file: &str, text: &str) -> String {
    cloud.write(file, text).to_str().expect("UTF-8").to_owned()
}

fn rendered(bus: &Value, more: &str) -> Value {
    let cloud = Cloud::new();
    let path = written(&cloud, "spec.yaml", &spec("ship", bus, more));
    let run = cloud.run(&["render", &path, "--output", "json", "--quiet"]).succeeded();
    serde_json::from_str(&run.stdout).expect("JSON")
}

/// Codes and locations of the findings of `validate`.
fn found(cloud: &Cloud, bus: &Value, more: &str) -> Vec<String> {
    let path = written(cloud, "spec.yaml", &spec("ship", bus, more));
    let output = cloud.run(&["validate", &path, "--format", "json"]).json();
    let of_queues = |one: &&Value| one["code"].as_str().is_some_and(|code| code.starts_with("queue::"));
    let all = output["diagnostics"].as_array().expect("a list").iter().filter(|one| !of_queues(one));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.map(|one| format!("{} {} {}", text(&one["code"]), text(&one["path"]), text(&one["help"]))).collect()
}

fn event(cloud: &Cloud, file: &str, source: &str, id: &str) -> String {
    let event = json!({
        "source": source, "detail-type": "shipment.created",
        "detail": {"shipment_id": id, "event_timestamp": "2026-11-23T09:00:00Z", "event_type": "created", "event_data": {},
            "held_since": null},
    });
    written(cloud, file, &event.to_string())
}

fn send(cloud: &Cloud, spec: &str, more: &[&str]) -> Run {
    cloud.run(&[&["send", spec, "--local", "--wait", "--format", "json"], more].concat())
}

fn buses(cloud: &Cloud) -> Vec<String> {
    let answer = cloud.target("events", "AWSEvents.ListEventBuses", "{}");
    let all = answer["EventBuses"].as_array().expect("a list");
    all.iter().map(|bus| bus["Name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn an_existing_bus_is_used_and_not_made() {
    let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/orders";
    let partner = "aws.partner/example.com/orders";
    for (existing, name, of_its_own) in [
        ("default", "default", false),
        ("orders", "orders", true),
        (arn, "orders", true),
        (partner, partner, true),
    ] {
        let template = rendered(&json!({"existing": existing, "pattern": {"source": ["a.b"]}}), "");
        let resources = &template["Resources"];
        assert!(resources["Bus"].is_null(), "{existing}");
        assert_eq!(resources["Rule"]["Properties"]["EventBusName"], name);
        let bus =
            format!("arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:event-bus/{name}");
        assert_eq!(resources["Archive"]["Properties"]["SourceArn"], json!({"Fn::Sub": bus}));
        assert_eq!(template["Outputs"]["EventBusName"]["Value"], name);
        assert_eq!(template["Outputs"]["EventBusARN"]["Value"], json!({"Fn::Sub": bus}));
        let dimensions = resources["FailedDeliveriesAlarm"]["Properties"]["Dimensions"].to_string();
        assert_eq!(dimensions.contains("EventBusName"), of_its_own, "{existing}: {dimensions}");
        let dashboard = resources["Dashboard"].to_string();
        assert_eq!(dashboard.contains("EventBusName"), of_its_own, "{existing}");
    }
    let template = rendered(
        &json!({"existing": "default", "archive": "off", "pattern": {"source": ["a.b"]}}),
        "encryption: stack_key\n",
    );
    assert!(template["Resources"]["Archive"].is_null());
    let key = template["Resources"]["EncryptionKey"].to_string();
    assert!(key.contains("FromAlarms") && !key.contains("FromBus"), "{key}");
    assert!(!template["Resources"]["UndeliveredQueuePolicy"].to_string().contains("FromBus"));
}

#[test]
fn further_rules_lead_to_the_same_queue() {
    let bus = json!({
        "pattern": {"source": ["a.b"], "detail-type": ["x"]},
        "input": "detail",
        "rules": [
            {"pattern": {"source": ["c.d"]}},
            {"name": "returned-parcels", "pattern": {"source": ["a.b", "e.f"]}, "retry": {"max_attempts": 3}},
        ],
    });
    let template = rendered(&bus, "");
    let resources = &template["Resources"];
    let target = |id: &str| resources[id]["Properties"]["Targets"][0].clone();
    assert_eq!(resources["Rule2"]["Properties"]["Name"], "ship-rule-test-2");
    assert_eq!(target("Rule2"), target("Rule"));
    assert_eq!(resources["RuleReturnedParcels"]["Properties"]["Name"], "ship-rule-test-returned-parcels");
    assert_eq!(target("RuleReturnedParcels")["RetryPolicy"]["MaximumRetryAttempts"], 3);
    assert_eq!(target("RuleReturnedParcels")["InputPath"], "$.detail");
    let rules = ["Rule", "Rule2", "RuleReturnedParcels"].map(|id| json!({"Fn::GetAtt": [id, "Arn"]}));
    for policy in ["QueuePolicy", "UndeliveredQueuePolicy"] {
        let allowed = &resources[policy]["Properties"]["PolicyDocument"]["Statement"][0]["Condition"];
        assert_eq!(allowed["ArnEquals"]["aws:SourceArn"], json!(rules), "{policy}");
    }
    assert_eq!(resources["Archive"]["Properties"]["EventPattern"], json!({"source": ["a.b", "c.d", "e.f"]}));
    for (id, name) in [
        ("FailedDeliveriesAlarm2", "ship-failed-deliveries-test-2"),
        ("LostEventsAlarmReturnedParcels", "ship-lost-events-test-returned-parcels"),
    ] {
        assert_eq!(resources[id]["Properties"]["AlarmName"], name);
        assert!(resources["Dashboard"].to_string().contains(name), "{name}");
    }
    // Without a source, the archive matches whatever any rule matches.
    let mixed = json!({"pattern": {"source": ["a.b"]}, "rules": [{"pattern": {"detail-type": ["x"]}}]});
    let archived = &rendered(&mixed, "")["Resources"]["Archive"]["Properties"]["EventPattern"];
    assert_eq!(*archived, json!({"$or": [{"source": ["a.b"]}, {"detail-type": ["x"]}]}));
}

#[test]
fn producers_are_let_in_for_the_sources_of_the_patterns() {
    let producers = json!([
        "123456789012",
        {"organization": "o-a1b2c3d4e5"},
        {"organizational_unit": "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"},
        "210987654321",
    ]);
    let of = |pattern: &Value, existing: Option<&str>| {
        let mut bus = json!({"pattern": pattern, "producers": producers.clone()});
        if let Some(existing) = existing {
            bus["existing"] = existing.into();
        }
        rendered(&bus, "")["Resources"].clone()
    };
    let resources = of(&json!({"source": ["a.b", "c.d"]}), None);
    let policy = &resources["ProducerAccounts"]["Properties"];
    assert_eq!(policy["StatementId"], "ship-test-acc");
    assert_eq!(policy["EventBusName"], json!({"Ref": "Bus"}));
    let root = |account: &str| json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:iam::{account}:root")});
    let sources = json!({
        "ForAllValues:StringEquals": {"events:source": ["a.b", "c.d"]},
        "Null": {"events:source": "false"},
    });
    assert_eq!(
        policy["Statement"],
        json!({
            "Sid": "ship-test-acc", "Effect": "Allow", "Action": "events:PutEvents",
            "Principal": {"AWS": [root("123456789012"), root("210987654321")]},
            "Resource": {"Fn::GetAtt": ["Bus", "Arn"]},
            "Condition": sources,
        })
    );
    let condition = |id: &str| resources[id]["Properties"]["Statement"]["Condition"].clone();
    assert_eq!(
        condition("ProducerOrganizations")["StringEquals"]["aws:PrincipalOrgID"],
        json!(["o-a1b2c3d4e5"])
    );
    assert_eq!(condition("ProducerOrganizations")["Null"]["events:source"], "false");
    assert_eq!(
        condition("ProducerUnits")["ForAnyValue:StringLike"]["aws:PrincipalOrgPaths"],
        json!(["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"])
    );
    // A pattern that does not name sources in full only restricts the account.
    let open = of(&json!({"source": [{"prefix": "a."}]}), Some("default"));
    assert_eq!(open["ProducerAccounts"]["Properties"]["EventBusName"], "default");
    assert!(open["ProducerAccounts"]["Properties"]["Statement"]["Condition"].is_null());
}

#[test]
fn wrong_fields_of_a_bus_are_errors_at_their_location() {
    let cloud = Cloud::new();
    let pattern = json!({"source": ["a.b"]});
    let bus = |more: Value| {
        let mut bus = json!({"pattern": pattern});
        bus.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        bus
    };
    let output = found(&cloud, &bus(json!({"producers": [123_456_789_012_u64]})), "");
    assert!(output[0].contains("/bus/producers/0 quote it: `\"123456789012\"`"), "{output:?}");
    let unit = json!({"producers": [{"organizational_unit": "ou-ab12-11111111"}]});
    let output = found(&cloud, &bus(unit), "");
    assert!(
        output[0].contains("/organizational_unit write it like `\"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*\"`"),
        "{output:?}"
    );
    let output = found(&cloud, &bus(json!({"rules": [{"pattern": {"source": "c.d"}}]})), "");
    assert_eq!(output, ["bus::wrong-pattern /bus/rules/0/pattern/source write `[\"c.d\"]`"]);
    let output = found(&cloud, &bus(json!({"rules": [{"pattern": {"detail": {"a": [1]}}}]})), "");
    assert!(output[0].starts_with("bus::pattern-too-broad /bus/rules/0/pattern"), "{output:?}");
    let twice = json!({"rules": [{"name": "a-1", "pattern": pattern}, {"name": "a1", "pattern": pattern}]});
    let output = found(&cloud, &bus(twice), "");
    assert!(
        output.len() == 1 && output[0].starts_with("spec::name-taken-twice /bus/rules/1/name"),
        "{output:?}"
    );
    let elsewhere = json!({"existing": "arn:aws:events:us-east-1:123456789012:event-bus/x"});
    let output = found(&cloud, &bus(elsewhere), "deploy: {region: eu-west-1, account: \"210987654321\"}\n");
    assert_eq!(
        output.iter().filter(|one| one.starts_with("deploy::elsewhere /bus/existing")).count(),
        2,
        "{output:?}"
    );
    // The size of the pattern: limits that AWS can raise, and one that it cannot.
    let long = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("customer-{number:05}")).collect();
        json!({"pattern": {"source": ["a.b"], "detail": {"customer": names}}})
    };
    let output = found(&cloud, &long(130), "");
    assert!(
        output[0].starts_with("bus::pattern-over-quota /bus/pattern") && output[0].contains("quotas"),
        "{output:?}"
    );
    let raised = "deploy: {quotas: {event_pattern_characters: 4096}}\n";
    assert!(found(&cloud, &long(130), raised).is_empty());
    assert!(found(&cloud, &long(300), raised)[0].starts_with("bus::wrong-pattern /bus/pattern"));
}

#[test]
fn samples_are_tried_on_all_patterns_or_on_that_of_their_rule() {
    let cloud = Cloud::new();
    event(&cloud, "a.json", "a.b", "SHP-1");
    event(&cloud, "c.json", "c.d", "SHP-2");
    let bus = |samples: &Value, of_rule: &Value| {
        json!({
            "pattern": {"source": ["a.b"]}, "samples": samples,
            "rules": [{"name": "returns", "pattern": {"source": ["c.d"]}, "samples": of_rule}],
        })
    };
    let right =
        bus(&json!({"match": ["a.json", "c.json"]}), &json!({"match": ["c.json"], "ignore": ["a.json"]}));
    assert!(found(&cloud, &right, "").is_empty());
    let path = cloud.path("spec.yaml");
    let path = path.to_str().expect("UTF-8");
    let output = cloud.run(&["test", path, "--format", "json"]).succeeded().json();
    assert_eq!(output["samples"][0]["rules"], json!(["ship-rule-test"]));
    assert_eq!(output["samples"][1]["rules"], json!(["ship-rule-test-returns"]));
    cloud.run(&["test", path]).succeeded().prints(&["(rule `ship-rule-test-returns`)"]);
    let wrong = bus(&json!({"ignore": ["c.json"]}), &json!({"match": ["a.json"]}));
    let output = found(&cloud, &wrong, "");
    assert!(output[0].starts_with("bus::sample-not-matched /bus/rules/0/samples/match/0"), "{output:?}");
    assert!(output[1].starts_with("bus::sample-not-ignored /bus/samples/ignore/0"), "{output:?}");
}

#[test]
fn two_specs_share_a_bus_but_no_name_on_it() {
    let cloud = Cloud::new();
    let bus = json!({"existing": "default", "pattern": {"source": ["a.b"]}});
    let [one, two] = [("one", ""), ("two", "")]
        .map(|(name, more)| written(&cloud, &format!("{name}.yaml"), &spec(name, &bus, more)));
    cloud.run(&["validate", &one, &two]).succeeded();
    for (file, name) in [(&one, "one"), (&two, "two")] {
        written(&cloud, file, &spec(name, &bus, "names: {rule: orders}\n"));
    }
    let output = cloud.run(&["validate", &one, &two]).exited(3);
    assert!(output.stdout.contains("creates the same rule `orders`"), "{}", output.stdout);
    // On separate buses the same name is free.
    let own = json!({"pattern": {"source": ["a.b"]}});
    for (file, name) in [(&one, "one"), (&two, "two")] {
        written(&cloud, file, &spec(name, &own, "names: {rule: orders}\n"));
    }
    cloud.run(&["validate", &one, &two]).succeeded();
}

#[test]
fn copies_of_older_templates_are_refused_where_they_lack_what_is_asked_for() {
    let unmet = |bus: &Value, changes: &[(&str, &str, &str)]| {
        let cloud = Cloud::new();
        let folder = cloud.path("templates");
        for template in ["bus", "queue"] {
            cloud.run(&["eject", template, "--to", folder.to_str().expect("UTF-8")]).succeeded();
        }
        for (template, old, new) in changes {
            let path = folder.join(format!("{template}.yaml.j2"));
            let text = std::fs::read_to_string(&path).expect("a copy");
            assert!(text.contains(old), "{old}");
            std::fs::write(&path, text.replace(old, new)).expect("written");
        }
        let path = written(&cloud, "spec.yaml", &spec("ship", bus, "deploy: {templates: templates}\n"));
        let output = cloud.run(&["validate", &path, "--format", "json"]).json();
        let all = output["diagnostics"].as_array().expect("a list").clone();
        let errors = all.iter().filter(|one| one["severity"] == "error");
        errors.map(|one| format!("{}: {}", one["code"], one["message"])).collect::<Vec<String>>().join("\n")
    };
    let pattern = json!({"source": ["a.b"]});
    let rules = json!({"pattern": pattern, "rules": [{"name": "returns", "pattern": {"source": ["c.d"]}}]});
    assert_eq!(unmet(&rules, &[]), "");
    let old_rules = ("bus", "in bus.further", "in []");
    let output = unmet(&rules, &[old_rules]);
    assert!(
        output.contains("render::unknown-reference") || output.contains("no rule `RuleReturns`"),
        "{output}"
    );
    let old_queue = ("queue", "bus.rule_arns", "{\"Fn::GetAtt\": [\"Rule\", \"Arn\"]}");
    assert!(
        unmet(&rules, &[old_rules, old_queue]).contains("no rule `RuleReturns`, which `bus.rules` needs")
    );
    let output = unmet(&rules, &[old_queue]);
    assert!(output.contains("EventBridge cannot send events of `RuleReturns` to it"), "{output}");
    let existing = json!({"pattern": pattern, "existing": "default"});
    let old_bus = [("bus", "{% if bus.is_ours %}", "{% if true %}"), ("bus", "{{ bus.name }}", "{Ref: Bus}")];
    let output = unmet(&existing, &old_bus);
    assert!(output.contains("creates a bus `Bus`, but `bus.existing` says `default`"), "{output}");
    let off = json!({"pattern": pattern, "archive": "off"});
    let old_archive = [
        ("bus", "{% if archive_pattern is not none %}", "{% if true %}"),
        ("bus", "{{ spec.bus.archive.retention_days }}", "7"),
        ("bus", "EventPattern: {{ archive_pattern }}", "EventPattern: {}"),
    ];
    assert!(unmet(&off, &old_archive).contains("creates an archive, but `bus.archive` is `off`"));
    let producers = json!({"pattern": pattern, "producers": ["123456789012"]});
    let output = unmet(&producers, &[("bus", "in bus.producers", "in []")]);
    assert!(output.contains("no `ProducerAccounts`: the senders in `bus.producers` are denied"), "{output}");
}

#[test]
fn pipelines_share_a_bus_that_outlives_them() {
    let cloud = Cloud::new();
    let bus = |source: &str| json!({"existing": "default", "pattern": {"source": [source], "detail-type": [{"prefix": "shipment."}]}});
    let east = written(&cloud, "east.yaml", &spec("east", &bus("east.desk"), ""));
    let mut west = bus("west.desk");
    west["archive"] = "off".into();
    // CloudFormation takes this one only as text.
    let returns = json!({"source": ["returns.desk"], "detail": {"held_since": [null]}});
    west["rules"] = json!([{"name": "returns", "pattern": returns}]);
    west["producers"] = json!(["123456789012"]);
    let west = written(&cloud, "west.yaml", &spec("west", &west, ""));
    cloud.run(&["plan", &west, "--local"]).succeeded();
    cloud.run(&["apply", &east, &west, "--local"]).succeeded();
    assert_eq!(buses(&cloud), ["default"]);
    for (spec, source, id) in
        [(&east, "east.desk", "SHP-1"), (&west, "west.desk", "SHP-2"), (&west, "returns.desk", "SHP-3")]
    {
        let file = event(&cloud, "event.json", source, id);
        let sent = send(&cloud, spec, &["--event", &file])
            .succeeded()
            .reports(&["other rules on the bus `default`"]);
        assert_eq!(sent.json()["rows"], 1, "{source}");
    }
    // Each has only its own rows.
    for (spec, rows) in [(&east, 1), (&west, 2)] {
        let output =
            cloud.run(&["query", spec, "--local", "--since", "100000h", "--format", "json"]).succeeded();
        assert_eq!(output.json()["rows"].as_array().map(Vec::len), Some(rows), "{}", output.stdout);
    }
    cloud.run(&["apply", &west, "--local"]).succeeded().reports(&["no changes"]);
    cloud.run(&["destroy", &west, "--local"]).succeeded();
    cloud.run(&["destroy", &east, "--local"]).succeeded();
    assert_eq!(buses(&cloud), ["default"]);
    let rules = cloud.target("events", "AWSEvents.ListRules", "{}");
    assert_eq!(rules["Rules"], json!([]));
}

#[test]
fn a_deployer_may_do_to_an_existing_bus_only_what_is_needed() {
    let cloud = Cloud::new();
    let bus = json!({"existing": "orders", "pattern": {"source": ["a.b"]}, "rules": [{"pattern": {"source": ["c.d"]}}]});
    let deploy = "deploy: {region: eu-west-1, account: \"123456789012\"}\n";
    let allowed = |bus: &Value| -> Vec<(String, Vec<String>)> {
        let path = written(&cloud, "spec.yaml", &spec("ship", bus, deploy));
        let output = cloud.run(&["permissions", &path, "--format", "json"]).succeeded();
        let policy: Value = serde_json::from_str(&output.stdout).expect("JSON");
        let list = |value: &Value| -> Vec<String> {
            let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            all.iter().map(|one| one.as_str().expect("text").to_owned()).collect()
        };
        let mut found = Vec::new();
        for statement in statements(&policy) {
            let resources = list(&statement["Resource"]);
            found.extend(list(&statement["Action"]).into_iter().map(|action| (action, resources.clone())));
        }
        found
    };
    let on = |all: &[(String, Vec<String>)], end: &str| -> Vec<String> {
        let here = all.iter().filter(|(_, resources)| resources.iter().any(|arn| arn.ends_with(end)));
        let mut actions: Vec<String> = here.map(|(action, _)| action.clone()).collect();
        actions.sort();
        actions.dedup();
        actions
    };
    let all = allowed(&bus);
    let asked = ["events:CreateArchive", "events:DescribeEventBus", "events:PutEvents", "events:StartReplay"];
    assert_eq!(on(&all, ":event-bus/orders"), asked);
    assert!(on(&all, ":rule/orders/ship-rule-test-2").contains(&"events:PutRule".to_owned()));
    assert!(!all.iter().any(|(action, _)| action == "events:PutPermission"));
    let mut default = bus.clone();
    default["existing"] = "default".into();
    default["producers"] = json!(["123456789012"]);
    let all = allowed(&default);
    assert_eq!(on(&all, ":event-bus/default"), asked);
    assert!(on(&all, ":rule/ship-rule-test").contains(&"events:PutRule".to_owned()));
    assert!(all.iter().any(|(action, _)| action == "events:PutPermission"));
    // A resource with the name that the stack would use still belongs to someone else.
    default["existing"] = "ship-test".into();
    assert!(!on(&allowed(&default), ":event-bus/ship-test").contains(&"events:DeleteEventBus".to_owned()));
}

/// All statements in a document, at any depth.
fn statements(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(map) if map.contains_key("Action") => vec![value.clone()],
        Value::Object(map) => map.values().flat_map(statements).collect(),
        Value::Array(all) => all.iter().flat_map(statements).collect(),
        _ => Vec::new(),
    }
}

/// The local cloud's templates have no archive.
#[test]
fn a_move_from_bus_to_bus_loses_the_archive_and_reports_it() {
    let content = |bus: &Value, more: &str| Content {
        template: rendered(bus, more),
        parameters: BTreeMap::new(),
        tags: BTreeMap::new(),
    };
    let pattern = json!({"source": ["a.b"]});
    let own = content(&json!({"pattern": pattern}), "");
    let location = Location { stack: "ship-test".to_owned(), account: String::new(), region: String::new() };
    let moved = |more: &str| {
        let wanted = content(&json!({"pattern": pattern, "existing": "default"}), more);
        (plan(&location, Some(&own), &wanted), plan(&location, Some(&wanted), &own))
    };
    let (there, back) = moved("names: {archive: other}\n");
    for (plan, bus) in [(&there, Action::Remove), (&back, Action::Add)] {
        let change = |id: &str| plan.changes.iter().find(|one| one.logical_id == id).expect("a change");
        assert_eq!(change("Bus").action, bus);
        assert_eq!((change("Rule").action, change("Rule").risk), (Action::Replace, Risk::Interruption));
        assert_eq!((change("Archive").action, change("Archive").risk), (Action::Replace, Risk::DataLoss));
        assert!(change("Archive").obstacle.is_none());
    }
    assert!(there.changes.iter().any(|one| one.why.contains("senders must send to another bus")));
    // Two archives cannot have the same name.
    let (same, _) = moved("");
    let obstacle = same.changes.iter().find_map(|one| one.obstacle.as_ref()).expect("an obstacle");
    assert!(obstacle.help.contains("under `names`"), "{}", obstacle.help);
}

#[test]
fn a_bus_that_is_not_there_is_refused_and_a_move_to_one_is_planned_with_its_risks() {
    let cloud = Cloud::new();
    let pattern = json!({"source": ["shipment.service"], "detail-type": [{"prefix": "shipment."}]});
    let moved = spec("ship", &json!({"existing": "orders", "pattern": pattern}), "");
    let path = written(&cloud, "spec.yaml", &moved);
    for verb in ["plan", "apply"] {
        let output = cloud.run(&[verb, &path, "--local"]).exited(4);
        output.reports(&[
            "error[plan::bus]",
            "there is no bus `orders`",
            "aws events create-event-bus --name orders",
        ]);
    }
    written(&cloud, "spec.yaml", &spec("ship", &json!({"pattern": pattern}), ""));
    cloud.run(&["apply", &path, "--local"]).succeeded();
    cloud.target("events", "AWSEvents.CreateEventBus", r#"{"Name": "orders"}"#);
    written(&cloud, "spec.yaml", &moved);
    let output = cloud.run(&["plan", &path, "--local", "--format", "json"]);
    let change = |id: &str| {
        let changes = output.json()["changes"].as_array().expect("a list").clone();
        changes.into_iter().find(|one| one["logical_id"] == id).expect("a change")
    };
    assert_eq!(
        (&change("Bus")["action"], &change("Bus")["risk"]),
        (&json!("remove"), &json!("interruption"))
    );
    assert_eq!(change("Rule")["action"], "replace");
    // Commands use the deployed bus.
    send(&cloud, &path, &["--count", "3"]).succeeded().reports(&["`ship-test` is used"]);
    written(&cloud, "spec.yaml", &format!("{moved}names: {{archive: ship-archive-2}}\n"));
    cloud.run(&["apply", &path, "--local"]).succeeded();
    let mut left = buses(&cloud);
    left.sort();
    assert_eq!(left, ["default", "orders"]);
    assert_eq!(send(&cloud, &path, &["--count", "3"]).succeeded().json()["rows"], 3);
    cloud.run(&["destroy", &path, "--local"]).succeeded();
    assert!(buses(&cloud).contains(&"orders".to_owned()));
}
