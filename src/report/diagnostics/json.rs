use serde::Serialize;

use crate::diagnostic::{Diagnostic, Location, Severity, SourceText};

/// The public JSON form: lines and columns count from 1, columns in characters. Without a location, `file` is null and
/// the numbers are 0.
#[must_use]
pub fn diagnostics_json(diagnostics: &[Diagnostic], sources: &[SourceText]) -> String {
    validation_json(diagnostics, sources, &[])
}

/// Like [`diagnostics_json`], with the files that were not checked.
#[must_use]
pub fn validation_json(
    diagnostics: &[Diagnostic],
    sources: &[SourceText],
    skipped: &[SkippedFile],
) -> String {
    let document = Document {
        version: 1,
        diagnostics: diagnostics.iter().map(|diagnostic| Entry::new(diagnostic, sources)).collect(),
        skipped,
    };
    serde_json::to_string(&document).unwrap_or_default()
}

/// A file in a folder of specs that was not checked by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkippedFile {
    pub file: String,
    pub reason: String,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "<[SkippedFile]>::is_empty")]
    skipped: &'a [SkippedFile],
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'static str,
    severity: Severity,
    message: &'a str,
    path: &'a str,
    #[serde(flatten)]
    location: JsonLocation<'a>,
    related: Vec<RelatedEntry<'a>>,
    help: Option<&'a str>,
    /// The command that prints the explanation of the code.
    docs: String,
}

#[derive(Serialize)]
struct RelatedEntry<'a> {
    message: &'a str,
    path: &'a str,
    #[serde(flatten)]
    location: JsonLocation<'a>,
}

#[derive(Default, Serialize)]
struct JsonLocation<'a> {
    file: Option<&'a str>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl<'a> Entry<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &'a [SourceText]) -> Self {
        let related = diagnostic.related.iter().map(|related| RelatedEntry {
            message: &related.message,
            path: &related.path,
            location: JsonLocation::new(related.location, sources),
        });
        Self {
            code: diagnostic.code.name,
            severity: diagnostic.severity,
            message: &diagnostic.message,
            path: &diagnostic.path,
            location: diagnostic
                .location
                .map(|location| JsonLocation::new(location, sources))
                .unwrap_or_default(),
            related: related.collect(),
            help: diagnostic.help.as_deref(),
            docs: format!("pipectl explain {}", diagnostic.code),
        }
    }
}

impl<'a> JsonLocation<'a> {
    fn new(location: Location, sources: &'a [SourceText]) -> Self {
        Self {
            file: sources.get(location.file.0).map(|source| source.path.as_str()),
            line: location.span.start.line,
            column: location.span.start.column,
            end_line: location.span.end.line,
            end_column: location.span.end.column,
        }
    }
}
