//! Specs mutated in every way that the schema knows: no invalid one passes, no valid one is rejected, and all validators
//! agree.

use std::cell::RefCell;
use std::io::{BufReader, PipeReader, PipeWriter, pipe};

use camino::Utf8Path;
use lsp_server::{Message, Notification, Request, RequestId};
use pipectl::diagnostic::Diagnostic;
use pipectl::{source, validate};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::cases::cases;
use crate::schema::{pointers, set};

/// The mistakes that the schema can detect; the others are found by rules.
const SHAPE: [&str; 7] = [
    "spec::unknown-key",
    "spec::missing-key",
    "spec::wrong-type",
    "spec::out-of-range",
    "spec::unknown-value",
    "spec::wrong-form",
    "spec::unsupported-version",
];

fn prod() -> Value {
    serde_yaml::from_str(include_str!("../../specs/prod.yaml")).expect("YAML")
}

/// The diagnostics of pipectl for a spec, errors and warnings.
fn judged(spec: &Value) -> Vec<Diagnostic> {
    // JSON is YAML, and is unambiguous about what is text.
    let tree = source::read_text(Utf8Path::new("specs/mutant.yaml"), format!("{spec:#}"));
    match tree.and_then(|tree| validate::validate(&tree, false)) {
        Ok(checked) => checked.warnings().to_vec(),
        Err(failure) => failure.diagnostics,
    }
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.code.name).collect()
}

/// A field's schema, with references resolved; if there are alternatives, the map.
fn field<'a>(root: &'a Value, pointer: &str) -> &'a Value {
    pointer.split('/').skip(1).fold(root, |schema, key| {
        let schema = target(root, schema);
        let branches =
            ["oneOf", "anyOf"].into_iter().filter_map(|word| schema.get(word)?.as_array()).flatten();
        let map =
            branches.map(|branch| target(root, branch)).find(|branch| branch.get("properties").is_some());
        &map.unwrap_or(schema)["properties"][key]
    })
}

fn target<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let path = schema.get("$ref").and_then(Value::as_str).map(|path| path.trim_start_matches('#'));
    path.and_then(|path| root.pointer(path)).unwrap_or(schema)
}

/// Each limit of each number: one beyond is rejected as out of range there, the limit itself is not.
#[test]
fn every_numeric_bound_holds_exactly() {
    let schema = pipectl::spec::json_schema();
    let mut tried = 0;
    for pointer in pointers(&schema, &schema, String::new()) {
        let field = field(&schema, &pointer);
        let bound = |word: &str| field.get(word).and_then(Value::as_i64);
        let (Some(least), Some(most)) = (bound("minimum"), bound("maximum")) else { continue };
        if pointer == "/version" {
            continue;
        }
        let step = bound("multipleOf").unwrap_or(1);
        for (value, right) in
            [(least - 1, false), (least, true), (most / step * step, true), (most + 1, false)]
        {
            let mut spec = prod();
            set(&mut spec, &pointer, json!(value));
            let diagnostics = judged(&spec);
            let refused = diagnostics.iter().any(|one| one.path == pointer && SHAPE.contains(&one.code.name));
            assert_eq!(refused, !right, "{pointer}: {value}: {:?}", codes(&diagnostics));
            if refused {
                let one = diagnostics.iter().find(|one| one.path == pointer).expect("it");
                assert!(one.message.contains(&value.to_string()), "{}", one.message);
                let help = one.help.as_deref().unwrap_or_default();
                assert!(
                    help.contains(&least.to_string()) && help.contains(&most.to_string()),
                    "{pointer}: {help}"
                );
                assert!(help.contains("; "), "{pointer}: whose limit it is stands in no help: {help}");
            }
            tried += 1;
        }
    }
    assert!(tried > 120, "{tried}");
}

/// Text that CloudFormation would interpret, in every field and in the free-form ones.
#[test]
fn no_field_takes_what_cloudformation_would_run() {
    let schema = pipectl::spec::json_schema();
    let mut locations = pointers(&schema, &schema, String::new());
    locations.extend(
        ["/deploy/tags/owner", "/bus/pattern/source/0", "/bus/pattern/detail/a/0", "/alarms/notify/0"]
            .map(str::to_owned),
    );
    let texts = [
        "{{resolve:ssm:/db/password}}",
        "{{ resolve:ssm:/db/password }}",
        "{{RESOLVE:secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:a}}",
        "a{{resolve:ssm-secure:x:1}}b",
        "{{\nresolve:ssm:x}}",
        "{ {resolve:ssm:x}}",
        "${AWS::AccountId}",
        "${!Literal}",
        "x${Table.Arn}",
        "$ {x}",
    ];
    let maps = [
        "Ref",
        "Fn::GetAtt",
        "Fn::ImportValue",
        "Fn::Sub",
        "Fn::Transform",
        "Fn::GetStackOutput",
        "Condition",
    ];
    let mut tried = 0;
    for location in &locations {
        let values = texts.iter().map(|text| json!(text)).chain(maps.iter().map(|key| json!({*key: "X"})));
        for value in values {
            let mut spec = prod();
            // A list item replaces the list.
            match location.strip_suffix("/0") {
                Some(list) => set(&mut spec, list, json!([value])),
                None => set(&mut spec, location, value.clone()),
            }
            let diagnostics = judged(&spec);
            let there = diagnostics
                .iter()
                .any(|one| one.is_error() && one.path.starts_with(location.trim_end_matches("/0")));
            assert!(there, "{location} takes {value}: {:?}", codes(&diagnostics));
            tried += 1;
        }
    }
    assert!(tried > 1500, "{tried}");

    // Braces of another alphabet are text.
    let mut spec = prod();
    set(&mut spec, "/bus/pattern/detail", json!({"note": ["｛｛resolve:ssm:x｝｝ {{ 5 $ }}"]}));
    set(&mut spec, "/bus/samples", json!({}));
    assert_eq!(codes(&judged(&spec)), [] as [&str; 0]);
}

fn values() -> Vec<Value> {
    let mut values: Vec<Value> = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(""),
        json!([]),
        json!({}),
        json!([""]),
        json!([1]),
        json!({"a": 1}),
        json!(1.5),
        json!(-0.5),
        json!("off"),
        json!("never"),
        json!("yes"),
        json!("4 days"),
        json!("sse_sqs"),
        json!("none"),
        json!("arm64"),
        json!("ARM64"),
        json!("123456789012"),
        json!(123_456_789_012_u64),
        json!("a@b.c"),
        json!(["a@b.c"]),
        json!({"threshold": 1}),
        json!({"min": 3, "max": 2}),
        json!({"kms_key": "x"}),
        json!({"shards": 4}),
        json!("x".repeat(300)),
        json!("ümlaut"),
        json!("line\nbreak"),
        json!(["samples/created.json"]),
        json!({"kms_key": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}),
    ];
    for number in [
        -1_i64, 0, 1, 2, 3, 10, 13, 14, 15, 20, 35, 60, 61, 90, 128, 300, 900, 1000, 3650, 10_240, 86_400,
        1_209_601,
    ] {
        values.push(json!(number));
    }
    values
}

#[derive(Debug, Clone)]
enum Mutation {
    Set(String, Value),
    Remove(String),
    Rename(String),
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let schema = pipectl::spec::json_schema();
    let locations = pointers(&schema, &schema, String::new());
    let mutation = prop_oneof![
        6 => (select(locations.clone()), select(values())).prop_map(|(location, value)| Mutation::Set(location, value)),
        1 => select(locations.clone()).prop_map(Mutation::Remove),
        1 => select(locations).prop_map(Mutation::Rename),
    ];
    prop::collection::vec(mutation, 1..5)
}

fn mutant(mutations: &[Mutation]) -> Value {
    let mut spec = prod();
    for mutation in mutations {
        match mutation {
            Mutation::Set(location, value) => set(&mut spec, location, value.clone()),
            Mutation::Remove(location) => {
                take(&mut spec, location);
            }
            Mutation::Rename(location) => {
                if let Some(value) = take(&mut spec, location) {
                    set(&mut spec, &format!("{location}z"), value);
                }
            }
        }
    }
    spec
}

fn take(spec: &mut Value, location: &str) -> Option<Value> {
    let (parent, key) = location.rsplit_once('/')?;
    spec.pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .and_then(|map: &mut Map<String, Value>| map.remove(key))
}

/// The schema as an editor reads it, the validator and the language server agree on every mutant: on whether it is
/// invalid, and on every invalid location.
#[test]
fn the_schema_the_validator_and_the_language_server_agree() {
    let schema: Value =
        serde_json::from_str(include_str!("../../schema/pipeline.schema.json")).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let server = Server::start();
    let config = cases(2_000);
    let mut runner = TestRunner::new(config);
    let agree = |mutations: Vec<Mutation>| {
        let spec = mutant(&mutations);
        // An overlay needs its base, which mutants do not have.
        prop_assume!(spec.get("extends").is_none());
        let diagnostics = judged(&spec);
        prop_assert_eq!(server.diagnostics(&spec), lines(&diagnostics), "{:?}", &mutations);
        // In a spec for another pipectl, nothing else is checked.
        if diagnostics.iter().any(|one| one.code.name == "spec::other-pipectl") {
            return Ok(());
        }
        let shape: Vec<&Diagnostic> =
            diagnostics.iter().filter(|one| SHAPE.contains(&one.code.name)).collect();
        prop_assert_eq!(
            validator.is_valid(&spec),
            shape.is_empty(),
            "{:?}: {:?}",
            mutations,
            codes(&diagnostics)
        );
        if shape.iter().any(|one| one.code.name == "spec::unsupported-version") {
            return Ok(());
        }
        for error in validator.iter_errors(&spec) {
            let location = error.instance_path().as_str();
            prop_assert!(
                shape.iter().any(|one| one.path.starts_with(location)),
                "the schema's `{}` at `{}` is not told: {:?}",
                error,
                location,
                diagnostics
            );
        }
        // Every mistake is reported once, with a location and a fix.
        for one in &diagnostics {
            prop_assert!(one.location.is_some() && one.help.is_some(), "{:?}", one);
            prop_assert_eq!(diagnostics.iter().filter(|other| *other == one).count(), 1);
        }
        Ok(())
    };
    if let Err(failure) = runner.run(&mutations(), agree) {
        panic!("{failure}");
    }
}

/// Code, and line and column from 0, of each.
fn lines(diagnostics: &[Diagnostic]) -> Vec<(String, usize, usize)> {
    let location = |one: &Diagnostic| {
        one.location.map_or((1, 1), |location| (location.span.start.line, location.span.start.column))
    };
    let mut lines: Vec<(String, usize, usize)> = diagnostics
        .iter()
        .map(|one| (one.code.name.to_owned(), location(one).0 - 1, location(one).1 - 1))
        .collect();
    lines.sort();
    lines
}

/// The language server on a thread of its own, connected by two pipes.
struct Server {
    input: RefCell<BufReader<PipeReader>>,
    output: PipeWriter,
}

impl Server {
    fn start() -> Self {
        let (to_server, output) = pipe().expect("a pipe");
        let (input, mut from_server) = pipe().expect("a pipe");
        std::thread::spawn(move || {
            pipectl::editor::serve(&mut BufReader::new(to_server), &mut from_server, &|_| Vec::new()).is_ok()
        });
        let started = Self { input: RefCell::new(BufReader::new(input)), output };
        let parameters = json!({"capabilities": {"general": {"positionEncodings": ["utf-32"]}}});
        let request = Request::new(RequestId::from(1), "initialize".to_owned(), parameters);
        started.send(Message::Request(request));
        started.next();
        started.notify("initialized", json!({}));
        started
    }

    fn notify(&self, method: &str, parameters: Value) {
        let notification = Notification::new(method.to_owned(), parameters);
        self.send(Message::Notification(notification));
    }

    fn send(&self, message: Message) {
        message.write(&mut &self.output).expect("the server listens");
    }

    fn next(&self) -> Message {
        Message::read(&mut *self.input.borrow_mut()).expect("a frame").expect("the server answers")
    }

    fn diagnostics(&self, spec: &Value) -> Vec<(String, usize, usize)> {
        let file = concat!("file://", env!("CARGO_MANIFEST_DIR"), "/specs/mutant.yaml");
        let document = json!({"uri": file, "languageId": "yaml", "version": 1, "text": format!("{spec:#}")});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
        // A sample that does not match is reported in its own file.
        let notification = loop {
            match self.next() {
                Message::Notification(notification) if notification.params["uri"] == file => {
                    break notification;
                }
                Message::Notification(_) => {}
                other => panic!("no notification: {other:?}"),
            }
        };
        let number = |value: &Value| usize::try_from(value.as_u64().expect("a number")).expect("small");
        let mut found: Vec<(String, usize, usize)> = notification.params["diagnostics"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| {
                let start = &one["range"]["start"];
                let code = one["code"].as_str().expect("a code").to_owned();
                (code, number(&start["line"]), number(&start["character"]))
            })
            .collect();
        found.sort();
        found
    }
}

/// Specs that satisfy every rule, over everything that the schema allows.
pub(crate) fn right() -> impl Strategy<Value = Value> {
    let name = "[a-z][a-z0-9-]{0,16}[a-z0-9]";
    let load = (1_u64..2_000_000, 100_u64..10_000, 1_u64..4_000);
    let queue = (1_u64..=13, 0_u64..=20, 5_u64..=8);
    let processor = (128_u64..=10_240, 1_u64..=900, 0_u64..=300, 2_u64..=1000, any::<bool>(), 1_u64..=256);
    let table = (32_u64..=3650, 1_u64..=35, any::<bool>(), any::<bool>());
    let alarms = (1_u64..=10_000_000, 1_u64..=1440, 1_u64..=21_000);
    let text = "[a-zA-Z0-9 _.:/=+@-]{1,40}";
    let tags = prop::collection::btree_map("[a-zA-Z][a-zA-Z0-9_.:/=+-]{0,30}", text, 0..5);
    (name, "[a-z0-9]{1,10}", load, queue, processor, table, alarms, tags, any::<bool>()).prop_map(
        |(name, environment, load, queue, processor, table, alarms, tags, production)| {
            let (day, peak, bytes) = load;
            let units = peak * bytes.div_ceil(1024);
            let (retention, wait, receives) = queue;
            let (memory, timeout, window, concurrency, arm, writes) = processor;
            // Limits that depend on another field.
            let payload = 6 * 1024 * 1024 / (bytes + 1024);
            let in_flight = 119_999 / concurrency;
            let size = payload.min(in_flight).clamp(1, if window == 0 { 10 } else { 10_000 });
            let visibility = 6 * timeout + window;
            let receives = receives.min((retention * 86_400 - 1) / visibility).max(5);
            let (ttl, recovery, protected, index) = table;
            let (threshold, periods, age) = alarms;
            let mut spec = json!({
                "version": 1, "name": name, "environment": environment,
                "deploy": {"production": production, "tags": tags, "region": "eu-west-1", "account": "012345678901",
                           "quotas": {"concurrent_executions": 1100}},
                "load": {"events_per_day": day, "peak_events_per_second": peak, "average_event_bytes": bytes},
                "bus": {"pattern": {"source": ["a.b"], "detail": {"weight": [{"numeric": [">", 0, "<=", 12.5]}]}},
                        "archive": {"retention_days": 30}},
                "queue": {"retention_days": retention, "receive_wait_seconds": wait,
                          "dead_letter": {"max_receive_count": receives, "retention_days": 14}},
                "processor": {"memory_mb": memory, "timeout_seconds": timeout, "write_concurrency": writes,
                              "architecture": if arm { "arm64" } else { "x86_64" },
                              "batch": {"size": size, "window_seconds": window, "max_concurrency": concurrency},
                              "reserved_concurrency": concurrency.max(5)},
                "table": {"ttl_days": ttl, "point_in_time_recovery_days": recovery,
                          "warm_throughput": {"writes": units.max(4000)},
                          "status_index": {"shards": units.div_ceil(500).max(if index { 1 } else { 7 })},
                          "deletion_protection": protected || production},
                "alarms": {"notify": ["ops@example.com"],
                           "queue_depth": {"threshold": threshold, "period_seconds": 60, "evaluation_periods": periods},
                           "oldest_message": {"threshold_seconds": age}},
            });
            if name.len() + environment.len() > 38 {
                spec["names"] = json!({"archive": "archive", "processor": "processor"});
            }
            spec
        },
    )
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn right_specs_raise_no_false_alarm(spec in right()) {
        // More shards than the schema allows cannot serve that load.
        prop_assume!(spec["table"]["status_index"]["shards"].as_u64().is_some_and(|shards| shards <= 1000));
        let diagnostics = judged(&spec);
        prop_assert!(diagnostics.is_empty(), "{:?}\n{}", diagnostics, serde_yaml::to_string(&spec).expect("YAML"));
    }
}

/// A value that is invalid by itself hides no other error: with it, a spec has all errors that it has without the value,
/// and its own.
#[test]
fn one_mistake_hides_no_other() {
    let schema = pipectl::spec::json_schema();
    let locations = pointers(&schema, &schema, String::new());
    let required = ["/version", "/name", "/environment", "/bus", "/bus/pattern"];
    let lists = ["/alarms/notify/1", "/bus/samples/match/0", "/event/partition_key/attribute", "/name"];
    let wrong_locations: Vec<String> = locations.iter().cloned().chain(lists.map(str::to_owned)).collect();
    let strategy = (mutations(), select(wrong_locations));
    let mut runner = TestRunner::new(cases(1_000));
    let hidden = |(mutations, location): (Vec<Mutation>, String)| {
        let without = mutant(&mutations);
        prop_assume!(without.get("extends").is_none() && without.get("pipectl").is_none());
        prop_assume!(
            !location.starts_with("/version") && !location.starts_with("/extends") && location != "/pipectl"
        );
        prop_assume!(without.get("version") == Some(&json!(1)));
        let (mut with, mut without) = (without.clone(), without);
        set(&mut with, &location, json!({"no": ["such", "value"]}));
        if !required.contains(&location.as_str()) {
            let whole = location.trim_end_matches("/0").trim_end_matches("/1").trim_end_matches("/attribute");
            take(&mut without, whole);
        }
        let diagnostics = judged(&with);
        let is_at_location = |path: &str| path.starts_with(&location) || location.starts_with(path);
        for one in judged(&without) {
            let mut paths =
                one.related.iter().map(|related| related.path.as_str()).chain([one.path.as_str()]);
            // A rule that reads the invalid value reports nothing; the row of a sample depends on the whole mapping.
            let reads_it = paths.any(is_at_location)
                || one.code.name.starts_with("bus::sample")
                    && (location.starts_with("/event") || location.starts_with("/bus"))
                || one.code.name.starts_with("spec::name-") && location.starts_with("/name");
            // If a section is missing, its missing fields are marked elsewhere.
            let same = |other: &Diagnostic| {
                let near = other.path.starts_with(&one.path) || one.path.starts_with(&other.path);
                other.code.name == one.code.name && near
            };
            prop_assert!(
                reads_it || diagnostics.iter().any(same),
                "{location} hides {one:?}: {:?}",
                codes(&diagnostics)
            );
        }
        prop_assert!(
            diagnostics.iter().any(|one| one.is_error() && is_at_location(&one.path)),
            "{location}: {:?}",
            codes(&diagnostics)
        );
        Ok(())
    };
    if let Err(failure) = runner.run(&strategy, hidden) {
        panic!("{failure}");
    }
}
