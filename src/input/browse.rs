//! All files below a folder that may be read.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Origin, may_be_read};

/// The most entries of folders that are read: the folder may be a home directory.
const MOST: usize = 1_000;

/// The files in a folder that [`super::read`] would accept and that have one of the endings, by relative path, up to
/// `depth` folders deep. Hidden files and folders, and linked folders, are omitted.
#[must_use]
pub fn browse(folder: &Utf8Path, origin: Origin<'_>, endings: &[&str], depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    if super::folder(folder, origin).is_err() {
        return found;
    }
    let mut looked_at = 0;
    let mut level = vec![Utf8PathBuf::new()];
    for left in (0..=depth).rev() {
        let mut deeper = Vec::new();
        for below in level {
            let Ok(entries) = folder.join(&below).read_dir_utf8() else { continue };
            for entry in entries.flatten() {
                looked_at += 1;
                if looked_at > MOST {
                    return sorted(found);
                }
                if entry.file_name().starts_with('.') {
                    continue;
                }
                let name = below.join(entry.file_name());
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    deeper.push(name);
                    continue;
                }
                let has_ending = endings.iter().any(|ending| name.as_str().ends_with(ending));
                // The folder was checked: only links in it can lead elsewhere.
                if has_ending
                    && (kind.is_file() || kind.is_symlink() && may_be_read(&folder.join(&name), origin))
                {
                    found.push(name.into_string());
                }
            }
        }
        level = if left > 0 { deeper } else { Vec::new() };
    }
    sorted(found)
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}
