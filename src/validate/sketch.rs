//! What can be said of a spec while it is being written, valid or not.

use processor::json::Json;
use processor::path::Path;

use super::sightings::Sightings;
use super::typed::typed;
use super::{Attribute, attributes, processor_config, shape};
use crate::source::SpecTree;

/// The attributes that the rows of a spec have, as far as it is right.
#[must_use]
pub fn attributes_of(tree: &SpecTree) -> Vec<Attribute> {
    let mut diagnostics = shape::check(tree);
    let typed = typed(tree, &mut diagnostics);
    typed.map(|typed| attributes(&processor_config(&typed.spec))).unwrap_or_default()
}

/// The paths of what the events of a spec hold, each with a value; of those that the pattern is to ignore, none.
#[must_use]
pub fn seen_paths(tree: &SpecTree) -> Vec<(Path, &Json)> {
    let samples = tree.samples().iter().filter(|sample| sample.expected).map(|sample| &sample.event);
    let tested = tree.test_events().iter().map(|test| &test.event);
    let events = samples.chain(tested).filter_map(|event| event.as_ref().ok());
    Sightings::of(events.filter_map(|event| event.exact.as_ref().ok()).collect()).into_values()
}
