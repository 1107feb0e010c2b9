//! Which files a command over several specs reads: those named, those of the folders named, else those of `specs`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::input::{self, Listing, Origin, Refusal, canonical};
use crate::report::{Console, SkippedFile};
use crate::source::{self, SpecTree};

/// Specs that are looked for in one folder: each may have a megabyte, and all are kept.
const SPECS: usize = 1000;
/// How the name of a spec in a folder ends.
const ENDINGS: &[&str] = &[".yaml", ".yml"];
/// The folder that is looked into where nothing is named.
const FOLDER: &str = "specs";

/// A spec that was read, or why it was not.
pub(super) struct Read {
    pub(super) path: Utf8PathBuf,
    /// On the command line, and not found in a folder.
    named: bool,
    pub(super) tree: Result<SpecTree, Failure>,
}

/// Specs to check, and files beside them that are none.
#[derive(Default)]
pub(super) struct Specs {
    files: Vec<(Utf8PathBuf, bool)>,
    skipped: Vec<SkippedFile>,
}

impl Specs {
    /// What the command `verb` was given.
    ///
    /// # Errors
    /// A folder cannot be used, or holds no spec.
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

    /// A file that is named twice, or named and found, is one spec; what is named is never skipped.
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

    /// Reads them. One that was found, that another one extends and that names no environment is a base of pipelines and
    /// none of its own.
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

/// The only spec of the folder that is looked into where nothing is named.
pub(super) fn only_spec() -> Option<Utf8PathBuf> {
    let folder = Utf8Path::new(FOLDER);
    let Listing { names, .. } = input::list(folder, Origin::Found, ENDINGS, SPECS).ok()?;
    let [name] = names.as_slice() else { return None };
    Some(folder.join(name))
}

/// Names the files that were passed over.
pub(super) fn note_skipped(skipped: &[SkippedFile], console: &mut Console) {
    for SkippedFile { file, reason } in skipped {
        console.note(&format!("skipped {file}: {reason}"));
    }
}

fn none(reason: &str, help: &str) -> Failure {
    let message = format!("no spec to check: {reason}");
    Failure::new(Exit::InvalidSpec, Diagnostic::error(codes::SOURCE_UNREADABLE, message).help(help))
}
