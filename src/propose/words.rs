//! Splits names and sentences into words.

/// The words of a name, in lower case: `instance-id`, `instanceId`, `Instance ID` and `instance_id` are the same two.
pub(super) fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for (at, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            is_open = false;
            continue;
        }
        let before = at.checked_sub(1).and_then(|before| characters.get(before)).copied().unwrap_or(' ');
        let is_next_lower = characters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = if character.is_uppercase() {
            // `aB`, `2B`, and the `I` of `ARNId`.
            !before.is_uppercase() || is_next_lower
        } else {
            !character.is_numeric() && before.is_numeric()
        };
        match words.last_mut().filter(|_| is_open && !begins) {
            Some(word) => word.extend(character.to_lowercase()),
            None => words.push(character.to_lowercase().collect()),
        }
        is_open = true;
    }
    words
}

const ENDINGS: [&str; 13] =
    ["ings", "ing", "ations", "ation", "ers", "ies", "ied", "er", "ed", "es", "y", "s", "e"];

/// The common part of related words: `tracking`, `tracker` and `tracks` have one stem. Coarse, but applied to both sides
/// of a comparison.
pub(super) fn stem(word: &str) -> &str {
    let remainder =
        ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(|remainder| remainder.len() >= 3));
    remainder.unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_has_the_same_words_in_every_spelling() {
        for (name, expected) in [
            ("instance-id", "instance id"),
            ("instanceId", "instance id"),
            ("Order ID", "order id"),
            ("configRuleARN", "config rule arn"),
            ("EC2InstanceId", "ec2 instance id"),
            ("sg_message_id", "sg message id"),
            ("s3location", "s3 location"),
            ("@timestamp", "timestamp"),
            ("X-Shop-Order-Id", "x shop order id"),
            ("größe", "größe"),
            ("", ""),
            ("--", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn relatives_share_a_stem() {
        for (one, other) in
            [("tracking", "tracker"), ("orders", "order"), ("placed", "place"), ("parcels", "parcel")]
        {
            assert_eq!(stem(one), stem(other));
        }
        assert_ne!(stem("order"), stem("orchard"));
        assert_eq!(stem("ids"), "ids");
    }
}
