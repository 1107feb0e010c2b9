use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::{Value, json};

use super::fix::{Fixed, fix};
use super::{Global, Outcome, OutputFormat, Stop};
use crate::diagnostic::{self, Diagnostic, Exit, Failure, FileId, Severity, SourceText, codes};
use crate::render::render;
use crate::report::{
    Console, diagnostics_github, diagnostics_json, diagnostics_sarif, diagnostics_text, resolved_json,
    resolved_text, tally_text,
};
use crate::sandbox::Process;
use crate::source;
use crate::validate::{CheckedSpec, Resolved, Shared, resolve, shared_names, validate};

/// Rounds of fixes: a key's new name can show that its value needs one too.
const ROUNDS: usize = 4;

/// Check specs: all errors of all files, with place, reason and fix. Offline.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The specs; else every `specs/*.yaml`.
    specs: Vec<Utf8PathBuf>,
    /// Take warnings as errors, as `deploy.production: true` does.
    #[arg(long)]
    strict: bool,
    /// Make the edits that can only be meant, such as a misspelled key's; comments and layout stay.
    #[arg(long)]
    fix: bool,
    /// Print the merged spec, each value with the file and line it is from.
    #[arg(long, conflicts_with = "fix")]
    resolved: bool,
}

/// What was found in all specs. Files are told apart by their paths: a base of two specs is there once.
#[derive(Default)]
struct Found {
    diagnostics: Vec<Diagnostic>,
    sources: Vec<SourceText>,
    resolved: Vec<(Utf8PathBuf, Vec<Resolved>)>,
}

/// Unlike elsewhere, the diagnostics are what was asked for: they go to stdout, the count beside them to stderr.
pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let specs = if arguments.specs.is_empty() { all_specs()? } else { arguments.specs.clone() };
    let mut found = check(&specs, arguments.strict);
    if arguments.fix {
        for _ in 0..ROUNDS {
            let fixed = fix(&found.diagnostics, &found.sources)?;
            if fixed.is_empty() {
                break;
            }
            for Fixed { path, edits } in fixed {
                console.note(&format!("fixed {path}: {edits} edit{}", if edits == 1 { "" } else { "s" }));
            }
            found = check(&specs, arguments.strict);
        }
    }
    let invalid = found.diagnostics.iter().any(Diagnostic::is_error);
    if arguments.resolved && !invalid {
        print_resolved(&found, global.format, console)?;
    } else {
        print(&found, global.format, console)?;
        console.note(&tally_text(&specs, &found.diagnostics));
    }
    Ok(if invalid { Exit::InvalidSpec } else { Exit::Done })
}

fn check(specs: &[Utf8PathBuf], strict: bool) -> Found {
    let mut found = Found::default();
    let mut valid: Vec<Valid> = Vec::new();
    for path in specs {
        match source::read(path) {
            Err(failure) => drop(found.add(failure.diagnostics, failure.sources)),
            Ok(tree) => match validate(&tree, strict) {
                Err(failure) => drop(found.add(failure.diagnostics, failure.sources)),
                Ok(checked) => {
                    let mut told = checked.warnings().to_vec();
                    told.extend(of_stack_files(&checked, strict));
                    let files = found.add(told, checked.sources().to_vec());
                    let mut values = resolve(&tree, checked.spec());
                    for place in values.iter_mut().filter_map(|value| value.place.as_mut()) {
                        place.file = files[place.file.0];
                    }
                    found.resolved.push((path.clone(), values));
                    valid.push(Valid { path, checked, files });
                }
            },
        }
    }
    found.diagnostics.extend(shared(&valid));
    diagnostic::sort(&mut found.diagnostics);
    found
}

/// A spec without errors, and under which number each of its files is known.
struct Valid<'a> {
    path: &'a Utf8Path,
    checked: CheckedSpec,
    files: Vec<FileId>,
}

/// Names that two of the specs would share.
fn shared(valid: &[Valid<'_>]) -> Vec<Diagnostic> {
    let specs: Vec<(&str, &CheckedSpec)> =
        valid.iter().map(|one| (one.path.as_str(), &one.checked)).collect();
    let found =
        shared_names(&specs).into_iter().map(|Shared { first, second, mut diagnostic, mut other }| {
            if let Some(place) = &mut diagnostic.place {
                place.file = valid[second].files[place.file.0];
            }
            other.place.file = valid[first].files[other.place.file.0];
            diagnostic.related.push(other);
            diagnostic
        });
    found.collect()
}

/// What is wrong with the user's own templates and resources shows when the stack is expanded.
pub(super) fn of_stack_files(checked: &CheckedSpec, strict: bool) -> Vec<Diagnostic> {
    if checked.stack_files().is_empty() {
        return Vec::new();
    }
    match render(checked, &Process) {
        Err(failure) => failure.diagnostics,
        Ok(template) => {
            let mut warnings = template.warnings;
            if strict || checked.spec().deploy.production {
                for warning in &mut warnings {
                    warning.severity = Severity::Error;
                }
            }
            warnings
        }
    }
}

impl Found {
    /// Takes in what one spec gave; the answer says under which number each of its files is known here.
    fn add(&mut self, diagnostics: Vec<Diagnostic>, sources: Vec<SourceText>) -> Vec<FileId> {
        let files: Vec<FileId> = sources.into_iter().map(|source| self.file(source)).collect();
        for mut diagnostic in diagnostics {
            let related = diagnostic.related.iter_mut().map(|related| &mut related.place);
            let edits = diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.place);
            for place in diagnostic.place.iter_mut().chain(related).chain(edits) {
                place.file = files[place.file.0];
            }
            self.diagnostics.push(diagnostic);
        }
        files
    }

    fn file(&mut self, source: SourceText) -> FileId {
        let known = self.sources.iter().position(|known| known.path == source.path);
        FileId(known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        }))
    }
}

fn print(found: &Found, format: OutputFormat, console: &mut Console) -> Result<(), Stop> {
    let (diagnostics, sources) = (&found.diagnostics, &found.sources);
    match format {
        OutputFormat::Json => console.data(&diagnostics_json(diagnostics, sources))?,
        OutputFormat::Sarif => console.data(&diagnostics_sarif(diagnostics, sources))?,
        _ if diagnostics.is_empty() => {}
        OutputFormat::Github => console.data(&diagnostics_github(diagnostics, sources))?,
        OutputFormat::Human | OutputFormat::Markdown => {
            console.data(&diagnostics_text(diagnostics, sources))?
        }
    }
    Ok(())
}

fn print_resolved(found: &Found, format: OutputFormat, console: &mut Console) -> Result<(), Stop> {
    if format == OutputFormat::Json {
        let specs: Vec<Value> = found
            .resolved
            .iter()
            .map(|(path, values)| resolved_json(path.as_str(), values, &found.sources))
            .collect();
        return Ok(console.data(&json!({"version": 1, "specs": specs}).to_string())?);
    }
    let texts: Vec<String> =
        found.resolved.iter().map(|(_, values)| resolved_text(values, &found.sources)).collect();
    Ok(console.data(&texts.join("\n---\n"))?)
}

fn all_specs() -> Result<Vec<Utf8PathBuf>, Failure> {
    let none = |reason: String| {
        let diagnostic = Diagnostic::error(codes::SOURCE_UNREADABLE, format!("no spec to check: {reason}"))
            .help("name one: `pipectl validate path/to/spec.yaml`, or begin with `pipectl init`");
        Failure::new(Exit::InvalidSpec, diagnostic)
    };
    let folder =
        Utf8Path::new("specs").read_dir_utf8().map_err(|_| none("there is no folder `specs`".to_owned()))?;
    let mut specs: Vec<Utf8PathBuf> = folder
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    specs.sort();
    if specs.is_empty() { Err(none("the folder `specs` has no `.yaml` files".to_owned())) } else { Ok(specs) }
}
