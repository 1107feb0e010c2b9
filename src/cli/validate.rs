use camino::Utf8PathBuf;
use clap::Args;

use super::Outcome;
use crate::diagnostic::{Diagnostic, Exit, Failure, FileId, SourceText, codes};
use crate::report::{Console, Format, diagnostics_json, diagnostics_text, tally_text};
use crate::source;
use crate::validate::validate;

/// Check specs: all errors of all files, with place, reason and fix. Offline.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The specs; else every `specs/*.yaml`.
    specs: Vec<Utf8PathBuf>,
    /// Take warnings as errors, as `deploy.production: true` does.
    #[arg(long)]
    strict: bool,
}

/// Unlike elsewhere, the diagnostics are what was asked for: they go to stdout, the count beside them to stderr.
pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let specs = if arguments.specs.is_empty() { all_specs()? } else { arguments.specs.clone() };
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut sources: Vec<SourceText> = Vec::new();
    for path in &specs {
        let checked = source::read(path).and_then(|tree| validate(&tree, arguments.strict));
        let (found, texts) = match checked {
            Ok(checked) => (checked.warnings().to_vec(), checked.sources().to_vec()),
            Err(failure) => (failure.diagnostics, failure.sources),
        };
        diagnostics.extend(found.into_iter().map(|diagnostic| moved(diagnostic, sources.len())));
        sources.extend(texts);
    }
    match console.format {
        Format::Json => console.data(&diagnostics_json(&diagnostics, &sources))?,
        Format::Human if diagnostics.is_empty() => {}
        Format::Human => console.data(&diagnostics_text(&diagnostics, &sources))?,
    }
    console.note(&tally_text(&specs, &diagnostics));
    Ok(if diagnostics.iter().any(Diagnostic::is_error) { Exit::InvalidSpec } else { Exit::Done })
}

/// A diagnostic whose files come after `earlier` others.
fn moved(mut diagnostic: Diagnostic, earlier: usize) -> Diagnostic {
    let places =
        diagnostic.place.iter_mut().chain(diagnostic.related.iter_mut().map(|related| &mut related.place));
    for place in places {
        place.file = FileId(place.file.0 + earlier);
    }
    diagnostic
}

fn all_specs() -> Result<Vec<Utf8PathBuf>, Failure> {
    let none = |reason: String| {
        let diagnostic = Diagnostic::error(codes::SOURCE_UNREADABLE, format!("no spec to check: {reason}"))
            .help("name one: `pipectl validate path/to/spec.yaml`");
        Failure::new(Exit::InvalidSpec, diagnostic)
    };
    let folder = Utf8PathBuf::from("specs")
        .read_dir_utf8()
        .map_err(|_| none("there is no folder `specs`".to_owned()))?;
    let mut specs: Vec<Utf8PathBuf> = folder
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    specs.sort();
    if specs.is_empty() { Err(none("the folder `specs` has no `.yaml` files".to_owned())) } else { Ok(specs) }
}
