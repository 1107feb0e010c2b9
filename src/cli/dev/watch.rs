//! The files of a spec, and when one of them changed. The files, a hundred or so, are polled. That works on every file
//! system, also in containers and on network drives, which do not report changes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::input::{self, DATA, Origin, Stamp};
use crate::package::{ready_made, workspace};
use crate::source::SpecTree;

/// The time between two polls. A change counts once two polls are equal: some editors write a file in several steps.
const INTERVAL: Duration = Duration::from_millis(120);
/// Polls after which a change counts even if it continues.
const LOOKS: u32 = 10;
/// Depth of folders below that of the spec.
const DEPTH: usize = 2;
/// Depth of folders below that of the processor's sources.
const DEEP: usize = 6;
/// The endings of files that a spec can read.
const ENDINGS: [&str; 4] = [DATA[0], DATA[1], DATA[2], ".j2"];

/// What changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// A file of the spec, or one of its events.
    pub(super) spec: bool,
    /// The processor's sources.
    pub(super) code: bool,
}

type Seen = BTreeMap<Utf8PathBuf, Stamp>;

/// The files, with their last seen state.
pub(super) struct WatchedFiles {
    folder: Utf8PathBuf,
    files: BTreeSet<Utf8PathBuf>,
    /// Code of the user's own, or else the processor's program, or else its workspace.
    own_code: Option<Utf8PathBuf>,
    program: Option<Utf8PathBuf>,
    workspace: Option<Utf8PathBuf>,
    seen: (Seen, Seen),
}

impl WatchedFiles {
    pub(super) fn new(spec: &Utf8Path) -> Self {
        let folder = spec.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
        let mut watched = Self {
            folder: folder.to_owned(),
            files: BTreeSet::from([spec.to_owned()]),
            own_code: None,
            program: ready_made(),
            workspace: workspace(),
            seen: Default::default(),
        };
        watched.seen = watched.look();
        watched
    }

    /// Adds files besides those in the spec's folder. Once added, a file is watched until the end.
    pub(super) fn add(&mut self, files: impl IntoIterator<Item = Utf8PathBuf>) {
        let before = self.files.len();
        self.files.extend(files);
        if self.files.len() > before {
            // They were read just now.
            for file in &self.files {
                if let Some(stamp) = input::stamp(file) {
                    self.seen.0.entry(file.clone()).or_insert(stamp);
                }
            }
        }
    }

    /// The processor is made of this code from now on.
    pub(super) fn watch_code(&mut self, own_code: Option<&Utf8Path>) {
        if self.own_code.as_deref() != own_code {
            self.own_code = own_code.map(Utf8Path::to_owned);
            self.seen.1 = self.look().1;
        }
    }

    /// Waits for the next change, and until it is complete.
    pub(super) async fn changed(&mut self) -> Change {
        let mut change = Change::default();
        let mut looks = 0;
        loop {
            tokio::time::sleep(INTERVAL).await;
            let now = self.look();
            let (spec, code) = (now.0 != self.seen.0, now.1 != self.seen.1);
            self.seen = now;
            let is_over = !spec && !code || looks >= LOOKS;
            if is_over && change != Change::default() {
                return change;
            }
            change = Change { spec: change.spec || spec, code: change.code || code };
            looks += u32::from(change != Change::default());
        }
    }

    fn look(&self) -> (Seen, Seen) {
        let below = |folder: &Utf8Path, endings: &[&str], depth: usize| -> Vec<Utf8PathBuf> {
            let names = input::browse(folder, Origin::Own, endings, depth);
            names.into_iter().map(|name| folder.join(name)).collect()
        };
        let near = below(&self.folder, &ENDINGS, DEPTH);
        let code = match (&self.own_code, &self.program, &self.workspace) {
            // A table that the sources include has any ending. The lock file is written by the build itself.
            (Some(folder), ..) if folder.is_dir() => {
                let mut files = below(folder, &[""], 0);
                files.retain(|file| file.file_name() != Some("Cargo.lock"));
                files.extend(below(&folder.join("src"), &[""], DEEP));
                files
            }
            (Some(file), ..) | (None, Some(file), _) => vec![file.clone()],
            (None, None, Some(folder)) => {
                let processor = folder.join("processor");
                let lock = ["Cargo.lock", "Cargo.toml"].map(|name| folder.join(name));
                below(&processor, &[".rs", ".toml"], DEEP).into_iter().chain(lock).collect()
            }
            (None, None, None) => Vec::new(),
        };
        let stamped = |files: Vec<Utf8PathBuf>| -> Seen {
            files.into_iter().filter_map(|file| Some((file.clone(), input::stamp(&file)?))).collect()
        };
        (stamped(self.files.iter().cloned().chain(near).collect()), stamped(code))
    }
}

/// The files that a spec consists of.
pub(super) fn parts(tree: &SpecTree) -> impl Iterator<Item = Utf8PathBuf> {
    tree.sources().iter().map(|source| source.path.clone())
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;

    #[tokio::test]
    async fn own_code_is_its_sources_and_what_they_include_but_not_what_is_built() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let mut watched = WatchedFiles::new(&folder.join("spec.yaml"));
        watched.watch_code(Some(&folder.join("mine")));
        let change = Change { spec: false, code: true };
        // It is not there yet.
        fs::create_dir_all(folder.join("mine/src/parts")).unwrap();
        for name in ["Cargo.toml", "src/main.rs", "src/parts/table.csv"] {
            fs::write(folder.join("mine").join(name), name).unwrap();
            assert_eq!(watched.changed().await, change, "{name}");
        }
        fs::create_dir_all(folder.join("mine/target/release")).unwrap();
        fs::write(folder.join("mine/target/release/mine"), "a program").unwrap();
        let nothing = tokio::time::timeout(INTERVAL * 4, watched.changed()).await;
        nothing.expect_err("no change");
        // Another spec names a program.
        watched.watch_code(Some(&folder.join("mine/target/release/mine")));
        fs::write(folder.join("mine/target/release/mine"), "another program").unwrap();
        assert_eq!(watched.changed().await, change);
    }

    #[tokio::test]
    async fn a_file_is_changed_in_place_or_by_another_in_its_place_and_new_ones_count() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let spec = folder.join("spec.yaml");
        fs::write(&spec, "a").unwrap();
        let mut watched = WatchedFiles::new(&spec);
        let change = Change { spec: true, code: false };
        fs::write(&spec, "longer").unwrap();
        assert_eq!(watched.changed().await, change);
        // As editors save.
        fs::write(folder.join(".spec.swp"), "LONGER").unwrap();
        fs::rename(folder.join(".spec.swp"), &spec).unwrap();
        assert_eq!(watched.changed().await, change);
        fs::create_dir(folder.join("samples")).unwrap();
        fs::write(folder.join("samples/new.json"), "{}").unwrap();
        assert_eq!(watched.changed().await, change);
        fs::write(folder.join("notes.txt"), "nobody reads it").unwrap();
        let nothing = tokio::time::timeout(INTERVAL * 4, watched.changed()).await;
        nothing.expect_err("no change");
    }
}
