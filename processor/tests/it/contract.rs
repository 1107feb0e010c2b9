//! The contract between the deployer and the Lambda.

use pipectl_processor::config::{Config, ConfigError, Input, LogLevel};
use pipectl_processor::environment::{Environment, EnvironmentError};
use pipectl_processor::mapping::{Field, Format, OnConflict};
use pipectl_processor::packed::Packed;
use pipectl_processor::reason::Reason;
use pipectl_processor::schema::Schema;

const DEFAULTS: &str = r#"{"version":1,"input":"envelope","event":{"partition_key":"shipment_id","sort_key":"event_timestamp","sort_key_format":"timestamp","type":"event_type","data":"event_data","on_conflict":"dead_letter","on_oversize":"dead_letter"},"ttl_days":90,"write_concurrency":32,"status_index_shards":1,"log_level":"info"}"#;

#[test]
fn the_defaults_have_these_bytes() {
    assert_eq!(Config::default().to_json(), DEFAULTS);
    assert_eq!(Config::from_json(DEFAULTS), Ok(Config::default()));
}

#[test]
fn what_is_written_is_read_back() {
    let mut config = Config {
        input: Input::Detail,
        ttl_days: Some(1),
        write_concurrency: 1_000,
        status_index_shards: 16,
        log_level: LogLevel::Trace,
        ..Config::default()
    };
    config.event.partition_key = Field::of_detail("parcel \"é\"");
    config.event.event_type = Some(Field::of_detail("kind"));
    config.event.sort_key_format = Some(Format::Text);
    config.event.on_conflict = OnConflict::KeepFirst;
    assert_eq!(Config::from_json(&config.to_json()), Ok(config));
}

#[test]
fn missing_fields_take_defaults() {
    assert_eq!(Config::from_json("{}"), Ok(Config::default()));
    let config = Config::from_json(r#"{"event":{"partition_key":"order_id"}}"#).unwrap();
    assert_eq!(config.event.partition_key, Field::of_detail("order_id"));
    assert_eq!(config.event.sort_key, Some(Field::of_detail("event_timestamp")));
}

#[test]
fn what_cannot_work_is_refused() {
    for (text, expected) in [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("{", "EOF"),
        (r#"{"ttl_day":1}"#, "unknown field `ttl_day`"),
        (r#"{"event":{"kind":"x"}}"#, "unknown field `kind`"),
        (r#"{"input":"body"}"#, "unknown variant `body`"),
        (r#"{"ttl_days":-1}"#, "invalid value"),
        (r#"{"version":3}"#, "`version` is 3, this processor reads version 1 to 2"),
        (r#"{"ttl_days":0}"#, "`ttl_days` is 0"),
        (r#"{"write_concurrency":0}"#, "`write_concurrency` is 0"),
        (r#"{"status_index_shards":0}"#, "`status_index_shards` is 0"),
        (
            r#"{"slo":{"stored_within_seconds":0,"max_receives":5}}"#,
            "`slo.stored_within_seconds` is 0, the minimum is 1",
        ),
        (r#"{"slo":{"stored_within_seconds":60}}"#, "missing field `max_receives`"),
        (r#"{"event":{"data":" "}}"#, "`event.data` has 1 bytes"),
        (
            r#"{"event":{"data":"shipment_id"}}"#,
            "`event.partition_key` and `event.data` are both `shipment_id`",
        ),
        (r#"{"event":{"type":"expires_at"}}"#, "`event.type` is `expires_at`"),
    ] {
        let message = Config::from_json(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
    let long = format!(r#"{{"event":{{"data":"{}"}}}}"#, "x".repeat(256));
    assert!(
        matches!(Config::from_json(&long), Err(ConfigError::Mapping(problem)) if problem.message.contains("256 bytes"))
    );
}

#[test]
fn the_environment_needs_a_table_only() {
    let read = |variables: &[(&str, &str)]| {
        Environment::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    };
    let environment = read(&[("EVENTS_TABLE_NAME", "events-dev")]).unwrap();
    assert_eq!(environment.table_name, "events-dev");
    assert_eq!(environment.name, "dev");
    assert_eq!(environment.function_name, "processor");
    assert_eq!(environment.config, Config::default());

    assert_eq!(read(&[]), Err(EnvironmentError::NoTable));
    assert_eq!(read(&[("EVENTS_TABLE_NAME", " ")]), Err(EnvironmentError::NoTable));
    let broken = read(&[("EVENTS_TABLE_NAME", "t"), ("PIPELINE_CONFIG", "{")]).unwrap_err();
    assert!(
        broken.to_string().starts_with("`PIPELINE_CONFIG` is not a valid config of this processor: "),
        "{broken}"
    );
}

#[test]
fn codes_are_unique_and_documented() {
    let readme = include_str!("../../README.md");
    for (index, reason) in Reason::ALL.iter().enumerate() {
        let code = reason.as_str();
        assert!(!Reason::ALL[..index].iter().any(|other| other.as_str() == code), "{code} twice");
        assert!(reason.explanation().ends_with('.'), "{code}: {}", reason.explanation());
        let line = format!("| `{code}` | {} |", reason.class().as_str());
        assert!(readme.contains(&line), "README.md lacks `{line}`");
    }
}

#[test]
fn a_mapping_that_the_environment_cannot_hold_is_read_from_its_file() {
    let mut config = Config { ttl_days: Some(7), ..Config::default() };
    assert_eq!(config.packed(), Packed { environment: config.to_json(), file: None });
    config.version = 2;
    config.event.schema =
        Some(Schema::read(r#"{"properties":{"n":{"const":0.12345678901234567890}}}"#).unwrap());
    let packed = config.packed();
    let file = packed.file.clone().unwrap();
    assert!(packed.environment.len() < 400 && packed.environment.contains("\"ttl_days\":7"), "{packed:?}");
    let unpacked = |text: &str| {
        Config::unpacked(&packed.environment, |name| match name {
            "mapping.json" => Ok(text.to_owned()),
            _ => Err("no such file".to_owned()),
        })
    };
    assert_eq!(unpacked(&file), Ok(config.clone()));
    // Every byte counts.
    let other = unpacked(&file.replace("6789}", "6788}")).unwrap_err().to_string();
    assert!(
        other.starts_with("the mapping in `mapping.json` cannot be used: it is another file (SHA-256 "),
        "{other}"
    );
    assert!(unpacked("").is_err());
    let missing =
        Config::unpacked(&packed.environment, |_| Err("not found".to_owned())).unwrap_err().to_string();
    assert!(missing.contains("not found: deploy the zip that pipectl packed"), "{missing}");
    let elsewhere = packed.environment.replace("mapping.json", "../mapping.json");
    assert!(Config::unpacked(&elsewhere, |_| Ok(file.clone())).is_err());

    // Without a schema, a long mapping is also moved to the file.
    config.event.schema = None;
    let field = |number: usize| Field {
        from: vec!["$.detail.a.b".parse().unwrap()],
        ..Field::of_detail(&format!("attribute_{number}"))
    };
    config.event.attributes = (0..80).map(field).collect();
    let packed = config.packed();
    let file = packed.file.unwrap();
    assert_eq!(Config::unpacked(&packed.environment, |_| Ok(file.clone())), Ok(config));
}
