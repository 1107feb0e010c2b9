use processor::config::{Config, Event as EventConfig, Input as InputConfig, LogLevel as LogLevelConfig};
use processor::config::{
    OnConflict as OnConflictConfig, OnOversize as OnOversizeConfig, SortKeyFormat as FormatConfig,
};

use crate::spec::{Input, LogLevel, OnConflict, OnOversize, SortKeyFormat, Spec};

/// The contract: what the processor is told of the spec.
#[must_use]
pub fn processor_config(spec: &Spec) -> Config {
    Config {
        version: 1,
        input: match spec.bus.input {
            Input::Envelope => InputConfig::Envelope,
            Input::Detail => InputConfig::Detail,
        },
        event: EventConfig {
            partition_key: spec.event.partition_key.clone(),
            sort_key: spec.event.sort_key.clone(),
            sort_key_format: match spec.event.sort_key_format {
                SortKeyFormat::Timestamp => FormatConfig::Timestamp,
                SortKeyFormat::Text => FormatConfig::Text,
            },
            type_field: spec.event.type_field.clone(),
            data: spec.event.data.clone(),
            on_conflict: match spec.event.on_conflict {
                OnConflict::DeadLetter => OnConflictConfig::DeadLetter,
                OnConflict::KeepFirst => OnConflictConfig::KeepFirst,
            },
            on_oversize: match spec.event.on_oversize {
                OnOversize::DeadLetter => OnOversizeConfig::DeadLetter,
            },
        },
        ttl_days: spec.table.ttl_days,
        write_concurrency: spec.processor.write_concurrency,
        status_index_shards: spec.shards().value,
        log_level: match spec.processor.log.level {
            LogLevel::Error => LogLevelConfig::Error,
            LogLevel::Warn => LogLevelConfig::Warn,
            LogLevel::Info => LogLevelConfig::Info,
            LogLevel::Debug => LogLevelConfig::Debug,
            LogLevel::Trace => LogLevelConfig::Trace,
        },
    }
}
