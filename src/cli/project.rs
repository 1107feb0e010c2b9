//! What `init` begins: a name, and where its spec goes.

use camino::{Utf8Path, Utf8PathBuf};

use super::Stop;
use crate::diagnostic::Exit;
use crate::source;
use crate::spec::Spec;
use crate::validate::validate_but_for_samples;

/// Where a folder's name has no letters that a pipeline's may have.
const PLAIN: &str = "events";
/// Longest name that is made of a folder's: resources are called after it, and their names have limits.
const LONGEST: usize = 30;

/// A project that is about to be written.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) environment: String,
    pub(super) notify: String,
    pub(super) spec: Utf8PathBuf,
    /// Files that are there may be replaced.
    pub(super) force: bool,
}

impl Project {
    /// What was given on the command line is judged as in any spec, before a file is written. The samples are not there yet.
    pub(super) fn checked(&self, text: &str) -> Result<Spec, Stop> {
        let checked = source::read_text(&self.spec, text).and_then(|tree| validate_but_for_samples(&tree));
        checked.map_err(|mut failure| {
            failure.exit = Exit::Usage;
            Stop::Failure(failure)
        })
    }
}

/// The folder's name as a pipeline's: `My Orders` is `my-orders`.
pub(super) fn of_folder(folder: &Utf8Path) -> String {
    // Of `.` and of a link, the folder that it is.
    let whole = folder.canonicalize_utf8().ok();
    named(whole.as_deref().unwrap_or(folder).file_name().unwrap_or_default())
}

fn named(folder: &str) -> String {
    let folder = folder.to_lowercase();
    let words = folder.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let begun = joined.trim_start_matches(|first: char| !first.is_ascii_lowercase());
    let cut = begun.get(..LONGEST).unwrap_or(begun).trim_end_matches('-');
    if cut.len() < 2 { PLAIN.to_owned() } else { cut.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_name_becomes_a_name() {
        for (folder, name) in [
            ("My Orders", "my-orders"),
            ("2026_Returns!", "returns"),
            ("été", PLAIN),
            ("12", PLAIN),
            ("", PLAIN),
            ("a-very-long-name-of-a-folder-a", "a-very-long-name-of-a-folder-a"),
            ("a-very-long-name-of-a-folder--that-goes-on", "a-very-long-name-of-a-folder-t"),
        ] {
            assert_eq!(named(folder), name, "{folder}");
        }
        assert_eq!(of_folder(Utf8Path::new("/")), PLAIN);
        assert_eq!(of_folder(Utf8Path::new("not/there")), "there");
        assert_eq!(of_folder(Utf8Path::new("src/..")), of_folder(Utf8Path::new(".")));
    }
}
