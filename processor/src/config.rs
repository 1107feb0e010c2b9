//! The contract: what pipectl tells the processor, and nothing else.
//!
//! pipectl serialises this struct into the function's `PIPELINE_CONFIG` variable and
//! the Lambda reads it back; both sides compile this file, so they cannot disagree.

use serde::{Deserialize, Serialize};

use crate::row::CONTROL_ATTRIBUTES;

/// The only contract version this processor reads.
pub const VERSION: u32 = 1;

/// Longest attribute name of a key or index key, in bytes (DynamoDB).
const LONGEST_NAME: usize = 255;

/// How the processor treats events. A missing field takes the spec's default, an
/// unknown one is an error: an older processor must not ignore a newer wish.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Version of this contract, 1.
    pub version: u32,
    /// What the rule puts into the queue.
    pub input: Input,
    /// How one event becomes one row.
    pub event: Event,
    /// Days a row lives, counted from the moment it is written. At least 1.
    pub ttl_days: u32,
    /// Writes in flight within one invocation, each on a connection of its own. At least 1.
    pub write_concurrency: u32,
    /// Values the status index's partition key is spread over; 1 writes plain `PROCESSED`.
    pub status_index_shards: u32,
    /// The least severe log line written.
    pub log_level: LogLevel,
}

/// What the queue receives. Both forms are understood in either mode; the mode says
/// which one an ambiguous body is (see [`crate::envelope`]).
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The whole EventBridge event, fields under `detail`.
    #[default]
    Envelope,
    /// The rule's target has `InputPath: $.detail`: the fields alone.
    Detail,
}

/// How one event becomes one row. The names are both the event's fields and the
/// row's attributes.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Event {
    /// Field and attribute of the partition key, a string of 1 to 2,048 bytes.
    pub partition_key: String,
    /// Field and attribute of the sort key, a string of 1 to 1,024 bytes.
    pub sort_key: String,
    /// How the sort key is read.
    pub sort_key_format: SortKeyFormat,
    /// Field and attribute of the event's type, a non-blank string.
    #[serde(rename = "type")]
    pub type_field: String,
    /// Field and attribute of the event's data, an object.
    pub data: String,
    /// What to do with an event whose key is taken by other content.
    pub on_conflict: OnConflict,
    /// What to do with an event whose row would exceed 400 KB.
    pub on_oversize: OnOversize,
}

/// How the sort key is read.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum SortKeyFormat {
    /// An RFC 3339 instant, stored in one UTC spelling.
    #[default]
    Timestamp,
    /// Any non-blank string, stored as it is.
    Text,
}

/// What happens to an event whose key exists with other content.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The message fails until the queue moves it to the dead letters.
    #[default]
    DeadLetter,
    /// The row that was first stays, the message is acknowledged with a warning.
    KeepFirst,
}

/// What happens to an event whose row would exceed DynamoDB's 400 KB.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnOversize {
    /// The message fails until the queue moves it to the dead letters.
    #[default]
    DeadLetter,
}

/// The least severe log line written. The batch's line, which holds its metrics, is
/// written at every level.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Permanent failures and conflicts.
    Error,
    /// Also failures that will be tried again.
    Warn,
    /// Nothing more than `warn` so far.
    #[default]
    Info,
    /// Also one line per record.
    Debug,
    /// As `debug`; payloads are never logged at any level.
    Trace,
}

/// Why a config is refused. The messages name fields, never more than their values.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// Not JSON, an unknown field, or a value of the wrong kind.
    #[error("{0}")]
    Shape(String),
    /// A contract this processor does not know.
    #[error(
        "`version` is {0}, this processor reads version {VERSION}: deploy the processor that belongs to this pipectl"
    )]
    Version(u32),
    /// A number below 1.
    #[error("`{0}` is 0, the least is 1")]
    Zero(&'static str),
    /// An attribute name DynamoDB would refuse.
    #[error("`event.{field}` has {length} bytes, an attribute name has 1 to {LONGEST_NAME}")]
    Name {
        /// The field of [`Event`].
        field: &'static str,
        /// Its length in bytes.
        length: usize,
    },
    /// Two event fields would write one attribute.
    #[error("`event.{first}` and `event.{second}` are both `{name}`")]
    SameName {
        /// The field of [`Event`] named first.
        first: &'static str,
        /// The field of [`Event`] that repeats it.
        second: &'static str,
        /// The attribute name.
        name: String,
    },
    /// An event field would overwrite an attribute the processor itself writes.
    #[error("`event.{field}` is `{name}`, an attribute the processor writes itself")]
    ControlAttribute {
        /// The field of [`Event`].
        field: &'static str,
        /// The attribute name.
        name: String,
    },
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: VERSION,
            input: Input::default(),
            event: Event::default(),
            ttl_days: 90,
            write_concurrency: 32,
            status_index_shards: 1,
            log_level: LogLevel::default(),
        }
    }
}

impl Default for Event {
    fn default() -> Self {
        Self {
            partition_key: "shipment_id".to_owned(),
            sort_key: "event_timestamp".to_owned(),
            sort_key_format: SortKeyFormat::default(),
            type_field: "event_type".to_owned(),
            data: "event_data".to_owned(),
            on_conflict: OnConflict::default(),
            on_oversize: OnOversize::default(),
        }
    }
}

impl Config {
    /// The contract as one line of JSON. Fields come in declaration order and every
    /// one is written, so equal configs give equal bytes and a template's diff is quiet.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings, integers and unit variants are always JSON")
    }

    /// Reads what [`Config::to_json`] wrote, or a shorter text with defaults left out.
    ///
    /// # Errors
    /// The text is not this contract, or a value in it cannot work ([`Config::check`]).
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        // serde reads a list as a struct without names; the contract has names.
        if !text.trim_start().starts_with('{') {
            return Err(ConfigError::Shape("not a JSON object".to_owned()));
        }
        let config: Self =
            serde_json::from_str(text).map_err(|error| ConfigError::Shape(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    /// The rules that types cannot hold.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.version != VERSION {
            return Err(ConfigError::Version(self.version));
        }
        for (field, value) in [
            ("ttl_days", self.ttl_days),
            ("write_concurrency", self.write_concurrency),
            ("status_index_shards", self.status_index_shards),
        ] {
            if value == 0 {
                return Err(ConfigError::Zero(field));
            }
        }
        self.event.check()
    }
}

impl Event {
    /// The four names, each with the field that holds it.
    fn names(&self) -> [(&'static str, &str); 4] {
        [
            ("partition_key", &self.partition_key),
            ("sort_key", &self.sort_key),
            ("type", &self.type_field),
            ("data", &self.data),
        ]
    }

    fn check(&self) -> Result<(), ConfigError> {
        let names = self.names();
        for (index, &(field, name)) in names.iter().enumerate() {
            if name.trim().is_empty() || name.len() > LONGEST_NAME {
                return Err(ConfigError::Name { field, length: name.len() });
            }
            if CONTROL_ATTRIBUTES.contains(&name) {
                return Err(ConfigError::ControlAttribute { field, name: name.to_owned() });
            }
            if let Some(&(first, _)) = names[..index].iter().find(|(_, earlier)| *earlier == name) {
                return Err(ConfigError::SameName { first, second: field, name: name.to_owned() });
            }
        }
        Ok(())
    }
}
