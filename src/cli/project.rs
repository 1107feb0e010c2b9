//! The project that `init` starts: its name, and the path of its spec.

use camino::{Utf8Path, Utf8PathBuf};

use super::Stop;
use crate::diagnostic::Exit;
use crate::source;
use crate::spec::Spec;
use crate::validate::validate_but_for_samples;

/// The name if the folder's name has no valid characters.
const PLAIN: &str = "events";
/// Longest name that is derived from a folder's: it is part of resource names, which have limits.
const LONGEST: usize = 30;

/// A project that is to be written.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) environment: String,
    pub(super) notify: String,
    pub(super) spec: Utf8PathBuf,
    /// Whether existing files may be replaced.
    pub(super) force: bool,
}

impl Project {
    /// Validates the values of the command line as in any spec, before a file is written. The samples do not exist yet.
    pub(super) fn checked(&self, text: &str) -> Result<Spec, Stop> {
        let checked = source::read_text(&self.spec, text).and_then(|tree| validate_but_for_samples(&tree));
        checked.map_err(|mut failure| {
            failure.exit = Exit::Usage;
            Stop::Failure(failure)
        })
    }
}

/// The folder's name as a valid pipeline name: `My Orders` becomes `my-orders`.
pub(super) fn of_folder(folder: &Utf8Path) -> String {
    // Resolves `.` and links.
    let whole = folder.canonicalize_utf8().ok();
    named(whole.as_deref().unwrap_or(folder).file_name().unwrap_or_default())
}

fn named(folder: &str) -> String {
    let folder = folder.to_lowercase();
    let words =
        folder.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
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
