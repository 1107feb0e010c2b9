//! A checked spec → the processor's contract.

use std::collections::BTreeMap;

use processor::code::Code;
use processor::config::{
    Config, Input as InputConfig, LogLevel as LogLevelConfig, ServiceLevel as ServiceLevelConfig,
};
use processor::decide::{LONGEST_PARTITION_KEY, LONGEST_SORT_KEY};
use processor::mapping::{
    Field, Format, Identity, Mapping, OnConflict as OnConflictConfig, OnOversize as OnOversizeConfig,
};
use processor::path::Path;

use crate::spec::{
    EventMapping, Index, Input, LogLevel, Mapped, OnConflict, OnOversize, SortKeyFormat, Spec, ValueFormat,
};

/// The contract: what pipectl passes to the processor of the spec. Invalid paths are left out; a checked spec has none.
#[must_use]
pub fn processor_config(spec: &Spec) -> Config {
    let config = Config {
        version: processor::config::VERSION,
        input: match spec.bus.input {
            Input::Envelope => InputConfig::Envelope,
            Input::Detail => InputConfig::Detail,
        },
        event: mapping(&spec.event),
        ttl_days: spec.table.ttl_days.days(),
        write_concurrency: spec.processor.write_concurrency,
        status_index_shards: spec.shards().value,
        index_keys: index_keys(&spec.table.indexes),
        slo: spec.slo.as_ref().map(|slo| ServiceLevelConfig {
            stored_within_seconds: slo.stored_within_seconds,
            max_receives: spec.queue.max_receive_count(&spec.processor),
        }),
        log_level: match spec.processor.log.level {
            LogLevel::Error => LogLevelConfig::Error,
            LogLevel::Warn => LogLevelConfig::Warn,
            LogLevel::Info => LogLevelConfig::Info,
            LogLevel::Debug => LogLevelConfig::Debug,
            LogLevel::Trace => LogLevelConfig::Trace,
        },
        code: Code::default(),
    };
    config.in_oldest_version()
}

/// The attributes that are keys of indexes, with the most bytes that all of their indexes accept.
fn index_keys(indexes: &[Index]) -> BTreeMap<String, usize> {
    let partition = indexes.iter().map(|index| (&index.partition_key, LONGEST_PARTITION_KEY));
    let sort = indexes.iter().filter_map(|index| Some((index.sort_key.as_ref()?, LONGEST_SORT_KEY)));
    // The shorter of two lengths comes last, and applies.
    partition.chain(sort).map(|(name, longest)| (name.clone(), longest)).collect()
}

fn mapping(event: &EventMapping) -> Mapping {
    let sort_key_format = match event.sort_key_format {
        Some(SortKeyFormat::Timestamp) | None => Format::Timestamp,
        Some(SortKeyFormat::Text) => Format::Text,
    };
    let sort_key = event.sort_key().map(field);
    let sort_key = sort_key.map(|field| Field { format: field.format.or(Some(sort_key_format)), ..field });
    // What contracts of version 1 can express is written as they do, however the spec writes it.
    let is_named = sort_key.as_ref().is_some_and(|field| {
        let is_plain = field.from == [Path::of_detail(&field.attribute)];
        is_plain && matches!(field.format, Some(Format::Timestamp | Format::Text))
    });
    Mapping {
        partition_key: field(&event.partition_key),
        sort_key_format: sort_key.as_ref().and_then(|field| field.format).filter(|_| is_named),
        sort_key: sort_key.map(|field| Field { format: field.format.filter(|_| !is_named), ..field }),
        event_type: event.event_type().map(field),
        data: event.data().map(field),
        attributes: event
            .attributes
            .iter()
            .map(|(attribute, source)| Field {
                attribute: attribute.clone(),
                from: paths(source.paths()),
                format: source.format().map(format),
            })
            .collect(),
        identity: match event.identity.as_str() {
            "event_id" => Identity::EventId,
            path => path.parse().map_or(Identity::Content, Identity::At),
        },
        on_conflict: match event.on_conflict {
            OnConflict::DeadLetter => OnConflictConfig::DeadLetter,
            OnConflict::KeepFirst => OnConflictConfig::KeepFirst,
            OnConflict::ReplaceIfNewer => OnConflictConfig::ReplaceIfNewer,
        },
        newer_by: event.newer_by.as_ref().map(field),
        drop: paths(&event.drop),
        on_oversize: match event.on_oversize {
            OnOversize::DeadLetter => OnOversizeConfig::DeadLetter,
        },
        schema: event.schema.as_ref().and_then(|schema| schema.content.clone()),
    }
}

fn field(mapped: &Mapped) -> Field {
    let of_its_name = || vec![Path::of_detail(mapped.attribute())];
    let in_spec = mapped.paths();
    Field {
        attribute: mapped.attribute().to_owned(),
        from: if in_spec.is_empty() { of_its_name() } else { paths(in_spec) },
        format: mapped.format().map(format),
    }
}

fn paths(in_spec: &[String]) -> Vec<Path> {
    in_spec.iter().filter_map(|path| path.parse().ok()).collect()
}

fn format(format: ValueFormat) -> Format {
    match format {
        ValueFormat::Timestamp => Format::Timestamp,
        ValueFormat::EpochSeconds => Format::EpochSeconds,
        ValueFormat::EpochMilliseconds => Format::EpochMilliseconds,
        ValueFormat::Text => Format::Text,
        ValueFormat::Number => Format::Number,
    }
}
