//! Whether two different events would have one key.

use std::collections::{BTreeMap, BTreeSet};

use processor::event::Event;
use processor::instant::{from_epoch, normalise};
use processor::json::{Json, canonical_map};
use processor::mapping::Format;
use processor::path::Path;

use super::leaves::text;

/// How many keys are shared by events that differ.
pub(super) fn shared_keys(events: &[Event], key: &Path, locations: &[Path], format: Format) -> usize {
    let mut found: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for event in events {
        let value = |path: &Path| event.find(path).map(text).unwrap_or_default();
        let mut parts = vec![value(key)];
        parts.extend(locations.iter().take(1).map(|path| stored(&value(path), format)));
        parts.extend(locations.iter().skip(1).map(value));
        found.entry(parts).or_default().insert(content(event));
    }
    found.values().filter(|contents| contents.len() > 1).count()
}

/// The content that decides whether two events of one key are the same.
fn content(event: &Event) -> String {
    let word = |name| Json::Text(event.envelope_text(name).unwrap_or_default().to_owned()).canonical();
    let detail = event.detail().map(canonical_map).unwrap_or_default();
    format!("{}{}{detail}", word("source"), word("detail-type"))
}

fn stored(value: &str, format: Format) -> String {
    let instant = match format {
        Format::Timestamp => normalise(value),
        Format::EpochSeconds => from_epoch(value, 9),
        Format::EpochMilliseconds => from_epoch(value, 6),
        Format::Text | Format::Number => return value.to_owned(),
    };
    instant.unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, propose};
    use super::*;

    #[test]
    fn events_are_separated_by_what_differs() {
        let at = "\"ts\":1767225599";
        let one = event("s", "x", &format!(r#"{{"shipment_id":"a",{at},"kind":"reading"}}"#));
        let other = event("s", "x", &format!(r#"{{"shipment_id":"a",{at},"kind":"breach"}}"#));
        let key = Path::of_detail("shipment_id");
        let locations = [Path::of_detail("ts")];
        let format = Format::EpochSeconds;
        assert_eq!(shared_keys(&[one.clone(), other.clone()], &key, &locations, format), 1);
        assert_eq!(
            shared_keys(&[one.clone(), one.clone()], &key, &locations, format),
            0,
            "the same event twice"
        );
        let proposal = propose(&[one, other]);
        assert_eq!(proposal.sort_key.paths[1].to_string(), "$.detail.kind");
    }

    #[test]
    fn where_nothing_else_differs_the_envelopes_id_does() {
        let given = |id: &str, weight: u8| {
            super::super::tests::read(&format!(
                r#"{{"id":"{id}","source":"s","detail-type":"parcel.x","time":"2026-01-01T00:00:00Z","detail":{{"parcel_id":"a","weight":{weight}}}}}"#
            ))
        };
        let proposal = propose(&[given("1", 1), given("2", 2)]);
        assert_eq!(proposal.sort_key.paths[1].to_string(), "$.id");
        assert_eq!(proposal.shared_keys, 0);
        assert_eq!(propose(&[given("1", 1), given("1", 2)]).shared_keys, 1);
    }
}
