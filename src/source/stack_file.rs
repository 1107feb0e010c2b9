use camino::Utf8PathBuf;
use serde_json::Value;

use super::inside::{Kind, inside};
use super::parse::{Language, parse};
use super::read::{read, reason};
use super::tree::{Content, Node};
use crate::diagnostic::{Diagnostic, FileId, Place, SourceText, codes};

/// What a template's file name ends with.
const SUFFIX: &str = ".yaml.j2";
/// Templates of one folder; pipectl has a dozen.
const TEMPLATES: usize = 50;

/// Files of the user's that take part in the stack's template.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StackFiles {
    /// Those of the folder `deploy.templates`, by name.
    pub templates: Vec<TemplateFile>,
    /// Those of `deploy.extra`, in its order.
    pub extra: Vec<ExtraFile>,
    /// Why others cannot be read.
    pub problems: Vec<Diagnostic>,
}

impl StackFiles {
    /// Whether pipectl's own templates are all there is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty() && self.extra.is_empty()
    }
}

/// A template that takes the place of pipectl's of the same name.
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
    let Some((name, place)) = text(node) else { return };
    let names = named(name, place, Kind::Folder, sources)
        .and_then(|folder| Ok((list(&folder).map_err(|reason| (reason, CHECK.to_owned()))?, folder)));
    let (names, folder) = match names {
        Ok(found) => found,
        Err((reason, help)) => return found.problems.push(unusable(name, &reason, &help).at(pointer, place)),
    };
    if names.is_empty() {
        let help = "copy pipectl's own there with `pipectl eject`";
        found.problems.push(unusable(name, &format!("it holds no `*{SUFFIX}`"), help).at(pointer, place));
    }
    for name in names {
        // A link in the folder may still lead out of it.
        let path = inside(&folder.join("_"), &name, Kind::File);
        match path.map_err(|(reason, help)| unusable(&name, &reason, &help).at(pointer, place)) {
            Err(problem) => found.problems.push(problem),
            Ok(path) => match read(&path, None, sources) {
                Ok(file) => found.templates.push(TemplateFile { name, file }),
                Err(problem) => found.problems.push(placed(*problem, pointer, place)),
            },
        }
    }
}

fn list(folder: &Utf8PathBuf) -> Result<Vec<String>, String> {
    let entries = folder.read_dir_utf8().map_err(|error| reason(&error))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_owned()))
        .filter(|name| name.ends_with(SUFFIX))
        .collect();
    names.sort();
    if names.len() > TEMPLATES {
        return Err(format!("it holds more than {TEMPLATES} templates"));
    }
    Ok(names)
}

fn extra(node: &Node, pointer: &str, sources: &mut Vec<SourceText>, found: &mut StackFiles) {
    let Some((name, place)) = text(node) else { return };
    let path = match named(name, place, Kind::File, sources) {
        Ok(path) => path,
        Err((reason, help)) => return found.problems.push(unusable(name, &reason, &help).at(pointer, place)),
    };
    match read(&path, None, sources) {
        Err(problem) => found.problems.push(placed(*problem, pointer, place)),
        Ok(file) => match parse(&sources[file.0].text, file, Language::CloudFormation) {
            Ok(root) => found.extra.push(ExtraFile { file, root }),
            Err(problems) => found.problems.extend(problems),
        },
    }
}

const CHECK: &str = "check the folder's permissions";

/// A name of another type is the schema's to tell.
fn text(node: &Node) -> Option<(&str, Place)> {
    match &node.content {
        Content::Scalar(Value::String(name)) => Some((name, node.place)),
        _ => None,
    }
}

/// Relative to the file that gives the name, which may be one that the spec extends.
fn named(
    name: &str,
    place: Place,
    kind: Kind,
    sources: &[SourceText],
) -> Result<Utf8PathBuf, (String, String)> {
    let current = sources.get(place.file.0).map(|source| source.path.clone()).unwrap_or_default();
    inside(&current, name, kind)
}

fn unusable(name: &str, reason: &str, help: &str) -> Diagnostic {
    Diagnostic::error(codes::DEPLOY_UNUSABLE_FILE, format!("`{name}` cannot be used: {reason}")).help(help)
}

/// What is wrong with a whole file is told where the spec names it.
fn placed(problem: Diagnostic, pointer: &str, place: Place) -> Diagnostic {
    if problem.place.is_some() { problem } else { problem.at(pointer, place) }
}
