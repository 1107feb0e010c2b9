use super::document::Document;
use super::offer::{FILE, Offer};
use super::outline::{Name, pointer};
use crate::propose::quoted;
use crate::source::Named;

/// The files that the value at the path may name: those that may be read.
pub(super) fn files(document: &Document, path: &[Name]) -> Vec<Offer> {
    let Some(named) = Named::by(&pointer(path)) else { return Vec::new() };
    let names = named.candidates(&document.own.path).into_iter();
    names.map(|name| Offer::plain(FILE, &*name, &quoted(&name))).collect()
}
