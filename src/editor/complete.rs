use serde_json::Value;

use super::attribute::{columns, entries, paths};
use super::document::{Document, Documents};
use super::file::files;
use super::locate::spot;
use super::offer::{Offer, PROPERTY, VALUE};
use super::outline::{Name, Style, pointer};
use super::pattern;
use super::spot::{Part, Spot};
use crate::propose::quoted;
use crate::validate::{is_list, keys, values};

/// The completions at the cursor: keys that the map does not have yet, or values of its key.
pub(super) fn complete(documents: &Documents<'_>, parameters: &Value) -> Option<Value> {
    let document = documents.of(parameters)?;
    let outline = document.outline()?;
    let cursor = documents.cursor(document, parameters);
    let spot = spot(outline, cursor)?;
    let before = cursor.checked_sub(1).and_then(|at| outline.characters.get(at));
    let glued = matches!(before, Some(':' | '-')) && spot.typed.is_empty() && spot.part == Part::Value;
    let offers = offers(document, &spot).into_iter();
    let range = documents.texts(document).range(Some(outline.location(&spot.typed)));
    let items = offers.enumerate().map(|(number, offer)| {
        let offer = if glued { offer.within(" ", "") } else { offer };
        offer.item(&range, documents.client.snippets, number)
    });
    Some(items.collect())
}

fn offers(document: &Document, spot: &Spot) -> Vec<Offer> {
    let indent = document.outline().map_or(0, |outline| outline.column(spot.typed.start));
    match &spot.part {
        Part::Around => Vec::new(),
        Part::Key { has_colon, .. } => {
            let form = if *has_colon || spot.quotes.is_some() { Form::Name } else { Form::of(spot, indent) };
            in_quotes(keys_at(document, &spot.path, form, &spot.present), spot.quotes)
        }
        Part::Value => {
            let item = list_item(&spot.path);
            let path = item.as_ref().unwrap_or(&spot.path);
            let mut offers = values_at(document, path, spot);
            // A text in quotes is not a list.
            let (before, after) = match (&item, spot.quotes) {
                (Some(_), None) if spot.begins_line => ("- ", ""),
                (Some(_), None) => ("[", "]"),
                _ => ("", ""),
            };
            if spot.begins_line && spot.quotes.is_none() {
                let form = Form::of(spot, indent + before.len());
                offers.extend(keys_at(document, path, form, &[]));
            }
            offers.into_iter().map(|offer| offer.within(before, after)).collect()
        }
        Part::NewItem => {
            let mut offers = values_at(document, &spot.path, spot);
            offers.extend(keys_at(document, &spot.path, Form::of(spot, indent + 2), &[]));
            offers.into_iter().map(|offer| offer.within("- ", "")).collect()
        }
    }
}

/// The path of the first item of a list at the path, if only a list is valid there.
fn list_item(path: &[Name]) -> Option<Vec<Name>> {
    let wants_list = match pattern::At::of(path) {
        Some(at) => at.wants_list(),
        None => is_list(&pointer(path)),
    };
    wants_list.then(|| [path, &[Name::Index(0)]].concat())
}

/// How a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Only its name: it has a colon already.
    Name,
    /// In brackets, with a colon.
    InBrackets,
    /// With a colon; lines below it are indented by this number of blanks.
    Lines(usize),
}

impl Form {
    fn of(spot: &Spot, indent: usize) -> Self {
        if spot.in_brackets { Self::InBrackets } else { Self::Lines(indent + 2) }
    }

    /// The text of a key; `section`: a key with keys of its own.
    pub(super) fn text(self, name: &str, section: bool) -> String {
        let name = quoted(name);
        match self {
            Self::Name => name,
            Self::Lines(indent) if section => format!("{name}:\n{}", " ".repeat(indent)),
            Self::InBrackets if section => format!("{name}: {{"),
            Self::InBrackets | Self::Lines(_) => format!("{name}: "),
        }
    }
}

/// The keys that the map at the path may have, without those that it has.
fn keys_at(document: &Document, path: &[Name], form: Form, present: &[String]) -> Vec<Offer> {
    let mut offers = match pattern::At::of(path) {
        Some(at) => at.keys(document, form),
        None => entries(document, path, form),
    };
    offers.extend(keys(&pointer(path)).into_iter().map(|key| {
        let offer = Offer::plain(PROPERTY, &*key.name, &form.text(&key.name, key.is_section));
        let offer = offer.documented(key.description);
        Offer { detail: key.takes, ..offer }
    }));
    offers.retain(|offer| !present.contains(&offer.label));
    offers
}

/// The values that are valid at the path.
fn values_at(document: &Document, path: &[Name], spot: &Spot) -> Vec<Offer> {
    let mut offers = match pattern::At::of(path) {
        Some(at) => at.values(document),
        None => {
            let known = values(&pointer(path)).into_iter().map(|(value, description)| Offer {
                documentation: description,
                ..Offer::plain(VALUE, &*value, &value)
            });
            let mut offers: Vec<Offer> = known.collect();
            offers.extend(files(document, path));
            offers.extend(paths(document, path));
            offers.extend(columns(document, path));
            offers
        }
    };
    offers.retain(|offer| !spot.present.contains(&offer.label));
    in_quotes(offers, spot.quotes)
}

/// The offers as text within existing quotes.
fn in_quotes(offers: Vec<Offer>, quotes: Option<Style>) -> Vec<Offer> {
    let Some(style) = quotes else { return offers };
    offers.into_iter().filter_map(|offer| offer.in_quotes(style)).collect()
}
