//! How many prefixes of wildcard patterns one text can match at once. event-ruler counts so, and EventBridge refuses more
//! than ten.

use std::collections::BTreeSet;

/// A pattern, and how much of it has matched.
type States = BTreeSet<(usize, usize)>;

/// The most prefixes of `patterns` that match one text. If that takes too long to find, the most seen so far.
pub(crate) fn complexity(patterns: &[&str]) -> usize {
    let patterns: Vec<Vec<char>> = patterns.iter().map(|pattern| pattern.chars().collect()).collect();
    let mut alphabet: BTreeSet<char> =
        patterns.iter().flatten().copied().filter(|character| *character != '*').collect();
    // For characters that are in no pattern.
    alphabet.insert('\u{0}');
    let start = closed(&patterns, (0..patterns.len()).map(|index| (index, 0)).collect());
    let (mut seen, mut open) = (BTreeSet::from([start.clone()]), vec![start]);
    let mut most = 0;
    while let Some(locations) = open.pop() {
        most = most.max(locations.iter().filter(|(_, read)| *read > 0).count());
        if seen.len() > 20_000 {
            break;
        }
        for character in &alphabet {
            let next = closed(&patterns, after(&patterns, &locations, *character));
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    most
}

/// The states after a character.
fn after(patterns: &[Vec<char>], locations: &States, character: char) -> States {
    let mut next = States::new();
    for (index, read) in locations {
        let pattern = &patterns[*index];
        if pattern.get(*read) == Some(&character) {
            next.insert((*index, read + 1));
        }
        // A star that has matched continues.
        if *read > 0 && pattern[read - 1] == '*' {
            next.insert((*index, *read));
        }
    }
    next
}

/// Adds the states in which a star matches no character.
fn closed(patterns: &[Vec<char>], mut locations: States) -> States {
    let stars: Vec<_> =
        locations.iter().filter(|(index, read)| patterns[*index].get(*read) == Some(&'*')).copied().collect();
    locations.extend(stars.into_iter().map(|(index, read)| (index, read + 1)));
    locations
}

#[test]
fn what_aws_took_and_refused_lies_on_both_sides_of_the_limit() {
    let numbered: Vec<String> = (1..5).map(|number| format!("*:stack/{number}/*")).collect();
    let numbered: Vec<&str> = numbered.iter().map(String::as_str).collect();
    assert_eq!(complexity(&numbered[..3]), 9);
    assert_eq!(complexity(&["/Users/*/dir/dir/dir/dir/dir/doc.txt"]), 7);
    assert_eq!(complexity(&["*:*:*:*:*:event-bus/*"]), 11);
    assert_eq!(complexity(&numbered), 12);
}
