//! Keys and indexes of the table, for its template.

use std::collections::BTreeSet;

use processor::row::{PROCESSED_AT, PROCESSING_STATUS};
use serde::Serialize;

use crate::spec::{Index, Projected, ProjectedWord, STATUS_INDEX, Spec};
use crate::validate::{Kind, attributes, processor_config};

/// The values that the table's template needs from the mapping: names and DynamoDB types of the keys, and the indexes.
#[derive(Debug, Serialize)]
pub(super) struct TableKeys {
    pub(super) partition_key: String,
    /// `None` for a table with a partition key alone.
    pub(super) sort_key: Option<String>,
    /// The sort key of the status index: the table's sort key, otherwise the time of processing.
    pub(super) status_sort_key: String,
    /// Every key of table and indexes, each once.
    pub(super) attributes: Vec<AttributeDefinition>,
    /// The indexes; the status index is the first if there is one.
    pub(super) indexes: Vec<TableIndex>,
    /// Whether rows have a time to live.
    pub(super) expires: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct AttributeDefinition {
    pub(super) name: String,
    pub(super) is_number: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct TableIndex {
    pub(super) name: String,
    pub(super) partition_key: String,
    pub(super) sort_key: Option<String>,
    /// CloudFormation's `ProjectionType`.
    pub(super) projection: &'static str,
    /// The attributes of `INCLUDE`, sorted, without the keys, which every index has.
    pub(super) projected: Vec<String>,
}

impl TableKeys {
    pub(super) fn of(spec: &Spec) -> Self {
        let config = processor_config(spec);
        let mapping = &config.event;
        let partition_key = mapping.partition_key.attribute.clone();
        let sort_key = mapping.sort_key.as_ref().map(|field| field.attribute.clone());
        let status_sort_key = sort_key.clone().unwrap_or_else(|| PROCESSED_AT.to_owned());
        let status = spec.table.status_index.is_on().then(|| TableIndex {
            name: STATUS_INDEX.to_owned(),
            partition_key: PROCESSING_STATUS.to_owned(),
            sort_key: Some(status_sort_key.clone()),
            projection: "ALL",
            projected: Vec::new(),
        });
        let own: Vec<&str> = std::iter::once(&partition_key).chain(&sort_key).map(String::as_str).collect();
        let further = spec.table.indexes.iter().map(|index| further(index, &own));
        let indexes: Vec<TableIndex> = status.into_iter().chain(further).collect();

        let known = attributes(&config);
        // CloudFormation accepts exactly those that are keys, and a template preserves their order.
        let mut names: Vec<&str> = own;
        if spec.table.status_index.is_on() {
            names.push(&status_sort_key);
        }
        names.extend(indexes.iter().flat_map(TableIndex::keys));
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(*name));
        let definition = |name: &str| AttributeDefinition {
            name: name.to_owned(),
            is_number: known.iter().any(|one| one.name == name && one.kind == Kind::Number),
        };
        let attributes = names.into_iter().map(definition).collect();
        let expires = config.ttl_days.is_some();
        Self { partition_key, sort_key, status_sort_key, attributes, indexes, expires }
    }
}

impl TableIndex {
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.partition_key).chain(&self.sort_key).map(String::as_str)
    }
}

fn further(index: &Index, own: &[&str]) -> TableIndex {
    let is_key = |name: &String| {
        *name == index.partition_key || Some(name) == index.sort_key.as_ref() || own.contains(&name.as_str())
    };
    let mut projected: Vec<String> =
        index.project.attributes().iter().filter(|name| !is_key(name)).cloned().collect();
    projected.sort_unstable();
    let projection = match &index.project {
        Projected::Word(ProjectedWord::All) => "ALL",
        Projected::Attributes(_) if !projected.is_empty() => "INCLUDE",
        Projected::Word(ProjectedWord::Keys) | Projected::Attributes(_) => "KEYS_ONLY",
    };
    TableIndex {
        name: index.name.clone(),
        partition_key: index.partition_key.clone(),
        sort_key: index.sort_key.clone(),
        projection,
        projected,
    }
}
