//! Several events → how they become rows: which of their values are keys, type and data, and why. Pure; what an event says of
//! itself and the words of its fields' names decide, and no list of sources or of their fields.

mod apart;
mod attribute;
mod called;
mod data;
mod key;
mod kind;
mod leaves;
mod lexicon;
mod moment;
mod placed;
mod second;
mod spec;
mod subject;
mod words;

use processor::event::Event;
use processor::mapping::Format;
use processor::path::Path;

pub use spec::{Frame, spec_text};

use apart::shared_keys;
use attribute::attribute;
use key::partition_key;
use leaves::leaves;
use moment::moments;
use placed::Surroundings;
use second::Apart;
use subject::Subject;

/// An attribute of the row, and why it is read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub attribute: String,
    /// Where the value stands; several are joined.
    pub paths: Vec<Path>,
    /// How the value is read, where it is not a text.
    pub format: Option<Format>,
    /// One reason a line.
    pub why: Vec<String>,
}

/// How the events become rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub partition_key: Part,
    pub sort_key: Part,
    pub event_type: Part,
    pub data: Part,
    /// How many keys events that are not the same share all the same: nothing in them tells them apart.
    pub shared_keys: usize,
}

/// Infers from events, whole envelopes, how they and others like them become rows: what is read is in each of them.
#[must_use]
pub fn propose(events: &[Event]) -> Proposal {
    let leaves = leaves(events);
    let subject = Subject::of(events, &leaves);
    let around = Surroundings::of(events, &leaves);
    let key = partition_key(events, &leaves, &subject);
    let moments = moments(events, &leaves, &subject, &key.path);
    let apart = Apart::of(&leaves, &subject, &around, &key.path);
    let is_name = |leaf: &&leaves::Leaf<'_>| leaf.path == key.path && leaf.ending() == "name";
    let ends_in_name = leaves.iter().any(|leaf| is_name(&leaf));

    let mut why: Vec<String> = moments.first().map(|moment| moment.why.to_owned()).into_iter().collect();
    let format = moments.first().map_or(Format::Timestamp, |moment| moment.format);
    let mut places: Vec<Path> = moments.first().map(|moment| moment.path.clone()).into_iter().collect();
    let mut add = |place: second::Place, places: &mut Vec<Path>| {
        why.push(format!("`{}`: {}", place.path, place.why));
        places.push(place.path);
    };
    if let Some(place) = apart.expected(&leaves, &key, &moments, ends_in_name) {
        add(place, &mut places);
    }
    let mut shared = shared_keys(events, &key.path, &places, format);
    for place in apart.further() {
        let with = [&places[..], std::slice::from_ref(&place.path)].concat();
        let left = shared_keys(events, &key.path, &with, format);
        if shared > 0 && left == 0 {
            add(place, &mut places);
            shared = 0;
        }
    }
    let (kind, kind_why) = kind::kind(events, &leaves, &subject, &key.path)
        .unwrap_or_else(|| (key.path.clone(), "nothing else is in all events"));
    let read: Vec<&Path> = places.iter().chain([&kind]).collect();
    let (data, data_why) = data::data(&key.path, &read);

    let own = ["event_type", "event_data"];
    let partition = attribute(&key.path, "key", &own);
    let taken = [partition.as_str(), own[0], own[1]];
    let sort = places.first().map(|path| attribute(path, "sort_key", &taken)).unwrap_or_default();
    let part =
        |attribute: &str, paths, format, why| Part { attribute: attribute.to_owned(), paths, format, why };
    Proposal {
        partition_key: part(
            &partition,
            vec![key.path],
            None,
            key.why.into_iter().map(str::to_owned).collect(),
        ),
        sort_key: part(&sort, places, Some(format), why),
        event_type: part(own[0], vec![kind], None, vec![kind_why.to_owned()]),
        data: part(own[1], vec![data], None, vec![data_why.to_owned()]),
        shared_keys: shared,
    }
}

#[cfg(test)]
mod tests;
