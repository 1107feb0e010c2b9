use camino::Utf8Path;

use super::{Origin, Refusal, folder};

/// The names in a folder that have an ending, in their order; at most `limit`.
///
/// # Errors
/// The folder may not be read or cannot be, holds more, or a name that is not UTF-8: passed over, a spec would not be checked.
pub fn list(path: &Utf8Path, origin: Origin<'_>, ending: &str, limit: usize) -> Result<Vec<String>, Refusal> {
    folder(path, origin)?;
    let mut names = Vec::new();
    for entry in fs_err::read_dir(path).map_err(|error| Refusal::of(&error))? {
        let name = entry.map_err(|error| Refusal::of(&error))?.file_name();
        if !name.as_encoded_bytes().ends_with(ending.as_bytes()) {
            continue;
        }
        if names.len() == limit {
            return Err(Refusal::TooMany(limit));
        }
        names.push(
            name.into_string().map_err(|name| Refusal::NameNotUtf8(name.to_string_lossy().into_owned()))?,
        );
    }
    names.sort();
    Ok(names)
}
