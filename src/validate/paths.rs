//! The paths of a spec: what it reads of an event, and where it is written.

use processor::path::{Path, PathError};

use crate::spec::{EventMapping, Mapped, Paths, Source};

/// A path of the spec.
pub(super) struct Reading {
    /// JSON pointer of the value that names it.
    pub(super) pointer: String,
    /// `partition_key`, `data`, `attributes` and so on.
    pub(super) field: &'static str,
    /// A name alone means the detail's field of that name; `None` if the path itself is written.
    pub(super) name: Option<String>,
    pub(super) path: Result<Path, PathError>,
}

/// Every path of the spec, in the order of the documentation.
pub(super) fn readings(event: &EventMapping) -> Vec<Reading> {
    let mut found = Vec::new();
    let mapped = [
        ("partition_key", Some(&event.partition_key)),
        ("sort_key", event.sort_key()),
        ("type", event.event_type()),
        ("data", event.data()),
        ("newer_by", event.newer_by.as_ref()),
    ];
    for (field, mapped) in mapped {
        let pointer = format!("/event/{field}");
        match mapped {
            None => {}
            Some(Mapped::Name(name)) => found.push(named(field, pointer, name)),
            Some(Mapped::Full(full)) => match &full.from {
                None => found.push(named(field, format!("{pointer}/attribute"), &full.attribute)),
                Some(from) => listed(field, format!("{pointer}/from"), from, &mut found),
            },
        }
    }
    for (name, source) in &event.attributes {
        let pointer = format!("/event/attributes/{name}");
        match source {
            Source::Path(path) => found.push(reading("attributes", pointer, path)),
            Source::Full(full) => listed("attributes", format!("{pointer}/from"), &full.from, &mut found),
        }
    }
    if !["content", "event_id"].contains(&event.identity.as_str()) {
        found.push(reading("identity", "/event/identity".to_owned(), &event.identity));
    }
    for (index, path) in event.drop.iter().enumerate() {
        found.push(reading("drop", format!("/event/drop/{index}"), path));
    }
    found
}

fn listed(field: &'static str, pointer: String, from: &Paths, found: &mut Vec<Reading>) {
    match from {
        Paths::One(path) => found.push(reading(field, pointer, path)),
        Paths::Many(paths) => {
            let paths = paths.iter().enumerate();
            found.extend(paths.map(|(index, path)| reading(field, format!("{pointer}/{index}"), path)));
        }
    }
}

fn reading(field: &'static str, pointer: String, path: &str) -> Reading {
    Reading { pointer, field, name: None, path: path.parse() }
}

fn named(field: &'static str, pointer: String, name: &str) -> Reading {
    Reading { pointer, field, name: Some(name.to_owned()), path: Ok(Path::of_detail(name)) }
}
