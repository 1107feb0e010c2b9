//! The files under `deploy.templates` and `deploy.extra`.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::inside::{inside, within};
use super::parse::{Language, parse};
use super::read::{Unread, is_of_the_system, read, unreadable};
use super::tree::{Content, Node};
use crate::diagnostic::{Diagnostic, FileId, Location, SourceText, codes};
use crate::input::{self, DATA, Refusal};

/// The extension of a template's file name.
const SUFFIX: &str = ".yaml.j2";
/// Most templates of one folder; pipectl has a dozen.
const TEMPLATES: usize = 50;

/// The user's files that are part of the stack's template.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StackFiles {
    /// Those of the folder `deploy.templates`, by name.
    pub templates: Vec<TemplateFile>,
    /// Those of `deploy.extra`, in order.
    pub extra: Vec<ExtraFile>,
    /// Why other files cannot be read.
    pub problems: Vec<Diagnostic>,
}

impl StackFiles {
    /// Whether there are only pipectl's own templates.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty() && self.extra.is_empty()
    }
}

/// A template that replaces pipectl's template of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFile {
    pub name: String,
    pub file: FileId,
}

/// Resources and outputs to add.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtraFile {
    pub file: FileId,
    pub root: Node,
}

/// Reads the files that a spec names under `deploy`.
pub(super) fn stack_files(root: &Node, sources: &mut Vec<SourceText>) -> StackFiles {
    let mut found = StackFiles::default();
    let Some(deploy) = root.entry("deploy") else { return found };
    if let Some(entry) = deploy.node.entry("templates") {
        templates(&entry.node, sources, &mut found);
    }
    if let Some(Content::List(nodes)) = deploy.node.entry("extra").map(|entry| &entry.node.content) {
        for (index, node) in nodes.iter().enumerate() {
            extra(node, &format!("/deploy/extra/{index}"), sources, &mut found);
        }
    }
    found
}

fn templates(node: &Node, sources: &mut Vec<SourceText>, found: &mut StackFiles) {
    let pointer = "/deploy/templates";
    let Some((name, location)) = text(node) else { return };
    let current = current(location, sources);
    let listed = inside(&current, name).and_then(|folder| {
        Ok((input::list(&folder, within(&current, &[]), &[SUFFIX], TEMPLATES)?.names, folder))
    });
    let (names, folder) = match listed {
        Ok(found) => found,
        Err(refusal) => return found.problems.push(unusable(name, &refusal).at(pointer, location)),
    };
    if names.is_empty() {
        let help = "copy pipectl's templates there with `pipectl eject`";
        let message = format!("`{name}` cannot be used: it contains no `*{SUFFIX}`");
        found
            .problems
            .push(Diagnostic::error(codes::DEPLOY_UNUSABLE_FILE, message).at(pointer, location).help(help));
    }
    for name in names {
        let path = folder.join(&name);
        // A link in the folder may still lead out of it.
        match read(&path, within(&path, &[SUFFIX]), None, sources) {
            Ok(file) => found.templates.push(TemplateFile { name, file }),
            Err(unread) => found.problems.push(problem(unread, &name, &path, pointer, location)),
        }
    }
}

fn extra(node: &Node, pointer: &str, sources: &mut Vec<SourceText>, found: &mut StackFiles) {
    let Some((name, location)) = text(node) else { return };
    let current = current(location, sources);
    let path = match inside(&current, name) {
        Ok(path) => path,
        Err(refusal) => return found.problems.push(unusable(name, &refusal).at(pointer, location)),
    };
    match read(&path, within(&current, DATA), None, sources) {
        Err(unread) => found.problems.push(problem(unread, name, &path, pointer, location)),
        Ok(file) => match parse(&sources[file.0].text, file, Language::CloudFormation) {
            Ok(root) => found.extra.push(ExtraFile { file, root }),
            Err(problems) => found.problems.extend(problems),
        },
    }
}

/// The schema reports a name of another type.
fn text(node: &Node) -> Option<(&str, Location)> {
    match &node.content {
        Content::Scalar(Value::String(name)) => Some((name, node.location)),
        _ => None,
    }
}

/// Names are relative to the file that contains them, which may be one that the spec extends.
fn current(location: Location, sources: &[SourceText]) -> Utf8PathBuf {
    sources.get(location.file.0).map(|source| source.path.clone()).unwrap_or_default()
}

fn unusable(name: &str, refusal: &Refusal) -> Diagnostic {
    let message = format!("`{name}` cannot be used: {refusal}");
    Diagnostic::error(codes::DEPLOY_UNUSABLE_FILE, message).help(refusal.help())
}

/// An error in a whole file is reported where the spec names it.
fn problem(unread: Unread, name: &str, path: &Utf8Path, pointer: &str, location: Location) -> Diagnostic {
    match unread {
        Unread::Wrong(problem) => *problem,
        Unread::Refused(refusal) if is_of_the_system(&refusal) => {
            unreadable(path, &refusal).at(pointer, location)
        }
        Unread::Refused(refusal) => unusable(name, &refusal).at(pointer, location),
    }
}
