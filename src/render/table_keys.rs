use processor::mapping::Format;
use processor::row::{PROCESSED_AT, PROCESSING_STATUS};
use serde::Serialize;

use crate::spec::Spec;
use crate::validate::processor_config;

/// What the table's template needs of the mapping: names and DynamoDB types of the keys.
#[derive(Debug, Serialize)]
pub(super) struct TableKeys {
    pub(super) partition_key: String,
    /// `None` for a table with a partition key alone.
    pub(super) sort_key: Option<String>,
    /// What sorts the rows of one status: the sort key, else the time of processing.
    pub(super) status_sort_key: String,
    /// Every key of table and index, each once.
    pub(super) attributes: Vec<AttributeDefinition>,
    /// Whether rows have a time to live.
    pub(super) expires: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct AttributeDefinition {
    pub(super) name: String,
    pub(super) is_number: bool,
}

impl TableKeys {
    pub(super) fn of(spec: &Spec) -> Self {
        let config = processor_config(spec);
        let mapping = &config.event;
        let partition_key = mapping.partition_key.attribute.clone();
        let sort_key = mapping.sort_key.as_ref().map(|field| field.attribute.clone());
        let status_sort_key = sort_key.clone().unwrap_or_else(|| PROCESSED_AT.to_owned());
        let definition = |name: &str, format: Format| AttributeDefinition {
            name: name.to_owned(),
            is_number: format == Format::Number,
        };
        let sorted_as = if sort_key.is_some() { mapping.sort_key_format() } else { Format::Timestamp };
        let attributes = vec![
            definition(&partition_key, mapping.partition_key_format()),
            definition(&status_sort_key, sorted_as),
            definition(PROCESSING_STATUS, Format::Text),
        ];
        Self { partition_key, sort_key, status_sort_key, attributes, expires: config.ttl_days.is_some() }
    }
}
