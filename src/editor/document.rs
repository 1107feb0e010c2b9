use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use camino::{Utf8Path, Utf8PathBuf};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::client::Client;
use super::outline::Outline;
use super::position::Texts;
use super::publish::published;
use super::relevant::is_spec;
use super::{Further, tolerant};
use crate::diagnostic::{Diagnostic, SourceText};
use crate::source::{self, SpecTree};
use crate::validate::validate;

/// Characters that are not escaped in a URI's path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The most bytes of a document that are stored; a spec has at most one megabyte.
const LONGEST: usize = 1024 * 1024 + 4;

/// The open documents of a client, by address.
pub(super) struct Documents<'a> {
    pub(super) client: Client,
    further: Further<'a>,
    open: BTreeMap<String, Document>,
}

/// An open document with its diagnostics.
pub(super) struct Document {
    pub(super) own: SourceText,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The document itself, and the files it extends.
    pub(super) sources: Vec<SourceText>,
    outline: Option<Outline>,
    tree: OnceCell<Option<SpecTree>>,
}

impl Document {
    /// The positions of its values; `None` if it is not a spec, or too large.
    pub(super) fn outline(&self) -> Option<&Outline> {
        self.outline.as_ref()
    }

    /// The values so far, merged with what it extends, and with its samples.
    pub(super) fn tree(&self) -> Option<&SpecTree> {
        let tree = || {
            let own = tolerant::tree(self.outline()?);
            Some(source::read_typed(own, self.own.clone()))
        };
        self.tree.get_or_init(tree).as_ref()
    }
}

impl<'a> Documents<'a> {
    pub(super) fn new(client: Client, further: Further<'a>) -> Self {
        Self { client, further, open: BTreeMap::new() }
    }

    /// The document of a request.
    pub(super) fn of(&self, parameters: &Value) -> Option<&Document> {
        self.open.get(parameters["textDocument"]["uri"].as_str()?)
    }

    /// The offset, in characters, of a request's position.
    pub(super) fn cursor(&self, document: &Document, parameters: &Value) -> usize {
        let (line, column) = self.client.encoding.read(&document.own.text, &parameters["position"]);
        document.outline().map_or(0, |outline| outline.offset(line, column))
    }

    /// The document's own text, for counting columns as the client does.
    pub(super) fn texts<'d>(&self, document: &'d Document) -> Texts<'d> {
        Texts::new(std::slice::from_ref(&document.own), self.client.encoding)
    }

    /// Stores a document's text; returns what to publish.
    pub(super) fn set(&mut self, address: &str, text: &str) -> Vec<(String, Vec<Value>)> {
        let before = self.addresses();
        self.open.insert(address.to_owned(), check(address, text, self.further));
        self.publish(before)
    }

    pub(super) fn close(&mut self, address: &str) -> Vec<(String, Vec<Value>)> {
        let before = self.addresses();
        self.open.remove(address);
        self.publish(before)
    }

    /// Checks every open document again: the files that they extend may have changed.
    pub(super) fn check_again(&mut self) -> Vec<(String, Vec<Value>)> {
        let before = self.addresses();
        for (address, document) in &mut self.open {
            *document = check(address, &document.own.text, self.further);
        }
        self.publish(before)
    }

    /// All files with published diagnostics.
    fn addresses(&self) -> BTreeSet<String> {
        let documents = self.open.iter();
        documents
            .flat_map(|(own, document)| {
                document.sources.iter().map(|source| address(&source.path)).chain([own.clone()])
            })
            .collect()
    }

    /// The diagnostics of each file, from every document that reads it; for files that are no longer read, an empty
    /// list.
    fn publish(&self, before: BTreeSet<String>) -> Vec<(String, Vec<Value>)> {
        let mut files: BTreeMap<String, Vec<Value>> =
            before.into_iter().chain(self.addresses()).map(|address| (address, Vec::new())).collect();
        let mut sent = HashSet::new();
        for (own, document) in &self.open {
            let texts = Texts::new(&document.sources, self.client.encoding);
            for diagnostic in &document.diagnostics {
                let file = diagnostic.location.and_then(|location| document.sources.get(location.file.0));
                // The client may spell the document's address differently.
                let path = file.map(|source| address(&source.path));
                let first = document.sources.first().map(|source| address(&source.path));
                let target = path.filter(|path| Some(path) != first.as_ref()).unwrap_or_else(|| own.clone());
                let value = published(diagnostic, &texts);
                // Two documents may extend one base.
                if sent.insert((target.clone(), value.to_string())) {
                    files.entry(target).or_default().push(value);
                }
            }
        }
        files.into_iter().collect()
    }
}

fn check(address: &str, text: &str, further: Further<'_>) -> Document {
    // Enough to report that the text is too large.
    let end = text.floor_char_boundary(LONGEST);
    let text = &text[..end];
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let own = SourceText { path: path(address), text: text.to_owned() };
    let outline = (text.len() < LONGEST).then(|| Outline::of(text));
    if outline.as_ref().is_some_and(|outline| !is_spec(&own.path, outline)) {
        let (diagnostics, sources) = (Vec::new(), vec![own.clone()]);
        return Document { own, diagnostics, sources, outline: None, tree: OnceCell::new() };
    }
    let (diagnostics, sources) = match source::read_text(&own.path, text) {
        Err(failure) => (failure.diagnostics, failure.sources),
        Ok(tree) => match validate(&tree, false) {
            Err(failure) => (failure.diagnostics, failure.sources),
            Ok(checked) => ([checked.warnings(), &further(&checked)].concat(), checked.sources().to_vec()),
        },
    };
    Document { own, diagnostics, sources, outline, tree: OnceCell::new() }
}

/// The file of an address; a document that was never saved counts as one in the current folder. What is not UTF-8 is
/// replaced, and such a file does not exist.
fn path(address: &str) -> Utf8PathBuf {
    let file = address
        .strip_prefix("file://")
        .map(|remainder| remainder.strip_prefix("localhost").unwrap_or(remainder));
    match file.filter(|path| path.starts_with('/')) {
        Some(path) => Utf8PathBuf::from(percent_decode_str(path).decode_utf8_lossy().as_ref()),
        None => Utf8PathBuf::from("untitled.yaml"),
    }
}

pub(super) fn address(path: &Utf8Path) -> String {
    format!("file://{}", utf8_percent_encode(path.as_str(), PATH))
}
