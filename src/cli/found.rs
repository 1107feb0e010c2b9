//! The findings of several specs: each file has one number, whichever specs it belongs to.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Exit, Failure, FileId, SourceText};
use crate::report::SkippedFile;
use crate::validate::{CheckedSpec, Resolved, Shared, shared_names};

/// The findings of all specs. Files are identified by path: a base of two specs is listed once.
#[derive(Default)]
pub(super) struct Found {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) sources: Vec<SourceText>,
    known: HashMap<Utf8PathBuf, FileId>,
    pub(super) resolved: Vec<(Utf8PathBuf, Vec<Resolved>)>,
    /// The specs that were checked.
    pub(super) specs: Vec<Utf8PathBuf>,
    /// Files in the same folders that are not specs.
    pub(super) skipped: Vec<SkippedFile>,
}

/// A spec without errors, and the number of each of its files.
pub(super) struct Valid<'a> {
    pub(super) path: &'a Utf8Path,
    pub(super) checked: &'a CheckedSpec,
    pub(super) files: Vec<FileId>,
}

/// Names that two of the specs share.
pub(super) fn shared(valid: &[Valid<'_>]) -> Vec<Diagnostic> {
    let specs: Vec<(&str, &CheckedSpec)> = valid.iter().map(|one| (one.path.as_str(), one.checked)).collect();
    let found =
        shared_names(&specs).into_iter().map(|Shared { first, second, mut diagnostic, mut other }| {
            if let Some(location) = &mut diagnostic.location {
                location.file = valid[second].files[location.file.0];
            }
            other.location.file = valid[first].files[other.location.file.0];
            diagnostic.related.push(other);
            diagnostic
        });
    found.collect()
}

impl Found {
    /// Adds the findings of one spec; returns the number of each of its files.
    pub(super) fn add(&mut self, diagnostics: Vec<Diagnostic>, sources: Vec<SourceText>) -> Vec<FileId> {
        let files: Vec<FileId> = sources.into_iter().map(|source| self.file(source)).collect();
        for mut diagnostic in diagnostics {
            let related = diagnostic.related.iter_mut().map(|related| &mut related.location);
            let edits =
                diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.location);
            for location in diagnostic.location.iter_mut().chain(related).chain(edits) {
                location.file = files[location.file.0];
            }
            self.diagnostics.push(diagnostic);
        }
        files
    }

    fn file(&mut self, source: SourceText) -> FileId {
        *self.known.entry(source.path.clone()).or_insert_with(|| {
            self.sources.push(source);
            FileId(self.sources.len() - 1)
        })
    }
}

/// Refuses specs that are each valid, but share names: AWS would fail the second one in the middle of its apply.
pub(super) fn refuse_shared(specs: &[(&Utf8Path, &CheckedSpec)]) -> Result<(), Failure> {
    let mut found = Found::default();
    let mut valid = Vec::new();
    for (path, checked) in specs {
        let files = found.add(Vec::new(), checked.sources().to_vec());
        valid.push(Valid { path, checked, files });
    }
    let diagnostics = shared(&valid);
    if diagnostics.is_empty() {
        return Ok(());
    }
    Err(Failure { exit: Exit::InvalidSpec, diagnostics, sources: found.sources })
}
