//! Events of the YAML reader → the tree, within the limits.

use std::collections::HashMap;

use serde_json::Value;

use super::limits;
use super::parse::{too_large, unsupported};
use super::tree::{Content, Entry, Node};
use crate::diagnostic::{Diagnostic, FileId, Location, Span, codes};

/// Builds a tree from the parser's events, without recursion and within the limits.
pub(super) struct Builder {
    file: FileId,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    aliases: usize,
    /// A limit was exceeded: nothing more is read.
    over: bool,
    diagnostics: Vec<Diagnostic>,
}

/// A list or map whose end is not reached yet.
struct Open {
    content: Content,
    /// The key whose value comes next.
    key: Option<(String, Location)>,
    /// A map's keys, each with its first location.
    keys: HashMap<String, Location>,
    anchor: usize,
    location: Location,
    /// The function whose argument this is.
    function: Option<String>,
}

impl Builder {
    pub(super) fn new(file: FileId) -> Self {
        Self {
            file,
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            nodes: 0,
            aliases: 0,
            over: false,
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn refuse(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the next event is part of this key of the document.
    pub(super) fn is_below(&self, name: &str) -> bool {
        self.open.first().and_then(|open| open.key.as_ref()).is_some_and(|(key, _)| key == name)
    }

    /// A scalar, which is a key if a map expects one.
    pub(super) fn scalar(
        &mut self,
        value: Value,
        text: &str,
        plain: bool,
        anchor: usize,
        location: Location,
        function: Option<String>,
    ) {
        if self.awaits_key() {
            if function.is_some() {
                self.refuse(unsupported("a key has a tag", "write a string as key").at("", location));
            }
            self.key(value, text, plain, location);
        } else {
            self.add(call(function, Node { content: Content::Scalar(value), location }), anchor, 1);
        }
    }

    pub(super) fn open(&mut self, map: bool, anchor: usize, location: Location, function: Option<String>) {
        if self.open.len() >= limits::DEPTH {
            return self.stop(too_large("levels of lists and maps", limits::DEPTH).at("", location));
        }
        if self.awaits_key() {
            self.refuse(unsupported("a key is a list or a map", "write a string as key").at("", location));
            self.set_key(String::new(), location);
        }
        let content = if map { Content::Map(Vec::new()) } else { Content::List(Vec::new()) };
        self.open.push(Open { content, key: None, keys: HashMap::new(), anchor, location, function });
    }

    pub(super) fn close(&mut self) {
        let Some(Open { content, anchor, mut location, function, .. }) = self.open.pop() else { return };
        // The parser's end of a block is at the next token; people expect it at the last value's end.
        let last = match &content {
            Content::List(nodes) => nodes.last().map(|node| node.location),
            Content::Map(entries) => entries.last().map(|entry| entry.node.location),
            Content::Scalar(_) => None,
        };
        if let Some(last) =
            last.filter(|last| last.file == location.file && last.span.end > location.span.end)
        {
            location.span.end = last.span.end;
        }
        self.add(call(function, Node { content, location }), anchor, 1);
    }

    pub(super) fn alias(&mut self, anchor: usize, location: Location) {
        self.aliases += 1;
        if self.aliases > limits::ALIASES {
            return self.stop(too_large("aliases", limits::ALIASES).at("", location));
        }
        let Some(node) = self.anchors.get(&anchor) else {
            return self.refuse(
                unsupported("an alias is inside the value that it refers to", "write the value instead")
                    .at("", location),
            );
        };
        let count = count(node);
        if self.nodes + count > limits::NODES {
            return self.stop(too_large("values, with what aliases repeat", limits::NODES).at("", location));
        }
        let node = node.clone();
        if self.awaits_key() {
            self.refuse(unsupported("a key is an alias", "write the key instead").at("", location));
            self.set_key(String::new(), location);
        } else {
            self.add(node, 0, count);
        }
    }

    /// The tree, or all errors in it.
    pub(super) fn finish(mut self) -> Result<Node, Vec<Diagnostic>> {
        match self.root {
            Some(root) if self.diagnostics.is_empty() => match root.content {
                Content::Scalar(Value::Null) => Err(vec![empty(self.file)]),
                _ => Ok(root),
            },
            None if self.diagnostics.is_empty() => Err(vec![empty(self.file)]),
            _ => Err(std::mem::take(&mut self.diagnostics)),
        }
    }

    fn stop(&mut self, diagnostic: Diagnostic) {
        self.refuse(diagnostic);
        self.over = true;
    }

    fn awaits_key(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.content, Content::Map(_)) && open.key.is_none())
    }

    fn set_key(&mut self, key: String, location: Location) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((key, location));
        }
    }

    fn key(&mut self, value: Value, text: &str, plain: bool, location: Location) {
        if plain && text == "<<" {
            self.refuse(
                unsupported("merge keys (`<<`) are not allowed in a spec", "write the keys instead")
                    .at("", location),
            );
        } else if plain && !value.is_string() {
            let help = format!("quote it: `\"{text}\":`");
            self.refuse(unsupported(&format!("the key `{text}` is not a string"), &help).at("", location));
        }
        let first = self.open.last_mut().and_then(|open| match open.keys.get(text) {
            Some(first) => Some(*first),
            None => {
                open.keys.insert(text.to_owned(), location);
                None
            }
        });
        if let Some(first) = first {
            let diagnostic =
                Diagnostic::error(codes::SOURCE_DUPLICATE_KEY, format!("the key `{text}` appears twice"))
                    .at("", location)
                    .related("it first appears here", "", first)
                    .help("remove one of the two");
            self.refuse(diagnostic);
        }
        self.set_key(text.to_owned(), location);
    }

    fn add(&mut self, node: Node, anchor: usize, count: usize) {
        self.nodes += count;
        if self.nodes > limits::NODES {
            return self.stop(too_large("values", limits::NODES).at("", node.location));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.content {
            Content::List(nodes) => nodes.push(node),
            Content::Map(entries) => {
                if let Some((key, key_location)) = open.key.take() {
                    entries.push(Entry { key, key_location, node });
                }
            }
            Content::Scalar(_) => {}
        }
    }
}

/// A function's long form: a map of one entry. `!GetAtt A.B` has its two parts as a list there.
fn call(function: Option<String>, argument: Node) -> Node {
    let Some(function) = function else { return argument };
    let location = argument.location;
    let content = match (function.as_str(), argument.content) {
        ("Fn::GetAtt", Content::Scalar(Value::String(text))) => {
            let (id, attribute) = text.split_once('.').unwrap_or((&text, ""));
            let part = |text: &str| Node { content: Content::Scalar(text.into()), location };
            Content::List(vec![part(id), part(attribute)])
        }
        (_, content) => content,
    };
    let entry = Entry { key: function, key_location: location, node: Node { content, location } };
    Node { content: Content::Map(vec![entry]), location }
}

fn count(node: &Node) -> usize {
    1 + match &node.content {
        Content::Scalar(_) => 0,
        Content::List(nodes) => nodes.iter().map(count).sum(),
        Content::Map(entries) => entries.iter().map(|entry| count(&entry.node)).sum(),
    }
}

fn empty(file: FileId) -> Diagnostic {
    Diagnostic::error(codes::SOURCE_EMPTY, "the file contains no spec")
        .at("", Location { file, span: Span::START })
        .help("start with `version: 1`, `name`, `environment` and `bus.pattern`")
}
