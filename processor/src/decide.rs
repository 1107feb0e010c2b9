//! The decision: which row a record's body becomes. Pure; the time is an argument.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::Config;
use crate::event::{Envelope, Event};
use crate::identity::{self, Former};
use crate::json::{Json, map_depth};
use crate::mapping::{Field, Format, Mapping, OnOversize};
use crate::number::Number;
use crate::parse::{self, DEEPEST};
use crate::path::{DETAIL, Path};
use crate::reason::{Location, Reason, Rejection};
use crate::row::{self, KeyValue, Row};
use crate::size::{LARGEST_ITEM, item_bytes};
use crate::value::{optional, required, within};

/// Longest partition key in bytes, of a table or an index (DynamoDB).
pub const LONGEST_PARTITION_KEY: usize = 2_048;
/// Longest sort key in bytes, of a table or an index (DynamoDB).
pub const LONGEST_SORT_KEY: usize = 1_024;
/// Seconds of a day, for the time to live.
const DAY: i64 = 86_400;

/// One message of the queue, as far as a decision needs it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The body: an EventBridge event or a bare detail.
    pub body: &'a str,
    /// The id SQS gave it.
    pub message_id: Option<&'a str>,
    /// How often SQS delivered it, including this time (`ApproximateReceiveCount`).
    pub receive_count: u32,
}

/// Decides which row `message`, received at `now`, becomes.
///
/// # Errors
/// The event can never become a row. The rejection holds no payload values.
pub fn decide(config: &Config, message: Message<'_>, now: Timestamp) -> Result<Row, Rejection> {
    let event = read(config, message.body)?;
    of_read(config, message, event, now)
}

/// [`decide`] for an event that [`read`] returned.
pub(crate) fn of_read(
    config: &Config,
    message: Message<'_>,
    event: Event,
    now: Timestamp,
) -> Result<Row, Rejection> {
    let is_bare = event.is_bare;
    of_event(config, message, event, now).map_err(|refused| in_body(refused, is_bare))
}

/// A rejection with the pointer changed from the event to its body: a bare detail is the whole body.
fn in_body(refused: Rejection, is_bare: bool) -> Rejection {
    match &refused.location {
        Some(Location::Pointer(pointer)) if is_bare => {
            // The envelope's fields beside `detail` do not exist in a bare detail.
            let below = pointer.strip_prefix(&Path::of_envelope(DETAIL).pointer());
            let below = below.filter(|below| below.is_empty() || below.starts_with('/')).map(str::to_owned);
            Rejection { location: below.map(Location::Pointer), ..refused }
        }
        _ => refused,
    }
}

fn of_event(
    config: &Config,
    message: Message<'_>,
    mut event: Event,
    now: Timestamp,
) -> Result<Row, Rejection> {
    let mapping = &config.event;
    let violation = mapping.schema.as_ref().zip(event.whole_detail());
    if let Some(violation) = violation.and_then(|(schema, detail)| schema.violation(detail)) {
        let location = Path::of_envelope(DETAIL).pointer() + &violation.location;
        return Err(Rejection::new(Reason::Contract, violation.to_string()).at(location));
    }
    let former = Former::Of {
        body: message.body.to_owned(),
        is_bare: event.is_bare,
        sort_key: mapping.sort_key.as_ref().and_then(plain_field).map(str::to_owned),
    };
    let keys = Keys::of(mapping, &event)?;
    let identity = identity::given(&mapping.identity, &event)?;
    // Before `data` is moved out of the event, because attributes may be read from it too.
    let mut attributes = stored(config, &mut event)?;
    let newer_by = keys.insert_into(&mut attributes, mapping);
    if let Some(field) = &mapping.data {
        attributes.insert(field.attribute.clone(), data(&mut event, field));
    }
    let (envelope, mut extra) = event.split();
    extra.retain(|name, _| mapping.data.is_some() && !is_stored(mapping, name));

    let content_sha256 =
        identity.unwrap_or_else(|| identity::of_content(mapping, &envelope, &attributes, &extra));
    let status = row::processing_status(keys.partition.as_str(), config.status_index_shards);
    let row_control = control(config, message, now, envelope, &content_sha256, status);
    attributes.extend(row_control.into_iter().map(|(name, value)| (name.to_owned(), value)));
    if !extra.is_empty() {
        attributes.insert(row::EVENT_EXTRA.to_owned(), Json::Map(extra));
    }
    fit_their_indexes(config, &attributes)?;
    let row = Row {
        partition_key: keys.partition,
        sort_key: keys.sort,
        newer_by,
        content_sha256,
        attributes,
        former,
    };
    small_enough(row, mapping.on_oversize)
}

/// A message's body without the dropped fields, for display; `None` if the body cannot be read.
#[must_use]
pub fn without_dropped(config: &Config, body: &str) -> Option<String> {
    if config.event.drop.is_empty() {
        return Some(body.to_owned());
    }
    let mut event = as_sent(config, body).ok()?;
    event.remove_all(&config.event.drop);
    Some(event.to_body())
}

/// The event in a message's body as the mapping sees it, after custom code. Called once per decision.
pub(crate) fn read(config: &Config, body: &str) -> Result<Event, Rejection> {
    config.code.apply(as_sent(config, body)?)
}

/// The event in a message's body, as sent.
fn as_sent(config: &Config, body: &str) -> Result<Event, Rejection> {
    let body = match parse::parse(body)? {
        Json::Map(body) => body,
        other => {
            return Err(Rejection::new(
                Reason::NotAnObject,
                format!("the body is {}, not an object", other.kind()),
            ));
        }
    };
    let event = Event::of(config, body);
    shallow(&event)?;
    Ok(event)
}

/// Checks that no attribute of a row nests deeper than DynamoDB allows.
pub(crate) fn shallow(event: &Event) -> Result<(), Rejection> {
    if event.detail().is_some_and(|detail| map_depth(detail) > DEEPEST) {
        return Err(Rejection::new(Reason::TooDeep, format!("more than {DEEPEST} levels in the event")));
    }
    Ok(())
}

/// The values that identify the row, and the value that says which of two is newer.
struct Keys {
    partition: KeyValue,
    sort: Option<KeyValue>,
    newer_by: Option<KeyValue>,
}

impl Keys {
    fn of(mapping: &Mapping, event: &Event) -> Result<Self, Rejection> {
        let partition = required(event, &mapping.partition_key, mapping.partition_key_format())?;
        let sort = mapping.sort_key.as_ref();
        let sort = sort.map(|field| required(event, field, mapping.sort_key_format())).transpose()?;
        let newer = mapping.newer_by.as_ref();
        let newer_by = newer
            .map(|field| required(event, field, field.format.unwrap_or(Format::Timestamp)))
            .transpose()?;
        let fits = |field: &Field, value: &KeyValue, longest| match value {
            KeyValue::Text(text) => {
                within(&field.attribute, text, longest).map_err(|refused| at_source(refused, field))
            }
            KeyValue::Number(_) => Ok(()),
        };
        fits(&mapping.partition_key, &partition, LONGEST_PARTITION_KEY)?;
        if let (Some(field), Some(value)) = (&mapping.sort_key, &sort) {
            fits(field, value, LONGEST_SORT_KEY)?;
        }
        Ok(Self { partition, sort, newer_by })
    }

    /// Adds them to the row, and returns the attribute by which a row is newer.
    fn insert_into(
        &self,
        attributes: &mut BTreeMap<String, Json>,
        mapping: &Mapping,
    ) -> Option<(String, KeyValue)> {
        let mut insert = |field: &Field, value: &KeyValue| {
            attributes.insert(field.attribute.clone(), value.clone().into_json());
        };
        insert(&mapping.partition_key, &self.partition);
        if let (Some(field), Some(value)) = (&mapping.sort_key, &self.sort) {
            insert(field, value);
        }
        let (field, value) = mapping.newer_by.as_ref().zip(self.newer_by.as_ref())?;
        insert(field, value);
        Some((field.attribute.clone(), value.clone()))
    }
}

/// The type and the further attributes, without dropped fields.
fn stored(config: &Config, event: &mut Event) -> Result<BTreeMap<String, Json>, Rejection> {
    let mapping = &config.event;
    event.remove_all(&mapping.drop);
    let mut attributes = BTreeMap::new();
    if let Some(field) = &mapping.event_type {
        let value = required(event, field, field.format.unwrap_or(Format::Text))?;
        attributes.insert(field.attribute.clone(), value.into_json());
    }
    for field in &mapping.attributes {
        let is_key = config.index_keys.contains_key(&field.attribute);
        attributes.extend(optional(event, field, is_key)?.map(|value| (field.attribute.clone(), value)));
    }
    Ok(attributes)
}

/// The rejection of an attribute, with the pointer of the first value it is read from.
fn at_source(refused: Rejection, field: &Field) -> Rejection {
    match field.from.first() {
        Some(path) => refused.at(path.pointer()),
        None => refused,
    }
}

/// Rejects the whole row if a key of an index is too long.
fn fit_their_indexes(config: &Config, attributes: &BTreeMap<String, Json>) -> Result<(), Rejection> {
    for (name, longest) in &config.index_keys {
        if let Some(Json::Text(text)) = attributes.get(name) {
            let field = config.event.attributes().find(|(_, field)| field.attribute == *name);
            within(name, text, *longest).map_err(|refused| match field {
                Some((_, field)) => at_source(refused, field),
                None => refused,
            })?;
        }
    }
    Ok(())
}

/// The event's data, moved out of it. Missing or null data is an empty object.
fn data(event: &mut Event, field: &Field) -> Json {
    let found = field.from.first().and_then(|path| event.take(path));
    found.filter(|value| *value != Json::Null).unwrap_or_else(|| Json::Map(BTreeMap::new()))
}

/// Whether a part of the detail's field `name` is stored in an attribute.
fn is_stored(mapping: &Mapping, name: &str) -> bool {
    let mut paths = mapping.attributes().flat_map(|(_, field)| &field.from);
    paths.any(|path| path.is_of_detail() && path.field().is_none_or(|field| field == name))
}

/// The detail's field that an attribute is read from, if it is one whole field, stored as an instant or unchanged.
fn plain_field(field: &Field) -> Option<&str> {
    match field.from.as_slice() {
        [path] => path.plain_field(),
        _ => None,
    }
}

/// The processor's own attributes; none of them can come from the payload.
fn control(
    config: &Config,
    message: Message<'_>,
    now: Timestamp,
    envelope: Envelope,
    content_sha256: &str,
    status: String,
) -> Vec<(&'static str, Json)> {
    let mut control = vec![
        (row::PROCESSING_STATUS, Json::Text(status)),
        (row::PROCESSED_AT, Json::Text(format!("{now:.3}"))),
        (row::RETRY_COUNT, Json::Number(Number::whole(i64::from(message.receive_count)))),
        (row::CONTENT_SHA256, Json::Text(content_sha256.to_owned())),
        (row::EVENT_ID, Json::Text(envelope.id.unwrap_or_else(|| content_sha256.to_owned()))),
    ];
    if let Some(days) = config.ttl_days {
        let expires_at = now.as_second() + i64::from(days) * DAY;
        control.push((row::EXPIRES_AT, Json::Number(Number::whole(expires_at))));
    }
    let optional = [
        (row::MESSAGE_ID, message.message_id.map(str::to_owned)),
        (row::EVENT_TIME, envelope.time),
        (row::EVENT_SOURCE, envelope.source),
        (row::EVENT_DETAIL_TYPE, envelope.detail_type),
    ];
    control.extend(optional.into_iter().filter_map(|(name, value)| Some((name, Json::Text(value?)))));
    control
}

fn small_enough(row: Row, on_oversize: OnOversize) -> Result<Row, Rejection> {
    let bytes = item_bytes(&row.attributes);
    match on_oversize {
        OnOversize::DeadLetter if bytes > LARGEST_ITEM => Err(Rejection::new(
            Reason::RowTooLarge,
            format!("the row would have {bytes} bytes, DynamoDB's limit is {LARGEST_ITEM}"),
        )),
        OnOversize::DeadLetter => Ok(row),
    }
}
