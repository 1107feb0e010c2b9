//! The decision: what a record's body becomes. Pure; the clock comes in as a value.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::{Config, OnOversize, SortKeyFormat};
use crate::envelope::{self, Unwrapped};
use crate::instant;
use crate::json::{Json, canonical_map, map_depth, sha256_hex};
use crate::number::Number;
use crate::parse::{self, DEEPEST};
use crate::reason::{Reason, Rejection};
use crate::row::{self, Row};
use crate::size::{LARGEST_ITEM, item_bytes};

/// Longest partition key in bytes (DynamoDB).
const LONGEST_PARTITION_KEY: usize = 2_048;
/// Longest sort key in bytes (DynamoDB).
const LONGEST_SORT_KEY: usize = 1_024;
/// Seconds of a day, as the time to live counts them.
const DAY: i64 = 86_400;

/// One message of the queue, as far as a decision needs it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The body: an EventBridge event or the bare detail.
    pub body: &'a str,
    /// The id SQS gave it.
    pub message_id: Option<&'a str>,
    /// How often SQS delivered it, this time included (`ApproximateReceiveCount`).
    pub receive_count: u32,
}

/// Decides what `message`, received at `now`, becomes.
///
/// # Errors
/// The event can never become a row. The rejection holds no payload values.
pub fn decide(config: &Config, message: Message<'_>, now: Timestamp) -> Result<Row, Rejection> {
    let body = match parse::parse(message.body)? {
        Json::Map(body) => body,
        other => {
            return Err(Rejection::new(
                Reason::NotAnObject,
                format!("the body is {}, not an object", other.kind()),
            ));
        }
    };
    let mut event = envelope::unwrap(config, body);
    if map_depth(&event.detail) > DEEPEST {
        return Err(Rejection::new(Reason::TooDeep, format!("more than {DEEPEST} levels in the event")));
    }

    let names = &config.event;
    let partition_key = required_text(&event.detail, &names.partition_key)?.to_owned();
    let sort_key = sort_key(config, required_text(&event.detail, &names.sort_key)?)?;
    required_text(&event.detail, &names.type_field)?;
    within(&names.partition_key, &partition_key, LONGEST_PARTITION_KEY)?;
    within(&names.sort_key, &sort_key, LONGEST_SORT_KEY)?;
    drop_empty_data(&mut event.detail, &names.data)?;

    // The hash sees the sort key as it is stored: two spellings of one instant are one
    // content. It does not see empty data: missing, `null` and `{}` are one content.
    event.detail.insert(names.sort_key.clone(), Json::Text(sort_key.clone()));
    let content_sha256 = sha256_hex(&canonical_map(&event.detail));

    let mut attributes = BTreeMap::new();
    for name in [&names.partition_key, &names.sort_key, &names.type_field] {
        if let Some((name, value)) = event.detail.remove_entry(name) {
            attributes.insert(name, value);
        }
    }
    let data = event.detail.remove(&names.data).unwrap_or_else(|| Json::Map(BTreeMap::new()));
    attributes.insert(names.data.clone(), data);
    let status = row::processing_status(&partition_key, config.status_index_shards);
    let row_control = control(config, message, now, event, &content_sha256, status);
    attributes.extend(row_control.into_iter().map(|(name, value)| (name.to_owned(), value)));

    let bytes = item_bytes(&attributes);
    match names.on_oversize {
        OnOversize::DeadLetter if bytes > LARGEST_ITEM => Err(Rejection::new(
            Reason::RowTooLarge,
            format!("the row would have {bytes} bytes, DynamoDB takes {LARGEST_ITEM}"),
        )),
        OnOversize::DeadLetter => Ok(Row { partition_key, sort_key, content_sha256, attributes }),
    }
}

/// The attributes that are the processor's own; none of them can come from the payload.
fn control(
    config: &Config,
    message: Message<'_>,
    now: Timestamp,
    event: Unwrapped,
    content_sha256: &str,
    status: String,
) -> Vec<(&'static str, Json)> {
    let expires_at = now.as_second() + i64::from(config.ttl_days) * DAY;
    let mut control = vec![
        (row::PROCESSING_STATUS, Json::Text(status)),
        (row::PROCESSED_AT, Json::Text(format!("{now:.3}"))),
        (row::RETRY_COUNT, Json::Number(Number::whole(i64::from(message.receive_count)))),
        (row::EXPIRES_AT, Json::Number(Number::whole(expires_at))),
        (row::CONTENT_SHA256, Json::Text(content_sha256.to_owned())),
        (row::EVENT_ID, Json::Text(event.id.unwrap_or_else(|| content_sha256.to_owned()))),
    ];
    let optional = [
        (row::MESSAGE_ID, message.message_id.map(str::to_owned)),
        (row::EVENT_TIME, event.time),
        (row::EVENT_SOURCE, event.source),
        (row::EVENT_DETAIL_TYPE, event.detail_type),
    ];
    control.extend(optional.into_iter().filter_map(|(name, value)| Some((name, Json::Text(value?)))));
    if !event.detail.is_empty() {
        control.push((row::EVENT_EXTRA, Json::Map(event.detail)));
    }
    control
}

fn required_text<'a>(detail: &'a BTreeMap<String, Json>, name: &str) -> Result<&'a str, Rejection> {
    let value = detail
        .get(name)
        .ok_or_else(|| Rejection::new(Reason::MissingField, format!("`{name}` is missing")))?;
    let text = value.as_text().ok_or_else(|| {
        Rejection::new(Reason::WrongType, format!("`{name}` is {}, not a string", value.kind()))
    })?;
    if text.trim().is_empty() {
        return Err(Rejection::new(Reason::BlankField, format!("`{name}` is blank")));
    }
    Ok(text)
}

fn sort_key(config: &Config, text: &str) -> Result<String, Rejection> {
    match config.event.sort_key_format {
        SortKeyFormat::Text => Ok(text.to_owned()),
        SortKeyFormat::Timestamp => instant::normalise(text).map_err(|rejection| {
            Rejection::new(rejection.reason, format!("`{}` is {}", config.event.sort_key, rejection.message))
        }),
    }
}

fn within(name: &str, value: &str, longest: usize) -> Result<(), Rejection> {
    if value.len() > longest {
        let message = format!("`{name}` has {} bytes, DynamoDB takes {longest} in this key", value.len());
        return Err(Rejection::new(Reason::KeyTooLong, message));
    }
    Ok(())
}

/// An event may have no data, but not data of another kind. `null` and an empty object
/// are no data: they leave the detail.
fn drop_empty_data(detail: &mut BTreeMap<String, Json>, name: &str) -> Result<(), Rejection> {
    match detail.get(name) {
        Some(Json::Map(entries)) if !entries.is_empty() => {}
        None | Some(Json::Null | Json::Map(_)) => drop(detail.remove(name)),
        Some(other) => {
            let message = format!("`{name}` is {}, not an object", other.kind());
            return Err(Rejection::new(Reason::WrongType, message));
        }
    }
    Ok(())
}
