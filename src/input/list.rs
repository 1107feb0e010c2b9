use camino::Utf8Path;

use super::{Origin, Refusal, folder};

/// The files of a folder, sorted by name, without hidden files and folders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Files with one of the requested endings.
    pub names: Vec<String>,
    /// Some or all of the other files.
    pub others: Vec<String>,
}

/// The files in a folder: at most `limit` of the requested ones, and at most as many of the others.
///
/// # Errors
/// The folder may not or cannot be read, contains more files, or a name that is not UTF-8: if it were skipped, a spec
/// would not be checked.
pub fn list(path: &Utf8Path, origin: Origin<'_>, endings: &[&str], limit: usize) -> Result<Listing, Refusal> {
    folder(path, origin)?;
    let mut listing = Listing::default();
    for entry in fs_err::read_dir(path).map_err(|error| Refusal::of(&error))? {
        let entry = entry.map_err(|error| Refusal::of(&error))?;
        let name = entry.file_name();
        let is_wanted = endings.iter().any(|ending| name.as_encoded_bytes().ends_with(ending.as_bytes()));
        if is_wanted {
            let not_utf8 =
                |name: std::ffi::OsString| Refusal::NameNotUtf8(name.to_string_lossy().into_owned());
            listing.names.push(name.into_string().map_err(not_utf8)?);
        } else if listing.others.len() < limit
            && name.as_encoded_bytes().first() != Some(&b'.')
            && !entry.path().is_dir()
        {
            listing.others.push(name.to_string_lossy().into_owned());
        }
        if listing.names.len() > limit {
            return Err(Refusal::TooMany(limit));
        }
    }
    listing.names.sort();
    listing.others.sort();
    Ok(listing)
}
