use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::explained::Explained;
use crate::report::LetterGroup;

/// The messages by reason, the most frequent first.
pub(super) fn groups(found: &[Explained]) -> Vec<LetterGroup> {
    let mut by_reason: BTreeMap<&'static str, Vec<&Explained>> = BTreeMap::new();
    for one in found {
        by_reason.entry(one.reason).or_default().push(one);
    }
    let mut groups: Vec<LetterGroup> =
        by_reason.into_iter().filter_map(|(reason, letters)| group(reason, &letters)).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

/// `None`: there are none.
fn group(reason: &'static str, letters: &[&Explained]) -> Option<LetterGroup> {
    let first = letters.iter().min_by_key(|one| one.sent_at_millisecond)?;
    let newest = letters.iter().max_by_key(|one| one.sent_at_millisecond)?;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for one in letters {
        *times.entry(one.words()).or_default() += 1;
    }
    let mut explanations: Vec<(String, usize)> = times.into_iter().collect();
    explanations.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Some(LetterGroup {
        reason,
        count: letters.len(),
        first: first.sent_at(),
        last: newest.sent_at(),
        explanations,
        failed_again: letters.iter().filter(|one| one.redriven.is_some()).count(),
        newest: newest.line(),
    })
}

/// For programs.
pub(super) fn entry(group: &LetterGroup) -> Value {
    let explanations: Vec<Value> = group
        .explanations
        .iter()
        .map(|(explanation, count)| json!({"explanation": explanation, "count": count}))
        .collect();
    json!({
        "reason": group.reason, "count": group.count, "first_sent_at": group.first, "last_sent_at": group.last,
        "explanations": explanations, "failed_again": group.failed_again, "newest": group.newest.message_id,
    })
}
