//! Several events → how they become rows: which of their values are keys, type and data, and why. Pure. The decision uses
//! the event's own types and the words of its fields' names, and no list of sources or of their fields.

mod apart;
mod attribute;
mod called;
mod data;
mod key;
mod kind;
mod leaves;
mod lexicon;
mod moment;
mod second;
mod spec;
mod subject;
mod surroundings;
mod words;

use processor::event::Event;
use processor::mapping::Format;
use processor::path::Path;

pub use spec::{Frame, path_text, quoted, spec_text};

use apart::shared_keys;
use attribute::attribute;
use key::{Candidate, partition_key};
use leaves::{Leaf, leaves};
use moment::moments;
use second::{Apart, KeyPart};
use subject::Subject;
use surroundings::Surroundings;

/// An attribute of the row, and why its value is read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub attribute: String,
    /// The locations of the value; several are joined.
    pub paths: Vec<Path>,
    /// How the value is read, if it is not a text.
    pub format: Option<Format>,
    /// One reason per line.
    pub why: Vec<String>,
}

/// How the events become rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub partition_key: Part,
    pub sort_key: Part,
    pub event_type: Part,
    pub data: Part,
    /// How many keys are still shared by events that differ: no value distinguishes them.
    pub shared_keys: usize,
}

/// Infers from events, given as whole envelopes, how they and similar ones become rows. Every value it reads is in each
/// of them.
#[must_use]
pub fn propose(events: &[Event]) -> Proposal {
    let leaves = leaves(events);
    let subject = Subject::of(events, &leaves);
    let key = partition_key(events, &leaves, &subject);
    let order = order(events, &leaves, &subject, &key);
    let (kind, kind_why) = kind::kind(events, &leaves, &subject, &key.path)
        .unwrap_or_else(|| (key.path.clone(), "no other field is in all events"));
    let read: Vec<&Path> = order.key_parts.iter().chain([&kind]).collect();
    let (data, data_why) = data::data(&key.path, &read);

    let own = ["event_type", "event_data"];
    let partition = attribute(&key.path, "key", &own);
    let taken = [partition.as_str(), own[0], own[1]];
    let sort = order.key_parts.first().map(|path| attribute(path, "sort_key", &taken)).unwrap_or_default();
    let part =
        |attribute: &str, paths, format, why| Part { attribute: attribute.to_owned(), paths, format, why };
    let key_why = key.why.into_iter().map(str::to_owned).collect();
    Proposal {
        partition_key: part(&partition, vec![key.path], None, key_why),
        sort_key: part(&sort, order.key_parts, Some(order.format), order.why),
        event_type: part(own[0], vec![kind], None, vec![kind_why.to_owned()]),
        data: part(own[1], vec![data], None, vec![data_why.to_owned()]),
        shared_keys: order.shared_keys,
    }
}

/// The sort order of the rows of one key.
struct Order {
    key_parts: Vec<Path>,
    format: Format,
    why: Vec<String>,
    shared_keys: usize,
}

/// An instant, and further values needed to distinguish the events.
fn order(events: &[Event], leaves: &[Leaf<'_>], subject: &Subject, key: &Candidate) -> Order {
    let moments = moments(events, leaves, subject, &key.path);
    let around = Surroundings::of(events, leaves);
    let apart = Apart::of(leaves, subject, &around, &key.path);
    let mut order =
        Order { key_parts: Vec::new(), format: Format::Timestamp, why: Vec::new(), shared_keys: 0 };
    if let Some(moment) = moments.first() {
        order.key_parts.push(moment.path.clone());
        order.format = moment.format;
        order.why.push(moment.why.to_owned());
    }
    if let Some(key_part) = apart.expected(leaves, key, &moments) {
        order.add(key_part);
    }
    order.shared_keys = shared_keys(events, &key.path, &order.key_parts, order.format);
    for key_part in apart.further() {
        let with = [&order.key_parts[..], std::slice::from_ref(&key_part.path)].concat();
        if order.shared_keys > 0 && shared_keys(events, &key.path, &with, order.format) == 0 {
            order.add(key_part);
            order.shared_keys = 0;
        }
    }
    order
}

impl Order {
    fn add(&mut self, key_part: KeyPart) {
        self.why.push(format!("`{}`: {}", key_part.path, key_part.why));
        self.key_parts.push(key_part.path);
    }
}

#[cfg(test)]
mod tests;
