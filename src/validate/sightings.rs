//! The content of a spec's events, and suggestions for a path that none of them has.

use std::collections::{BTreeMap, BTreeSet};

use processor::json::Json;
use processor::path::{Path, Step};

use super::suggest::nearest;

/// Most paths of the events that are stored for suggestions.
const MOST_PATHS: usize = 2_000;
/// Most paths that one message suggests.
const SUGGESTED: usize = 3;

/// The events of a spec, by the paths of their values.
pub(super) struct Sightings<'a> {
    events: Vec<&'a BTreeMap<String, Json>>,
    paths: BTreeSet<Path>,
}

impl<'a> Sightings<'a> {
    pub(super) fn of(events: Vec<&'a BTreeMap<String, Json>>) -> Self {
        let mut paths = BTreeSet::new();
        for event in &events {
            for (name, value) in *event {
                collect(Path::of_envelope(name), value, &mut paths);
            }
        }
        Self { events, paths }
    }

    pub(super) fn count(&self) -> usize {
        self.events.len()
    }

    /// Whether some event has a value at the path.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.value(path).is_some()
    }

    /// The value at the path in the first event that has one.
    fn value(&self, path: &Path) -> Option<&'a Json> {
        let Some((Step::Name(root), remainder)) = path.steps().split_first() else { return None };
        self.events.iter().find_map(|event| event.get(root).and_then(|value| found(value, remainder)))
    }

    /// The paths of the events' values, each with a value.
    pub(super) fn into_values(self) -> Vec<(Path, &'a Json)> {
        let values = self.paths.iter().filter_map(|path| Some((path.clone(), self.value(path)?)));
        values.collect()
    }

    /// The paths that were probably meant: those that end in the same name, otherwise the one in which one name is
    /// spelled similarly.
    pub(super) fn instead_of(&self, path: &Path) -> Vec<Path> {
        let plain = |path: &Path| match path.steps().last() {
            Some(Step::Name(name)) => Some(name.to_lowercase().replace(['-', '_'], "")),
            _ => None,
        };
        let Some(wanted) = plain(path) else { return Vec::new() };
        let mut alike: Vec<&Path> =
            self.paths.iter().filter(|seen| plain(seen).as_ref() == Some(&wanted)).collect();
        if alike.is_empty() {
            return self.misspelled(path).into_iter().collect();
        }
        alike.sort_by_key(|seen| seen.steps().len());
        alike.into_iter().take(SUGGESTED).cloned().collect()
    }

    /// The path with one name as an event spells it.
    fn misspelled(&self, path: &Path) -> Option<Path> {
        let steps = path.steps();
        let mut candidates: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for seen in self.paths.iter().filter(|seen| seen.steps().len() == steps.len()) {
            // Only the paths of a list's first item are known.
            let differ = |(own, seen): &(&Step, &Step)| match (own, seen) {
                (Step::Every | Step::Item(_), Step::Item(_)) => false,
                (own, seen) => own != seen,
            };
            let mut differing = steps.iter().zip(seen.steps()).enumerate().filter(|(_, pair)| differ(pair));
            if let (Some((at, (Step::Name(_), Step::Name(name)))), None) =
                (differing.next(), differing.next())
            {
                candidates.entry(at).or_default().push(name);
            }
        }
        candidates.into_iter().find_map(|(at, names)| {
            let Some(Step::Name(wrong)) = steps.get(at) else { return None };
            let suggestion = Step::Name(nearest(wrong, names)?.to_owned());
            let step = |index: usize| if index == at { &suggestion } else { &steps[index] };
            let Step::Name(root) = step(0) else { return None };
            let root = Path::of_envelope(root);
            Some((1..steps.len()).fold(root, |path, index| path.below(step(index).clone())))
        })
    }
}

/// The value at `steps`; the first one if there are several.
fn found<'a>(value: &'a Json, steps: &[Step]) -> Option<&'a Json> {
    let Some((step, remainder)) = steps.split_first() else { return Some(value) };
    match (step, value) {
        (Step::Name(name), Json::Map(entries)) => found(entries.get(name)?, remainder),
        (Step::Item(number), Json::List(items)) => found(items.get(*number)?, remainder),
        (Step::Every, Json::List(items)) => items.iter().find_map(|value| found(value, remainder)),
        _ => None,
    }
}

/// The paths at and below `path`; for a list those of its first item.
fn collect(path: Path, value: &Json, found: &mut BTreeSet<Path>) {
    if found.len() >= MOST_PATHS {
        return;
    }
    match value {
        Json::Map(entries) => {
            // A name that a path cannot contain cannot be suggested.
            let spelled = |name: &&String| !name.is_empty() && !name.contains("']");
            for (name, value) in entries.iter().filter(|(name, _)| spelled(name)) {
                collect(path.below(Step::Name(name.clone())), value, found);
            }
        }
        Json::List(items) => {
            if let Some(first) = items.first() {
                collect(path.below(Step::Item(0)), first, found);
            }
        }
        _ => {}
    }
    found.insert(path);
}

#[cfg(test)]
mod tests {
    use processor::parse::parse;

    use super::*;

    #[test]
    fn the_intended_field_is_found_by_its_name_or_its_spelling() {
        let text = r#"{"id": "e", "time": "t", "detail-type": "d", "detail": {
            "order": {"id": 7, "placed_at": "t", "a']b": 1}, "lines": [{"sku": "a"}, {"note": "n"}], "total": 1}}"#;
        let Ok(Json::Map(event)) = parse(text) else { panic!("an object") };
        let sightings = Sightings::of(vec![&event]);
        let path = |text: &str| text.parse::<Path>().expect("a path");
        for there in
            ["$.detail.order.id", "$.detail.lines[1].note", "$.detail.lines[*].note", "$['detail-type']"]
        {
            assert!(sightings.has(&path(there)), "{there}");
        }
        for (absent, instead) in [
            ("$.detail.total.net", vec![]),
            ("$.detail.order_id", vec![]),
            ("$.detail.id", vec!["$.id", "$.detail.order.id"]),
            ("$.detail.time", vec!["$.time"]),
            ("$.detail.detail_type", vec!["$['detail-type']"]),
            ("$.detail.order.placedAt", vec!["$.detail.order.placed_at"]),
            ("$.detail.ordr.id", vec!["$.id", "$.detail.order.id"]),
            ("$.detail.order.placed_on", vec!["$.detail.order.placed_at"]),
            ("$.detail.totl", vec!["$.detail.total"]),
            ("$.detail.lines[0].skv", vec!["$.detail.lines[0].sku"]),
            ("$.detail.lines[*].skv", vec!["$.detail.lines[*].sku"]),
            ("$.detail.lines[7]", vec![]),
        ] {
            assert!(!sightings.has(&path(absent)), "{absent}");
            let found: Vec<String> =
                sightings.instead_of(&path(absent)).iter().map(ToString::to_string).collect();
            assert_eq!(found, instead, "{absent}");
        }
    }
}
