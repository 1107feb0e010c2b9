//! Which files a command over several specs reads: the named ones, those of named folders, or by default those of
//! `specs`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::input::{self, Listing, Origin, Refusal, canonical};
use crate::report::{Console, SkippedFile};
use crate::source::{self, SpecTree};

/// The most specs of one folder: each may have a megabyte, and all are in memory.
const SPECS: usize = 1000;
/// The endings of a spec's file name.
const ENDINGS: &[&str] = &[".yaml", ".yml"];
/// The default folder.
const FOLDER: &str = "specs";

/// A spec that was read, or why it was not.
pub(super) struct Read {
    pub(super) path: Utf8PathBuf,
    /// Named on the command line, not found in a folder.
    named: bool,
    pub(super) tree: Result<SpecTree, Failure>,
}

/// Specs to check, and files in the same folders that are not specs.
#[derive(Default)]
pub(super) struct Specs {
    files: Vec<(Utf8PathBuf, bool)>,
    skipped: Vec<SkippedFile>,
}

impl Specs {
    /// The arguments of the command `verb`.
    ///
    /// # Errors
    /// A folder cannot be used, or has no spec.
    pub(super) fn given(verb: &str, paths: &[Utf8PathBuf]) -> Result<Self, Failure> {
        let mut specs = Self::default();
        if paths.is_empty() {
            specs.add_folder(verb, Utf8Path::new(FOLDER), Origin::Found)?;
        }
        for path in paths {
            match path.is_dir() {
                true => specs.add_folder(verb, path, Origin::Named)?,
                false => specs.files.push((path.clone(), true)),
            }
        }
        specs.once();
        Ok(specs)
    }

    fn add_folder(&mut self, verb: &str, folder: &Utf8Path, origin: Origin<'_>) -> Result<(), Failure> {
        let begin =
            format!("name one: `pipectl {verb} path/to/spec.yaml`, or create one with `pipectl init`");
        let Listing { names, others } =
            input::list(folder, origin, ENDINGS, SPECS).map_err(|refusal| match refusal {
                Refusal::Missing => none(&format!("there is no folder `{folder}`"), &begin),
                other => none(&format!("the folder `{folder}` cannot be used: {other}"), other.help()),
            })?;
        if names.is_empty() {
            return Err(none(&format!("the folder `{folder}` has no `.yaml` or `.yml` files"), &begin));
        }
        self.files.extend(names.iter().map(|name| (folder.join(name), false)));
        self.skipped.extend(others.iter().map(|name| SkippedFile {
            file: folder.join(name).into_string(),
            reason: "its name does not end in `.yaml` or `.yml`".to_owned(),
        }));
        Ok(())
    }

    /// Removes duplicates: a file may be named twice, or named and found. A named file is never skipped.
    fn once(&mut self) {
        let mut known: BTreeMap<PathBuf, usize> = BTreeMap::new();
        let mut files: Vec<(Utf8PathBuf, bool)> = Vec::new();
        for (path, named) in self.files.drain(..) {
            match known.get(&canonical(&path)).and_then(|index| files.get_mut(*index)) {
                Some((_, known_named)) => *known_named |= named,
                None => {
                    known.insert(canonical(&path), files.len());
                    files.push((path, named));
                }
            }
        }
        self.files = files;
    }

    /// Reads them. A file that was found, that another spec extends and that names no environment is a base, not a
    /// spec.
    pub(super) fn read(&self) -> (Vec<Read>, Vec<SkippedFile>) {
        let read = |(path, named): &(Utf8PathBuf, bool)| {
            let tree = if *named { source::read(path) } else { source::read_found(path) };
            Read { path: path.clone(), named: *named, tree }
        };
        let mut specs: Vec<Read> = self.files.iter().map(read).collect();
        let mut bases: BTreeMap<PathBuf, Utf8PathBuf> = BTreeMap::new();
        for Read { path, tree, .. } in &specs {
            let extended = tree.iter().flat_map(SpecTree::bases);
            bases.extend(extended.map(|base| (canonical(base), path.clone())));
        }
        let mut skipped = self.skipped.clone();
        specs.retain(|spec| {
            let is_complete = spec.tree.as_ref().map_or(true, |tree| tree.has("/environment"));
            let Some(by) = bases.get(&canonical(&spec.path)).filter(|_| !spec.named && !is_complete) else {
                return true;
            };
            let reason = format!("it is a base that `{by}` extends, without an `environment`");
            skipped.push(SkippedFile { file: spec.path.to_string(), reason });
            false
        });
        (specs, skipped)
    }
}

/// The only spec of the default folder.
pub(super) fn only_spec() -> Option<Utf8PathBuf> {
    let folder = Utf8Path::new(FOLDER);
    let Listing { names, .. } = input::list(folder, Origin::Found, ENDINGS, SPECS).ok()?;
    let [name] = names.as_slice() else { return None };
    Some(folder.join(name))
}

/// Reports the files that were skipped.
pub(super) fn note_skipped(skipped: &[SkippedFile], console: &mut Console) {
    for SkippedFile { file, reason } in skipped {
        console.note(&format!("skipped {file}: {reason}"));
    }
}

fn none(reason: &str, help: &str) -> Failure {
    let message = format!("no spec to check: {reason}");
    Failure::new(Exit::InvalidSpec, Diagnostic::error(codes::SOURCE_UNREADABLE, message).help(help))
}
