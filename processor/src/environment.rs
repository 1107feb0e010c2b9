//! The function's environment variables, and the file beside the program that they may name.

use std::env;
use std::io::Read as _;
use std::path::PathBuf;

use fs_err::File;

use crate::canary::Secret;
use crate::config::{Config, ConfigError};

/// Name of the table that rows are written to. Required.
pub const EVENTS_TABLE_NAME: &str = "EVENTS_TABLE_NAME";
/// Name of the environment, written into the logs. Default `dev`.
pub const ENVIRONMENT: &str = "ENVIRONMENT";
/// The contract as JSON ([`Config::to_json`]). Without it the spec's defaults apply.
pub const PIPELINE_CONFIG: &str = "PIPELINE_CONFIG";
/// URL of the dead-letter queue to which the processor sends records that can never become rows. Without it such messages
/// return to the queue until they reach its receive limit.
pub const DEAD_LETTER_QUEUE_URL: &str = "DEAD_LETTER_QUEUE_URL";
/// The secret of the stack that canaries are signed with. Without it, an event that claims to be one is an ordinary event.
pub const CANARY_KEY: &str = "CANARY_KEY";
/// Name of the function, the metrics' dimension. Lambda sets it and the binary does not start without it; if it is blank,
/// `processor` is used.
pub const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// The version of the function. Lambda sets it.
pub const FUNCTION_VERSION: &str = "AWS_LAMBDA_FUNCTION_VERSION";

/// Where Lambda unpacks the zip. Without it, the files are beside the program.
const TASK_ROOT: &str = "LAMBDA_TASK_ROOT";
/// Most bytes that are read from a file of the zip; a larger file is not the one that the environment names.
const LARGEST_FILE: u64 = 1_048_576;

/// The processor's environment, validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The table that rows are written to.
    pub table_name: String,
    /// The environment's name, only for the logs.
    pub name: String,
    /// The function's name, only for the metrics.
    pub function_name: String,
    /// The contract.
    pub config: Config,
    /// The secret by which canaries are recognised.
    pub canaries: Option<Secret>,
}

/// Why the environment is rejected. The text is the function's init error.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvironmentError {
    /// No table to write to.
    #[error("`{EVENTS_TABLE_NAME}` is not set: it must name the DynamoDB table for the rows")]
    NoTable,
    /// The contract cannot be read.
    #[error("`{PIPELINE_CONFIG}` is not a valid config of this processor: {0}")]
    Config(#[from] ConfigError),
}

impl Environment {
    /// Reads the environment through `lookup`, which returns a variable's value or `None`.
    ///
    /// # Errors
    /// A required variable is missing or the contract is invalid.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let get = |variable| lookup(variable).filter(|value| !value.trim().is_empty());
        let table_name = get(EVENTS_TABLE_NAME).ok_or(EnvironmentError::NoTable)?;
        let name = get(ENVIRONMENT).unwrap_or_else(|| "dev".to_owned());
        let function_name = get(FUNCTION_NAME).unwrap_or_else(|| "processor".to_owned());
        let canaries = get(CANARY_KEY).map(Secret::new);
        let config = Config::from_environment(lookup)?;
        Ok(Self { table_name, name, function_name, config, canaries })
    }
}

impl Config {
    /// The contract from `PIPELINE_CONFIG` and the file it names, or the spec's defaults when it is not set.
    ///
    /// # Errors
    /// The variable is set and does not hold a contract ([`Config::unpacked`]).
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let Some(text) = lookup(PIPELINE_CONFIG) else { return Ok(Self::default()) };
        Self::unpacked(&text, |name| {
            let root =
                lookup(TASK_ROOT).map(|root| PathBuf::from(root).join(name)).filter(|path| path.is_file());
            let beside = || env::current_exe().ok()?.parent().map(|folder| folder.join(name));
            let path = root.or_else(beside).ok_or("the program's folder is not known")?;
            let mut text = String::new();
            let read = File::open(path).and_then(|file| file.take(LARGEST_FILE).read_to_string(&mut text));
            read.map(|_| text).map_err(|error| error.to_string())
        })
    }
}
