//! The operator that somebody meant.

/// Common wrong words for an operator, stripped by `bare`.
const WORDS: [(&str, &str); 34] = [
    ("startswith", "prefix"),
    ("beginswith", "prefix"),
    ("starts", "prefix"),
    ("begins", "prefix"),
    ("endswith", "suffix"),
    ("ends", "suffix"),
    ("postfix", "suffix"),
    ("ignorecase", "equals-ignore-case"),
    ("equalsignorecase", "equals-ignore-case"),
    ("equalignorecase", "equals-ignore-case"),
    ("iequals", "equals-ignore-case"),
    ("caseinsensitive", "equals-ignore-case"),
    ("not", "anything-but"),
    ("notin", "anything-but"),
    ("notequals", "anything-but"),
    ("ne", "anything-but"),
    ("except", "anything-but"),
    ("anythingexcept", "anything-but"),
    ("glob", "wildcard"),
    ("like", "wildcard"),
    ("regex", "wildcard"),
    ("regexp", "wildcard"),
    ("contains", "wildcard"),
    ("matches", "wildcard"),
    ("between", "numeric"),
    ("range", "numeric"),
    ("number", "numeric"),
    ("num", "numeric"),
    ("ip", "cidr"),
    ("ipaddress", "cidr"),
    ("subnet", "cidr"),
    ("present", "exists"),
    ("existence", "exists"),
    ("defined", "exists"),
];

/// The operator that is meant by `wrong`.
pub(super) fn operator(wrong: &str) -> Option<&'static str> {
    let stripped = bare(wrong);
    let known = WORDS.iter().find(|(word, _)| *word == stripped).map(|(_, operator)| *operator);
    known.or_else(|| nearest(wrong, super::operator::NAMES.into_iter()))
}

/// The one of `names` that differs from `wrong` only in case and punctuation, or in at most two letters.
pub(super) fn nearest(wrong: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    // No name is longer than 18 letters, so a long word is not close to any.
    if wrong.len() > 64 {
        return None;
    }
    // Two edits turn nearly any short word into any other, so short names allow fewer.
    let stripped = bare(wrong);
    names
        .map(|name| (strsim::damerau_levenshtein(&stripped, &bare(name)), name))
        .filter(|(edits, name)| *edits <= 2 && *edits * 3 <= name.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

fn bare(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
