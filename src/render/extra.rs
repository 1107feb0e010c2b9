//! Resources of the user's own, merged into the template.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::escape::escape;
use crate::diagnostic::{Diagnostic, Location, SourceText, codes};
use crate::source::{Content, Entry, ExtraFile, Node, StackFiles};

/// Longest logical id (CloudFormation).
const LONGEST_ID: usize = 255;

/// A section of a template that extra files may extend, with the noun for one of its entries.
const SECTIONS: [(&str, &str); 2] = [("Resources", "resource"), ("Outputs", "output")];

/// The content of the user's extra files, as YAML for the templates to include.
#[derive(Debug, Default)]
pub(super) struct Extra<'a> {
    pub(super) resources: String,
    pub(super) outputs: String,
    /// By JSON pointer: the location of each entry's key, and its value.
    entries: BTreeMap<String, (Location, &'a Node)>,
}

impl<'a> Extra<'a> {
    /// Reads the files; each entry must be unique, and not in the template already.
    pub(super) fn new(
        files: &'a StackFiles,
        sources: &[SourceText],
        template: &Value,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut extra = Self::default();
        let mut taken: BTreeMap<String, Location> = BTreeMap::new();
        let mut problems = Vec::new();
        for file in &files.extra {
            problems.extend(shape(file));
            let path = sources.get(file.file.0).map_or("", |source| source.path.as_str());
            for (section, noun) in SECTIONS {
                let entries = entries(&file.root, section);
                if entries.is_empty() {
                    continue;
                }
                let text = if section == "Resources" { &mut extra.resources } else { &mut extra.outputs };
                text.push_str(&format!("\n  # From {}.\n", file_name(path)));
                for entry in entries {
                    let pointer = format!("/{section}/{}", entry.key);
                    if template.pointer(&pointer).is_some() {
                        problems.push(is_ours(noun, entry));
                    } else if let Some(first) = taken.insert(pointer.clone(), entry.key_location) {
                        problems.push(twice(noun, entry, first));
                    }
                    write(entry, 1, text);
                    extra.entries.insert(pointer, (entry.key_location, &entry.node));
                }
            }
        }
        for text in [&mut extra.resources, &mut extra.outputs] {
            text.truncate(text.trim_end().len());
        }
        if problems.is_empty() { Ok(extra) } else { Err(problems) }
    }

    /// The location of a value of the template, if it is from an extra file.
    pub(super) fn location(&self, pointer: &str) -> Option<Location> {
        // `/Resources/<id>`: a logical id has no `/`.
        let end = pointer.match_indices('/').nth(2).map_or(pointer.len(), |(index, _)| index);
        let (own_key, node) = self.entries.get(&pointer[..end])?;
        let (key, value) = node.nearest(&pointer[end..]).unwrap_or((*own_key, node.location));
        Some(narrow(key, value))
    }

    /// Entries that the expanded template does not have, because a custom template leaves them out.
    pub(super) fn left_out(&self, template: &Value) -> Vec<Diagnostic> {
        let missing = self.entries.iter().filter(|(pointer, _)| template.pointer(pointer).is_none());
        missing
            .map(|(pointer, (_, node))| {
                let variable =
                    if pointer.starts_with("/Resources") { "extra.resources" } else { "extra.outputs" };
                let name = pointer.rsplit('/').next().unwrap_or_default();
                let message = format!("`{name}` is missing from the template");
                Diagnostic::error(codes::RENDER_LEFT_OUT, message)
                    .at("", node.location)
                    .help(format!("write `{{{{ {variable} }}}}` in your templates, as pipectl's own do"))
            })
            .collect()
    }
}

/// The same for files that were checked.
pub(super) fn location(files: &StackFiles, pointer: &str) -> Option<Location> {
    let nearest = |file: &ExtraFile| {
        let section = pointer.split('/').nth(1)?;
        let id = pointer.split('/').nth(2)?;
        entries(&file.root, section).iter().find(|entry| entry.key == id)?;
        file.root.nearest(pointer)
    };
    let (key, value) = files.extra.iter().find_map(nearest)?;
    Some(narrow(key, value))
}

/// A value, or the key of one that takes several lines.
fn narrow(key: Location, value: Location) -> Location {
    if value.span.start.line == value.span.end.line { value } else { key }
}

/// The problems of a file as a whole.
fn shape(file: &ExtraFile) -> Vec<Diagnostic> {
    let wrong = |message: String, location: Location, help: &str| {
        Diagnostic::error(codes::RENDER_NOT_RESOURCES, message).at("", location).help(help)
    };
    let Content::Map(sections) = &file.root.content else {
        let help = "begin with `Resources:`";
        return vec![wrong("a file under `deploy.extra` must be a map".to_owned(), file.root.location, help)];
    };
    let mut problems = Vec::new();
    for section in sections {
        let known = SECTIONS.iter().any(|(known, _)| *known == section.key);
        match &section.node.content {
            _ if ["AWSTemplateFormatVersion", "Description"].contains(&section.key.as_str()) => {}
            _ if !known => {
                let message = format!("`{}` cannot be added to the stack", section.key);
                let help = "keep only `Resources` and `Outputs`; the rest comes from the template";
                problems.push(wrong(message, section.key_location, help));
            }
            Content::Map(entries) => problems.extend(entries.iter().filter_map(|entry| {
                let (message, help) = entry_problem(&section.key, entry)?;
                Some(wrong(message, entry.key_location, help))
            })),
            _ => {
                let help = "write a map: `LogicalId: {Type: …, Properties: …}`";
                problems.push(wrong(
                    format!("`{}` must be a map of logical ids", section.key),
                    section.key_location,
                    help,
                ));
            }
        }
    }
    problems
}

fn entry_problem(section: &str, entry: &Entry) -> Option<(String, &'static str)> {
    let id = &entry.key;
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let help = "use letters and digits, 255 at most";
        return Some((format!("`{id}` is not a valid logical id"), help));
    }
    let required = if section == "Resources" { "Type" } else { "Value" };
    match entry.node.entry(required) {
        Some(_) => None,
        None if section == "Resources" => {
            Some((format!("the resource `{id}` has no `Type`"), "write one, such as `Type: AWS::SNS::Topic`"))
        }
        None => Some((format!("the output `{id}` has no `Value`"), "write one, such as `Value: !Ref Queue`")),
    }
}

fn entries<'a>(root: &'a Node, section: &str) -> &'a [Entry] {
    match root.entry(section).map(|entry| &entry.node.content) {
        Some(Content::Map(entries)) => entries,
        _ => &[],
    }
}

fn is_ours(noun: &str, entry: &Entry) -> Diagnostic {
    let message = format!("the {noun} `{}` already exists in pipectl's templates", entry.key);
    Diagnostic::error(codes::RENDER_TAKEN_TWICE, message)
        .at("", entry.key_location)
        .help("choose another logical id; to change pipectl's, see `pipectl eject`")
}

fn twice(noun: &str, entry: &Entry, first: Location) -> Diagnostic {
    Diagnostic::error(codes::RENDER_TAKEN_TWICE, format!("the {noun} `{}` is added twice", entry.key))
        .at("", entry.key_location)
        .related("it is first defined here", "", first)
        .help("choose another logical id for one of the two")
}

/// The name alone: the template's text does not depend on the folder.
fn file_name(path: &str) -> String {
    let name: &str = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.chars().filter(|character| !character.is_control()).collect()
}

/// Writes an entry in block style, with values other than maps on one line.
fn write(entry: &Entry, level: usize, out: &mut String) {
    let key = &entry.key;
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && key.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase());
    let key = if plain { key.clone() } else { escape(&Value::from(key.as_str())) };
    let blanks = "  ".repeat(level);
    match &entry.node.content {
        Content::Map(entries) if !entries.is_empty() && !is_call(entries) => {
            out.push_str(&format!("{blanks}{key}:\n"));
            for entry in entries {
                write(entry, level + 1, out);
            }
        }
        _ => out.push_str(&format!("{blanks}{key}: {}\n", escape(&entry.node.value()))),
    }
}

/// A function call is easier to read on one line.
fn is_call(entries: &[Entry]) -> bool {
    matches!(entries, [entry] if entry.key == "Ref" || entry.key.starts_with("Fn::"))
}

impl Extra<'_> {
    /// The texts as template variables.
    pub(super) fn variables(&self) -> Map<String, Value> {
        [("resources", &self.resources), ("outputs", &self.outputs)]
            .into_iter()
            .map(|(name, text)| (name.to_owned(), Value::from(text.as_str())))
            .collect()
    }
}
