//! The contract: all that pipectl passes to the processor.
//!
//! pipectl serialises this struct into the function's `PIPELINE_CONFIG` variable, or into that and a file of the zip
//! ([`crate::packed`]), and the Lambda reads it back; both sides compile this file, so they cannot disagree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::mapping::{Mapping, Problem, problems};

/// The newest contract version. A contract that only names fields of the detail is written as version 1, so that an older
/// processor can read it and a deployed pipeline does not change.
pub const VERSION: u32 = 2;
/// A marker in every program that contains `run_with`, so that its contract version is known without running it: this
/// text, the version and a semicolon.
pub const CONTRACT_MARK: &str = "pipectl-contract:";
/// The oldest contract version this processor reads.
const OLDEST: u32 = 1;

/// How the processor treats events. A missing field takes the spec's default, an unknown one is an error: an older
/// processor must not ignore a newer setting.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Version of this contract, 1 or 2.
    pub version: u32,
    /// What the rule sends to the queue.
    pub input: Input,
    /// How one event becomes one row.
    pub event: Mapping,
    /// Days a row lives, counted from the moment it is written. At least 1; `null` retains rows until they are deleted.
    pub ttl_days: Option<u32>,
    /// Concurrent writes within one invocation, each on a connection of its own. At least 1.
    pub write_concurrency: u32,
    /// The number of values that the status index's partition key is spread over; 1 writes plain `PROCESSED`.
    pub status_index_shards: u32,
    /// The attributes that are keys of further indexes, each with the most bytes a text may have there. Such an attribute
    /// has one type, a text unless a format is set. It is left out if its value is null or blank.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub index_keys: BTreeMap<String, usize>,
    /// The service level that events are measured by, if the spec has one ([`crate::age`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slo: Option<ServiceLevel>,
    /// The least severe log line written.
    pub log_level: LogLevel,
    /// Custom code. It is not serialised: it is in the program.
    #[serde(skip)]
    pub code: Code,
}

/// When an event counts as good, and when a failing one is given up.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ServiceLevel {
    /// An event that becomes a row within this number of seconds is good. At least 1.
    pub stored_within_seconds: u32,
    /// Receives after which the queue moves a message to the dead-letter queue. At least 1.
    pub max_receives: u32,
}

/// What the queue receives. Both forms are understood in either mode; the mode says
/// which one an ambiguous body is (see [`crate::event`]).
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The whole EventBridge event, fields under `detail`.
    #[default]
    Envelope,
    /// The rule's target has `InputPath: $.detail`: the fields alone.
    Detail,
}

/// The least severe log line written. The line of the batch, which holds its metrics, is written at every level.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Permanent failures and conflicts.
    Error,
    /// Also failures that will be retried.
    Warn,
    /// The same as `warn` so far.
    #[default]
    Info,
    /// Also one line per record.
    Debug,
    /// As `debug`; payloads are never logged at any level.
    Trace,
}

/// Why a config is rejected. The messages name fields, never more than their values.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// Not JSON, an unknown field, or a value of the wrong kind.
    #[error("{0}")]
    Shape(String),
    /// A contract this processor does not know.
    #[error(
        "`version` is {0}, this processor reads version {OLDEST} to {VERSION}: deploy the processor that belongs to this pipectl"
    )]
    Version(u32),
    /// The file of the zip that the environment names cannot be used.
    #[error("the mapping in `{name}` cannot be used: {reason}")]
    File {
        /// The file.
        name: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A number below 1.
    #[error("`{0}` is 0, the minimum is 1")]
    Zero(&'static str),
    /// A rule of the mapping is broken.
    #[error("{}", .0.message)]
    Mapping(Box<Problem>),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: OLDEST,
            input: Input::default(),
            event: Mapping::default(),
            ttl_days: Some(90),
            write_concurrency: 32,
            status_index_shards: 1,
            index_keys: BTreeMap::new(),
            slo: None,
            log_level: LogLevel::default(),
            code: Code::default(),
        }
    }
}

impl Config {
    /// The same config in the oldest version that can express it.
    #[must_use]
    pub fn in_oldest_version(mut self) -> Self {
        let is_old = self.event.is_of_version_1()
            && self.ttl_days.is_some()
            && self.index_keys.is_empty()
            && self.slo.is_none();
        self.version = if is_old { OLDEST } else { VERSION };
        self
    }

    /// The contract as one line of JSON. Fields come in declaration order and every one is written, so equal configs give
    /// equal bytes and a template has no needless diff.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings, integers and unit variants are always JSON")
    }

    /// Reads what [`Config::to_json`] wrote, or a shorter text with defaults left out.
    ///
    /// # Errors
    /// The text is not this contract, or a value in it is invalid ([`Config::check`]).
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        // serde reads a list as a struct without names; the contract requires names.
        if !text.trim_start().starts_with('{') {
            return Err(ConfigError::Shape("not a JSON object".to_owned()));
        }
        let config: Self =
            serde_json::from_str(text).map_err(|error| ConfigError::Shape(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    /// Checks the rules that the types cannot express.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !(OLDEST..=VERSION).contains(&self.version) {
            return Err(ConfigError::Version(self.version));
        }
        for (field, value) in [
            ("ttl_days", self.ttl_days.unwrap_or(1)),
            ("write_concurrency", self.write_concurrency),
            ("status_index_shards", self.status_index_shards),
            ("slo.stored_within_seconds", self.slo.map_or(1, |slo| slo.stored_within_seconds)),
            ("slo.max_receives", self.slo.map_or(1, |slo| slo.max_receives)),
        ] {
            if value == 0 {
                return Err(ConfigError::Zero(field));
            }
        }
        match problems(&self.event, self.input).into_iter().next() {
            Some(problem) => Err(ConfigError::Mapping(Box::new(problem))),
            None => Ok(()),
        }
    }
}
