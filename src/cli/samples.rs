//! Which input events become samples, and their names.

use std::collections::{BTreeMap, BTreeSet};

use processor::json::{Json, canonical_map};

use super::given::{Given, LARGEST};
use super::output_file::is_there;
use super::project::Project;
use crate::input::{self, Origin};

/// The most samples that are written.
const MOST: usize = 10;

/// Some of the events as files without repetitions, the first of each kind before others. If a name is taken by another
/// text, the sample gets another name.
pub(super) fn samples(project: &Project, given: &[Given]) -> Vec<(String, String)> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut ranked: Vec<(usize, &Given)> = Vec::new();
    for event in given {
        if !known.insert(canonical_map(&event.fields)) {
            continue;
        }
        let kind = kinds.entry(kind(event)).or_default();
        ranked.push((*kind, event));
        *kind += 1;
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut found: Vec<(String, String)> = Vec::new();
    for (_, event) in ranked.into_iter().take(MOST) {
        let names = (1..).map(|number| match number {
            1 => format!("samples/{}.json", kind(event)),
            number => format!("samples/{}-{number}.json", kind(event)),
        });
        let is_free = |name: &String| {
            let path = project.spec.with_file_name(name);
            let same = || input::text(&path, Origin::Found, LARGEST).is_ok_and(|text| text == event.text);
            !found.iter().any(|(taken, _)| taken == name) && (project.force || !is_there(&path) || same())
        };
        if let Some(name) = names.into_iter().find(is_free) {
            found.push((name, event.text.clone()));
        }
    }
    found
}

/// The detail type as a file name.
fn kind(event: &Given) -> String {
    let detail_type =
        event.fields.get("detail-type").and_then(Json::as_text).unwrap_or_default().to_lowercase();
    let words = detail_type
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let name: String = words.collect::<Vec<_>>().join("-").chars().take(60).collect();
    if name.is_empty() { "event".to_owned() } else { name }
}
