use super::advice::advice;
use super::dialect::Dialect;

/// Characters of a word that is compared character by character; nothing known is longer than a logical id.
const LONGEST: usize = 255;

/// What a wrong word was probably meant to be.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    // Half a word, as in `arm` or `visibility`, where only one goes on like that.
    let mut longer = known.iter().filter(|known| word.len() >= 3 && known.starts_with(word));
    if let (Some(only), None) = (longer.next(), longer.next()) {
        return Some(only);
    }
    let word = word.to_lowercase();
    let length = word.chars().count();
    known
        .into_iter()
        .filter_map(|known| {
            // A third of the word may be wrong. What differs more in length alone is not compared: a key can have a megabyte.
            let other = known.chars().count();
            let most = 1.max(other.max(length) / 3);
            let close = length.abs_diff(other) <= most && length <= LONGEST;
            let distance = close.then(|| strsim::damerau_levenshtein(&word, known))?;
            (distance <= most).then_some((distance, known))
        })
        .min()
        .map(|(_, known)| known)
}

/// The edit that fixes an unknown key in the map at `pointer`.
pub(super) fn key(dialect: &Dialect<'_>, pointer: &str, key: &str) -> String {
    if let Some(advice) = advice(pointer, key) {
        return advice.to_owned();
    }
    let siblings = dialect.keys(pointer);
    if let Some(meant) = nearest(key, siblings.iter().copied()) {
        return format!("did you mean `{meant}`?");
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
        "no keys are known here; remove it".to_owned()
    } else {
        format!("remove it; the keys here are `{everywhere}`")
    }
}

/// `/processor/batch/size` → `processor.batch.size`.
#[must_use]
pub fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
