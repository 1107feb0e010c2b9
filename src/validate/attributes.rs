//! The attributes of rows, with their types as keys.

use processor::config::{Config, Input};
use processor::mapping::Format;
use processor::queued_at::{QUEUED_AT, is_ours};
use processor::row::{
    CONTENT_SHA256, EVENT_DETAIL_TYPE, EVENT_EXTRA, EVENT_ID, EVENT_SOURCE, EVENT_TIME, EXPIRES_AT,
    MESSAGE_ID, PROCESSED_AT, PROCESSING_STATUS, RETRY_COUNT,
};

/// An attribute that rows of a contract have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub kind: Kind,
}

/// The type of an attribute as a key of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// DynamoDB's type S.
    Text,
    /// DynamoDB's type N.
    Number,
    /// Any JSON value, which cannot be a key.
    Any,
}

/// All attributes that rows of the contract can have, the mapping's before the processor's own.
#[must_use]
pub fn attributes(config: &Config) -> Vec<Attribute> {
    let mapping = &config.event;
    let mapped = mapping.attributes().map(|(field, mapped)| {
        let kind = match (field, mapped.format) {
            ("data", _) => Kind::Any,
            ("sort_key", None) => of(mapping.sort_key_format()),
            (_, format) => of(format.unwrap_or(Format::Text)),
        };
        (mapped.attribute.as_str(), kind)
    });
    let envelope = config.input == Input::Envelope;
    let own = [
        (PROCESSING_STATUS, Kind::Text, true),
        (PROCESSED_AT, Kind::Text, true),
        (QUEUED_AT, Kind::Text, is_ours(mapping)),
        (RETRY_COUNT, Kind::Number, true),
        (MESSAGE_ID, Kind::Text, true),
        (EXPIRES_AT, Kind::Number, config.ttl_days.is_some()),
        (EVENT_ID, Kind::Text, true),
        (CONTENT_SHA256, Kind::Text, true),
        (EVENT_TIME, Kind::Text, envelope),
        (EVENT_SOURCE, Kind::Text, envelope),
        (EVENT_DETAIL_TYPE, Kind::Text, envelope),
        (EVENT_EXTRA, Kind::Any, mapping.data.is_some()),
    ];
    let own = own.into_iter().filter(|(_, _, written)| *written).map(|(name, kind, _)| (name, kind));
    mapped.chain(own).map(|(name, kind)| Attribute { name: name.to_owned(), kind }).collect()
}

fn of(format: Format) -> Kind {
    if format == Format::Number { Kind::Number } else { Kind::Text }
}

#[cfg(test)]
mod tests {
    use processor::row::{CONTROL_ATTRIBUTES, ERASED_KEY_SHA256};

    use super::*;

    #[test]
    fn every_attribute_of_the_processor_is_known() {
        let known = attributes(&Config::default());
        for name in
            CONTROL_ATTRIBUTES.into_iter().chain([QUEUED_AT]).filter(|name| *name != ERASED_KEY_SHA256)
        {
            assert!(known.iter().any(|one| one.name == name), "{name}");
        }
        let bare = attributes(&Config { input: Input::Detail, ttl_days: None, ..Config::default() });
        assert_eq!(known.len() - bare.len(), 4, "of the envelope, and the time to live");
    }
}
