use camino::Utf8PathBuf;
use clap::Args;

use super::fix::{Fixed, fix};
use super::found::{Found, Valid, shared};
use super::specs::{Read, Specs, note_skipped};
use super::{Global, Outcome, OutputFormat, Stop};
use crate::diagnostic::{self, Diagnostic, Exit, FileId, Severity};
use crate::render::render;
use crate::report::{
    Console, diagnostics_github, diagnostics_sarif, diagnostics_text, resolved_json, resolved_text,
    tally_text, validation_json,
};
use crate::sandbox::Process;
use crate::source::SpecTree;
use crate::validate::{CheckedSpec, Resolved, resolve, validate};

/// Rounds of fixes: a corrected key can show that its value needs a fix, too.
const ROUNDS: usize = 4;

/// Check specs: report all errors of all files, with line, reason and fix. Offline.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The specs, or folders of specs. If left out: every `*.yaml` and `*.yml` in `specs`.
    specs: Vec<Utf8PathBuf>,
    /// Treat warnings as errors, as `deploy.production: true` does.
    #[arg(long)]
    strict: bool,
    /// Apply the fixes that are certain, such as of a misspelled key. Comments and layout are unchanged.
    #[arg(long)]
    fix: bool,
    /// Print the merged spec, each value with the file and line it comes from.
    #[arg(long, conflicts_with = "fix")]
    resolved: bool,
}

/// Unlike in other commands, the diagnostics are the requested data: they are printed to stdout, their count to stderr.
pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    match (look(arguments, global, console), global.format) {
        // CI systems read all errors from these formats, even if no spec could be read.
        (Err(Stop::Failure(failure)), OutputFormat::Sarif | OutputFormat::Github) => {
            let mut found = Found::default();
            found.add(failure.diagnostics, failure.sources);
            print(&found, global.format, console)?;
            Ok(failure.exit)
        }
        (outcome, _) => outcome,
    }
}

fn look(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let specs = Specs::given("validate", &arguments.specs)?;
    let mut found = check(&specs, arguments);
    if arguments.fix {
        for _ in 0..ROUNDS {
            let fixed = fix(&found.diagnostics, &found.sources)?;
            if fixed.is_empty() {
                break;
            }
            for Fixed { path, edits } in fixed {
                console.note(&format!("fixed {path}: {edits} edit{}", if edits == 1 { "" } else { "s" }));
            }
            found = check(&specs, arguments);
        }
    }
    let invalid = found.diagnostics.iter().any(Diagnostic::is_error);
    note_skipped(&found.skipped, console);
    if arguments.resolved && !invalid {
        print_resolved(&found, global.format, console)?;
    } else {
        print(&found, global.format, console)?;
        console.note(&tally_text(&found.specs, &found.diagnostics));
    }
    Ok(if invalid { Exit::InvalidSpec } else { Exit::Done })
}

fn check(specs: &Specs, arguments: &Arguments) -> Found {
    let strict = arguments.strict;
    let mut found = Found::default();
    let mut valid: Vec<(Utf8PathBuf, CheckedSpec, Vec<FileId>)> = Vec::new();
    let (specs, skipped) = specs.read();
    found.skipped = skipped;
    for Read { path, tree, .. } in specs {
        found.specs.push(path.clone());
        let checked = tree.and_then(|tree| Ok((validate(&tree, strict)?, tree)));
        match checked {
            Err(failure) => drop(found.add(failure.diagnostics, failure.sources)),
            Ok((checked, tree)) => {
                let mut warnings = checked.warnings().to_vec();
                warnings.extend(of_stack_files(&checked, strict));
                let files = found.add(warnings, checked.sources().to_vec());
                if arguments.resolved {
                    found.resolved.push((path.clone(), resolved(&tree, &checked, &files)));
                }
                valid.push((path, checked, files));
            }
        }
    }
    let valid: Vec<Valid<'_>> =
        valid.iter().map(|(path, checked, files)| Valid { path, checked, files: files.clone() }).collect();
    found.diagnostics.extend(shared(&valid));
    diagnostic::sort(&mut found.diagnostics);
    found
}

/// All values of a spec, with the numbers of its files.
fn resolved(tree: &SpecTree, checked: &CheckedSpec, files: &[FileId]) -> Vec<Resolved> {
    let mut values = resolve(tree, checked.spec());
    for location in values.iter_mut().flat_map(|value| [&mut value.location, &mut value.unset_by]).flatten() {
        location.file = files[location.file.0];
    }
    values
}

/// The errors in the user's own templates and resources, found by expanding the stack.
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

fn print(found: &Found, format: OutputFormat, console: &mut Console) -> Result<(), Stop> {
    let (diagnostics, sources) = (&found.diagnostics, &found.sources);
    match format {
        OutputFormat::Json => console.json(&validation_json(diagnostics, sources, &found.skipped))?,
        OutputFormat::Sarif => console.json(&diagnostics_sarif(diagnostics, sources))?,
        _ if diagnostics.is_empty() => {}
        OutputFormat::Github => console.file(&diagnostics_github(diagnostics, sources))?,
        OutputFormat::Human | OutputFormat::Markdown | OutputFormat::Junit => {
            console.data(&diagnostics_text(diagnostics, sources))?
        }
    }
    Ok(())
}

fn print_resolved(found: &Found, format: OutputFormat, console: &mut Console) -> Result<(), Stop> {
    if format == OutputFormat::Json {
        // Numbers of 38 digits are printed unchanged.
        let specs: Vec<String> = found
            .resolved
            .iter()
            .map(|(path, values)| resolved_json(path.as_str(), values, &found.sources).canonical())
            .collect();
        return Ok(console.data(&format!("{{\"specs\":[{}],\"version\":1}}", specs.join(",")))?);
    }
    let texts: Vec<String> =
        found.resolved.iter().map(|(_, values)| resolved_text(values, &found.sources)).collect();
    Ok(console.data(&texts.join("\n---\n"))?)
}
