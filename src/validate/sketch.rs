//! What is known about a spec while it is being written, valid or not.

use processor::json::Json;
use processor::path::Path;

use super::sightings::Sightings;
use super::typed::typed;
use super::{Attribute, attributes, processor_config, shape};
use crate::source::SpecTree;

/// The attributes of a spec's rows, as far as it is valid.
#[must_use]
pub fn attributes_of(tree: &SpecTree) -> Vec<Attribute> {
    let mut diagnostics = shape::check(tree);
    let typed = typed(tree, &mut diagnostics);
    typed.map(|typed| attributes(&processor_config(&typed.spec))).unwrap_or_default()
}

/// The paths of the values in a spec's events, each with a value; without the events that the pattern should ignore.
#[must_use]
pub fn seen_paths(tree: &SpecTree) -> Vec<(Path, &Json)> {
    let samples = tree.samples().iter().filter(|sample| sample.expected).map(|sample| &sample.event);
    let tested = tree.test_events().iter().map(|test| &test.event);
    let events = samples.chain(tested).filter_map(|event| event.as_ref().ok());
    Sightings::of(events.filter_map(|event| event.exact.as_ref().ok()).collect()).into_values()
}
