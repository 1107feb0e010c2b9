//! The word that somebody meant.

use super::advice::advice;
use super::dialect::Dialect;

/// Most characters of a word that is compared character by character; no known word is longer than a logical id.
const LONGEST: usize = 255;

/// The known word that a wrong word probably means.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    // Half a word, such as `arm` or `visibility`, if only one known word begins with it.
    let mut longer = known.iter().filter(|known| word.len() >= 3 && known.starts_with(word));
    if let (Some(only), None) = (longer.next(), longer.next()) {
        return Some(only);
    }
    let word = word.to_lowercase();
    let near = known.into_iter().filter_map(|known| distance(&word, known).map(|far| (far, known)));
    near.min().map(|(_, known)| known)
}

/// The names that are most similar to a wrong one, up to a limit: as a whole, or by their last parts after a colon or a
/// dot.
#[must_use]
pub fn nearest_few<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let last = name.rsplit([':', '.']).next().unwrap_or(name);
            let distance = [name, last].into_iter().filter_map(|part| distance(&word, part)).min();
            // Half a name comes after a mistyped one.
            distance
                .or_else(|| (word.len() >= 3 && name.contains(&word)).then_some(LONGEST))
                .map(|far| (far, name))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).take(most).collect()
}

/// The number of letters in which two words differ, if that is at most a third.
fn distance(word: &str, known: &str) -> Option<usize> {
    let (length, other) = (word.chars().count(), known.chars().count());
    let most = 1.max(other.max(length) / 3);
    // Words that already differ more in length are not compared: a key can have a megabyte.
    let close = length.abs_diff(other) <= most && length <= LONGEST;
    close.then(|| strsim::damerau_levenshtein(word, known)).filter(|distance| *distance <= most)
}

/// The edit that fixes an unknown key in the map at `pointer`.
pub(super) fn key(dialect: &Dialect<'_>, pointer: &str, key: &str) -> String {
    if let Some(advice) = advice(pointer, key) {
        return advice.to_owned();
    }
    let siblings = dialect.keys(pointer);
    if let Some(suggestion) = nearest(key, siblings.iter().copied()) {
        return format!("did you mean `{suggestion}`?");
    }
    let sections = dialect.sections_with(key);
    if sections.iter().any(String::is_empty) {
        return format!("`{key}` belongs at the top level, without indentation");
    }
    if !sections.is_empty() {
        let names: Vec<String> = sections.iter().map(|section| format!("`{}`", dotted(section))).collect();
        return format!("`{key}` belongs under {}", names.join(" or "));
    }
    let everywhere = siblings.join("`, `");
    if everywhere.is_empty() {
        "no keys are allowed here; remove it".to_owned()
    } else {
        format!("remove it; the keys here are `{everywhere}`")
    }
}

/// `/processor/batch/size` → `processor.batch.size`.
#[must_use]
pub fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
