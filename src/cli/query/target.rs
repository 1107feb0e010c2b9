//! What is read, the table or one of its indexes, and its keys.

use processor::mapping::{Format, Mapping};
use processor::row::{EVENT_TIME, EXPIRES_AT, PROCESSED_AT, PROCESSING_STATUS, RETRY_COUNT};

use super::super::Stop;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::spec::{Index, Projected, ProjectedWord, STATUS_INDEX, Spec};
use crate::validate::nearest;

/// The table or an index of it.
pub(super) struct QueryTarget {
    /// `None`: the table.
    pub(super) index: Option<String>,
    pub(super) partition: Key,
    pub(super) sort: Option<Key>,
    /// Whether a row that is read there has its expiry time.
    pub(super) has_expiry: bool,
    /// Whether it is an index that the user defined.
    pub(super) is_further: bool,
}

/// A key of a table or an index.
pub(super) struct Key {
    pub(super) attribute: String,
    pub(super) format: Format,
    /// Whether the stored text is only the value, in the format of instants.
    pub(super) is_whole: bool,
}

impl QueryTarget {
    /// The index of that name; without a name, the table if one of its keys is given, else the status index.
    pub(super) fn find(
        spec: &Spec,
        mapping: &Mapping,
        index: Option<&str>,
        has_key: bool,
    ) -> Result<Self, Stop> {
        let sort = mapping.sort_key.as_ref().map(|field| Key::of(mapping, &field.attribute));
        let whole = |index: Option<&str>, partition: &str, sort| Self {
            index: index.map(str::to_owned),
            partition: Key::of(mapping, partition),
            sort,
            has_expiry: true,
            is_further: false,
        };
        let has_status_index = spec.table.status_index.is_on();
        match index {
            Some(STATUS_INDEX) if has_status_index => {}
            Some(name) => {
                let found = spec.table.indexes.iter().find(|index| index.name == name);
                return found
                    .map(|index| Self::further(spec, mapping, index))
                    .ok_or_else(|| unknown(spec, name));
            }
            None if has_key => {
                return Ok(whole(None, &mapping.partition_key.attribute, sort));
            }
            None if !has_status_index => return Err(no_status_index(spec)),
            None => {}
        }
        // Without a sort key, rows of one status are sorted by their processing time.
        let sort = sort.unwrap_or_else(|| Key::of(mapping, PROCESSED_AT));
        Ok(whole(Some(STATUS_INDEX), PROCESSING_STATUS, Some(sort)))
    }

    fn further(spec: &Spec, mapping: &Mapping, index: &Index) -> Self {
        let keys = [Some(&index.partition_key), index.sort_key.as_ref()];
        let holds = match &index.project {
            Projected::Word(ProjectedWord::All) => true,
            Projected::Word(ProjectedWord::Keys) => false,
            Projected::Attributes(names) => names.iter().any(|name| name == EXPIRES_AT),
        };
        let is_key = keys.into_iter().flatten().any(|name| name == EXPIRES_AT);
        Self {
            index: Some(index.name.clone()),
            partition: Key::of(mapping, &index.partition_key),
            sort: index.sort_key.as_ref().map(|name| Key::of(mapping, name)),
            has_expiry: holds || is_key || spec.table.ttl_days.days().is_none(),
            is_further: true,
        }
    }

    pub(super) fn noun(&self) -> String {
        match &self.index {
            Some(name) => format!("the index `{name}`"),
            None => "the table".to_owned(),
        }
    }
}

impl Key {
    fn of(mapping: &Mapping, attribute: &str) -> Self {
        let field = mapping.attributes().find(|(_, field)| field.attribute == attribute);
        let own = match attribute {
            PROCESSED_AT | EVENT_TIME => Format::Timestamp,
            RETRY_COUNT | EXPIRES_AT => Format::Number,
            _ => Format::Text,
        };
        let format = field.map_or(own, |(name, field)| match (name, field.format) {
            (_, Some(format)) => format,
            ("sort_key", None) => mapping.sort_key_format(),
            ("newer_by", None) => Format::Timestamp,
            (_, None) => Format::Text,
        });
        let is_whole = field.is_some_and(|(_, field)| field.from.len() == 1);
        Self { attribute: attribute.to_owned(), format, is_whole }
    }
}

/// The failure for an invalid argument.
pub(super) fn wrong(message: String, help: &str) -> Stop {
    let diagnostic = Diagnostic::error(codes::QUERY_NO_KEY, message).help(help);
    Stop::Failure(Failure::new(Exit::Usage, diagnostic))
}

fn names(spec: &Spec) -> Vec<&str> {
    spec.table.index_names().collect()
}

fn unknown(spec: &Spec, name: &str) -> Stop {
    let names = names(spec);
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `--index {near}`?"),
        None if names.is_empty() => "leave out `--index`: the table has no index".to_owned(),
        None => format!("the indexes are `{}`", names.join("`, `")),
    };
    wrong(format!("the spec has no index `{name}`"), &help)
}

fn no_status_index(spec: &Spec) -> Stop {
    let message = "the table has no status index: `table.status_index` is `off`".to_owned();
    let names = names(spec);
    let help = match names.is_empty() {
        true => "give a key of the table with `--key`".to_owned(),
        false => format!(
            "give a key of the table with `--key`, or of an index with `--index NAME --key`: `{}`",
            names.join("`, `")
        ),
    };
    wrong(message, &help)
}
