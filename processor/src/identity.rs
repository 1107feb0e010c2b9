//! When two events with one key are the same event.

use std::collections::BTreeMap;

use crate::event::{Envelope, Event};
use crate::json::{Json, canonical_map, sha256_hex, write_map, write_text};
use crate::mapping::{Identity, Mapping, OnConflict};
use crate::parse;
use crate::path::{DETAIL, Path};
use crate::reason::{Reason, Rejection};
use crate::row::{EVENT_DETAIL_TYPE, EVENT_EXTRA, EVENT_SOURCE, KeyValue};

/// The prefix of a content hash: the version of its input.
pub const VERSION: &str = "v2:";
/// Fields of the envelope that identify the event. The others (id, time, region, …) may differ between two deliveries of
/// one event.
const OF_CONTENT: [&str; 3] = [DETAIL, "source", "detail-type"];

/// The hash of the value that identifies events, if the mapping names one: `v2:` and 64 hexadecimal digits.
///
/// # Errors
/// The value is missing.
pub(crate) fn given(identity: &Identity, event: &Event) -> Result<Option<String>, Rejection> {
    let value = match identity {
        Identity::Content => return Ok(None),
        Identity::EventId => event.envelope_text("id").map(|id| Json::Text(id.to_owned()).canonical()),
        Identity::At(path) => event.find(path).filter(|value| **value != Json::Null).map(Json::canonical),
    };
    let value = value.ok_or_else(|| {
        let path = if let Identity::At(path) = identity { path } else { &Path::of_envelope("id") };
        let message = format!("`{path}` is missing, and it identifies the event");
        Rejection::new(Reason::MissingField, message).at(path.pointer())
    })?;
    Ok(Some(format!("{VERSION}{}", sha256_hex(&value))))
}

/// The hash of the stored attributes, without those of this delivery only, and of `source` and `detail-type`. No
/// attribute of the mapping has one of the three names that are added.
pub(crate) fn of_content(
    mapping: &Mapping,
    envelope: &Envelope,
    stored: &BTreeMap<String, Json>,
    extra: &BTreeMap<String, Json>,
) -> String {
    let is_of_content = |path: &Path| OF_CONTENT.contains(&path.root());
    let left_out: Vec<&str> = mapping
        .attributes()
        .filter(|(name, field)| {
            !["partition_key", "sort_key"].contains(name) && !field.from.iter().all(is_of_content)
        })
        .map(|(_, field)| field.attribute.as_str())
        .collect();
    let mut parts: BTreeMap<&str, Part<'_>> = stored
        .iter()
        .filter(|(name, _)| !left_out.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), Part::Value(value)))
        .collect();
    let texts = [(EVENT_SOURCE, &envelope.source), (EVENT_DETAIL_TYPE, &envelope.detail_type)];
    parts.extend(texts.into_iter().filter_map(|(name, text)| Some((name, Part::Text(text.as_ref()?)))));
    if !extra.is_empty() {
        parts.insert(EVENT_EXTRA, Part::Fields(extra));
    }
    format!("{VERSION}{}", sha256_hex(&canonical(&parts)))
}

enum Part<'a> {
    Value(&'a Json),
    Text(&'a str),
    Fields(&'a BTreeMap<String, Json>),
}

fn canonical(fields: &BTreeMap<&str, Part<'_>>) -> String {
    let mut text = String::from("{");
    for (name, part) in fields {
        if text.len() > 1 {
            text.push(',');
        }
        write_text(name, &mut text);
        text.push(':');
        match part {
            Part::Value(value) => value.write(&mut text),
            Part::Text(value) => write_text(value, &mut text),
            Part::Fields(fields) => write_map(fields, &mut text),
        }
    }
    text.push('}');
    text
}

/// The hash of a row from before hashes had a version. Few rows need it, so it is computed on demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Former {
    /// Its input.
    Of {
        /// The message's body.
        body: String,
        /// Whether the body is a bare detail.
        is_bare: bool,
        /// The detail's field that the sort key is read from, if it is one field.
        sort_key: Option<String>,
    },
    /// The hash itself; `None` if no earlier processor would have written this row.
    Hash(Option<String>),
}

impl Former {
    /// The hash that an earlier processor would have stored: of the detail alone, with the sort key in its stored form.
    fn hash(&self, stored_sort_key: Option<&KeyValue>) -> Option<String> {
        let (body, is_bare, sort_key) = match self {
            Self::Of { body, is_bare, sort_key } => (body, *is_bare, sort_key.as_ref()?),
            Self::Hash(hash) => return hash.clone(),
        };
        let Json::Map(mut body) = parse::parse(body).ok()? else { return None };
        let mut detail = if is_bare {
            body
        } else {
            let Some(Json::Map(detail)) = body.remove(DETAIL) else { return None };
            detail
        };
        detail.insert(sort_key.clone(), Json::Text(stored_sort_key?.as_str().to_owned()));
        Some(sha256_hex(&canonical_map(&detail)))
    }
}

/// The values by which a row is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The row's [`crate::row::CONTENT_SHA256`].
    pub content_sha256: String,
    /// Its [`crate::row::MESSAGE_ID`].
    pub message_id: Option<String>,
    /// Its [`EVENT_SOURCE`].
    pub source: Option<String>,
    /// Its [`EVENT_DETAIL_TYPE`].
    pub detail_type: Option<String>,
    /// Its sort key.
    pub sort_key: Option<KeyValue>,
    /// The value by which it is newer than another, if newer rows replace older ones.
    pub newer_by: Option<KeyValue>,
    /// How it is recognised if an earlier processor wrote it.
    pub former: Former,
}

/// What an existing row says about its event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// Its [`crate::row::CONTENT_SHA256`].
    pub content_sha256: Option<String>,
    /// Its [`crate::row::MESSAGE_ID`].
    pub message_id: Option<String>,
    /// Its [`EVENT_SOURCE`].
    pub source: Option<String>,
    /// Its [`EVENT_DETAIL_TYPE`].
    pub detail_type: Option<String>,
    /// The value by which it is newer than another, if the mapping compares it.
    pub newer_by: Option<KeyValue>,
    /// Whether its event was erased on request.
    pub is_erased: bool,
}

/// The outcome for an event whose key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// The row is this event's own.
    Same,
    /// The row is a newer event's.
    Superseded,
    /// The event of this key was erased on request.
    Erased,
    /// The row is an older event's, and is replaced.
    Replaces,
    /// The row is another event's, and is retained.
    FirstRetained,
    /// The row is another event's.
    Conflict,
}

impl Mark {
    /// The same without the message's body, for callers that hold many.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        self.former = Former::Hash(self.former.hash(self.sort_key.as_ref()));
        self
    }

    /// The outcome for this row if `stored` has its key.
    #[must_use]
    pub fn meets(&self, stored: &Stored, on_conflict: OnConflict) -> Meeting {
        if stored.is_erased {
            return Meeting::Erased;
        }
        if on_conflict == OnConflict::ReplaceIfNewer {
            match (&self.newer_by, &stored.newer_by) {
                (_, None) => return Meeting::Replaces,
                (Some(KeyValue::Text(own)), Some(KeyValue::Text(there))) if own != there => {
                    return if there < own { Meeting::Replaces } else { Meeting::Superseded };
                }
                (Some(KeyValue::Number(own)), Some(KeyValue::Number(there))) if own != there => {
                    return if there < own { Meeting::Replaces } else { Meeting::Superseded };
                }
                _ => {}
            }
        }
        match on_conflict {
            _ if self.is_same_as(stored) => Meeting::Same,
            OnConflict::KeepFirst => Meeting::FirstRetained,
            OnConflict::DeadLetter | OnConflict::ReplaceIfNewer => Meeting::Conflict,
        }
    }

    fn is_same_as(&self, stored: &Stored) -> bool {
        match &stored.content_sha256 {
            Some(hash) if hash.starts_with(VERSION) => *hash == self.content_sha256,
            // The former hash covers neither `source` nor `detail-type`.
            Some(hash) => {
                let former = || self.former.hash(self.sort_key.as_ref());
                stored.source == self.source
                    && stored.detail_type == self.detail_type
                    && former().as_ref() == Some(hash)
            }
            // A row from before content hashes were stored: the same message wrote it.
            None => stored.message_id.is_some() && stored.message_id == self.message_id,
        }
    }
}
