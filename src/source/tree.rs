use std::sync::OnceLock;

use camino::Utf8Path;
use processor::pointer::unescaped;
use processor::schema::Schema;
use serde_json::Value;

use super::code_path::OwnCode;
use super::overlay::Unset;
use super::sample::{Sample, TestEvent};
use super::stack_file::StackFiles;
use crate::diagnostic::{Diagnostic, FileId, Location, SourceText, Span};

/// A spec as written: values with their locations, and the texts they refer to.
#[derive(Debug, Clone)]
pub struct SpecTree {
    pub(super) root: Node,
    pub(super) sources: Vec<SourceText>,
    pub(super) samples: Vec<Sample>,
    pub(super) test_events: Vec<TestEvent>,
    pub(super) stack_files: StackFiles,
    pub(super) unset: Vec<Unset>,
    /// How many of the sources, after the first, are specs that it extends.
    pub(super) bases: usize,
    pub(super) schema: Option<Result<Schema, Box<Diagnostic>>>,
    pub(super) own_code: Option<OwnCode>,
    pub(super) marks: Marks,
}

/// By source: the byte of every n-th character, so that a location is found without counting from the start.
pub(super) type Marks = OnceLock<Vec<Vec<usize>>>;

/// Characters between two marks.
const STEP: usize = 256;

/// A value and its location.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub content: Content,
    pub location: Location,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Null, boolean, number or text.
    Scalar(Value),
    List(Vec<Node>),
    /// In the order of the file; keys are unique.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: String,
    pub key_location: Location,
    pub node: Node,
}

impl Node {
    /// The value without locations.
    #[must_use]
    pub fn value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(nodes) => nodes.iter().map(Self::value).collect(),
            Content::Map(entries) => {
                Value::Object(entries.iter().map(|entry| (entry.key.clone(), entry.node.value())).collect())
            }
        }
    }

    /// The location of the value with this JSON pointer, or of the nearest one around it: its key, and the value. `None`
    /// if not even its first part exists.
    #[must_use]
    pub fn nearest(&self, pointer: &str) -> Option<(Location, Location)> {
        let mut node = self;
        let mut found = None;
        for segment in segments(pointer) {
            let Some((key, value)) = child(node, &segment) else { break };
            found = Some((key, value.location));
            node = value;
        }
        found
    }

    /// The value with this JSON pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&Node> {
        segments(pointer).try_fold(self, |node, segment| child(node, &segment).map(|(_, found)| found))
    }

    /// The entry of a map.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|entry| entry.key == key),
            Content::Scalar(_) | Content::List(_) => None,
        }
    }
}

impl SpecTree {
    #[must_use]
    pub fn value(&self) -> Value {
        self.root.value()
    }

    /// The whole document.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.root
    }

    #[must_use]
    pub fn sources(&self) -> &[SourceText] {
        &self.sources
    }

    /// The files that the spec extends, directly and through others.
    pub fn bases(&self) -> impl Iterator<Item = &Utf8Path> {
        let paths = self.sources.iter().map(|source| source.path.as_path());
        paths.skip(1).take(self.bases)
    }

    /// The text at a location, as written.
    #[must_use]
    pub fn text_at(&self, location: Location) -> String {
        let span = location.span;
        let length = span.end.offset.saturating_sub(span.start.offset);
        let marks =
            |source: &SourceText| source.text.char_indices().map(|(byte, _)| byte).step_by(STEP).collect();
        let marks = self.marks.get_or_init(|| self.sources.iter().map(marks).collect());
        let mark = marks.get(location.file.0).and_then(|marks| marks.get(span.start.offset / STEP));
        let text = self.sources.get(location.file.0).map_or("", |source| source.text.as_str());
        let near = mark.and_then(|byte| text.get(*byte..)).unwrap_or_default();
        near.chars().skip(span.start.offset % STEP).take(length).collect()
    }

    /// The schema that the spec names for the detail of its events, or the error in it.
    #[must_use]
    pub fn schema(&self) -> Option<&Result<Schema, Box<Diagnostic>>> {
        self.schema.as_ref()
    }

    /// The code of the user's own that the spec names.
    #[must_use]
    pub fn own_code(&self) -> Option<&OwnCode> {
        self.own_code.as_ref()
    }

    /// The events the spec names as samples; those that must match are first.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The events that the spec's tests name, in their order.
    #[must_use]
    pub fn test_events(&self) -> &[TestEvent] {
        &self.test_events
    }

    /// The user's own templates and resources.
    #[must_use]
    pub fn stack_files(&self) -> &StackFiles {
        &self.stack_files
    }

    /// The location of the value with this JSON pointer, or of the nearest one around it.
    #[must_use]
    pub fn value_location(&self, pointer: &str) -> Location {
        self.walk(pointer).map_or_else(|| self.start(), |(_, value)| value)
    }

    /// The location of the key of the value with this JSON pointer; for an item of a list and for the whole document, of
    /// the value itself.
    #[must_use]
    pub fn key_location(&self, pointer: &str) -> Location {
        self.walk(pointer).map_or_else(|| self.start(), |(key, _)| key)
    }

    /// The location to mark for the value with this JSON pointer: the value, or its key if the value has several lines.
    #[must_use]
    pub fn mark(&self, pointer: &str) -> Location {
        let value = self.value_location(pointer);
        let many_lines = value.span.end.line > value.span.start.line;
        // A block of one line is also marked by its key: it begins on the next line.
        let key = self.key_location(pointer);
        if many_lines || value.span.start.line != key.span.start.line { key } else { value }
    }

    /// Whether the spec itself sets this value, and it is not a default.
    #[must_use]
    pub fn has(&self, pointer: &str) -> bool {
        self.node(pointer).is_some()
    }

    /// The values that the spec removes from those it extends.
    #[must_use]
    pub fn unset(&self) -> &[Unset] {
        &self.unset
    }

    /// The first key of the spec itself, for errors in the whole of it.
    fn start(&self) -> Location {
        let entries = match &self.root.content {
            Content::Map(entries) => entries.as_slice(),
            Content::Scalar(_) | Content::List(_) => &[],
        };
        let own =
            entries.iter().map(|entry| entry.key_location).filter(|location| location.file == FileId(0));
        let beginning = Location { file: FileId(0), span: Span::START };
        own.min_by_key(|location| location.span.start.offset).unwrap_or(beginning)
    }

    /// The value with this JSON pointer.
    pub(super) fn node(&self, pointer: &str) -> Option<&Node> {
        self.root.at(pointer)
    }

    fn walk(&self, pointer: &str) -> Option<(Location, Location)> {
        self.root.nearest(pointer)
    }
}

fn child<'a>(node: &'a Node, segment: &str) -> Option<(Location, &'a Node)> {
    match &node.content {
        Content::Map(_) => node.entry(segment).map(|entry| (entry.key_location, &entry.node)),
        Content::List(nodes) => nodes.get(segment.parse::<usize>().ok()?).map(|node| (node.location, node)),
        Content::Scalar(_) => None,
    }
}

/// The unescaped parts of a JSON pointer.
fn segments(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(unescaped)
}
